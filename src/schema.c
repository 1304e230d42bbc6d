#include "schema.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "names.h"

#define MAX_WHOLE 9007199254740992.0 /* 2^53 */

/* Where an option is read to, and how. The value to read is on top of the stack. */
typedef struct reading {
  lua_State *L;
  int arg; /* the opts table */
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

static void raise_got(const reading *r, const char *expected, const char *got) {
  luaL_argerror(
      r->L, r->arg,
      lua_pushfstring(r->L, "option '%s': %s expected, got %s", r->option->name, expected, got));
}

/* Of a value that may be a secret only the type is told. */
static void raise_bad(const reading *r, const char *expected) {
  raise_got(r, expected, luaL_typename(r->L, -1));
}

static void raise_bad_number(const reading *r, const char *expected) {
  if (lua_type(r->L, -1) != LUA_TNUMBER) raise_bad(r, expected);
  lua_pushvalue(r->L, -1); /* lua_tostring changes what it converts */
  raise_got(r, expected, lua_tostring(r->L, -1));
}

static void raise_misuse(const reading *r, const char *message) {
  luaL_argerror(r->L, r->arg, lua_pushfstring(r->L, "option '%s': %s", r->option->name, message));
}

/* {==== Scalars ==== */

static void set_string(const reading *r, rtk_string *str, int index) {
  size_t n;
  const char *s = lua_tolstring(r->L, index, &n);
  if (!rtk_string_set(str, s, n)) rtk_raise_memory(r->L);
}

static void read_string(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TSTRING) raise_bad(r, "a string");
  set_string(r, field(r), -1);
}

static void read_proxy(const reading *r) {
  bool off = lua_type(r->L, -1) == LUA_TBOOLEAN && !lua_toboolean(r->L, -1);
  if (!off && lua_type(r->L, -1) != LUA_TSTRING) raise_bad(r, "a URL or false");
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
    raise_bad_number(r, expected);
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
  if (floor(number) != number) raise_bad_number(r, expected);
  return number;
}

static void read_int(const reading *r) {
  *(int *)field(r) = (int)read_whole(r);
}

static void read_bytes(const reading *r) {
  *(double *)field(r) = read_whole(r);
}

static void read_boolean(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TBOOLEAN) raise_bad(r, "a boolean");
  *(int *)field(r) = lua_toboolean(r->L, -1);
}

/* Whether the string at `index` is this one, to its last byte. */
static bool is_string(lua_State *L, int index, const char *s) {
  size_t n;
  const char *there = lua_tolstring(L, index, &n);
  return n == strlen(s) && memcmp(there, s, n) == 0;
}

static void read_http_version(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TSTRING) raise_bad(r, "the string \"1.1\" or \"2\"");
  if (is_string(r->L, -1, "1.1"))
    r->o->http_version = RTK_HTTP_1_1;
  else if (is_string(r->L, -1, "2"))
    r->o->http_version = RTK_HTTP_2;
  else
    raise_bad(r, "the string \"1.1\" or \"2\"");
}

static void read_logger(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TFUNCTION) raise_bad(r, "a function");
}

static void read_any(const reading *r) {
  (void)r;
}

/* }==== */

/* {==== Filters ==== */

static const char *const filter_names[] = {
    "device_info", "ip_information", "precall_network_information", "events", "quality_stats"};
enum { FILTERS = sizeof filter_names / sizeof *filter_names };

/* What is longer than any name may be a credential in the wrong place: it is not quoted. */
enum { LONGEST_QUOTED = 32 };

static void raise_unknown_filter(const reading *r, const char *s, size_t n) {
  const char *name, *meant;
  if (n > LONGEST_QUOTED) {
    s = "...";
    n = 3;
  }
  lua_pushlstring(r->L, s, n);
  name = lua_tostring(r->L, -1);
  meant = rtk_nearest_name(name, filter_names, FILTERS, sizeof *filter_names);
  raise_misuse(r, lua_pushfstring(r->L,
                                  "unknown filter '%s'%s%s%s; the filters are device_info, "
                                  "ip_information, precall_network_information, events, "
                                  "quality_stats",
                                  name, meant ? " (did you mean '" : "", meant ? meant : "",
                                  meant ? "'?)" : ""));
}

/* `seen` has a bit for each filter that is in already: a filter is sent once. */
static void add_filter(const reading *r, rtk_buffer *joined, unsigned *seen, const char *s,
                       size_t n) {
  size_t i;
  while (n > 0 && *s == ' ') s++, n--;
  while (n > 0 && s[n - 1] == ' ') n--;
  for (i = 0; i < FILTERS; i++)
    if (strlen(filter_names[i]) == n && memcmp(filter_names[i], s, n) == 0) break;
  if (i == FILTERS) raise_unknown_filter(r, s, n);
  if (*seen & 1u << i) return;
  *seen |= 1u << i;
  /* All five fit into the fixed memory of read_filters. */
  if (joined->len > 0) joined->data[joined->len++] = ',';
  memcpy(joined->data + joined->len, s, n);
  joined->len += n;
}

static void add_filter_list(const reading *r, rtk_buffer *joined, unsigned *seen) {
  lua_State *L = r->L;
  size_t i, count = rtk_raw_length(L, -1), keys = 0;
  lua_pushnil(L);
  for (; lua_next(L, -2); lua_pop(L, 1)) keys++;
  if (keys != count)
    raise_misuse(r, "a list of filter names expected, got a table with other keys");
  for (i = 1; i <= count; i++) {
    size_t n;
    const char *s;
    lua_rawgeti(L, -1, (int)i);
    if (lua_type(L, -1) != LUA_TSTRING) raise_bad(r, "a list of strings");
    s = lua_tolstring(L, -1, &n);
    add_filter(r, joined, seen, s, n);
    lua_pop(L, 1);
  }
}

static void add_filter_string(const reading *r, rtk_buffer *joined, unsigned *seen) {
  size_t n;
  const char *s = lua_tolstring(r->L, -1, &n), *end = s + n;
  while (n > 0) {
    const char *comma = memchr(s, ',', (size_t)(end - s));
    if (comma == NULL) comma = end;
    add_filter(r, joined, seen, s, (size_t)(comma - s));
    if (comma == end) return;
    s = comma + 1;
  }
}

static void read_filters(const reading *r) {
  char memory[128]; /* the five names and four commas take 74 bytes */
  rtk_buffer joined = {memory, 0, sizeof memory};
  unsigned seen = 0;
  int type = lua_type(r->L, -1);
  if (type == LUA_TTABLE)
    add_filter_list(r, &joined, &seen);
  else if (type == LUA_TSTRING)
    add_filter_string(r, &joined, &seen);
  else
    raise_bad(r, "a list of strings or one comma-joined string");
  if (!rtk_string_set(&r->o->filters, memory, joined.len)) rtk_raise_memory(r->L);
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
  if (lua_type(r->L, -2) != LUA_TSTRING) raise_misuse(r, "a header name is not a string");
  if (!drop && lua_type(r->L, -1) != LUA_TSTRING) raise_bad(r, "for each name a string or false");
  p = new_entry(r);
  set_string(r, &p->name, -2);
  if (!drop) set_string(r, &p->value, -1);
}

static void read_headers(const reading *r) {
  if (lua_type(r->L, -1) != LUA_TTABLE) raise_bad(r, "a table of names and values");
  lua_pushnil(r->L);
  for (; lua_next(r->L, -2); lua_pop(r->L, 1)) read_header(r);
  rtk_options_merge_headers(r->o);
}

/* A number as the query spells it: no exponent and no ".0" where it is whole, every digit. */
static void set_number(const reading *r, rtk_string *str) {
  char text[64], *comma;
  double number = lua_tonumber(r->L, -1);
  if (!(fabs(number) <= DBL_MAX)) raise_bad_number(r, "a finite number");
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
  if (lua_type(r->L, -2) != LUA_TSTRING) raise_misuse(r, "a parameter name is not a string");
  if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
    raise_bad(r, "for each name a string, a number or a boolean");
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
  if (lua_type(r->L, -1) != LUA_TTABLE) raise_bad(r, "a table of names and values");
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
    {"filters", read_filters, FIELD(filters), 0, 0, false},
    {"headers", read_headers, FIELD(headers), 0, 0, true},
    {"http_version", read_http_version, FIELD(http_version), 0, 0, true},
    {"include_peer_events", read_boolean, FIELD(include_peer_events), 0, 0, false},
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

enum { OPTIONS = sizeof schema / sizeof *schema };

/* [-0, +0] The schema's entry for the key below the top value; raises when there is none. */
static const option *check_known(lua_State *L, int arg) {
  const char *name, *meant;
  size_t i;
  if (lua_type(L, -2) != LUA_TSTRING)
    luaL_argerror(L, arg, "options have names: a key that is not a string is none of them");
  name = lua_tostring(L, -2);
  for (i = 0; i < OPTIONS; i++)
    if (is_string(L, -2, schema[i].name)) return &schema[i];
  if (rtk_raw_length(L, -2) > LONGEST_QUOTED) name = "...";
  meant = rtk_nearest_name(name, schema, OPTIONS, sizeof *schema);
  luaL_argerror(
      L, arg,
      lua_pushfstring(L, "unknown option '%s'%s%s%s", name, meant ? " (did you mean '" : "",
                      meant ? meant : "", meant ? "'?)" : ""));
  return schema; /* not reached */
}

void rtk_schema_read(lua_State *L, int arg, rtk_options *o) {
  lua_pushnil(L);
  for (; lua_next(L, arg); lua_pop(L, 1)) {
    reading r = {L, arg, o, check_known(L, arg)};
    r.option->read(&r);
    if (r.option->shapes_handle) o->shapes_handle = true;
  }
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
