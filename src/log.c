#include "log.h"

#include "clock.h"
#include "text.h"

static void set_number(lua_State *L, const char *key, double number) {
  lua_pushnumber(L, number);
  lua_setfield(L, -2, key);
}

static void set_whole(lua_State *L, const char *key, int number) {
  rtk_push_whole(L, number);
  lua_setfield(L, -2, key);
}

static void set_bytes(lua_State *L, const char *key, const char *s, size_t n) {
  lua_pushlstring(L, s, n);
  lua_setfield(L, -2, key);
}

static void set_url(lua_State *L, const rtk_call *call) {
  const rtk_wire *wire = call->settings->wire;
  if (!wire->absolute_target)
    lua_pushlstring(L, wire->origin.s, wire->origin.n - 1);
  else
    lua_pushliteral(L, "");
  lua_pushstring(L, call->target.data);
  lua_concat(L, 2);
  lua_setfield(L, -2, "url");
}

/*
** What of the answer is told is copied before anything is made in Lua: a finalizer may run there,
** and cancel the call.
*/
typedef struct record {
  rtk_log_event event;
  const rtk_call *call;
  rtk_kind kind;
  int status;
  rtk_text request_id, reason;
} record;

static void copy_outcome(record *r) {
  const rtk_answer *answer = rtk_call_answer(r->call);
  rtk_header ray;
  r->status = answer->status;
  rtk_text_begin(&r->request_id, RTK_MAX_TEXT);
  if (rtk_headers_find(&answer->headers, "cf-ray", &ray))
    rtk_text_add_bytes(&r->request_id, ray.value, ray.value_len);
  rtk_text_end(&r->request_id);
  rtk_text_begin(&r->reason, RTK_MAX_TEXT);
  rtk_text_add_without_user_info(&r->reason, answer->message);
  rtk_text_end(&r->reason);
}

static void set_outcome(lua_State *L, const record *r) {
  lua_pushstring(L, rtk_kind_name(r->kind));
  lua_setfield(L, -2, "kind");
  if (r->status != 0) set_whole(L, "status", r->status);
  if (r->request_id.n > 0) set_bytes(L, "request_id", r->request_id.s, r->request_id.n);
  if (r->reason.n > 0) set_bytes(L, "reason", r->reason.s, r->reason.n);
}

/* In protected mode: the logger, and a light userdata that points to the record. */
static int tell(lua_State *L) {
  static const char *const levels[] = {"debug", "debug", "warn", "error"};
  static const char *const messages[] = {"request", "response", "retry", "failure"};
  const record *r = lua_touserdata(L, 2);
  double now = rtk_clock_now();
  lua_settop(L, 1);
  lua_pushstring(L, levels[r->event]);
  lua_pushstring(L, messages[r->event]);
  lua_createtable(L, 0, 8);
  lua_pushstring(L, r->call->method != NULL ? r->call->method : "GET");
  lua_setfield(L, -2, "method");
  set_url(L, r->call);
  /* A request is told of just before it counts. */
  set_whole(L, "attempt", r->call->attempts + (r->event == RTK_LOG_REQUEST ? 1 : 0));
  set_number(L, "elapsed", now - r->call->started);
  if (r->event != RTK_LOG_REQUEST) set_outcome(L, r);
  if (r->event == RTK_LOG_RETRY) set_number(L, "wait", r->call->wake - now);
  lua_call(L, 3, 0);
  return 0;
}

bool rtk_log(lua_State *L, int logger, rtk_log_event event, const rtk_call *call, rtk_kind kind) {
  record r;
  if (lua_isnil(L, logger)) return true;
  logger = rtk_absolute_index(L, logger);
  r.event = event;
  r.call = call;
  r.kind = kind;
  if (event != RTK_LOG_REQUEST) copy_outcome(&r);
  lua_pushcfunction(L, tell);
  lua_pushvalue(L, logger);
  lua_pushlightuserdata(L, &r);
  return lua_pcall(L, 2, 0, 0) == LUA_OK;
}
