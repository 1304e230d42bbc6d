#include "batch.h"

#include <math.h>
#include <string.h>

#include "arguments.h"
#include "client.h"
#include "driver.h"
#include "failure.h"
#include "log.h"
#include "result.h"

#define BATCH "realtimekit.batch"

enum { RESULTS = 4 };

/*
** Closed when it has no pool. The table that goes with it has what is named in driver.h; the
** endpoint's ids by their names, the last of them a list or a function; `refused`, an id that is
** not to be sent; and under the address of each flight the id that it is for.
*/
typedef struct batch {
  const rtk_endpoint *endpoint;
  rtk_pool *pool;
  rtk_settings *settings;
  const void *owner;
  rtk_dispatcher *dispatcher; /* NULL until the first call is started */
  rtk_flights landed;
  int under_way; /* flights, the landed too */
  int taken;     /* ids from the list */
  bool ended;    /* there are no more ids */
  bool refused;  /* there is a refused one to be told of */
  bool busy;     /* it is being gone on with: not to be closed, and not to be gone on with */
  bool leaving;  /* to be closed when that is over */
} batch;

static batch *check_batch(lua_State *L) {
  return luaL_checkudata(L, 1, BATCH);
}

static void close_batch(batch *b) {
  const rtk_endpoint *endpoint = b->endpoint;
  if (b->dispatcher != NULL) rtk_dispatcher_put_all(b->dispatcher, &b->landed);
  rtk_settings_release(b->settings);
  if (b->pool != NULL) rtk_pool_tidy(b->pool);
  rtk_pool_release(b->pool);
  memset(b, 0, sizeof *b);
  b->endpoint = endpoint;
  b->ended = true;
}

/* {==== Starting ==== */

/* What is asked for the id, a string, at `id`: the ids before it are the batch's. Table at 2. */
static void read_request(lua_State *L, const batch *b, int id, rtk_request *request) {
  const char *const *names = b->endpoint->ids;
  int i;
  memset(request, 0, sizeof *request);
  request->endpoint = b->endpoint;
  for (i = 0; names[i + 1] != NULL; i++) {
    lua_getfield(L, 2, names[i]);
    request->ids[i].s = (char *)lua_tolstring(L, -1, &request->ids[i].n); /* the table keeps it */
    lua_pop(L, 1);
  }
  request->ids[i].s = (char *)lua_tolstring(L, id, &request->ids[i].n);
}

static const char *name_of_list(const batch *b) {
  return b->endpoint->ids[rtk_endpoint_ids(b->endpoint) - 1];
}

/* [-0, +3] Why a call for the id at `id` cannot be sent; pushes nothing, and 0, if it can. */
static int refuse(lua_State *L, batch *b, int id) {
  rtk_request request;
  int results;
  read_request(L, b, id, &request);
  results = rtk_refuse_settings(L, b->settings, &request);
  if (results == 0) results = rtk_refuse_ids(L, &request);
  if (results > 0 || b->dispatcher != NULL) return results;
  b->dispatcher = rtk_driver_dispatcher(L, b->pool);
  return b->dispatcher == NULL ? 3 : 0;
}

/* Whether it is a function of session_report, whose loop over reports is not its caller's own. */
static bool is_of_report(const lua_Debug *ar) {
  return strstr(ar->source, "realtimekit/session_report.lua") != NULL;
}

/*
** The level of whose loop it is. In protected mode the function at level 1 is the iterator, and the
** loop comes behind it; behind that of session_report come functions of C, and who called these.
*/
static int level_of_loop(lua_State *L) {
  lua_Debug ar;
  int level = 2;
  bool inside = false;
  for (; lua_getstack(L, level, &ar) && lua_getinfo(L, "Sl", &ar); level++) {
    if (is_of_report(&ar))
      inside = true;
    else if (!inside || ar.currentline > 0)
      return level;
  }
  return 2;
}

/* Raises the message on top, as luaL_error would. */
static void raise(lua_State *L) {
  luaL_where(L, level_of_loop(L));
  lua_insert(L, -2);
  lua_concat(L, 2);
  lua_error(L);
}

/* [-0, +1] The next id, or nil at the end. */
static void push_id(lua_State *L, batch *b) {
  lua_getfield(L, 2, name_of_list(b));
  b->taken++;
  if (lua_isfunction(L, -1)) {
    lua_call(L, 0, 1);
  } else {
    lua_rawgeti(L, -1, b->taken);
    lua_remove(L, -2);
  }
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
    lua_pushfstring(L, "%s id %d: string expected, got %s", b->endpoint->each, b->taken,
                    luaL_typename(L, -1));
    raise(L);
  }
}

static bool is_client_closed(lua_State *L) {
  const rtk_client *c;
  lua_rawgeti(L, 2, RTK_VALUE_CLIENT);
  c = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return c->settings == NULL;
}

/* [-0, +0] Starts a call for the id on top. */
static void start(lua_State *L, batch *b) {
  int id = lua_gettop(L);
  rtk_request request;
  rtk_flight *f = rtk_driver_take(L, b->dispatcher);
  f->owner = b->owner;
  f->inbox = &b->landed; /* from here on it is given back when the batch is closed */
  lua_pushlightuserdata(L, f);
  lua_pushvalue(L, id);
  lua_rawset(L, 2);
  lua_rawgeti(L, 2, RTK_VALUE_LOGGER);
  if (!lua_isnil(L, -1)) rtk_driver_watch(L, f, 1);
  lua_settop(L, id);
  read_request(L, b, id, &request);
  rtk_begin_call(L, f->call, b->settings, &b->pool->pace, &request);
  rtk_flight_start(f);
  b->under_way++;
  if (is_client_closed(L)) rtk_flight_cancel(f, "its client was closed"); /* for the id */
}

/* [-0, +0] Starts calls until there are as many as there may be; stops at a refused id. */
static void fill(lua_State *L, batch *b) {
  int top = lua_gettop(L);
  while (!b->ended && !b->refused && b->under_way < b->settings->concurrency) {
    if (is_client_closed(L)) {
      if (b->under_way > 0) return; /* what came of these first */
      lua_pushliteral(L, "the client is closed");
      raise(L);
    }
    push_id(L, b);
    if (lua_isnil(L, -1)) {
      b->ended = true;
    } else if (b->leaving) {
      luaL_error(L, "the batch is closed");
    } else if (refuse(L, b, top + 1) > 0) {
      lua_settop(L, top + 1);
      lua_setfield(L, 2, "refused");
      b->refused = true;
    } else {
      start(L, b);
    }
    lua_settop(L, top);
  }
}

/* }==== */

/* {==== Telling ==== */

/* [-0, +4] The refused id and why. */
static int push_refused(lua_State *L, batch *b) {
  lua_getfield(L, 2, "refused");
  b->refused = false;
  if (refuse(L, b, lua_gettop(L)) == 0) /* what was missing has come back */
    rtk_push_unsent(L, RTK_CONNECTION, "no descriptor was left to wait with", "");
  return RESULTS;
}

/* [-0, +4] An id and what its call came to. It has landed until all is pushed. */
static int push_landed(lua_State *L, batch *b) {
  rtk_flight *f = b->landed.first;
  int top = lua_gettop(L);
  bool told;
  rtk_kind kind;
  lua_rawgeti(L, 2, RTK_VALUE_NULL);
  lua_rawgeti(L, 2, RTK_VALUE_LOGGER);
  kind = rtk_push_result(L, f->call, top + 1);
  lua_pushlightuserdata(L, f);
  lua_rawget(L, 2);
  lua_insert(L, -RESULTS);
  told = rtk_log(L, top + 2, kind == RTK_OK ? RTK_LOG_RESPONSE : RTK_LOG_FAILURE, f->call, kind);
  rtk_flight_put(f);
  b->under_way--;
  lua_pushlightuserdata(L, f);
  lua_pushnil(L);
  lua_rawset(L, 2);
  return told ? RESULTS : lua_error(L);
}

/* [-0, +0] What a logger raised while its flight was under way is raised again, once. */
static void check_error(lua_State *L) {
  bool failed;
  lua_rawgeti(L, 2, RTK_VALUE_FAILED);
  failed = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (!failed) return;
  lua_pushnil(L);
  lua_rawseti(L, 2, RTK_VALUE_FAILED);
  lua_rawgeti(L, 2, RTK_VALUE_ERROR);
  lua_error(L);
}

/* What is under way when a process forks goes on in the parent; no more is started here. */
static void check_process(batch *b) {
  if (b->dispatcher == NULL || rtk_dispatcher_is_ours(b->dispatcher)) return;
  rtk_dispatcher_cancel_all(b->dispatcher, b->owner, RTK_IS_PARENTS);
  b->ended = true;
}

/* [-0, +0] Leaves the batch at 1 and its table at 2; raises within itself and its own logger. */
static batch *enter(lua_State *L) {
  batch *b = check_batch(L);
  lua_settop(L, 1);
  rtk_push_user_table(L, 1);
  if (b->busy || (b->dispatcher != NULL && rtk_dispatcher_tells_of(b->dispatcher, &b->landed)))
    luaL_error(L, "the loop cannot go on within itself, such as in its own logger");
  check_process(b);
  return b;
}

/*
** [-0, +n] What `act` returns of the batch at 1 and its table at 2. Functions of the user run
** meanwhile: the logger, the one that gives ids, finalizers. None of them goes on with the batch.
*/
static int occupy(lua_State *L, batch *b, lua_CFunction act) {
  int status;
  lua_pushcfunction(L, act);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  b->busy = true;
  status = lua_pcall(L, 2, LUA_MULTRET, 0);
  b->busy = false;
  if (b->leaving) close_batch(b);
  return status == LUA_OK ? lua_gettop(L) - 2 : lua_error(L);
}

static int go_on(lua_State *L) {
  batch *b = lua_touserdata(L, 1);
  fill(L, b);
  if (b->leaving) return 0;
  if (b->refused) return push_refused(L, b);
  while (b->landed.first == NULL) {
    if (b->under_way == 0) return 0;
    rtk_drive(L, b->pool, b->dispatcher, HUGE_VAL);
    if (b->leaving) return 0;
    check_error(L);
  }
  return push_landed(L, b);
}

/* batch -> id, result, nil, response | id, nil, err, failure | nothing, at the end */
static int batch_next(lua_State *L) {
  return occupy(L, enter(L), go_on);
}

static bool has_news(const batch *b) {
  return b->refused || b->landed.first != NULL || b->under_way == 0;
}

static int find_news(lua_State *L) {
  batch *b = lua_touserdata(L, 1);
  check_error(L);
  fill(L, b);
  lua_pushboolean(L, has_news(b));
  return 1;
}

/* Whether there is something to be told of, or nothing more to come. */
static int batch_done(lua_State *L) {
  return occupy(L, enter(L), find_news);
}

static int batch_close(lua_State *L) {
  batch *b = check_batch(L);
  b->leaving = true;
  if (!b->busy) close_batch(b);
  return 0;
}

/* The collector finds no busy one, but for the end of the Lua state. */
static int batch_gc(lua_State *L) {
  close_batch(lua_touserdata(L, 1));
  return 0;
}

/* }==== */

/* {==== For a loop of somebody else's ==== */

static int batch_pollfd(lua_State *L) {
  return rtk_push_pollfd(L, check_batch(L)->dispatcher);
}

static int batch_events(lua_State *L) {
  return rtk_push_events(L, check_batch(L)->dispatcher);
}

static int batch_timeout(lua_State *L) {
  const batch *b = check_batch(L);
  return rtk_push_timeout(L, has_news(b) ? NULL : b->dispatcher);
}

/* }==== */

static int batch_tostring(lua_State *L) {
  const batch *b = check_batch(L);
  lua_pushfstring(L, "%s: %p (%d under way)", BATCH, (const void *)b, b->under_way);
  return 1;
}

/* [-0, +1] An empty batch of the client at `client`, on behalf of the one at `self`. */
static batch *push_batch(lua_State *L, int first, int self, int client, const rtk_endpoint *e) {
  int i;
  batch *b = lua_newuserdata(L, sizeof *b);
  memset(b, 0, sizeof *b);
  b->endpoint = e;
  luaL_getmetatable(L, BATCH);
  lua_setmetatable(L, -2);
  rtk_driver_push_table(L);
  rtk_driver_set_values(L, self, client);
  for (i = 0; e->ids[i] != NULL; i++) {
    lua_pushvalue(L, first + i);
    lua_setfield(L, -2, e->ids[i]);
  }
  rtk_set_user_table(L, -2);
  return b;
}

static void check_list(lua_State *L, int list, const rtk_endpoint *endpoint) {
  if (lua_istable(L, list) || lua_isfunction(L, list)) return;
  luaL_argerror(L, list,
                lua_pushfstring(L,
                                "a list of %s ids, or a function that gives one at a time, "
                                "expected",
                                endpoint->each));
}

int rtk_each(lua_State *L, int first, int self, const rtk_endpoint *endpoint) {
  rtk_request request;
  int client = self, list = first + rtk_endpoint_ids(endpoint) - 1;
  const rtk_client *c;
  batch *b;
  rtk_check_ids(L, first, list - first, endpoint, &request);
  check_list(L, list, endpoint);
  if (rtk_check_opts(L, list + 1)) {
    rtk_client_push_derived(L, self, list + 1, endpoint);
    client = self + 1;
  }
  lua_pushcfunction(L, batch_next);
  b = push_batch(L, first, self, client, endpoint);
  c = rtk_client_check(L, client); /* a finalizer may have closed it just now */
  b->pool = rtk_pool_retain(c->pool);
  b->settings = rtk_settings_retain(c->settings);
  b->owner = c->owner;
  if (client != self) rtk_client_close(lua_touserdata(L, client));
  lua_pushnil(L);
  lua_pushvalue(L, -2);
  return 4;
}

static int batch_concurrency(lua_State *L) {
  lua_pushinteger(L, check_batch(L)->settings->concurrency);
  return 1;
}

static const luaL_Reg methods[] = {{"done", batch_done},       {"concurrency", batch_concurrency},
                                   {"pollfd", batch_pollfd},   {"events", batch_events},
                                   {"timeout", batch_timeout}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", batch_gc}, {"__close", batch_close}, {"__tostring", batch_tostring}, {NULL, NULL}};

void rtk_batch_open(lua_State *L) {
  rtk_new_type(L, BATCH, methods, metamethods, NULL);
}
