#include "request.h"

#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "misuse.h"
#include "response.h"
#include "text.h"
#include "url.h"

enum { METHOD, PATH, PARAMS, OPTS }; /* from `first` on */

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
enum { GET, METHODS = sizeof methods / sizeof *methods };

static const char *check_method(lua_State *L, int arg) {
  const char *name;
  size_t i;
  luaL_checktype(L, arg, LUA_TSTRING);
  name = lua_tostring(L, arg);
  for (i = 0; i < METHODS; i++)
    if (strcmp(name, methods[i]) == 0 && rtk_raw_length(L, arg) == strlen(name)) return methods[i];
  luaL_argerror(L, arg,
                lua_pushfstring(L, "a method expected: GET, POST, PUT, PATCH or DELETE%s",
                                rtk_push_meant(L, name, methods, METHODS)));
  return NULL; /* not reached */
}

/* {==== The path ==== */

/* [-0, +1] The text percent-encoded. */
static void push_encoded(lua_State *L, const char *s, size_t n) {
  rtk_buffer b = {NULL, 0, 3 * n + 1};
  b.data = lua_newuserdata(L, b.cap);
  rtk_url_encode(&b, s, n); /* it fits */
  lua_pushlstring(L, b.data, b.len);
  lua_remove(L, -2);
}

/* [-1, +1] The value, ready for the path, of the parameter whose name is on top. */
static void push_value(lua_State *L, int params, rtk_request *request) {
  const char *name = lua_tostring(L, -1), *s, *why;
  rtk_text text;
  size_t n;
  lua_pushvalue(L, -1);
  if (!lua_isnil(L, params)) lua_rawget(L, params);
  if (lua_isnil(L, params) || lua_type(L, -1) != LUA_TSTRING)
    luaL_argerror(L, params, lua_pushfstring(L, "a string expected for {%s} of the path", name));
  s = lua_tolstring(L, -1, &n);
  why = rtk_url_check_id(s, n);
  if (why == NULL) {
    push_encoded(L, s, n);
  } else {
    request->why = why;
    rtk_text_begin(&text, sizeof request->wrong - 1);
    rtk_text_add(&text, name);
    rtk_text_end(&text);
    snprintf(request->wrong, sizeof request->wrong, "%.*s", (int)text.n, text.s);
    lua_pushliteral(L, "");
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* [-0, +1] The template with its {names} replaced. */
static void push_expanded(lua_State *L, int first, const char *s, rtk_request *request) {
  lua_pushliteral(L, "");
  for (;;) {
    size_t plain = strcspn(s, "{}"), name;
    lua_pushlstring(L, s, plain);
    lua_concat(L, 2);
    s += plain;
    if (*s == '\0') return;
    name = strcspn(s + 1, "{}");
    if (*s == '}' || name == 0 || s[1 + name] != '}')
      luaL_argerror(L, first + PATH, "a brace of the path is not one of a {name}");
    lua_pushlstring(L, s + 1, name);
    push_value(L, first + PARAMS, request);
    lua_concat(L, 2);
    s += name + 2;
  }
}

/* [-0, +0] A parameter that the path does not have would be lost. */
static void check_all_used(lua_State *L, int params, const char *path) {
  if (lua_isnil(L, params)) return;
  lua_pushnil(L);
  for (; lua_next(L, params); lua_pop(L, 1)) {
    const char *name = "?";
    if (lua_type(L, -2) == LUA_TSTRING) name = lua_tostring(L, -2);
    if (strstr(path, lua_pushfstring(L, "{%s}", name)) == NULL)
      luaL_argerror(L, params, lua_pushfstring(L, "the path has no {%s}", name));
    lua_pop(L, 1);
  }
}

/* [-0, +0] Puts the path that is sent into the place of the template. */
static void check_path(lua_State *L, int first, rtk_request *request) {
  static const char account[] = RTK_ACCOUNT_PATH;
  size_t n, skipped = sizeof account - 1;
  const char *s;
  luaL_checktype(L, first + PATH, LUA_TSTRING);
  if (!lua_isnil(L, first + PARAMS)) luaL_checktype(L, first + PARAMS, LUA_TTABLE);
  s = lua_tolstring(L, first + PATH, &n);
  luaL_argcheck(L, s[0] == '/' && strlen(s) == n, first + PATH, "a path begins with '/'");
  check_all_used(L, first + PARAMS, s);
  request->below_account =
      strncmp(s, account, skipped) == 0 && (s[skipped] == '/' || s[skipped] == '\0');
  if (request->below_account && !lua_isnil(L, first + PARAMS)) {
    lua_pushliteral(L, "account_id");
    lua_rawget(L, first + PARAMS);
    request->below_account = lua_isnil(L, -1);
    lua_pop(L, 1);
  }
  push_expanded(L, first, s + (request->below_account ? skipped : 0), request);
  lua_replace(L, first + PATH);
  request->path.s = (char *)lua_tolstring(L, first + PATH, &request->path.n);
  luaL_argcheck(L, rtk_url_is_path(request->path.s, request->path.n), first + PATH,
                "what is in the path cannot be: other characters go into its parameters, "
                "a query into the option `query`");
}

/* }==== */

/* {==== Options ==== */

/* [-0, +1] The value of an option that only these calls have. */
static void push_option(lua_State *L, int opts, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, opts);
}

/* [-0, +0] Puts the body into the place of the path's parameters. */
static void check_body(lua_State *L, int first, rtk_request *request) {
  rtk_option_place at = {L, first + OPTS, "body"};
  push_option(L, at.arg, at.name);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TTABLE) rtk_misuse_type(&at, "a table");
    if (request->method == NULL || request->method[0] != 'P')
      rtk_misuse(&at, "only POST, PUT and PATCH have one");
    if (!rtk_response_encode(L)) rtk_misuse(&at, lua_tostring(L, -1));
    request->body.s = (char *)lua_tolstring(L, -1, &request->body.n);
  }
  lua_replace(L, first + PARAMS);
}

/* Whether the request may be sent once only. */
static bool check_once(lua_State *L, int first, const rtk_request *request) {
  rtk_option_place at = {L, first + OPTS, "idempotent"};
  bool idempotent;
  push_option(L, at.arg, at.name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TBOOLEAN) rtk_misuse_type(&at, "a boolean");
  idempotent = lua_isnil(L, -1) ? request->method == NULL : (bool)lua_toboolean(L, -1);
  lua_pop(L, 1);
  return !idempotent;
}

/* }==== */

void rtk_request_check(lua_State *L, int first, rtk_request *request) {
  const char *method = check_method(L, first + METHOD);
  luaL_checkstack(L, 12, "too many values to make a request");
  request->method = method != methods[GET] ? method : NULL;
  check_path(L, first, request);
  if (rtk_check_opts(L, first + OPTS)) {
    check_body(L, first, request);
    request->once = check_once(L, first, request);
  } else {
    request->once = request->method != NULL;
  }
}

int rtk_request_refuse(lua_State *L, const rtk_request *request) {
  if (request->why == NULL) return 0;
  return rtk_push_unsent(L, RTK_INVALID_REQUEST, request->wrong, request->why);
}
