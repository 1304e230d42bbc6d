#include "client.h"

#include <string.h>

#include "blocking.h"
#include "clock.h"
#include "failure.h"
#include "log.h"
#include "pool.h"
#include "result.h"
#include "schema.h"
#include "url.h"

#define CLIENT "realtimekit.client"
#define LEASE "realtimekit.lease"

/*
** A client is open while it has settings. The table that goes with it holds the options that are
** values of Lua, `null` and `logger`.
*/
typedef struct client {
  rtk_options options; /* defaults, environment and what was given, down to this client */
  rtk_settings *settings;
  rtk_pool *pool;
} client;

/* Owns a call while it is in use, so that a Lua error cannot lose it. */
typedef struct lease {
  rtk_settings *settings;
  rtk_pool *pool;
  rtk_call *call;
} lease;

static const char default_client_key = 0; /* its address is the key in the registry */

static void raise_memory(lua_State *L) {
  luaL_error(L, "not enough memory");
}

/* {==== Making and ending clients ==== */

static void check_open(lua_State *L, const client *c) {
  if (c->settings == NULL) luaL_error(L, "the client is closed");
}

static void check_client(lua_State *L, int arg) {
  check_open(L, luaL_checkudata(L, arg, CLIENT));
}

/* [-0, +1] An empty client; what it will own is freed with it. */
static client *push_client(lua_State *L) {
  client *c = lua_newuserdata(L, sizeof *c);
  memset(c, 0, sizeof *c);
  luaL_getmetatable(L, CLIENT);
  lua_setmetatable(L, -2);
  return c;
}

/* [-0, +0] Gives the client on top its table: the parent's at `from` (0: none), opts over it. */
static void set_values(lua_State *L, int from, int opts) {
  static const char *const names[] = {"null", "logger"};
  size_t i;
  lua_createtable(L, 0, 2);
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
      lua_getfield(L, -1, names[i]);
      lua_remove(L, -2);
    }
    lua_setfield(L, -2, names[i]);
  }
  rtk_set_user_table(L, -2);
}

/* [-0, +1] A client with the defaults, the environment and the opts at `opts` (0: none). */
static client *push_root(lua_State *L, int opts) {
  client *c = push_client(L);
  if (!rtk_transfer_startup()) luaL_error(L, "libcurl cannot be initialized");
  if (!rtk_options_defaults(&c->options)) raise_memory(L);
  if (opts != 0) rtk_schema_read(L, opts, &c->options);
  set_values(L, 0, opts);
  c->pool = rtk_pool_new();
  c->settings = rtk_settings_new(&c->options, NULL);
  if (c->pool == NULL || c->settings == NULL) raise_memory(L);
  return c;
}

/*
** [-0, +1] A client like the one at `from`, with the opts at `opts` over it, sharing its pool.
** Making the userdata may run a finalizer that closes the parent: what is taken of it is taken at
** once after that, with no call of Lua in between.
*/
static client *push_derived(lua_State *L, int from, int opts) {
  client *c = push_client(L);
  const client *parent = lua_touserdata(L, from);
  rtk_settings *settings;
  check_open(L, parent);
  if (!rtk_options_copy(&c->options, &parent->options)) raise_memory(L);
  c->pool = rtk_pool_retain(parent->pool);
  c->settings = rtk_settings_retain(parent->settings);
  rtk_schema_read(L, opts, &c->options);
  set_values(L, from, opts);
  settings = rtk_settings_new(&c->options, c->options.shapes_handle ? NULL : c->settings);
  if (settings == NULL) raise_memory(L);
  rtk_settings_release(c->settings);
  c->settings = settings;
  return c;
}

static void close_client(client *c) {
  rtk_settings_release(c->settings);
  if (c->pool != NULL) rtk_pool_tidy(c->pool);
  rtk_pool_release(c->pool);
  c->settings = NULL;
  c->pool = NULL;
  rtk_options_clear(&c->options);
}

/* }==== */

/* {==== One call ==== */

static void end_lease(lease *l) {
  if (l->call != NULL) rtk_pool_put(l->pool, l->call);
  rtk_settings_release(l->settings);
  if (l->pool != NULL) rtk_pool_tidy(l->pool);
  rtk_pool_release(l->pool);
  memset(l, 0, sizeof *l);
}

static int lease_gc(lua_State *L) {
  end_lease(lua_touserdata(L, 1));
  return 0;
}

/* [-0, +1] Of the client at `self`, which may be closed from now on: the call goes on. */
static lease *push_lease(lua_State *L, int self) {
  lease *l = lua_newuserdata(L, sizeof *l);
  const client *c = lua_touserdata(L, self);
  memset(l, 0, sizeof *l);
  luaL_getmetatable(L, LEASE);
  lua_setmetatable(L, -2);
  check_open(L, c); /* a finalizer may have closed it just now */
  l->settings = rtk_settings_retain(c->settings);
  l->pool = rtk_pool_retain(c->pool);
  return l;
}

enum { IDS = 3 };
static const char *const id_names[IDS] = {"app_id", "session_id", "participant_id"};

/* Demands strings: a number's text would not outlive its conversion. */
static void check_ids(lua_State *L, int first, rtk_string ids[IDS]) {
  int i;
  for (i = 0; i < IDS; i++) {
    luaL_checktype(L, first + i, LUA_TSTRING);
    ids[i].s = (char *)lua_tolstring(L, first + i, &ids[i].n);
  }
}

/* [-0, +3] Refuses an id that cannot be a path segment; 0 when all can. */
static int refuse_ids(lua_State *L, const rtk_string ids[IDS]) {
  int i;
  for (i = 0; i < IDS; i++) {
    const char *wrong = rtk_url_check_id(ids[i].s, ids[i].n);
    if (wrong != NULL) return rtk_push_refusal(L, id_names[i], wrong);
  }
  return 0;
}

static void begin(lua_State *L, lease *l, const rtk_string ids[IDS]) {
  rtk_call *call = l->call = rtk_pool_take(l->pool);
  bool ready = call != NULL && rtk_settings_target(l->settings, ids, IDS, &call->target) &&
               rtk_buffer_terminate(&call->target);
  if (ready)
    rtk_call_begin(call, rtk_settings_retain(l->settings), &l->pool->pace, rtk_clock_now());
  else
    raise_memory(L);
}

/*
** [-0, +3] Drives the call and pushes what it came to; `null` and `logger` are where these are.
** False, and [-0, +1] with the error on top, when the logger raised one.
*/
static bool run(lua_State *L, rtk_call *call, int null, int logger) {
  rtk_kind kind;
  if (!rtk_block(L, call, logger)) return false;
  kind = rtk_push_result(L, call, null);
  return rtk_log(L, logger, kind == RTK_OK ? RTK_LOG_RESPONSE : RTK_LOG_FAILURE, call, kind);
}

/* [-0, +3] The client is at `self`; `ids` are strings on the stack. */
static int fetch(lua_State *L, int self, const rtk_string ids[IDS]) {
  lease *l;
  int values, results = refuse_ids(L, ids);
  bool done;
  if (results > 0) return results;
  l = push_lease(L, self);
  if (l->settings->refusal[0] != '\0') return rtk_push_refusal(L, l->settings->refusal, "");
  rtk_push_user_table(L, self);
  values = lua_gettop(L);
  lua_getfield(L, values, "null");
  lua_getfield(L, values, "logger");
  begin(L, l, ids);
  done = run(L, l->call, values + 1, values + 2);
  end_lease(l);
  return done ? 3 : lua_error(L); /* of the logger */
}

/* With the ids at `first`, perhaps opts after them, and the client on top, at `self`. */
static int participant(lua_State *L, int first, int self) {
  rtk_string ids[IDS];
  int opts = first + IDS, results;
  check_ids(L, first, ids);
  if (lua_isnil(L, opts)) return fetch(L, self, ids);
  luaL_checktype(L, opts, LUA_TTABLE);
  push_derived(L, self, opts);
  results = fetch(L, self + 1, ids);
  close_client(lua_touserdata(L, self + 1)); /* its secrets do not wait for the collector */
  return results;
}

/* Three ids at `first` and opts, which may be missing, are all there is. */
static void set_arguments(lua_State *L, int first) {
  if (lua_gettop(L) > first + IDS)
    luaL_error(L, "too many arguments: three ids and one table of options expected");
  lua_settop(L, first + IDS);
}

/* }==== */

/* {==== Methods ==== */

static int client_participant(lua_State *L) {
  check_client(L, 1);
  set_arguments(L, 2);
  lua_pushvalue(L, 1);
  return participant(L, 2, 6);
}

static int client_with(lua_State *L) {
  check_client(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_argcheck(L, lua_gettop(L) <= 2, 3, "no further argument expected");
  push_derived(L, 1, 2);
  return 1;
}

static int client_close(lua_State *L) {
  close_client(luaL_checkudata(L, 1, CLIENT));
  return 0;
}

static int client_tostring(lua_State *L) {
  const client *c = luaL_checkudata(L, 1, CLIENT);
  lua_pushfstring(L, "%s: %p%s", CLIENT, (const void *)c, c->settings != NULL ? "" : " (closed)");
  return 1;
}

int rtk_client_new(lua_State *L) {
  luaL_argcheck(L, lua_gettop(L) <= 1, 2, "no further argument expected");
  if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TTABLE);
  push_root(L, lua_isnoneornil(L, 1) ? 0 : 1);
  return 1;
}

/* [-0, +1] The default client of this Lua state, made when it is first asked for. */
static void push_default(lua_State *L) {
  lua_pushlightuserdata(L, (void *)&default_client_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  push_root(L, 0);
  lua_pushlightuserdata(L, (void *)&default_client_key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

int rtk_client_default_participant(lua_State *L) {
  set_arguments(L, 1);
  push_default(L);
  return participant(L, 1, 5);
}

static const luaL_Reg methods[] = {{"participant", client_participant},
                                   {"with", client_with},
                                   {"close", client_close},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", client_close},
                                       {"__close", client_close},
                                       {"__tostring", client_tostring},
                                       {NULL, NULL}};

void rtk_client_open(lua_State *L) {
  luaL_newmetatable(L, CLIENT);
  rtk_set_functions(L, metamethods);
  lua_newtable(L);
  rtk_set_functions(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newmetatable(L, LEASE);
  lua_pushcfunction(L, lease_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 2);
}

/* }==== */
