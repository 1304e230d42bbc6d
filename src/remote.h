/*
** What the Lua side of a host with a loop of its own (nginx.lua) needs of the I/O thread.
*/
#ifndef rtk_remote_h
#define rtk_remote_h

#include "compat.h"

/* [-0, +0] Registers the type. */
void rtk_remote_open(lua_State *L);

/*
** [-1, +1] The module is on top: inside nginx it becomes what realtimekit.nginx makes of it, with
** these functions.
**   station() -> station | nil, message
**   station:path()              where its reader and its waiters connect to
**   station:reader_word()       what the reader says first
**   station:waiter_word(id)     what who waits for a call says
**   station:heard_word()        what it says before it leaves
**   station:start(client, endpoint, ids..., opts) -> call, id (nil: it is done); after a fork the
**                               station is another one first
**   station:start_again(call, client, ...) the same, in a call whose results were taken
**   station:take()              list of the ids of calls that are done; makes reports that are due
**   station:away()              how many calls are under way
**   station:poke()              the reader is told that it may go
**   station:is_ours()           whether this process made it
**   station:number()            1 for the first that this process has made
**   is_yieldable()              whether the coroutine that asks could be suspended
**   unsent(what, why) -> nil, err, failure
**   methods("call", "client")   the methods of a type, to be replaced
**   default()                   the default client
**   endpoints()                 list of {name=, each= (may be nil), ids= how many}
**   take_results(call)          what its `result` is; the call knows no more of it
**   concurrency(client)         its option
**   hang_up(client)             its connections that no call is using are closed
*/
void rtk_remote_enter(lua_State *L);

#endif
