#include "arguments.h"

#include <string.h>

#include "clock.h"
#include "failure.h"
#include "request.h"
#include "url.h"

void rtk_check_ids(lua_State *L, int first, int count, const rtk_endpoint *endpoint,
                   rtk_request *request) {
  int i;
  memset(request, 0, sizeof *request);
  request->endpoint = endpoint;
  if (endpoint == &rtk_open_endpoint) {
    rtk_request_check(L, first, request);
    return;
  }
  for (i = 0; i < count; i++) {
    luaL_checktype(L, first + i, LUA_TSTRING);
    request->ids[i].s = (char *)lua_tolstring(L, first + i, &request->ids[i].n);
  }
}

int rtk_refuse_ids(lua_State *L, const rtk_request *request) {
  const char *const *names = request->endpoint->ids;
  int i;
  if (request->endpoint == &rtk_open_endpoint) return rtk_request_refuse(L, request);
  for (i = 0; names[i] != NULL; i++) {
    const char *wrong = rtk_url_check_id(request->ids[i].s, request->ids[i].n);
    if (wrong != NULL) return rtk_push_unsent(L, RTK_INVALID_REQUEST, names[i], wrong);
  }
  return 0;
}

void rtk_set_arguments(lua_State *L, int first, const rtk_endpoint *endpoint, bool list) {
  static const char *const ids[] = {"no id", "one id", "two ids", "three ids"};
  int count = rtk_endpoint_ids(endpoint);
  const char *what = endpoint == &rtk_open_endpoint ? "a method, a path, its parameters"
                                                    : ids[list ? count - 1 : count];
  if (lua_gettop(L) > first + count)
    luaL_error(L, "too many arguments: %s%s and one table of options expected", what,
               list ? ", a list of ids" : "");
  lua_settop(L, first + count);
}

bool rtk_check_opts(lua_State *L, int arg) {
  if (lua_isnil(L, arg)) return false;
  luaL_checktype(L, arg, LUA_TTABLE);
  return true;
}

int rtk_refuse_settings(lua_State *L, const rtk_settings *settings, const rtk_request *request) {
  bool below = request->endpoint != &rtk_open_endpoint || request->below_account;
  const char *why = rtk_settings_refusal(settings, below);
  return why != NULL ? rtk_push_unsent(L, RTK_INVALID_REQUEST, why, "") : 0;
}

/* False when out of memory. */
static bool fill(rtk_call *call, const rtk_settings *settings, const rtk_request *request) {
  const rtk_endpoint *e = request->endpoint;
  bool done = e == &rtk_open_endpoint
                  ? rtk_settings_open_target(settings, &request->path, request->below_account,
                                             &call->target)
                  : rtk_settings_target(settings, e, request->ids, &call->target);
  call->endpoint = e;
  call->method = request->method;
  call->once = request->once;
  return done && rtk_buffer_terminate(&call->target) &&
         rtk_buffer_add(&call->body, request->body.s, request->body.n);
}

void rtk_set_target(lua_State *L, rtk_call *call, const rtk_settings *settings,
                    const rtk_request *request) {
  if (!fill(call, settings, request)) rtk_raise_memory(L);
}

void rtk_begin_call(lua_State *L, rtk_call *call, rtk_settings *settings, rtk_pace *pace,
                    const rtk_request *request) {
  rtk_set_target(L, call, settings, request);
  rtk_call_begin(call, rtk_settings_retain(settings), pace, rtk_clock_now());
}
