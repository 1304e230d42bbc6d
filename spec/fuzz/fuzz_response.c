/*
** An answer of the server, as far as Lua sees it: status, header lines and body become either a
** participant or a failure, never both and never neither. The input: two bytes of status, one of
** choices, header lines up to an empty one, the body.
*/
#include <string.h>

#include "call.h"
#include "compat.h"
#include "engine.h"
#include "fuzz.h"
#include "response.h"
#include "result.h"

static lua_State *L;
static rtk_call *call;
static rtk_settings *settings;
static rtk_pace pace;

static void start(void) {
  static rtk_options options;
  L = luaL_newstate();
  PROPERTY(L != NULL && rtk_engine_startup());
  luaL_openlibs(L);
  rtk_response_open(L);
  PROPERTY(rtk_options_defaults(&options));
  PROPERTY(rtk_string_set(&options.given.api_token, "token-for-fuzzing", 17));
  PROPERTY(rtk_string_set(&options.account_id, "account", 7));
  settings = rtk_settings_new(&options, NULL);
  call = rtk_call_new(false);
  call->endpoint = rtk_endpoint_at(0);
  PROPERTY(settings != NULL && rtk_settings_refusal(settings, true) == NULL && call != NULL);
}

/* No null is left, at any depth, and no float that should be an integer. */
static void check_value(int depth) {
  PROPERTY(lua_type(L, -1) != LUA_TLIGHTUSERDATA);
  PROPERTY(lua_type(L, -1) != LUA_TNUMBER || !rtk_is_whole_float(L, -1));
  if (lua_type(L, -1) != LUA_TTABLE || depth > 50) return;
  lua_pushnil(L);
  for (; lua_next(L, -2); lua_pop(L, 1)) check_value(depth + 1);
}

static void check_success(void) {
  PROPERTY(lua_type(L, 1) == LUA_TTABLE && lua_isnil(L, 2) && lua_type(L, 3) == LUA_TTABLE);
  lua_settop(L, 1);
  check_value(0);
}

static void check_failure(void) {
  size_t len;
  const char *err = lua_tolstring(L, 2, &len), *p;
  PROPERTY(lua_isnil(L, 1) && lua_type(L, 2) == LUA_TSTRING && lua_type(L, 3) == LUA_TTABLE);
  PROPERTY(len > 0 && len <= 512);
  for (p = err; p < err + len; p++) PROPERTY((unsigned char)*p >= 0x20 && *p != 0x7f);
  PROPERTY(strstr(err, "token-for-fuzzing") == NULL);
  lua_getfield(L, 3, "kind");
  PROPERTY(lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "ok") != 0);
  lua_getfield(L, 3, "errors");
  PROPERTY(lua_type(L, -1) == LUA_TTABLE);
}

static int push(lua_State *state) {
  lua_pushnil(state);
  rtk_push_result(state, call, 1);
  return 3;
}

static void fill(rtk_answer *answer, const uint8_t *data, size_t size) {
  const char *s = (const char *)data + 3, *end = (const char *)data + size, *line_end;
  answer->status = 100 + (data[0] | data[1] << 8) % 500;
  answer->kind = rtk_kind_of_status(answer->status);
  for (; s < end && *s != '\n'; s = line_end) {
    line_end = memchr(s, '\n', (size_t)(end - s));
    line_end = line_end != NULL ? line_end + 1 : end;
    if (rtk_headers_take(&answer->headers, s, (size_t)(line_end - s)) != RTK_HEADERS_OK) break;
  }
  /* As the transfer does it. */
  rtk_wire_redact(settings->wire, answer->headers.lines.data, answer->headers.lines.len);
  if (s < end) s++;
  PROPERTY(rtk_buffer_add(&answer->body, s, (size_t)(end - s)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (L == NULL) start();
  if (size < 3) return 0;
  rtk_call_begin(call, rtk_settings_retain(settings), &pace, 0);
  fill(rtk_call_answer(call), data, size);
  call->attempts = 1 + data[2] % 3;
  call->retry_after = data[2] % 5 - 1;
  lua_settop(L, 0);
  lua_pushcfunction(L, push);
  PROPERTY(lua_pcall(L, 0, LUA_MULTRET, 0) == LUA_OK);
  PROPERTY(lua_gettop(L) == 3);
  if (lua_isnil(L, 2))
    check_success();
  else
    check_failure();
  lua_settop(L, 0);
  rtk_call_end(call);
  return 0;
}
