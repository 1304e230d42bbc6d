/*
** One call on the calling thread: participant(), sessions() and the like.
*/
#ifndef rtk_fetch_h
#define rtk_fetch_h

#include "compat.h"
#include "endpoints.h"

/* [-0, +0] Registers the type. */
void rtk_fetch_open(lua_State *L);

/*
** [-0, +3] Makes a call of the client at `self`, which is on top, with the endpoint's ids from
** `first` on and options, or nil, behind them. Returns 3.
*/
int rtk_fetch(lua_State *L, int first, int self, const rtk_endpoint *endpoint);

#endif
