/*
** From the bytes of a body to Lua values. The only file that knows lua-cjson, which it uses through
** an instance of its own: a host that changes the shared one's settings changes nothing here.
*/
#ifndef rtk_response_h
#define rtk_response_h

#include "answer.h"
#include "compat.h"

/* [-0, +0] Makes the instance; raises when lua-cjson cannot be loaded. */
void rtk_response_open(lua_State *L);

/*
** [-0, +1] Decodes a body as cjson does: nulls are cjson.null, numbers what they are to it. True
** with the value on top, or false with a sentence that says why it is not JSON. Raises when out of
** memory, and what a debug hook raises.
*/
bool rtk_response_decode(lua_State *L, const rtk_buffer *body);

/*
** [-1, +1] The value on top as JSON; or false, and a sentence that says why it has none. Raises as
** the above does.
*/
bool rtk_response_encode(lua_State *L);

/*
** [-0, +0] Settles, in place and in one pass, the table on top that was decoded from `body`: every
** null becomes the value at `null` (nil leaves the key out, and a hole in an array), every whole
** float of 53 bits an integer. There is no pass where nothing can need one.
*/
void rtk_response_settle(lua_State *L, const rtk_buffer *body, int null);

#endif
