/*
** Many calls of one session, so many at a time: each_participant().
*/
#ifndef rtk_batch_h
#define rtk_batch_h

#include "compat.h"

/* [-0, +0] Registers the type. */
void rtk_batch_open(lua_State *L);

/*
** [-0, +4] What a generic `for` takes: a function, its state, nil, and the value to be closed. The
** client is at `self`, on top; at `first` are two ids, a list of participant ids or a function that
** gives them, and options or nil. Returns 4.
*/
int rtk_each(lua_State *L, int first, int self);

#endif
