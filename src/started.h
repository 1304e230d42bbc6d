/*
** A call that was started: start() and its like, and the methods of what they return.
*/
#ifndef rtk_started_h
#define rtk_started_h

#include "compat.h"
#include "endpoints.h"
#include "station.h"

/* [-0, +0] Registers the type. */
void rtk_started_open(lua_State *L);

/*
** [-0, +1] Starts a call of the client at `self`, which is on top, with the endpoint's ids from
** `first` on and options, or nil, behind them. Returns 1.
*/
int rtk_start(lua_State *L, int first, int self, const rtk_endpoint *endpoint);

/*
** [-0, +1] The same, moved by the I/O thread of a station, if that is not NULL; and in the call at
** `again`, if that is not 0, whose results rtk_started_take_results has taken them.
*/
int rtk_start_at(lua_State *L, int first, int self, const rtk_endpoint *endpoint,
                 rtk_station *station, int again);

/*
** [-0, +3] A function of Lua's: the results of the call that is its argument, which is done and
** which only its starter has. They are not kept, and the call can be used again.
*/
int rtk_started_take_results(lua_State *L);

/* The id that the call at `index` has at a station; 0 for any other, and once it is done. */
unsigned long long rtk_started_id(lua_State *L, int index);

#endif
