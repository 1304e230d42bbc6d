#include "result.h"

#include <string.h>

#include "failure.h"
#include "response.h"

enum { USUAL_FIELDS = 32 };

/* {==== Fields ==== */

static void set_string(lua_State *L, const char *key, const char *s, size_t n) {
  lua_pushlstring(L, s, n);
  lua_setfield(L, -2, key);
}

static void set_whole(lua_State *L, const char *key, double number) {
  rtk_push_whole(L, number);
  lua_setfield(L, -2, key);
}

static void set_header(lua_State *L, const rtk_header *field) {
  lua_pushlstring(L, field->name, field->name_len);
  lua_pushlstring(L, field->value, field->value_len);
  lua_rawset(L, -3);
}

/* [-0, +0] Sets a header field in the table on top, behind what is there of that name. */
static void join_header(lua_State *L, const rtk_header *field) {
  lua_pushlstring(L, field->name, field->name_len);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 2);
    set_header(L, field);
    return;
  }
  lua_pushliteral(L, ", ");
  lua_pushlstring(L, field->value, field->value_len);
  lua_concat(L, 3);
  lua_rawset(L, -3);
}

/* Made as large as it will be, as far as that is usual: a table that grows costs more. */
static void set_headers(lua_State *L, const rtk_headers *headers) {
  size_t i, n = headers->field_count;
  lua_createtable(L, 0, n < USUAL_FIELDS ? (int)n : USUAL_FIELDS);
  for (i = 0; i < n; i++) {
    rtk_header field = rtk_headers_get(headers, i);
    if (field.repeats)
      join_header(L, &field);
    else
      set_header(L, &field);
  }
  lua_setfield(L, -2, "headers");
}

static void set_rate_limit(lua_State *L, const rtk_headers *headers) {
  double remaining, reset;
  if (!rtk_headers_rate_limit(headers, &remaining, &reset)) return;
  lua_createtable(L, 0, 2);
  set_whole(L, "remaining", remaining);
  set_whole(L, "reset", reset);
  lua_setfield(L, -2, "rate_limit");
}

void rtk_set_answer_fields(lua_State *L, const rtk_call *call) {
  const rtk_answer *answer = rtk_call_answer(call);
  rtk_header ray;
  if (answer->status != 0) set_whole(L, "status", answer->status);
  if (answer->http_version != NULL)
    set_string(L, "http_version", answer->http_version, strlen(answer->http_version));
  if (rtk_headers_find(&answer->headers, "cf-ray", &ray))
    set_string(L, "request_id", ray.value, ray.value_len);
  set_whole(L, "attempts", call->attempts);
  lua_pushnumber(L, call->elapsed);
  lua_setfield(L, -2, "elapsed");
  set_headers(L, &answer->headers);
  set_rate_limit(L, &answer->headers);
}

/* }==== */

/* {==== The envelope ==== */

/* [-0, +1] Pushes field `key` of the table on top; false, if it is not an object, too. */
static bool push_object(lua_State *L, const char *key) {
  bool array;
  lua_pushstring(L, key);
  lua_rawget(L, -2);
  if (lua_type(L, -1) != LUA_TTABLE) return false;
  lua_rawgeti(L, -1, 1); /* an object's keys are strings */
  array = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return !array;
}

static bool is_empty(lua_State *L, int index) {
  index = rtk_absolute_index(L, index);
  lua_pushnil(L);
  if (!lua_next(L, index)) return true;
  lua_pop(L, 2);
  return false;
}

static bool is_unsuccessful(lua_State *L) {
  bool no;
  lua_getfield(L, -1, "success");
  no = lua_type(L, -1) == LUA_TBOOLEAN && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  return no;
}

/* Whether the table on top can be an array. (cjson decodes [] and {} alike.) */
static bool is_array(lua_State *L) {
  bool known;
  lua_rawgeti(L, -1, 1);
  known = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return known || is_empty(L, -1);
}

/* [-0, +1] What is wrong, or NULL. An object without one field is none either. */
static const char *push_field(lua_State *L, const rtk_endpoint *e) {
  const char *wrong = NULL;
  if (e->result == NULL) {
    lua_pushvalue(L, -1);
    return is_empty(L, -1) ? "`data` is empty" : NULL;
  }
  if (e->list) {
    lua_getfield(L, -1, e->result);
    if (lua_type(L, -1) != LUA_TTABLE || !is_array(L)) wrong = "missing or not an array";
  } else if (!push_object(L, e->result)) {
    wrong = "missing or not an object";
  } else if (is_empty(L, -1)) {
    wrong = "empty";
  }
  return wrong != NULL ? lua_pushfstring(L, "`data.%s` is %s", e->result, wrong) : NULL;
}

/*
** [-0, +2] With the decoded body on top: pushes `data` and the endpoint's result in it. What is
** wrong, above values of its own, or NULL.
*/
static const char *push_found(lua_State *L, const rtk_endpoint *e) {
  if (!push_object(L, "data")) return "`data` is missing or not an object";
  return push_field(L, e);
}

/* Whether field `key` of the decoded body on top has anything in it. */
static bool has_content(lua_State *L, const char *key) {
  bool found;
  lua_getfield(L, -1, key);
  found = lua_toboolean(L, -1) && lua_type(L, -1) != LUA_TLIGHTUSERDATA;
  lua_pop(L, 1);
  return found;
}

/*
** [-0, +2] With the decoded body on top, which it settles: `data`, and what of it all is the
** answer's content. Which that is can be told only while nulls are nulls.
*/
static void push_any(lua_State *L, const rtk_buffer *text, int null) {
  int body = lua_gettop(L);
  const char *key = has_content(L, "data") ? "data" : has_content(L, "result") ? "result" : NULL;
  rtk_response_settle(L, text, null);
  lua_getfield(L, body, "data");
  if (key != NULL)
    lua_getfield(L, body, key);
  else
    lua_pushvalue(L, body);
}

/* [-0, +0] With the decoded body at `body` and the response of a list on top. */
static void set_paging(lua_State *L, int body) {
  lua_getfield(L, body, "paging");
  if (lua_type(L, -1) == LUA_TTABLE)
    lua_setfield(L, -2, "paging");
  else
    lua_pop(L, 1);
}

/* [-0, +0] With the decoded body at `body` and the response on top. */
static void set_messages(lua_State *L, int body) {
  lua_getfield(L, body, "messages");
  if (lua_type(L, -1) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 0);
  }
  lua_setfield(L, -2, "messages");
}

/* So many fields: a table that is larger than need be is dear to the collector. */
static int count_fields(const rtk_call *call) {
  const rtk_endpoint *e = call->endpoint;
  rtk_header field;
  int n = 8; /* status, http_version, request_id, attempts, elapsed, headers, messages, data */
  if (rtk_headers_find(&rtk_call_answer(call)->headers, "ratelimit", &field)) n++;
  if (e->list || e == &rtk_open_endpoint) n++; /* paging */
  return n;
}

/* With the decoded body, its `data` and the result on top. */
static rtk_kind push_success(lua_State *L, const rtk_call *call) {
  int body = lua_gettop(L) - 2, data = body + 1, result = body + 2;
  lua_pushvalue(L, result);
  lua_pushnil(L);
  lua_createtable(L, 0, count_fields(call));
  rtk_set_answer_fields(L, call);
  set_messages(L, body);
  if (call->endpoint->list || call->endpoint == &rtk_open_endpoint) set_paging(L, body);
  lua_pushvalue(L, data);
  lua_setfield(L, -2, "data");
  return RTK_OK;
}

/* }==== */

static rtk_kind push_bad_response(lua_State *L, rtk_call *call, const char *why) {
  lua_pushfstring(L, "the answer is not what the API documents: %s", why);
  return rtk_push_failure(L, call, RTK_BAD_RESPONSE, lua_tostring(L, -1), 0);
}

/* With the decoded body on top, which is a table. */
static rtk_kind push_decoded(lua_State *L, rtk_call *call, int null) {
  const rtk_buffer *text = &rtk_call_answer(call)->body;
  int body = lua_gettop(L);
  const char *wrong;
  if (is_unsuccessful(L)) return rtk_push_failure(L, call, RTK_API_ERROR, NULL, body);
  if (call->endpoint == &rtk_open_endpoint) {
    push_any(L, text, null);
    return push_success(L, call);
  }
  wrong = push_found(L, call->endpoint);
  if (wrong != NULL) return push_bad_response(L, call, wrong);
  lua_pushvalue(L, body);
  rtk_response_settle(L, text, null);
  lua_pop(L, 1);
  return push_success(L, call);
}

/* An answer without a body, which some have: `true`. */
static rtk_kind push_nothing(lua_State *L, const rtk_call *call) {
  lua_newtable(L);
  lua_pushnil(L);
  lua_pushboolean(L, 1);
  return push_success(L, call);
}

rtk_kind rtk_push_result(lua_State *L, rtk_call *call, int null) {
  const rtk_answer *answer = rtk_call_answer(call);
  null = rtk_absolute_index(L, null);
  if (answer->kind == RTK_NO_MEMORY) rtk_raise_memory(L);
  if (answer->kind != RTK_OK) return rtk_push_failure(L, call, answer->kind, NULL, 0);
  if (answer->body.len == 0 && call->endpoint == &rtk_open_endpoint) return push_nothing(L, call);
  if (!rtk_response_decode(L, &answer->body))
    return push_bad_response(L, call, lua_tostring(L, -1));
  if (lua_type(L, -1) != LUA_TTABLE) return push_bad_response(L, call, "it is not a JSON object");
  return push_decoded(L, call, null);
}
