/*
** Lua 5.5, as far as what is written for Lua 5.4 may not compile with it: to be found before the
** headers of 5.4, which Debian 12 has. For `make check`.
** Source: the headers of Lua 5.4.4 and 5.5.1, compared name by name.
*/
#ifndef later_lua_h
#define later_lua_h

#define lua_newstate lua_newstate_of_54
#define lua_resetthread lua_resetthread_of_54
#include_next <lua.h>
#undef lua_newstate
#undef lua_resetthread

#undef LUA_VERSION_NUM
#define LUA_VERSION_NUM 505

/* With a seed; and a macro where there was a function. */
lua_State *lua_newstate(lua_Alloc f, void *ud, unsigned seed);
int lua_closethread(lua_State *L, lua_State *from);
#define lua_resetthread(L) lua_closethread((L), NULL)

/* What there is no more. */
#undef LUA_GCSETPAUSE
#undef LUA_GCSETSTEPMUL
#undef lua_numbertointeger
#undef lua_pushunsigned
#undef lua_tounsigned
#undef lua_tounsignedx
#pragma GCC poison lua_setcstacklimit

#endif
