#include "remote.h"

#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "client.h"
#include "driver.h"
#include "failure.h"
#include "started.h"
#include "visitors.h"

#define STATION "realtimekit.station"

static rtk_station *check_station(lua_State *L) {
  rtk_station *s = *(rtk_station **)luaL_checkudata(L, 1, STATION);
  if (s == NULL) luaL_error(L, "the station is closed");
  return s;
}

/* One that was made before the process forked is made anew. */
static rtk_station *check_own_station(lua_State *L) {
  rtk_station *fresh, *s = check_station(L);
  if (rtk_station_is_ours(s)) return s;
  errno = ENOMEM;
  fresh = rtk_station_new();
  if (fresh == NULL) luaL_error(L, "no I/O thread: %s", strerror(errno));
  rtk_station_release(s);
  return *(rtk_station **)lua_touserdata(L, 1) = fresh;
}

static int station_new(lua_State *L) {
  rtk_station **s = lua_newuserdata(L, sizeof(rtk_station *));
  *s = NULL;
  luaL_getmetatable(L, STATION);
  lua_setmetatable(L, -2);
  errno = ENOMEM;
  *s = rtk_station_new();
  if (*s != NULL) return 1;
  lua_pushnil(L);
  lua_pushfstring(L, "no I/O thread: %s", strerror(errno));
  return 2;
}

static int station_gc(lua_State *L) {
  rtk_station **s = luaL_checkudata(L, 1, STATION);
  if (*s != NULL) rtk_station_close(*s);
  rtk_station_release(*s);
  *s = NULL;
  return 0;
}

static int station_path(lua_State *L) {
  lua_pushstring(L, rtk_pump_path(check_station(L)->pump));
  return 1;
}

static int push_word(lua_State *L, char kind, unsigned long long id) {
  char word[RTK_WORD];
  rtk_visitor_word(word, kind, id);
  lua_pushlstring(L, word, RTK_WORD);
  return 1;
}

static int station_reader_word(lua_State *L) {
  return push_word(L, 'R', check_station(L)->port.id);
}

/* waiter_word(id [, whether another follows]) */
static int station_waiter_word(lua_State *L) {
  check_station(L);
  return push_word(L, lua_toboolean(L, 3) ? 'A' : 'W', (unsigned long long)luaL_checknumber(L, 2));
}

/* What one that waited says before it leaves, as it goes on. */
static int station_heard_word(lua_State *L) {
  return push_word(L, 'H', check_station(L)->port.id);
}

static const rtk_endpoint *check_endpoint(lua_State *L, int arg) {
  const char *name = luaL_checkstring(L, arg);
  const rtk_endpoint *e;
  size_t i;
  for (i = 0; (e = rtk_callable_at(i)) != NULL; i++)
    if (strcmp(e->name, name) == 0) return e;
  luaL_argerror(L, arg, "no such endpoint");
  return NULL; /* not reached */
}

/* [-0, +1 or 2] The client is at `client`, the rest behind it. */
static int start(lua_State *L, int client, int again) {
  rtk_station *s = check_own_station(L);
  const rtk_endpoint *endpoint = check_endpoint(L, client + 1);
  unsigned long long id;
  rtk_client_check(L, client);
  rtk_set_arguments(L, client + 2, endpoint, false);
  lua_pushvalue(L, client);
  rtk_start_at(L, client + 2, lua_gettop(L), endpoint, s, again);
  id = rtk_started_id(L, lua_gettop(L));
  if (id == 0) return 1;
  lua_pushnumber(L, (lua_Number)id);
  return 2;
}

static int station_start(lua_State *L) {
  return start(L, 2, 0);
}

static int station_start_again(lua_State *L) {
  return start(L, 3, 2);
}

/* A flight that has stopped, and goes on unless its logger raised an error. */
static void report(lua_State *L, rtk_station *s, rtk_parcel *parcel, int teller) {
  bool told;
  parcel->reported = true;
  told = rtk_driver_report(L, &parcel->flight, teller);
  if (!rtk_station_reported(s, parcel)) return; /* the logger has ended it */
  if (told)
    rtk_exchange_tell(rtk_pump_exchange(s->pump), parcel, RTK_TELL_PROCEED);
  else
    rtk_station_cancel(s, parcel);
}

static int station_take(lua_State *L) {
  rtk_station *s = check_station(L);
  rtk_parcel *parcel;
  int n = 0;
  lua_settop(L, 1);
  rtk_driver_push_teller(L);
  lua_newtable(L);
  while ((parcel = rtk_station_next(s)) != NULL) {
    if (parcel->home) {
      lua_pushnumber(L, (lua_Number)parcel->id);
      lua_rawseti(L, -2, ++n);
    } else {
      report(L, s, parcel, 2);
    }
  }
  return 1;
}

static int station_away(lua_State *L) {
  rtk_station *s = check_station(L);
  lua_pushinteger(L, rtk_exchange_away(rtk_pump_exchange(s->pump), &s->port));
  return 1;
}

/* Its reader has a look whether it may go. */
static int station_poke(lua_State *L) {
  rtk_station *s = check_station(L);
  if (rtk_station_is_ours(s)) rtk_exchange_poke(rtk_pump_exchange(s->pump), &s->port);
  return 0;
}

/* How many stations this process has made before it, and one. */
static int station_number(lua_State *L) {
  lua_pushinteger(L, check_station(L)->port.number);
  return 1;
}

static int station_is_ours(lua_State *L) {
  lua_pushboolean(L, rtk_station_is_ours(check_station(L)));
  return 1;
}

static int is_yieldable(lua_State *L) {
  lua_pushboolean(L, rtk_is_yieldable(L));
  return 1;
}

static int unsent(lua_State *L) {
  const char *what = luaL_checkstring(L, 1), *why = luaL_checkstring(L, 2);
  return rtk_push_unsent(L, RTK_INVALID_REQUEST, what, why);
}

static int methods_of(lua_State *L) {
  lua_pushfstring(L, "realtimekit.%s", luaL_checkstring(L, 1));
  luaL_getmetatable(L, lua_tostring(L, -1));
  lua_getfield(L, -1, "__index");
  return 1;
}

static int default_client(lua_State *L) {
  rtk_client_push_default(L);
  return 1;
}

/* endpoints() -> list of {name=, each=, ids= how many} */
static int endpoints(lua_State *L) {
  const rtk_endpoint *e;
  int i;
  lua_newtable(L);
  for (i = 0; (e = rtk_callable_at((size_t)i)) != NULL; i++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, e->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, e->each);
    lua_setfield(L, -2, "each");
    lua_pushinteger(L, rtk_endpoint_ids(e));
    lua_setfield(L, -2, "ids");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int concurrency_of(lua_State *L) {
  lua_pushinteger(L, rtk_client_check(L, 1)->settings->concurrency);
  return 1;
}

static int hang_up(lua_State *L) {
  rtk_pool_hang_up(rtk_client_check(L, 1)->pool);
  return 0;
}

static const luaL_Reg methods[] = {{"path", station_path},
                                   {"reader_word", station_reader_word},
                                   {"waiter_word", station_waiter_word},
                                   {"heard_word", station_heard_word},
                                   {"start", station_start},
                                   {"start_again", station_start_again},
                                   {"take", station_take},
                                   {"away", station_away},
                                   {"is_ours", station_is_ours},
                                   {"poke", station_poke},
                                   {"number", station_number},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", station_gc}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"station", station_new},
                                     {"is_yieldable", is_yieldable},
                                     {"unsent", unsent},
                                     {"methods", methods_of},
                                     {"default", default_client},
                                     {"endpoints", endpoints},
                                     {"hang_up", hang_up},
                                     {"concurrency", concurrency_of},
                                     {"take_results", rtk_started_take_results},
                                     {NULL, NULL}};

void rtk_remote_open(lua_State *L) {
  rtk_new_type(L, STATION, methods, metamethods, NULL);
}

void rtk_remote_enter(lua_State *L) {
  bool inside;
  lua_getglobal(L, "ngx");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "get_phase"); /* which code in ngx.run_worker_thread does without */
    lua_remove(L, -2);
  }
  inside = lua_isfunction(L, -1);
  lua_pop(L, 1);
  if (!inside) return;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "realtimekit.nginx");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "enter");
  lua_insert(L, -3);
  lua_pop(L, 1);
  lua_newtable(L);
  rtk_set_functions(L, functions);
  lua_call(L, 2, 1);
}
