/*
** Moves a dispatcher on the Lua thread: steps it, and tells the loggers of its flights.
*/
#ifndef rtk_driver_h
#define rtk_driver_h

#include "compat.h"
#include "pool.h"

/* [-0, +0] Makes the table of watched flights. */
void rtk_driver_open(lua_State *L);

/*
** The pool's dispatcher; NULL, and [-0, +3] with a failure on top, when there is no descriptor for
** it. Raises when out of memory.
*/
rtk_dispatcher *rtk_driver_dispatcher(lua_State *L, rtk_pool *pool);

/* One of its flights; raises when out of memory. */
rtk_flight *rtk_driver_take(lua_State *L, rtk_dispatcher *d);

/* What the table has that goes with a client (the first two), a call or a batch, by number. */
enum {
  RTK_VALUE_NULL = 1,
  RTK_VALUE_LOGGER,
  RTK_VALUE_CLIENT,
  RTK_VALUE_ERROR,  /* that its logger raised */
  RTK_VALUE_FAILED, /* true when it raised one */
  RTK_VALUE_RESULT, /* and above */
  RTK_VALUES = RTK_VALUE_RESULT + 2
};

/* [-0, +1] A new table with room for them. */
void rtk_driver_push_table(lua_State *L);

/*
** [-0, +0] Gives the table on top, which has nothing, `null` and `logger` of the client at
** `client`; and the client at `self`, which lives as long: one that nobody keeps is closed, and
** that cancels its calls.
*/
void rtk_driver_set_values(lua_State *L, int self, int client);

/*
** [-0, +0] The flight stops for its reports, which go to the logger in the table that goes with the
** userdata at `index`. An error that it raises is kept there, and the flight is cancelled.
*/
void rtk_driver_watch(lua_State *L, rtk_flight *f, int index);

/* [-0, +1] What rtk_driver_report calls: to have it is what may raise. */
void rtk_driver_push_teller(lua_State *L);

/*
** [-0, +0] Makes the report that the flight has stopped for, by the teller at `teller`. False when
** the logger raised an error, which is kept as rtk_driver_watch says, or could not be called: the
** flight has to be cancelled. Raises nothing, as nobody else knows of that flight any more.
*/
bool rtk_driver_report(lua_State *L, rtk_flight *f, int teller);

/*
** [-0, +0] One step of a dispatcher of the pool, `seconds` at most, and the reports that are due.
** Raises when out of memory, and what a debug hook raises after a signal, such as lua's for Ctrl-C.
** What a logger does may leave nothing of the pool but what the caller keeps; one that forks leaves
** the child's pool with another dispatcher, or none.
*/
void rtk_drive(lua_State *L, rtk_pool *pool, rtk_dispatcher *d, double seconds);

/*
** [-0, +1] The three methods of what lua-cqueues calls pollable: the descriptor, nil without a
** dispatcher; "r", or nil; seconds until a step is due, 0 without a dispatcher, nil for never.
*/
int rtk_push_pollfd(lua_State *L, rtk_dispatcher *d);
int rtk_push_events(lua_State *L, const rtk_dispatcher *d);
int rtk_push_timeout(lua_State *L, const rtk_dispatcher *d);

#endif
