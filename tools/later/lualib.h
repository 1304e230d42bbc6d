/*
** The same for this header: what opens all libraries is a macro in Lua 5.5.
*/
#ifndef later_lualib_h
#define later_lualib_h

#include <lua.h>

#define luaL_openlibs luaL_openlibs_of_54
#include_next <lualib.h>
#undef luaL_openlibs

void luaL_openselectedlibs(lua_State *L, int load, int preload);
#define luaL_openlibs(L) luaL_openselectedlibs((L), ~0, 0)

#endif
