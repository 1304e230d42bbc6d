#include "compat.h"

#include <stdlib.h>

#define MAX_WHOLE 9007199254740992.0 /* 2^53 */

void rtk_check_version(lua_State *L) {
#if LUA_VERSION_NUM >= 502
  luaL_checkversion(L);
#else
  (void)L;
#endif
}

void rtk_raise_memory(lua_State *L) {
  luaL_error(L, "not enough memory");
  abort(); /* not reached */
}

void rtk_set_functions(lua_State *L, const luaL_Reg *list) {
  for (; list->name != NULL; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}

void rtk_new_type(lua_State *L, const char *name, const luaL_Reg *methods,
                  const luaL_Reg *metamethods, rtk_more_methods *more) {
  luaL_getmetatable(L, name);
  if (lua_isnil(L, -1)) {
    lua_newtable(L);
    rtk_set_functions(L, metamethods);
    lua_newtable(L);
    rtk_set_functions(L, methods);
    if (more != NULL) more(L);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_setfield(L, LUA_REGISTRYINDEX, name);
  }
  lua_pop(L, 1);
}

void rtk_set_user_table(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  lua_setuservalue(L, index);
#else
  lua_setfenv(L, index);
#endif
}

void rtk_push_user_table(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  lua_getuservalue(L, index);
#else
  lua_getfenv(L, index);
#endif
}

#if LUA_VERSION_NUM < 503 && defined(__GNUC__)
/* LuaJIT has it, also where this was compiled with the headers of Lua 5.1; these do not. */
extern int lua_isyieldable(lua_State *L) __attribute__((weak));
#endif

bool rtk_is_yieldable(lua_State *L) {
#if LUA_VERSION_NUM >= 503
  return lua_isyieldable(L);
#elif defined(__GNUC__)
  return lua_isyieldable != NULL && lua_isyieldable(L);
#else
  (void)L;
  return false;
#endif
}

size_t rtk_raw_length(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  return (size_t)lua_rawlen(L, index);
#else
  return lua_objlen(L, index);
#endif
}

int rtk_absolute_index(lua_State *L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

void rtk_push_whole(lua_State *L, double number) {
#if RTK_HAS_INTEGERS
  lua_pushinteger(L, (lua_Integer)number);
#else
  lua_pushnumber(L, number);
#endif
}

bool rtk_is_integer(lua_State *L, int index) {
#if RTK_HAS_INTEGERS
  return lua_isinteger(L, index);
#else
  (void)L;
  (void)index;
  return false;
#endif
}

bool rtk_is_whole_float(lua_State *L, int index) {
#if RTK_HAS_INTEGERS
  lua_Number number;
  if (lua_isinteger(L, index)) return false;
  number = lua_tonumber(L, index);
  return number >= -MAX_WHOLE && number <= MAX_WHOLE && (lua_Number)(lua_Integer)number == number;
#else
  (void)L;
  (void)index;
  return false;
#endif
}
