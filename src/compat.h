/*
** What differs between Lua 5.1, 5.2, 5.3, 5.4, 5.5 and LuaJIT, under names of our own. No other
** file asks for the version of Lua.
*/
#ifndef rtk_compat_h
#define rtk_compat_h

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <stddef.h>

#if LUA_VERSION_NUM < 502
#define LUA_OK 0
#endif

#if defined(__GNUC__)
#define RTK_NORETURN __attribute__((noreturn))
#else
#define RTK_NORETURN _Noreturn
#endif

/*
** A state with an allocator of its own. Lua 5.5 wants a seed for its hashes besides: the same one
** every time, as the specs' programs, which ask for this, go through allocations one by one.
** (Nothing else that Lua 5.5 changes in its API is used here, or else it compiles as it is:
** luaL_openlibs is a macro there. See tools/later.)
*/
#if LUA_VERSION_NUM >= 505
#define rtk_new_state(allocate, user) lua_newstate((allocate), (user), 0)
#else
#define rtk_new_state(allocate, user) lua_newstate((allocate), (user))
#endif

/* Lua 5.3 and later tell integers from floats. */
#define RTK_HAS_INTEGERS (LUA_VERSION_NUM >= 503)

/* [-0, +0] Raises when the library was compiled for another Lua than the one that loads it. */
void rtk_check_version(lua_State *L);

/* Raises that there is not enough memory. */
RTK_NORETURN void rtk_raise_memory(lua_State *L);

/* [-0, +0] Sets every function of `list` (ended by a NULL name) as a field of the top table. */
void rtk_set_functions(lua_State *L, const luaL_Reg *list);

/* [-0, +0] Adds methods to the top table. */
typedef void rtk_more_methods(lua_State *L);

/*
** [-0, +0] Registers a type of userdata, once it is whole: what raises before leaves nothing, and
** a type that is there already stays as it is. Both lists are ended by a NULL name; `more` may be
** NULL.
*/
void rtk_new_type(lua_State *L, const char *name, const luaL_Reg *methods,
                  const luaL_Reg *metamethods, rtk_more_methods *more);

/* [-1, +0] The top table becomes the table that goes with the userdata at `index`. */
void rtk_set_user_table(lua_State *L, int index);
/* [-0, +1] Pushes that table. */
void rtk_push_user_table(lua_State *L, int index);

/* Whether a coroutine could be suspended from here; false where Lua cannot tell. */
bool rtk_is_yieldable(lua_State *L);

size_t rtk_raw_length(lua_State *L, int index);
int rtk_absolute_index(lua_State *L, int index);

/* [-0, +1] Pushes a whole number: an integer where Lua has them. */
void rtk_push_whole(lua_State *L, double number);

/* Whether the value at `index` is of the integer subtype. */
bool rtk_is_integer(lua_State *L, int index);

/* Whether the number at `index` is a float that equals an integer of 53 bits. */
bool rtk_is_whole_float(lua_State *L, int index);

#endif
