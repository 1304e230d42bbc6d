#include "failure.h"

#include <string.h>

#include "response.h"
#include "result.h"
#include "text.h"

enum { MAX_BODY = 4096, MAX_ERRORS = 64 };

/* A secret that begins in what is kept of the body ends in this. */
enum { REDACTED_BODY = MAX_BODY + RTK_LONGEST_ESCAPE * RTK_MAX_CREDENTIAL };

/* What to do about it, where neither the server nor libcurl has anything to say. */
static const char *explain(rtk_kind kind, int status) {
  switch (kind) {
    case RTK_BAD_REQUEST: return "the API could not read the request";
    case RTK_AUTHENTICATION: return "the credentials were not accepted: check api_token";
    case RTK_PERMISSION_DENIED:
      return "the credentials do not allow this: check the token's permissions and the account";
    case RTK_NOT_FOUND: return "no such account, app, session or participant";
    case RTK_CONFLICT: return "in conflict with the present state";
    case RTK_UNPROCESSABLE: return "the API refused a parameter";
    case RTK_RATE_LIMITED: return "too many requests";
    case RTK_SERVER_ERROR: return "the API failed";
    case RTK_API_ERROR: return "the API says success: false and gives no reason";
    default:
      return status >= 300 && status < 400 && status != 304
                 ? "a redirect, which is never followed: check base_url"
                 : "an answer that the API does not document";
  }
}

/* {==== errors: what the body says ==== */

/* [-0, +0] If `key` of the table at `from` is a string or a number, the table on top gets it. */
static void copy_scalar(lua_State *L, int from, const char *key) {
  lua_getfield(L, from, key);
  if (lua_type(L, -1) == LUA_TSTRING || lua_type(L, -1) == LUA_TNUMBER)
    lua_setfield(L, -2, key);
  else
    lua_pop(L, 1);
}

/* [-1, +0] Appends {code=, message=} for the value on top, an object or a bare message. */
static bool append_error(lua_State *L, int list) {
  int value = lua_gettop(L), type = lua_type(L, value);
  bool known = type == LUA_TTABLE || type == LUA_TSTRING;
  if (known) {
    lua_createtable(L, 0, 2);
    if (type == LUA_TTABLE) {
      copy_scalar(L, value, "code");
      copy_scalar(L, value, "message");
    } else {
      lua_pushvalue(L, value);
      lua_setfield(L, -2, "message");
    }
    lua_rawseti(L, list, (int)rtk_raw_length(L, list) + 1);
  }
  lua_settop(L, value - 1);
  return known;
}

/* [-1, +0] The v4 envelope's list of errors is on top, or something else. */
static bool append_errors(lua_State *L, int list) {
  int from = lua_gettop(L), i, n;
  bool known = lua_type(L, from) == LUA_TTABLE;
  for (i = 1, n = known ? (int)rtk_raw_length(L, from) : 0; i <= n && i <= MAX_ERRORS; i++) {
    lua_rawgeti(L, from, i);
    append_error(L, list);
  }
  lua_settop(L, from - 1);
  return known;
}

/*
** [-0, +0] Fills the list at `list` from the decoded body on top: the envelope's `errors`, else
** {"error":...}, else {"message":...}. True when the body is any of these, or has a `success`.
*/
static bool read_errors(lua_State *L, int list) {
  int body = lua_gettop(L);
  bool known;
  lua_getfield(L, body, "success");
  known = lua_type(L, -1) == LUA_TBOOLEAN;
  lua_settop(L, body);
  lua_getfield(L, body, "errors");
  if (append_errors(L, list)) return true;
  lua_getfield(L, body, "error");
  if (append_error(L, list)) return true;
  lua_getfield(L, body, "message");
  if (lua_type(L, -1) == LUA_TSTRING) {
    lua_pushvalue(L, body);
    known = append_error(L, list);
  }
  lua_settop(L, body);
  return known;
}

/* [-0, +1] Pushes the decoded body if it is a table; false, and something else, if it is not. */
static bool push_decoded(lua_State *L, const rtk_call *call, rtk_kind kind, int decoded) {
  const rtk_answer *answer = rtk_call_answer(call);
  if (decoded != 0)
    lua_pushvalue(L, decoded);
  else if (kind != rtk_kind_of_status(answer->status) || answer->body.len == 0 ||
           !rtk_response_decode(L, &answer->body))
    lua_pushnil(L);
  return lua_type(L, -1) == LUA_TTABLE;
}

/*
** [-0, +0] Sets errors and messages of the failure on top from the body; `nil_index` has a nil.
** True when the body is a JSON envelope.
*/
static bool set_errors(lua_State *L, const rtk_call *call, rtk_kind kind, int decoded,
                       int nil_index) {
  int failure = lua_gettop(L), errors = failure + 1, messages = failure + 2;
  bool known = false;
  lua_newtable(L);
  lua_newtable(L);
  if (push_decoded(L, call, kind, decoded)) {
    rtk_response_settle(L, &rtk_call_answer(call)->body, nil_index);
    known = read_errors(L, errors);
    lua_getfield(L, -1, "messages");
    if (lua_type(L, -1) == LUA_TTABLE) lua_replace(L, messages);
  }
  lua_settop(L, messages);
  lua_setfield(L, failure, "messages");
  lua_setfield(L, failure, "errors");
  return known;
}

/* }==== */

/* {==== err ==== */

/* Adds the errors' messages, with "; " between them; false if there are none. */
static bool add_messages(lua_State *L, rtk_text *t, int errors) {
  int i, n = (int)rtk_raw_length(L, errors);
  bool any = false;
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, errors, i);
    lua_getfield(L, -1, "message");
    if (lua_type(L, -1) == LUA_TSTRING) {
      size_t len;
      const char *s = lua_tolstring(L, -1, &len);
      if (any) rtk_text_add(t, "; ");
      rtk_text_add_bytes(t, s, len);
      any = true;
    }
    lua_pop(L, 2);
  }
  return any;
}

/* "code 10006, ": of each error that has one. */
static void add_codes(lua_State *L, rtk_text *t, int errors) {
  int i, n = (int)rtk_raw_length(L, errors);
  for (i = 1; i <= n && i <= 3; i++) {
    lua_rawgeti(L, errors, i);
    lua_getfield(L, -1, "code");
    if (!lua_isnil(L, -1)) {
      size_t len;
      const char *s = lua_tolstring(L, -1, &len); /* of a copy: the table keeps its number */
      rtk_text_add(t, "code ");
      rtk_text_add_bytes(t, s, len);
      rtk_text_add(t, ", ");
    }
    lua_pop(L, 2);
  }
}

/* " (code 10006, ray 8c1f, 3 attempts, retry after 30 s)", or nothing. */
static void add_facts(lua_State *L, rtk_text *t, const rtk_call *call, int errors) {
  rtk_header ray;
  size_t before = t->n;
  rtk_text_add(t, " (");
  add_codes(L, t, errors);
  if (rtk_headers_find(&rtk_call_answer(call)->headers, "cf-ray", &ray)) {
    rtk_text_add(t, "ray ");
    rtk_text_add_bytes(t, ray.value, ray.value_len);
    rtk_text_add(t, ", ");
  }
  if (call->attempts > 1) rtk_text_format(t, "%d attempts, ", call->attempts);
  if (call->retry_after >= 0) rtk_text_format(t, "retry after %g s, ", call->retry_after);
  t->n = t->n > before + 2 ? t->n - 2 : before;
  if (t->n > before) rtk_text_add(t, ")");
}

static bool is_answered(rtk_kind kind) {
  return kind != RTK_CONNECTION && kind != RTK_TLS && kind != RTK_TIMEOUT && kind != RTK_CANCELLED;
}

/* [-0, +1] Pushes the sentence; the list of errors is at `errors`. */
static void push_err(lua_State *L, const rtk_call *call, rtk_kind kind, const char *why,
                     int errors) {
  const rtk_answer *answer = rtk_call_answer(call);
  rtk_text head, facts;
  rtk_text_begin(&facts, RTK_MAX_TEXT / 2);
  add_facts(L, &facts, call, errors);
  rtk_text_begin(&head, RTK_MAX_TEXT - facts.n);
  if (answer->status != 0 && is_answered(kind)) rtk_text_format(&head, "%d ", answer->status);
  rtk_text_add(&head, rtk_kind_name(kind));
  rtk_text_add(&head, ": ");
  if (why != NULL)
    rtk_text_add(&head, why);
  else if (answer->message[0] != '\0')
    rtk_text_add_without_user_info(&head, answer->message);
  else if (!add_messages(L, &head, errors))
    rtk_text_add(&head, explain(kind, answer->status));
  rtk_text_end(&head);
  lua_pushlstring(L, head.s, head.n);
  lua_pushlstring(L, facts.s, facts.n);
  lua_concat(L, 2);
}

/* }==== */

static void set_kind(lua_State *L, rtk_kind kind) {
  lua_pushstring(L, rtk_kind_name(kind));
  lua_setfield(L, -2, "kind");
}

/* {==== What a server echoes of the credentials is not passed on ==== */

/* [-1, +1] The string on top, with asterisks for what of it is secret. */
static void redact_string(lua_State *L, const rtk_wire *wire) {
  size_t n;
  const char *s = lua_tolstring(L, -1, &n);
  char *copy;
  if (!rtk_wire_has_secret(wire, s, n)) return;
  copy = lua_newuserdata(L, n);
  memcpy(copy, s, n);
  rtk_wire_redact(wire, copy, n);
  lua_pushlstring(L, copy, n);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* [-0, +0] The same for every value of the table on top; a field whose key is secret is dropped. */
static void redact_table(lua_State *L, const rtk_wire *wire) {
  int table = lua_gettop(L);
  luaL_checkstack(L, 8, "too many values to report a failure");
  lua_pushnil(L);
  for (; lua_next(L, table); lua_pop(L, 1)) {
    size_t n = 0;
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &n) : NULL;
    if (key != NULL && rtk_wire_has_secret(wire, key, n)) {
      lua_pushvalue(L, -2);
      lua_pushnil(L);
      lua_rawset(L, table);
    } else if (lua_type(L, -1) == LUA_TTABLE) {
      redact_table(L, wire);
    } else if (lua_type(L, -1) == LUA_TSTRING) {
      lua_pushvalue(L, -2);
      lua_pushvalue(L, -2);
      redact_string(L, wire);
      lua_rawset(L, table);
    }
  }
}

/* }==== */

/* [-0, +0] Sets the beginning of what the server said in the failure on top. */
static void set_body(lua_State *L, const rtk_buffer *body) {
  lua_pushlstring(L, body->data, body->len < MAX_BODY ? body->len : MAX_BODY);
  lua_setfield(L, -2, "body");
}

rtk_kind rtk_push_failure(lua_State *L, rtk_call *call, rtk_kind kind, const char *why,
                          int decoded) {
  const rtk_buffer *body = &rtk_call_answer(call)->body;
  const rtk_wire *wire = call->settings->wire;
  int failure;
  luaL_checkstack(L, 12, "too many values to report a failure");
  lua_pushnil(L);
  lua_createtable(L, 0, 12);
  failure = lua_gettop(L);
  set_kind(L, kind);
  rtk_set_answer_fields(L, call);
  if (call->retry_after >= 0) {
    lua_pushnumber(L, call->retry_after);
    lua_setfield(L, failure, "retry_after");
  }
  rtk_wire_redact(wire, body->data, body->len < REDACTED_BODY ? body->len : REDACTED_BODY);
  if (!set_errors(L, call, kind, decoded, failure - 1) || kind == RTK_BAD_RESPONSE)
    if (body->len > 0) set_body(L, body);
  redact_table(L, wire);
  lua_getfield(L, failure, "errors");
  push_err(L, call, kind, why, failure + 1);
  lua_insert(L, failure);
  lua_settop(L, failure + 1);
  return kind;
}

int rtk_push_unsent(lua_State *L, rtk_kind kind, const char *what, const char *why) {
  static const char *const lists[] = {"errors", "messages", "headers"};
  size_t i;
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s%s%s", rtk_kind_name(kind), what, *why != '\0' ? " " : "", why);
  lua_createtable(L, 0, 6);
  set_kind(L, kind);
  for (i = 0; i < sizeof lists / sizeof *lists; i++) {
    lua_newtable(L);
    lua_setfield(L, -2, lists[i]);
  }
  rtk_push_whole(L, 0);
  lua_setfield(L, -2, "attempts");
  lua_pushnumber(L, 0);
  lua_setfield(L, -2, "elapsed");
  return 3;
}
