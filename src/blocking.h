/*
** The driver for nobody's loop: it runs a call to its end on the calling thread.
*/
#ifndef rtk_blocking_h
#define rtk_blocking_h

#include "call.h"
#include "compat.h"

/*
** [-0, +0] Drives the call until it is done. The value at `logger` is nil or a function that is
** told of each attempt and each retry. False, and [-0, +1] with the error on top, when that or a
** debug hook raised one: the call is then not done.
*/
bool rtk_block(lua_State *L, rtk_call *call, int logger);

/*
** [-0, +0] After a signal: a hook that its handler has set, such as lua's for Ctrl-C, runs. False,
** and [-0, +1] with the error on top, when it raised one.
*/
bool rtk_run_hooks(lua_State *L);

#endif
