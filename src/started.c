#include "started.h"

#include <math.h>
#include <string.h>

#include "arguments.h"
#include "client.h"
#include "clock.h"
#include "driver.h"
#include "failure.h"
#include "log.h"
#include "result.h"
#include "station.h"

#define CALL "realtimekit.call"

enum { RESULTS = RTK_VALUES - RTK_VALUE_RESULT + 1 };

/*
** While it is under way, or done and not fetched, it has a flight. The table that goes with it has
** what is named in driver.h, and its results once it is fetched.
*/
typedef struct started {
  rtk_pool *pool; /* outlives the flight */
  rtk_flight *flight;
  rtk_station *station; /* whose I/O thread moves it, if one does: it is a parcel's flight then */
  bool fetching;        /* its results are being made: finalizers run meanwhile */
  bool fetched;
} started;

static started *check_started(lua_State *L) {
  return luaL_checkudata(L, 1, CALL);
}

static rtk_parcel *parcel_of(const started *s) {
  return (rtk_parcel *)s->flight;
}

static void end(started *s) {
  if (s->flight != NULL && s->station != NULL) {
    rtk_station_put(s->station, parcel_of(s)); /* which tidies when that is due */
  } else if (s->flight != NULL) {
    rtk_flight_put(s->flight);
    rtk_pool_tidy(s->pool);
  }
  rtk_station_release(s->station);
  s->station = NULL;
  rtk_pool_release(s->pool);
  s->flight = NULL;
  s->pool = NULL;
}

/* {==== Starting ==== */

/* [-0, +1] */
static started *push_new(lua_State *L) {
  started *s = lua_newuserdata(L, sizeof *s);
  memset(s, 0, sizeof *s);
  luaL_getmetatable(L, CALL);
  lua_setmetatable(L, -2);
  rtk_driver_push_table(L);
  rtk_set_user_table(L, -2);
  return s;
}

/* [-0, +1] The one at `index`, whose results were taken. */
static started *push_again(lua_State *L, int index) {
  started *s = luaL_checkudata(L, index, CALL);
  if (s->pool != NULL) luaL_error(L, "the call is in use");
  memset(s, 0, sizeof *s);
  lua_pushvalue(L, index);
  return s;
}

/* [-0, +1] Of the client at `client`, on behalf of the one at `self`; in the one at `again`. */
static started *push_started(lua_State *L, int self, int client, int again) {
  started *s = again != 0 ? push_again(L, again) : push_new(L);
  rtk_push_user_table(L, -1);
  rtk_driver_set_values(L, self, client);
  lua_pop(L, 1);
  return s;
}

/* [-RESULTS, +0] The results on top are those of the call at `index`. */
static void keep_results(lua_State *L, int index) {
  int i, first = lua_gettop(L) - RESULTS + 1;
  rtk_push_user_table(L, index);
  for (i = 0; i < RESULTS; i++) {
    lua_pushvalue(L, first + i);
    lua_rawseti(L, -2, RTK_VALUE_RESULT + i);
  }
  lua_settop(L, first - 1);
}

static void watch(lua_State *L, rtk_flight *f, int index) {
  rtk_push_user_table(L, index);
  lua_rawgeti(L, -1, RTK_VALUE_LOGGER);
  if (!lua_isnil(L, -1)) rtk_driver_watch(L, f, index);
  lua_pop(L, 2);
}

/* [-0, +0] Sets what both kinds of flight need; the call at `index` has it from then on. */
static void prepare(lua_State *L, rtk_flight *f, const rtk_client *c, int index,
                    const rtk_request *request) {
  f->owner = c->owner;
  watch(L, f, index);
  rtk_set_target(L, f->call, c->settings, request);
}

/* [-0, +0] Here, by whoever waits or steps; results are kept when that cannot be. */
static void start_here(lua_State *L, started *s, const rtk_client *c, const rtk_request *request) {
  int index = lua_gettop(L);
  rtk_dispatcher *d = rtk_driver_dispatcher(L, s->pool);
  if (d == NULL) {
    keep_results(L, index);
    return;
  }
  s->flight = rtk_driver_take(L, d);
  prepare(L, s->flight, c, index, request);
  rtk_call_begin(s->flight->call, rtk_settings_retain(c->settings), &s->pool->pace,
                 rtk_clock_now());
  rtk_flight_start(s->flight);
}

static rtk_parcel *check_parcel(lua_State *L, rtk_station *station) {
  rtk_parcel *parcel = rtk_station_take(station);
  if (parcel == NULL) rtk_raise_memory(L);
  return parcel;
}

/* [-0, +0] By the I/O thread of a station. */
static void start_there(lua_State *L, started *s, const rtk_client *c, const rtk_request *request,
                        rtk_station *station) {
  rtk_parcel *parcel = check_parcel(L, station);
  s->station = rtk_station_retain(station);
  s->flight = &parcel->flight;
  prepare(L, s->flight, c, lua_gettop(L), request);
  rtk_pool_set_station(s->pool, station);
  rtk_station_start(station, parcel, c->settings, s->pool);
}

/* The call on top is of the client at `client`, which has the owner of the one at `self`. */
static void start(lua_State *L, started *s, int client, const rtk_request *request,
                  rtk_station *station) {
  const rtk_client *c = rtk_client_at(L, client); /* a finalizer may have closed it just now */
  s->pool = rtk_pool_retain(c->pool);
  if (rtk_refuse_settings(L, c->settings, request) > 0) {
    keep_results(L, lua_gettop(L) - RESULTS);
  } else if (station != NULL) {
    start_there(L, s, c, request, station);
  } else {
    start_here(L, s, c, request);
  }
}

int rtk_start_at(lua_State *L, int first, int self, const rtk_endpoint *endpoint,
                 rtk_station *station, int again) {
  rtk_request request;
  int count = rtk_endpoint_ids(endpoint), client = self, refused;
  started *s;
  rtk_check_ids(L, first, count, endpoint, &request);
  if (rtk_check_opts(L, first + count)) {
    rtk_client_push_derived(L, self, first + count, endpoint);
    client = self + 1;
  }
  s = push_started(L, self, client, again);
  refused = rtk_refuse_ids(L, &request);
  if (refused > 0)
    keep_results(L, client + 1);
  else
    start(L, s, client, &request, station);
  if (client != self) rtk_client_close(lua_touserdata(L, client));
  return 1;
}

int rtk_start(lua_State *L, int first, int self, const rtk_endpoint *endpoint) {
  return rtk_start_at(L, first, self, endpoint, NULL, 0);
}

unsigned long long rtk_started_id(lua_State *L, int index) {
  const started *s = lua_touserdata(L, index);
  return s->station != NULL ? parcel_of(s)->id : 0;
}

/* }==== */

/* {==== Waiting ==== */

static bool is_done(const started *s) {
  if (s->station != NULL) return parcel_of(s)->home;
  return s->flight == NULL || s->flight->place == RTK_LANDED;
}

/* What is under way when a process forks goes on in the parent. */
static void check_process(const started *s) {
  if (s->station == NULL && !is_done(s) && !rtk_dispatcher_is_ours(s->flight->dispatcher))
    rtk_flight_cancel(s->flight, RTK_IS_PARENTS);
}

/* Steps until the call is done, or `seconds` have passed. */
static void wait(lua_State *L, const started *s, double seconds) {
  double until = rtk_clock_now() + seconds;
  check_process(s);
  if (s->station != NULL) return; /* who waits for an I/O thread does it in its own way */
  while (!is_done(s)) {
    if (s->flight->place == RTK_REPORTED)
      luaL_error(L, "the call's own logger cannot wait for the call");
    rtk_drive(L, s->pool, s->flight->dispatcher, seconds);
    seconds = until - rtk_clock_now();
    if (seconds <= 0) break;
  }
}

static int call_done(lua_State *L) {
  const started *s = check_started(L);
  check_process(s);
  lua_pushboolean(L, is_done(s));
  return 1;
}

static int call_wait(lua_State *L) {
  const started *s = check_started(L);
  double seconds = luaL_optnumber(L, 2, HUGE_VAL);
  luaL_argcheck(L, seconds >= 0, 2, "seconds expected, 0 or more");
  wait(L, s, seconds);
  lua_pushboolean(L, is_done(s));
  return 1;
}

/* }==== */

/* {==== Results ==== */

/* The logger is at `logger`. False, and [-0, +1] with its error on top, when it raised one. */
static bool log_end(lua_State *L, const started *s, int logger, rtk_kind kind) {
  rtk_log_event event = kind == RTK_OK ? RTK_LOG_RESPONSE : RTK_LOG_FAILURE;
  return rtk_log(L, logger, event, s->flight->call, kind);
}

/* In protected mode: the call that is done, and its table, which keeps its results -> kind. */
static int make_results(lua_State *L) {
  started *s = lua_touserdata(L, 1);
  rtk_kind kind;
  lua_rawgeti(L, 2, RTK_VALUE_NULL);
  kind = rtk_push_result(L, s->flight->call, 3);
  keep_results(L, 1);
  s->fetched = true;
  lua_pushinteger(L, (lua_Integer)kind);
  return 1;
}

/*
** [-0, +0] Unless that has been done, makes the results of the call at 1, whose table is at
** `values`. It is told of once they are there.
*/
static void fetch(lua_State *L, started *s, int values) {
  rtk_kind kind;
  bool done;
  lua_pushcfunction(L, make_results); /* a finalizer may fetch them just now */
  lua_pushvalue(L, 1);
  lua_pushvalue(L, values);
  if (s->fetching) luaL_error(L, "the call's results are being made");
  if (s->flight == NULL || s->fetched) {
    lua_settop(L, values);
    return;
  }
  s->fetching = true;
  done = lua_pcall(L, 2, 1, 0) == LUA_OK;
  s->fetching = false;
  if (!done) lua_error(L);
  kind = (rtk_kind)lua_tointeger(L, -1);
  lua_rawgeti(L, values, RTK_VALUE_LOGGER);
  done = log_end(L, s, -1, kind);
  end(s);
  if (!done) lua_error(L);
  lua_settop(L, values);
}

/* [-0, +0] What the call's logger raised is raised again. */
static void check_error(lua_State *L, int values) {
  bool failed;
  lua_rawgeti(L, values, RTK_VALUE_FAILED);
  failed = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (!failed) return;
  lua_rawgeti(L, values, RTK_VALUE_ERROR);
  lua_error(L);
}

/* [-0, +RESULTS] */
static void push_kept(lua_State *L, int values) {
  int i;
  for (i = 0; i < RESULTS; i++) lua_rawgeti(L, values, RTK_VALUE_RESULT + i);
}

static int call_result(lua_State *L) {
  started *s = check_started(L);
  lua_settop(L, 1);
  wait(L, s, HUGE_VAL);
  rtk_push_user_table(L, 1);
  check_error(L, 2);
  if (!is_done(s)) return luaL_error(L, "the call is not done");
  if (s->flight != NULL) fetch(L, s, 2);
  push_kept(L, 2);
  return RESULTS;
}

/* [-0, +0] Leaves nothing in a call's table, which is on top. */
static void clear(lua_State *L) {
  int i;
  for (i = 1; i <= RTK_VALUES; i++) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
}

/* [-0, +RESULTS] False, and [-0, +1] with the error on top, when the logger raised one. */
static bool push_landed(lua_State *L, const started *s, int values) {
  rtk_kind kind;
  lua_rawgeti(L, values, RTK_VALUE_LOGGER);
  lua_rawgeti(L, values, RTK_VALUE_NULL);
  kind = rtk_push_result(L, s->flight->call, -1);
  return log_end(L, s, values + 1, kind);
}

int rtk_started_take_results(lua_State *L) {
  started *s = check_started(L);
  bool done = true;
  lua_settop(L, 1);
  rtk_push_user_table(L, 1);
  check_error(L, 2);
  if (!is_done(s)) return luaL_error(L, "the call is not done");
  if (s->flight != NULL)
    done = push_landed(L, s, 2);
  else
    push_kept(L, 2);
  end(s);
  if (!done) return lua_error(L);
  lua_pushvalue(L, 2);
  clear(L);
  lua_pop(L, 1);
  return RESULTS;
}

static int call_cancel(lua_State *L) {
  const started *s = check_started(L);
  if (s->station != NULL)
    rtk_station_cancel(s->station, parcel_of(s));
  else if (s->flight != NULL)
    rtk_flight_cancel(s->flight, "cancelled by its caller");
  return 0;
}

/* }==== */

/* {==== For a loop of somebody else's ==== */

static rtk_dispatcher *dispatcher_of(const started *s) {
  return s->flight != NULL && s->station == NULL ? s->flight->dispatcher : NULL;
}

static int call_pollfd(lua_State *L) {
  return rtk_push_pollfd(L, dispatcher_of(check_started(L)));
}

static int call_events(lua_State *L) {
  return rtk_push_events(L, dispatcher_of(check_started(L)));
}

static int call_timeout(lua_State *L) {
  const started *s = check_started(L);
  check_process(s);
  return rtk_push_timeout(L, is_done(s) ? NULL : dispatcher_of(s));
}

/* }==== */

static int call_gc(lua_State *L) {
  end(lua_touserdata(L, 1));
  return 0;
}

static int call_tostring(lua_State *L) {
  const started *s = check_started(L);
  lua_pushfstring(L, "%s: %p (%s)", CALL, (const void *)s, is_done(s) ? "done" : "under way");
  return 1;
}

static const luaL_Reg methods[] = {{"done", call_done},       {"wait", call_wait},
                                   {"result", call_result},   {"cancel", call_cancel},
                                   {"pollfd", call_pollfd},   {"events", call_events},
                                   {"timeout", call_timeout}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", call_gc}, {"__tostring", call_tostring}, {NULL, NULL}};

void rtk_started_open(lua_State *L) {
  rtk_new_type(L, CALL, methods, metamethods, NULL);
}
