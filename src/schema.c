#include "schema.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "misuse.h"
#include "parameters.h"

#define MAX_WHOLE 9007199254740992.0 /* 2^53 */

/* Where an option is read to, and how. The value to read is on top of the stack. */
typedef struct reading {
  lua_State *L;
  rtk_option_place at;
  rtk_options *o;
  const struct option *option;
} reading;

typedef struct option {
  const char *name;
  void (*read)(const reading *r);
  size_t offset; /* of the field in rtk_options */
  double min, max;
  bool shapes_handle;
} option;

static void *field(const reading *r) {
  return (char *)r->o + r->option->offset;
}

/* {==== Scalars ==== */

static void set_string(const reading *r, rtk_string *str, int index) {
  size_t n;
  const char *s = lua_tolstring(r->L, index, &n);
  if (!rtk_string_set(str, s, n)) rtk_raise_memory(r->L);
}

static void read_string(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TSTRING) rtk_misuse_type(&r->at, "a string");
  set_string(r, field(r), -1);
}

static void read_proxy(const reading *r) {
  bool off = lua_type(r->L, -1) == LUA_TBOOLEAN && !lua_toboolean(r->L, -1);
  if (!off && lua_type(r->L, -1) != LUA_TSTRING) rtk_misuse_type(&r->at, "a URL or false");
  if (off)
    rtk_string_clear(&r->o->proxy);
  else
    set_string(r, &r->o->proxy, -1);
  r->o->no_proxy = off;
}

/* A finite number within the option's range; whether min itself is in it is `above`'s to say. */
static double read_number(const reading *r, bool above, const char *expected) {
  double number = lua_tonumber(r->L, -1);
  bool fits = number >= r->option->min && number <= r->option->max;
  if (lua_type(r->L, -1) != LUA_TNUMBER || !fits || (above && number <= r->option->min))
    rtk_misuse_number(&r->at, expected);
  return number;
}

/* Seconds greater than 0. */
static void read_period(const reading *r) {
  *(double *)field(r) = read_number(r, true, "a finite number of seconds greater than 0");
}

/* Seconds, 0 included. */
static void read_seconds(const reading *r) {
  *(double *)field(r) = read_number(r, false, "a finite number of seconds, 0 or more,");
}

static double read_whole(const reading *r) {
  char expected[64];
  double number;
  snprintf(expected, sizeof expected, "an integer from %.0f to %.0f", r->option->min,
           r->option->max);
  number = read_number(r, false, expected);
  if (floor(number) != number) rtk_misuse_number(&r->at, expected);
  return number;
}

static void read_int(const reading *r) {
  *(int *)field(r) = (int)read_whole(r);
}

static void read_bytes(const reading *r) {
  *(double *)field(r) = read_whole(r);
}

/* Whether the string at `index` is this one, to its last byte. */
static bool is_string(lua_State *L, int index, const char *s) {
  size_t n;
  const char *there = lua_tolstring(L, index, &n);
  return n == strlen(s) && memcmp(there, s, n) == 0;
}

static void read_http_version(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TSTRING) rtk_misuse_type(&r->at, "the string \"1.1\" or \"2\"");
  if (is_string(r->L, -1, "1.1"))
    r->o->http_version = RTK_HTTP_1_1;
  else if (is_string(r->L, -1, "2"))
    r->o->http_version = RTK_HTTP_2;
  else
    rtk_misuse_type(&r->at, "the string \"1.1\" or \"2\"");
}

static void read_logger(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TFUNCTION) rtk_misuse_type(&r->at, "a function");
}

static void read_any(const reading *r) {
  (void)r;
}

/* }==== */

/* {==== Tables of names and values: headers, query ==== */

/* An empty entry, owned by the options, so that an error cannot lose it. */
static rtk_pair *new_entry(const reading *r) {
  rtk_pair *p = rtk_options_new_entry(r->o);
  if (p == NULL) rtk_raise_memory(r->L);
  return p;
}

static void read_header(const reading *r) {
  rtk_pair *p;
  bool drop = lua_type(r->L, -1) == LUA_TBOOLEAN && !lua_toboolean(r->L, -1);
  if (lua_type(r->L, -2) != LUA_TSTRING) rtk_misuse(&r->at, "a header name is not a string");
  if (!drop && lua_type(r->L, -1) != LUA_TSTRING)
    rtk_misuse_type(&r->at, "for each name a string or false");
  p = new_entry(r);
  set_string(r, &p->name, -2);
  if (!drop) set_string(r, &p->value, -1);
}

static void read_headers(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TTABLE) rtk_misuse_type(&r->at, "a table of names and values");
  lua_pushnil(r->L);
  for (; lua_next(r->L, -2); lua_pop(r->L, 1)) read_header(r);
  rtk_options_merge_headers(r->o);
}

/* A number as the query spells it: no exponent and no ".0" where it is whole, every digit. */
static void set_number(const reading *r, rtk_string *str) {
  char text[64], *comma;
  double number = lua_tonumber(r->L, -1);
  if (!(fabs(number) <= DBL_MAX)) rtk_misuse_number(&r->at, "a finite number");
  if (!rtk_is_integer(r->L, -1) && floor(number) == number && fabs(number) <= MAX_WHOLE) {
    snprintf(text, sizeof text, "%.0f", number + 0.0); /* which makes 0 of -0 */
  } else {
    lua_pushvalue(r->L, -1); /* lua_tostring changes what it converts */
    snprintf(text, sizeof text, "%s", lua_tostring(r->L, -1));
    lua_pop(r->L, 1);
  }
  comma = strchr(text, ','); /* the host's locale may write one */
  if (comma != NULL) *comma = '.';
  if (!rtk_string_set(str, text, strlen(text))) rtk_raise_memory(r->L);
}

static void set_word(const reading *r, rtk_string *str) {
  const char *word = lua_toboolean(r->L, -1) ? "true" : "false";
  if (!rtk_string_set(str, word, strlen(word))) rtk_raise_memory(r->L);
}

static void read_parameter(const reading *r) {
  rtk_pair *p;
  int type = lua_type(r->L, -1);
  if (lua_type(r->L, -2) != LUA_TSTRING) rtk_misuse(&r->at, "a parameter name is not a string");
  if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
    rtk_misuse_type(&r->at, "for each name a string, a number or a boolean");
  p = new_entry(r);
  set_string(r, &p->name, -2);
  if (type == LUA_TSTRING)
    set_string(r, &p->value, -1);
  else if (type == LUA_TNUMBER)
    set_number(r, &p->value);
  else
    set_word(r, &p->value);
}

static void read_query(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TTABLE) rtk_misuse_type(&r->at, "a table of names and values");
  lua_pushnil(r->L);
  for (; lua_next(r->L, -2); lua_pop(r->L, 1)) read_parameter(r);
  rtk_options_merge_query(r->o);
}

/* }==== */

/* {==== The schema ==== */

#define FIELD(name) offsetof(rtk_options, name)

static const option schema[] = {
    {"account_id", read_string, FIELD(account_id), 0, 0, false},
    {"api_email", read_string, FIELD(level.api_email), 0, 0, true},
    {"api_key", read_string, FIELD(level.api_key), 0, 0, true},
    {"api_token", read_string, FIELD(level.api_token), 0, 0, true},
    {"base_url", read_string, FIELD(base_url), 0, 0, true},
    {"ca_file", read_string, FIELD(ca_file), 0, 0, true},
    {"ca_path", read_string, FIELD(ca_path), 0, 0, true},
    {"concurrency", read_int, FIELD(concurrency), 1, 1000, false},
    {"connect_timeout", read_period, FIELD(connect_timeout), 0, DBL_MAX, true},
    {"deadline", read_period, FIELD(deadline), 0, DBL_MAX, false},
    {"headers", read_headers, FIELD(headers), 0, 0, true},
    {"http_version", read_http_version, FIELD(http_version), 0, 0, true},
    {"logger", read_logger, 0, 0, 0, false},
    {"max_connections", read_int, FIELD(max_connections), 1, INT_MAX, false},
    {"max_response_bytes", read_bytes, FIELD(max_response_bytes), 1, MAX_WHOLE, false},
    {"max_retries", read_int, FIELD(max_retries), 0, INT_MAX, false},
    {"max_retry_after", read_seconds, FIELD(max_retry_after), 0, DBL_MAX, false},
    {"null", read_any, 0, 0, 0, false},
    {"proxy", read_proxy, FIELD(proxy), 0, 0, true},
    {"query", read_query, FIELD(query), 0, 0, false},
    {"timeout", read_period, FIELD(timeout), 0, DBL_MAX, false},
    {"user_agent", read_string, FIELD(user_agent), 0, 0, true},
    {"user_service_key", read_string, FIELD(level.user_service_key), 0, 0, true},
};

enum { OPTIONS = sizeof schema / sizeof *schema, MOST_PARAMETERS = 32 };

/* The schema's entry of that name; NULL when there is none. */
static const option *find_option(const char *name, size_t n) {
  size_t i;
  for (i = 0; i < OPTIONS; i++)
    if (strlen(schema[i].name) == n && memcmp(schema[i].name, name, n) == 0) return &schema[i];
  return NULL;
}

/* The name is that of no option of this call; it may be another call's. */
static void raise_unknown(lua_State *L, int arg, const char *name, size_t n,
                          const rtk_endpoint *endpoint) {
  const char *names[OPTIONS + MOST_PARAMETERS], *quoted = n > RTK_LONGEST_QUOTED ? "..." : name;
  const char *others = rtk_parameters_have(NULL, name, n) ? ", which other calls have" : "";
  size_t i, count = rtk_parameters_names(endpoint, names, MOST_PARAMETERS);
  for (i = 0; i < OPTIONS; i++) names[count++] = schema[i].name;
  luaL_argerror(L, arg,
                lua_pushfstring(L, "unknown option '%s'%s%s", quoted, others,
                                rtk_push_meant(L, quoted, names, count)));
}

/* [-0, +0] Reads the value on top, under the key below it. */
static void read_option(lua_State *L, int arg, rtk_options *o, const rtk_endpoint *endpoint) {
  reading r = {L, {L, arg, NULL}, o, NULL};
  size_t n;
  if (lua_type(L, -2) != LUA_TSTRING)
    luaL_argerror(L, arg, "options have names: a key that is not a string is none of them");
  r.at.name = lua_tolstring(L, -2, &n);
  r.option = find_option(r.at.name, n);
  if (r.option != NULL) {
    r.option->read(&r);
    if (r.option->shapes_handle) o->shapes_handle = true;
  } else if (strlen(r.at.name) != n || !rtk_parameters_read(&r.at, endpoint, o)) {
    raise_unknown(L, arg, r.at.name, n, endpoint);
  }
}

void rtk_schema_read(lua_State *L, int arg, rtk_options *o, const rtk_endpoint *endpoint) {
  lua_pushnil(L);
  for (; lua_next(L, arg); lua_pop(L, 1)) read_option(L, arg, o, endpoint);
  rtk_options_settle_credentials(o);
}

int rtk_schema_names(lua_State *L) {
  size_t i;
  lua_createtable(L, OPTIONS, 0);
  for (i = 0; i < OPTIONS; i++) {
    lua_pushstring(L, schema[i].name);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* }==== */
