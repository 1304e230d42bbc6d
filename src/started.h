/*
** A call that was started: start() and its like, and the methods of what they return.
*/
#ifndef rtk_started_h
#define rtk_started_h

#include "compat.h"
#include "endpoints.h"

/* [-0, +0] Registers the type. */
void rtk_started_open(lua_State *L);

/*
** [-0, +1] Starts a call of the client at `self`, which is on top, with the endpoint's ids from
** `first` on and options, or nil, behind them. Returns 1.
*/
int rtk_start(lua_State *L, int first, int self, const rtk_endpoint *endpoint);

#endif
