#include "client.h"

#include <string.h>

#include "arguments.h"
#include "batch.h"
#include "driver.h"
#include "engine.h"
#include "fetch.h"
#include "schema.h"
#include "started.h"

#define CLIENT "realtimekit.client"

static const char default_client_key = 0; /* its address is the key in the registry */

/* {==== Making and ending clients ==== */

static void check_open(lua_State *L, const rtk_client *c) {
  if (c->settings == NULL) luaL_error(L, "the client is closed");
}

rtk_client *rtk_client_check(lua_State *L, int arg) {
  rtk_client *c = luaL_checkudata(L, arg, CLIENT);
  check_open(L, c);
  return c;
}

rtk_client *rtk_client_at(lua_State *L, int index) {
  rtk_client *c = lua_touserdata(L, index);
  check_open(L, c);
  return c;
}

/* [-0, +1] An empty client; what it will own is freed with it. */
static rtk_client *push_client(lua_State *L) {
  rtk_client *c = lua_newuserdata(L, sizeof *c);
  memset(c, 0, sizeof *c);
  c->owner = c;
  luaL_getmetatable(L, CLIENT);
  lua_setmetatable(L, -2);
  return c;
}

/* [-0, +0] Gives the client on top its table: the parent's at `from` (0: none), opts over it. */
static void set_values(lua_State *L, int from, int opts) {
  static const char *const names[] = {"null", "logger"}; /* in the order of their numbers */
  int i;
  lua_createtable(L, 2, 0);
  for (i = 0; i < 2; i++) {
    lua_pushnil(L);
    if (opts != 0) {
      lua_pop(L, 1);
      lua_pushstring(L, names[i]);
      lua_rawget(L, opts);
    }
    if (lua_isnil(L, -1) && from != 0) {
      lua_pop(L, 1);
      rtk_push_user_table(L, from);
      lua_rawgeti(L, -1, RTK_VALUE_NULL + i);
      lua_remove(L, -2);
    }
    lua_rawseti(L, -2, RTK_VALUE_NULL + i);
  }
  rtk_set_user_table(L, -2);
}

/* [-0, +1] A client with the defaults, the environment and the opts at `opts` (0: none). */
static rtk_client *push_root(lua_State *L, int opts) {
  rtk_client *c = push_client(L);
  if (!rtk_engine_startup()) luaL_error(L, "libcurl cannot be initialized");
  if (!rtk_options_defaults(&c->options)) rtk_raise_memory(L);
  if (opts != 0) rtk_schema_read(L, opts, &c->options, NULL);
  set_values(L, 0, opts);
  c->pool = rtk_pool_new();
  c->settings = rtk_settings_new(&c->options, NULL);
  if (c->pool == NULL || c->settings == NULL) rtk_raise_memory(L);
  return c;
}

/*
** [-0, +1] A client like the one at `from`, with the opts at `opts` over it, sharing its pool. The
** opts are of one endpoint's call; NULL: of a client.
** Making the userdata may run a finalizer that closes the parent: what is taken of it is taken at
** once after that, with no call of Lua in between.
*/
static rtk_client *push_derived(lua_State *L, int from, int opts, const rtk_endpoint *endpoint) {
  rtk_client *c = push_client(L);
  const rtk_client *parent = lua_touserdata(L, from);
  rtk_settings *settings;
  check_open(L, parent);
  if (!rtk_options_copy(&c->options, &parent->options)) rtk_raise_memory(L);
  c->pool = rtk_pool_retain(parent->pool);
  c->settings = rtk_settings_retain(parent->settings);
  rtk_schema_read(L, opts, &c->options, endpoint);
  set_values(L, from, opts);
  settings = rtk_settings_new(&c->options, c->options.shapes_handle ? NULL : c->settings);
  if (settings == NULL) rtk_raise_memory(L);
  rtk_settings_release(c->settings);
  c->settings = settings;
  return c;
}

rtk_client *rtk_client_push_derived(lua_State *L, int from, int opts,
                                    const rtk_endpoint *endpoint) {
  rtk_client *c = push_derived(L, from, opts, endpoint);
  c->owner = ((const rtk_client *)lua_touserdata(L, from))->owner;
  return c;
}

void rtk_client_close(rtk_client *c) {
  if (c->pool != NULL && c->owner == c) rtk_pool_cancel(c->pool, c, "its client was closed");
  if (rtk_settings_release(c->settings)) rtk_pool_tidy(c->pool);
  rtk_pool_release(c->pool);
  c->settings = NULL;
  c->pool = NULL;
  rtk_options_clear(&c->options);
}

/* }==== */

/* {==== What clients do ==== */

/*
** Each takes an endpoint's arguments from `first` on, with options, or nil, as the last of them. A
** function of Lua is made for each operation of each endpoint, named `prefix` and the endpoint's
** name: its upvalues are the endpoint and which of these it is.
*/
static const struct {
  const char *prefix;
  int (*run)(lua_State *L, int first, int self, const rtk_endpoint *endpoint);
  bool list; /* the last id is a list of them */
} operations[] = {{"", rtk_fetch, false}, {"start_", rtk_start, false}, {"each_", rtk_each, true}};

enum { START = 1, OPERATIONS = 3 };

void rtk_client_push_default(lua_State *L) {
  lua_pushlightuserdata(L, (void *)&default_client_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  push_root(L, 0);
  lua_pushlightuserdata(L, (void *)&default_client_key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

static const rtk_endpoint *endpoint_of_function(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(1));
}

static int operation_of_function(lua_State *L) {
  return (int)lua_tointeger(L, lua_upvalueindex(2));
}

/* As a method: the client is the first argument. */
static int of_client(lua_State *L) {
  const rtk_endpoint *endpoint = endpoint_of_function(L);
  int which = operation_of_function(L);
  rtk_client_check(L, 1);
  rtk_set_arguments(L, 2, endpoint, operations[which].list);
  lua_pushvalue(L, 1);
  return operations[which].run(L, 2, lua_gettop(L), endpoint);
}

static int of_default(lua_State *L) {
  const rtk_endpoint *endpoint = endpoint_of_function(L);
  int which = operation_of_function(L);
  rtk_set_arguments(L, 1, endpoint, operations[which].list);
  rtk_client_push_default(L);
  return operations[which].run(L, 1, lua_gettop(L), endpoint);
}

/* [-0, +1] */
static void push_operation(lua_State *L, lua_CFunction function, const rtk_endpoint *e, int which) {
  lua_pushlightuserdata(L, (void *)e);
  lua_pushinteger(L, which);
  lua_pushcclosure(L, function, 2);
}

/* [-0, +0] Sets those of every endpoint in the table on top; `start` alone is a participant's. */
static void set_operations(lua_State *L, lua_CFunction function) {
  const rtk_endpoint *e;
  size_t i;
  int which;
  for (i = 0; (e = rtk_callable_at(i)) != NULL; i++) {
    for (which = 0; which < OPERATIONS; which++) {
      if (operations[which].list && e->each == NULL) continue;
      lua_pushfstring(L, "%s%s", operations[which].prefix, e->name);
      push_operation(L, function, e, which);
      lua_rawset(L, -3);
    }
  }
  push_operation(L, function, rtk_endpoint_at(0), START);
  lua_setfield(L, -2, "start");
}

/*
** Functions that are written in Lua, in modules that are loaded when they are first called. They
** take the client before their arguments.
*/
static const char *const in_lua[][2] = {{"each_session", "realtimekit.pages"},
                                        {"each_session_participant", "realtimekit.pages"},
                                        {"session_report", "realtimekit.session_report"}};

/* [-n, +m] Calls the function with what is on the stack; its upvalue is where in the list it is. */
static int call_in_lua(lua_State *L) {
  const char *const *entry = in_lua[lua_tointeger(L, lua_upvalueindex(1))];
  lua_getglobal(L, "require");
  lua_pushstring(L, entry[1]);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, entry[0]);
  lua_remove(L, -2);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int of_client_in_lua(lua_State *L) {
  rtk_client_check(L, 1);
  return call_in_lua(L);
}

static int of_default_in_lua(lua_State *L) {
  rtk_client_push_default(L);
  lua_insert(L, 1);
  return call_in_lua(L);
}

/* [-0, +0] Sets them in the table on top. */
static void set_in_lua(lua_State *L, lua_CFunction function) {
  size_t i;
  for (i = 0; i < sizeof in_lua / sizeof *in_lua; i++) {
    lua_pushinteger(L, (lua_Integer)i);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, in_lua[i][0]);
  }
}

/* [-0, +2] With seconds at `arg`, for the client `c`. Where nothing can move there is no wait. */
static int step(lua_State *L, int arg, const rtk_client *c) {
  double seconds = luaL_optnumber(L, arg, 0);
  int landed = 0, under_way = 0;
  rtk_dispatcher *d = c->pool->dispatcher != NULL ? rtk_pool_dispatcher(c->pool) : NULL;
  luaL_argcheck(L, seconds >= 0, arg, "seconds expected, 0 or more");
  if (d != NULL) {
    if (!rtk_dispatcher_can_move(d)) seconds = 0;
    rtk_drive(L, c->pool, d, seconds);
    if (c->settings != NULL) { /* a logger may have closed the client */
      landed = rtk_dispatcher_take_landed(d);
      under_way = rtk_dispatcher_under_way(d);
    }
  }
  rtk_push_whole(L, landed);
  rtk_push_whole(L, under_way);
  return 2;
}

static int client_step(lua_State *L) {
  return step(L, 2, rtk_client_check(L, 1));
}

static int default_step(lua_State *L) {
  lua_settop(L, 1);
  rtk_client_push_default(L);
  return step(L, 1, rtk_client_check(L, 2));
}

/* }==== */

/* {==== Methods ==== */

static int client_with(lua_State *L) {
  rtk_client_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_argcheck(L, lua_gettop(L) <= 2, 3, "no further argument expected");
  push_derived(L, 1, 2, NULL);
  return 1;
}

static int client_close(lua_State *L) {
  rtk_client_close(luaL_checkudata(L, 1, CLIENT));
  return 0;
}

static int client_tostring(lua_State *L) {
  const rtk_client *c = luaL_checkudata(L, 1, CLIENT);
  lua_pushfstring(L, "%s: %p%s", CLIENT, (const void *)c, c->settings != NULL ? "" : " (closed)");
  return 1;
}

static rtk_dispatcher *check_dispatcher(lua_State *L) {
  rtk_dispatcher *d = rtk_pool_dispatcher(rtk_client_check(L, 1)->pool);
  if (d == NULL) luaL_error(L, "no descriptor is left to wait with");
  return d;
}

static int client_pollfd(lua_State *L) {
  return rtk_push_pollfd(L, check_dispatcher(L));
}

static int client_events(lua_State *L) {
  return rtk_push_events(L, check_dispatcher(L));
}

static int client_timeout(lua_State *L) {
  return rtk_push_timeout(L, check_dispatcher(L));
}

static const luaL_Reg methods[] = {{"step", client_step},
                                   {"with", client_with},
                                   {"close", client_close},
                                   {"pollfd", client_pollfd},
                                   {"events", client_events},
                                   {"timeout", client_timeout},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", client_close},
                                       {"__close", client_close},
                                       {"__tostring", client_tostring},
                                       {NULL, NULL}};

/* }==== */

static int new_client(lua_State *L) {
  luaL_argcheck(L, lua_gettop(L) <= 1, 2, "no further argument expected");
  if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TTABLE);
  push_root(L, lua_isnoneornil(L, 1) ? 0 : 1);
  return 1;
}

static const luaL_Reg functions[] = {{"new", new_client}, {"step", default_step}, {NULL, NULL}};

static void more_methods(lua_State *L) {
  set_operations(L, of_client);
  set_in_lua(L, of_client_in_lua);
}

void rtk_client_open(lua_State *L) {
  rtk_new_type(L, CLIENT, methods, metamethods, more_methods);
}

void rtk_client_functions(lua_State *L) {
  rtk_set_functions(L, functions);
  set_operations(L, of_default);
  set_in_lua(L, of_default_in_lua);
}
