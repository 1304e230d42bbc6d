/*
** The arguments of a call: an endpoint's ids. Programming mistakes raise, unfit ids are refused, as
** a failure.
*/
#ifndef rtk_arguments_h
#define rtk_arguments_h

#include "call.h"
#include "compat.h"

/* What is asked for. The ids are strings of Lua, and live as long as they are on its stack. */
typedef struct rtk_request {
  const rtk_endpoint *endpoint;
  rtk_string ids[RTK_MAX_IDS];
  /* Of the open endpoint, instead of ids; see request.h. */
  const char *method; /* else NULL, which is GET */
  rtk_string path, body;
  char wrong[64]; /* the name of a parameter that cannot be sent, and why not */
  const char *why;
  bool below_account, once;
} rtk_request;

/*
** [-0, +0] Takes `count` ids of the endpoint, the first at `first`. It demands strings: a number's
** text would not outlive its conversion. Of the open endpoint, all that rtk_request_check takes.
*/
void rtk_check_ids(lua_State *L, int first, int count, const rtk_endpoint *endpoint,
                   rtk_request *request);

/* [-0, +3] Refuses an id that cannot be a path segment; pushes nothing, and 0, when all can. */
int rtk_refuse_ids(lua_State *L, const rtk_request *request);

/* [-0, +3] The same for what the settings do not allow of this request. */
int rtk_refuse_settings(lua_State *L, const rtk_settings *settings, const rtk_request *request);

/*
** [-0, +0] Raises when more than options follows the endpoint's ids, the first at `first`, or
** would-be ids if the last is a `list` of such; the stack then ends with the options, or with nil.
*/
void rtk_set_arguments(lua_State *L, int first, const rtk_endpoint *endpoint, bool list);

/* [-0, +0] Demands a table of options, or none, at `arg`; whether there is one. */
bool rtk_check_opts(lua_State *L, int arg);

/* [-0, +0] Sets the target of a call of these settings. Raises when out of memory. */
void rtk_set_target(lua_State *L, rtk_call *call, const rtk_settings *settings,
                    const rtk_request *request);

/* [-0, +0] Begins a call of these settings for the request. Raises when out of memory. */
void rtk_begin_call(lua_State *L, rtk_call *call, rtk_settings *settings, rtk_pace *pace,
                    const rtk_request *request);

#endif
