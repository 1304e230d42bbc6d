/*
** Many calls that differ in their last id, so many at a time: each_participant() and its like.
*/
#ifndef rtk_batch_h
#define rtk_batch_h

#include "compat.h"
#include "endpoints.h"

/* [-0, +0] Registers the type. */
void rtk_batch_open(lua_State *L);

/*
** [-0, +4] What a generic `for` takes: a function, its state, nil, and the value to be closed. The
** client is at `self`, on top; from `first` on are the endpoint's ids, a list of the last one or a
** function that gives them, and options or nil. Returns 4.
*/
int rtk_each(lua_State *L, int first, int self, const rtk_endpoint *endpoint);

#endif
