#include "driver.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "blocking.h"
#include "failure.h"
#include "log.h"

/* Its address is the key in the registry: of flight -> its userdata, which it does not keep. */
static const char watched_key = 0;

static void push_watched(lua_State *L) {
  lua_pushlightuserdata(L, (void *)&watched_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

void rtk_driver_open(lua_State *L) {
  lua_pushlightuserdata(L, (void *)&watched_key);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

rtk_dispatcher *rtk_driver_dispatcher(lua_State *L, rtk_pool *pool) {
  rtk_dispatcher *d;
  errno = ENOMEM; /* which not every allocator says */
  d = rtk_pool_dispatcher(pool);
  if (d != NULL) return d;
  if (errno == ENOMEM) rtk_raise_memory(L);
  rtk_push_unsent(L, RTK_CONNECTION, "no descriptor is left to wait with:", strerror(errno));
  return NULL;
}

rtk_flight *rtk_driver_take(lua_State *L, rtk_dispatcher *d) {
  rtk_flight *f = rtk_dispatcher_take(d);
  if (f == NULL) rtk_raise_memory(L);
  return f;
}

void rtk_driver_push_table(lua_State *L) {
  lua_createtable(L, RTK_VALUES, 0);
}

void rtk_driver_set_values(lua_State *L, int self, int client) {
  int i, values = lua_gettop(L);
  rtk_push_user_table(L, client);
  for (i = RTK_VALUE_NULL; i <= RTK_VALUE_LOGGER; i++) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, values, i);
  }
  lua_pushvalue(L, self);
  lua_rawseti(L, values, RTK_VALUE_CLIENT);
  lua_settop(L, values);
}

void rtk_driver_watch(lua_State *L, rtk_flight *f, int index) {
  index = rtk_absolute_index(L, index);
  push_watched(L);
  lua_pushlightuserdata(L, f);
  lua_pushvalue(L, index);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  f->watched = true;
}

/*
** In protected mode: the flight, as a light userdata. Its own userdata stays on the stack; one that
** the collector has found is out of the table before its finalizer gives the flight back.
*/
static int tell(lua_State *L) {
  rtk_flight *f = lua_touserdata(L, 1);
  bool request = f->report == RTK_REPORT_REQUEST;
  bool told;
  push_watched(L);
  lua_insert(L, 1);
  lua_rawget(L, 1);
  if (lua_isnil(L, 2)) return 0; /* nil is as good as false */
  rtk_push_user_table(L, 2);
  lua_rawgeti(L, 3, RTK_VALUE_LOGGER);
  told = rtk_log(L, 4, request ? RTK_LOG_REQUEST : RTK_LOG_RETRY, f->call,
                 request ? RTK_OK : rtk_call_answer(f->call)->kind);
  if (!told) {
    lua_rawseti(L, 3, RTK_VALUE_ERROR);
    lua_pushboolean(L, 1);
    lua_rawseti(L, 3, RTK_VALUE_FAILED);
  }
  lua_pushboolean(L, told);
  return 1;
}

void rtk_driver_push_teller(lua_State *L) {
  lua_pushcfunction(L, tell);
}

bool rtk_driver_report(lua_State *L, rtk_flight *f, int teller) {
  bool told;
  lua_pushvalue(L, teller);
  lua_pushlightuserdata(L, f);
  told = lua_pcall(L, 1, 1, 0) == LUA_OK && lua_toboolean(L, -1);
  lua_pop(L, 1);
  return told;
}

/* In protected mode: the dispatcher, as a light userdata. */
static int tell_all(lua_State *L) {
  rtk_dispatcher *d = lua_touserdata(L, 1);
  rtk_flight *f;
  rtk_driver_push_teller(L);
  while ((f = rtk_dispatcher_next_stopped(d)) != NULL) {
    if (!rtk_driver_report(L, f, 2)) rtk_flight_cancel(f, "its logger raised an error");
    rtk_flight_proceed(f);
  }
  return 0;
}

/* The pool is kept meanwhile, whatever a logger does away with. */
static bool report(lua_State *L, rtk_pool *pool, rtk_dispatcher *d) {
  bool done;
  lua_pushcfunction(L, tell_all);
  lua_pushlightuserdata(L, d);
  rtk_pool_retain(pool);
  done = lua_pcall(L, 1, 0, 0) == LUA_OK;
  rtk_pool_release(pool);
  return done;
}

void rtk_drive(lua_State *L, rtk_pool *pool, rtk_dispatcher *d, double seconds) {
  bool undisturbed = rtk_dispatcher_step(d, seconds);
  luaL_checkstack(L, 8, "too many values to call a logger");
  if (rtk_dispatcher_has_stopped(d) && !report(L, pool, d)) lua_error(L);
  if (!undisturbed && !rtk_run_hooks(L)) lua_error(L);
}

int rtk_push_pollfd(lua_State *L, rtk_dispatcher *d) {
  if (d != NULL)
    lua_pushinteger(L, rtk_dispatcher_descriptor(d));
  else
    lua_pushnil(L);
  return 1;
}

int rtk_push_events(lua_State *L, const rtk_dispatcher *d) {
  lua_pushstring(L, d != NULL ? "r" : NULL);
  return 1;
}

int rtk_push_timeout(lua_State *L, const rtk_dispatcher *d) {
  double seconds = d != NULL ? rtk_dispatcher_timeout(d) : 0;
  if (isfinite(seconds))
    lua_pushnumber(L, seconds);
  else
    lua_pushnil(L);
  return 1;
}
