/*
** A Lua module for the clients in Lua: clocks, memory, and libcurl without anything around it.
**
**   measure.now()         seconds of a clock that is never set
**   measure.cpu()         seconds of user and system time of this process
**   measure.memory(what)  KiB, "VmRSS" or "VmHWM"
**   measure.get(url [, ca])  the body, by one libcurl handle that is reused, HTTP/1.1
*/
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

typedef struct body {
  char *data;
  size_t len, cap;
} body;

/* One for the process, which is all that a client needs. */
static CURL *easy;
static struct curl_slist *lines;
static body received;

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  body *b = user;
  size_t n = size * count;
  if (n > b->cap - b->len) {
    size_t cap = (b->len + n) * 2;
    char *more = realloc(b->data, cap);
    if (more == NULL) return 0;
    b->data = more;
    b->cap = cap;
  }
  memcpy(b->data + b->len, data, n);
  b->len += n;
  return n;
}

static void make_handle(lua_State *L, const char *ca) {
  easy = curl_easy_init();
  lines =
      curl_slist_append(lines, "Authorization: Bearer 0123456789abcdef0123456789abcdef01234567");
  lines = curl_slist_append(lines, "Accept: application/json");
  if (easy == NULL || lines == NULL) luaL_error(L, "no libcurl handle");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "lua-realtimekit/bench");
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
  if (ca != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static int get(lua_State *L) {
  const char *url = luaL_checkstring(L, 1);
  CURLcode code;
  if (easy == NULL) make_handle(L, luaL_optstring(L, 2, NULL));
  received.len = 0;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  code = curl_easy_perform(easy);
  if (code != CURLE_OK) return luaL_error(L, "libcurl: %s", curl_easy_strerror(code));
  lua_pushlstring(L, received.data, received.len);
  return 1;
}

static int now(lua_State *L) {
  lua_pushnumber(L, bench_now());
  return 1;
}

static int cpu(lua_State *L) {
  lua_pushnumber(L, bench_cpu(false));
  return 1;
}

static int memory(lua_State *L) {
  lua_pushnumber(L, (lua_Number)bench_memory(luaL_checkstring(L, 1)));
  return 1;
}

__attribute__((visibility("default"))) int luaopen_measure(lua_State *L);

int luaopen_measure(lua_State *L) {
  static const luaL_Reg list[] = {
      {"get", get}, {"now", now}, {"cpu", cpu}, {"memory", memory}, {NULL, NULL}};
  const luaL_Reg *f;
  lua_newtable(L);
  for (f = list; f->name != NULL; f++) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
  return 1;
}
