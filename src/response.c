#include "response.h"

#include <math.h>
#include <string.h>

#include "memory.h"

/* What the registry holds under the address of each. */
static const char decode_key = 0;
static const char encode_key = 0;
static const char floats_key = 0;
static const char exact_key = 0;

#define MOST_EXACT 9007199254740991.0 /* of floats, and of whole numbers in JSON */
#define MOST_OF_OLD 99999999999999.0  /* 14 digits */

static void set_registry(lua_State *L, const char *key) {
  lua_pushlightuserdata(L, (void *)key);
  lua_insert(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

static void push_registry(lua_State *L, const char *key) {
  lua_pushlightuserdata(L, (void *)key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

/* [-0, +0] A setting of the instance on top: a function that is called with the new value. */
static void configure(lua_State *L, const char *setting) {
  lua_getfield(L, -1, setting);
  if (lua_isfunction(L, -1)) {
    lua_pushboolean(L, 0);
    lua_call(L, 1, 0);
  } else {
    lua_pop(L, 1);
  }
}

/*
** [-0, +0] Whether this cjson makes floats of whole numbers where Lua has integers: some do of all,
** some only of such as have a point or an exponent.
*/
static void find_out_floats(lua_State *L) {
  lua_getfield(L, -1, "decode");
  lua_pushliteral(L, "[1.0]");
  lua_call(L, 1, 1);
  lua_rawgeti(L, -1, 1);
  lua_pushboolean(L, rtk_is_whole_float(L, -1));
  set_registry(L, &floats_key);
  lua_pop(L, 2);
}

/*
** [-0, +0] Whether the instance on top writes every whole number that a float has exactly. Older
** ones take no more than 14 digits, and refuse to be told of more.
*/
static void find_out_exact(lua_State *L) {
  lua_getfield(L, -1, "encode_number_precision");
  lua_pushinteger(L, 16);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_pop(L, 1);
  lua_getfield(L, -1, "encode");
  lua_createtable(L, 1, 0);
  lua_pushnumber(L, MOST_EXACT);
  lua_rawseti(L, -2, 1);
  lua_call(L, 1, 1);
  lua_pushliteral(L, "[9007199254740991]");
  lua_pushboolean(L, lua_rawequal(L, -1, -2));
  set_registry(L, &exact_key);
  lua_pop(L, 2);
}

void rtk_response_open(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "cjson");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  configure(L, "decode_invalid_numbers"); /* no NaN, no Infinity, no hexadecimal */
  find_out_floats(L);
  find_out_exact(L);
  lua_getfield(L, -1, "decode");
  set_registry(L, &decode_key);
  lua_getfield(L, -1, "encode");
  set_registry(L, &encode_key);
  lua_pop(L, 2);
}

/* What cjson says of a text that is no JSON, or of a value that has none. Others are not of it. */
static bool is_of_cjson(lua_State *L) {
  static const char *const beginnings[] = {"Expected ", "Found too many nested ", "JSON parser ",
                                           "Cannot serialise"};
  const char *message = lua_tostring(L, -1);
  size_t i;
  for (i = 0; message != NULL && i < sizeof beginnings / sizeof *beginnings; i++)
    if (strncmp(message, beginnings[i], strlen(beginnings[i])) == 0) return true;
  return false;
}

enum { LARGE = 64 * 1024 };

/* cjson ends the process when it cannot have a buffer of the text's size: better to know before. */
static void check_room(lua_State *L, size_t size) {
  void *room;
  if (size < LARGE) return;
  room = rtk_realloc(NULL, size + LARGE);
  rtk_free(room);
  if (room == NULL) rtk_raise_memory(L);
}

bool rtk_response_decode(lua_State *L, const rtk_buffer *body) {
  int status;
  /* cjson takes a NUL for the end; JSON has none. */
  if (body->len > 0 && memchr(body->data, '\0', body->len) != NULL) {
    lua_pushliteral(L, "it has a NUL byte in it");
    return false;
  }
  if (body->len == 0) {
    lua_pushliteral(L, "it is empty");
    return false;
  }
  push_registry(L, &decode_key);
  lua_pushlstring(L, body->data, body->len);
  check_room(L, body->len);
  status = lua_pcall(L, 1, 1, 0);
  if (status != LUA_OK && !is_of_cjson(L)) lua_error(L); /* no memory, a hook's, an interrupt */
  return status == LUA_OK;
}

enum { DEEPEST = 1000 }; /* cjson refuses what is deeper */

static bool is_inexact(lua_State *L, double most) {
  double n = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
  return fabs(n) > most && isfinite(n) && floor(n) == n;
}

/* [-0, +0 or 1] Pushes a whole number in the table on top that would lose digits, if any. */
static bool push_inexact(lua_State *L, double most, int depth) {
  luaL_checkstack(L, 4, "a body nested too deeply");
  lua_pushnil(L);
  for (; lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_type(L, -1) == LUA_TTABLE && depth < DEEPEST && push_inexact(L, most, depth + 1))
      lua_remove(L, -2);
    if (!is_inexact(L, most)) continue;
    lua_remove(L, -2);
    return true;
  }
  return false;
}

/* [-0, +0] Or puts a sentence that says so into the place of the table on top. */
static bool has_inexact(lua_State *L) {
  bool exact;
  push_registry(L, &exact_key);
  exact = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (!push_inexact(L, exact ? MOST_EXACT : MOST_OF_OLD, 1)) return false;
  lua_pushfstring(L, "%s has more digits than this lua-cjson writes: make it a string",
                  lua_tostring(L, -1));
  lua_replace(L, -3);
  lua_pop(L, 1);
  return true;
}

bool rtk_response_encode(lua_State *L) {
  int status;
  if (has_inexact(L)) return false;
  push_registry(L, &encode_key);
  lua_insert(L, -2);
  status = lua_pcall(L, 1, 1, 0);
  if (status != LUA_OK && !is_of_cjson(L)) lua_error(L);
  return status == LUA_OK;
}

/* {==== The pass ==== */

typedef struct pass {
  lua_State *L;
  int null;     /* where the value is that replaces nulls */
  size_t nulls; /* there are no more of them left */
  bool floats;  /* whole numbers are made integers */
} pass;

static bool is_null(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == NULL;
}

static void settle_null(pass *p, int table) {
  if (p->nulls == 0 || lua_touserdata(p->L, -1) != NULL) return;
  p->nulls--;
  lua_pushvalue(p->L, -2);
  lua_pushvalue(p->L, p->null);
  lua_rawset(p->L, table);
}

static void settle_number(const pass *p, int table) {
  if (!p->floats || !rtk_is_whole_float(p->L, -1)) return;
  lua_pushvalue(p->L, -2);
  rtk_push_whole(p->L, lua_tonumber(p->L, -2));
  lua_rawset(p->L, table);
}

/*
** Recursion is as deep as cjson went: it stops at 1,000 levels. Fields that exist are set, which a
** traversal allows. It ends where nothing can be left to do.
*/
static void settle_table(pass *p) {
  lua_State *L = p->L;
  int table = lua_gettop(L);
  luaL_checkstack(L, 6, "JSON nested too deeply");
  lua_pushnil(L);
  for (; (p->floats || p->nulls > 0) && lua_next(L, table); lua_pop(L, 1)) {
    switch (lua_type(L, -1)) {
      case LUA_TTABLE: settle_table(p); break;
      case LUA_TNUMBER: settle_number(p, table); break;
      case LUA_TLIGHTUSERDATA: settle_null(p, table); break;
      default: break; /* a string, a boolean */
    }
  }
  lua_settop(L, table);
}

/* How often it says so: some may be within strings. */
static size_t count_nulls(const rtk_buffer *body) {
  const char *s = body->data, *end = body->data + body->len;
  size_t n = 0;
  while ((s = memchr(s, 'u', (size_t)(end - s))) != NULL) {
    if (s > body->data && end - s >= 3 && memcmp(s - 1, "null", 4) == 0) n++;
    s++;
  }
  return n;
}

void rtk_response_settle(lua_State *L, const rtk_buffer *body, int null) {
  pass p = {L, rtk_absolute_index(L, null), 0, false};
  push_registry(L, &floats_key);
  p.floats = lua_toboolean(L, -1);
  lua_pop(L, 1);
  /* To look for whole numbers is to look everywhere. */
  if (!is_null(L, p.null)) p.nulls = p.floats ? (size_t)-1 : count_nulls(body);
  if (p.floats || p.nulls > 0) settle_table(&p);
}

/* }==== */
