#include "fetch.h"

#include <string.h>

#include "arguments.h"
#include "blocking.h"
#include "client.h"
#include "driver.h"
#include "failure.h"
#include "log.h"
#include "result.h"

#define LEASE "realtimekit.lease"

/* Owns a call while it is in use, so that a Lua error cannot lose it. */
typedef struct lease {
  rtk_settings *settings;
  rtk_pool *pool;
  rtk_call *call;
} lease;

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
  const rtk_client *c;
  memset(l, 0, sizeof *l);
  luaL_getmetatable(L, LEASE);
  lua_setmetatable(L, -2);
  c = rtk_client_at(L, self); /* a finalizer may have closed it just now */
  l->settings = rtk_settings_retain(c->settings);
  l->pool = rtk_pool_retain(c->pool);
  return l;
}

static void begin(lua_State *L, lease *l, const rtk_request *request) {
  l->call = rtk_pool_take(l->pool);
  if (l->call == NULL) rtk_raise_memory(L);
  rtk_begin_call(L, l->call, l->settings, &l->pool->pace, request);
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

/* [-0, +3] The client is at `self`. */
static int fetch(lua_State *L, int self, const rtk_request *request) {
  lease *l;
  int values, results = rtk_refuse_ids(L, request);
  bool done;
  if (results > 0) return results;
  l = push_lease(L, self);
  results = rtk_refuse_settings(L, l->settings, request);
  if (results > 0) return results;
  rtk_push_user_table(L, self);
  values = lua_gettop(L);
  lua_rawgeti(L, values, RTK_VALUE_NULL);
  lua_rawgeti(L, values, RTK_VALUE_LOGGER);
  begin(L, l, request);
  done = run(L, l->call, values + 1, values + 2);
  end_lease(l);
  return done ? 3 : lua_error(L); /* of the logger */
}

int rtk_fetch(lua_State *L, int first, int self, const rtk_endpoint *endpoint) {
  rtk_request request;
  int count = rtk_endpoint_ids(endpoint), opts = first + count, results;
  rtk_check_ids(L, first, count, endpoint, &request);
  if (!rtk_check_opts(L, opts)) return fetch(L, self, &request);
  rtk_client_push_derived(L, self, opts, endpoint);
  results = fetch(L, self + 1, &request);
  rtk_client_close(lua_touserdata(L, self + 1)); /* its secrets do not wait for the collector */
  return results;
}

static const luaL_Reg methods[] = {{NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", lease_gc}, {NULL, NULL}};

void rtk_fetch_open(lua_State *L) {
  rtk_new_type(L, LEASE, methods, metamethods, NULL);
}
