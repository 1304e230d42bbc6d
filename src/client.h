/*
** The client: defaults for its calls, and the connections they share.
*/
#ifndef rtk_client_h
#define rtk_client_h

#include "compat.h"

/* [-0, +0] Registers the types. */
void rtk_client_open(lua_State *L);

/*
** realtimekit.new([opts]) -> client
** realtimekit.participant(app_id, session_id, participant_id [, opts])
**   -> participant, nil, response | nil, err, failure
** See src/meta/realtimekit.lua for the arguments, units and shapes.
** Source: Cloudflare API reference, realtime_kit > sessions > get_session_participant_details.
*/
int rtk_client_new(lua_State *L);
int rtk_client_default_participant(lua_State *L);

#endif
