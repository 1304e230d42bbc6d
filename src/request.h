/*
** The arguments of request(): a method, a path with {names} in it, and their values. They are
** checked and made ready where they stand on the stack.
*/
#ifndef rtk_request_h
#define rtk_request_h

#include "arguments.h"

/*
** [-0, +0] Takes them from `first` on, and `body` and `idempotent` of the options behind them.
** Afterwards the path, ready to be sent, and the body as JSON, or nil, stand in the place of the
** last two. Raises for misuse; a value that cannot be in a path is noted.
*/
void rtk_request_check(lua_State *L, int first, rtk_request *request);

/* [-0, +3] Refuses such a value; pushes nothing, and 0, when there is none. */
int rtk_request_refuse(lua_State *L, const rtk_request *request);

#endif
