#include "parameters.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "iso_time.h"

/* Of all endpoints together, for one name; and the bytes of them all, with commas. */
enum { ALL_CHOICES = 16, JOINED = 256 };

/* `parameter` is the first of the name; `choices` are those of all of the name, each once. */
typedef struct reading {
  const rtk_option_place *at;
  rtk_options *o;
  const rtk_parameter *parameter;
  const char *choices[ALL_CHOICES];
  size_t count;
} reading;

/* {==== Which ==== */

/* The endpoints in question, one by one: the one given, or all. NULL at the end. */
static const rtk_endpoint *next_endpoint(const rtk_endpoint *given, size_t *index) {
  size_t i = (*index)++;
  if (given == NULL) return rtk_endpoint_at(i);
  return i == 0 ? given : NULL;
}

bool rtk_parameters_have(const rtk_endpoint *endpoint, const char *name, size_t n) {
  const rtk_endpoint *e;
  size_t i = 0;
  while ((e = next_endpoint(endpoint, &i)) != NULL)
    if (rtk_endpoint_parameter(e, name, n) != NULL) return true;
  return false;
}

static bool add_once(const char **list, size_t *count, size_t room, const char *s) {
  size_t i;
  for (i = 0; i < *count; i++)
    if (strcmp(list[i], s) == 0) return false;
  if (*count < room) list[(*count)++] = s;
  return true;
}

size_t rtk_parameters_names(const rtk_endpoint *endpoint, const char **names, size_t room) {
  const rtk_endpoint *e;
  const rtk_parameter *p;
  size_t i = 0, count = 0;
  while ((e = next_endpoint(endpoint, &i)) != NULL)
    for (p = e->parameters; p->name != NULL; p++) add_once(names, &count, room, p->name);
  return count;
}

static void gather(reading *r, const rtk_endpoint *endpoint) {
  const char *name = r->at->name;
  const rtk_endpoint *e;
  size_t i = 0, k;
  while ((e = next_endpoint(endpoint, &i)) != NULL) {
    const rtk_parameter *p = rtk_endpoint_parameter(e, name, strlen(name));
    if (p == NULL) continue;
    if (r->parameter == NULL) r->parameter = p;
    for (k = 0; p->choices[k] != NULL; k++)
      add_once(r->choices, &r->count, ALL_CHOICES, p->choices[k]);
  }
}

/* }==== */

static void keep(const reading *r, const char *s, size_t n) {
  const char *name = r->parameter->name;
  rtk_pair *p = rtk_options_new_entry(r->o);
  if (p == NULL || !rtk_string_set(&p->name, name, strlen(name)) ||
      !rtk_string_set(&p->value, s, n))
    rtk_raise_memory(r->at->L);
  rtk_options_merge_parameters(r->o);
}

/* {==== Scalars ==== */

static void read_text(const reading *r) {
  size_t n;
  const char *s;
  if (lua_type(r->at->L, -1) != LUA_TSTRING) rtk_misuse_type(r->at, "a string");
  s = lua_tolstring(r->at->L, -1, &n);
  keep(r, s, n);
}

static void read_boolean(const reading *r) {
  const char *word;
  if (lua_type(r->at->L, -1) != LUA_TBOOLEAN) rtk_misuse_type(r->at, "a boolean");
  word = lua_toboolean(r->at->L, -1) ? "true" : "false";
  keep(r, word, strlen(word));
}

/* A number, or false: none. */
static void read_whole(const reading *r) {
  const rtk_parameter *p = r->parameter;
  char text[64];
  double number = lua_tonumber(r->at->L, -1);
  if (lua_type(r->at->L, -1) == LUA_TBOOLEAN && !lua_toboolean(r->at->L, -1)) {
    keep(r, "", 0);
    return;
  }
  if (lua_type(r->at->L, -1) != LUA_TNUMBER || !(number >= p->min && number <= p->max) ||
      floor(number) != number) {
    snprintf(text, sizeof text, "an integer from %.0f to %.0f", p->min, p->max);
    rtk_misuse_number(r->at, text);
  }
  snprintf(text, sizeof text, "%.0f", number + 0.0); /* which makes 0 of -0 */
  keep(r, text, strlen(text));
}

/* An empty text is none, as of any parameter. */
static void read_time(const reading *r) {
  static const char expected[] =
      "a time with its zone, such as 2025-06-03T09:15:02Z, or a number as of os.time";
  char text[RTK_MAX_ISO_TIME] = "";
  size_t n;
  const char *s;
  switch (lua_type(r->at->L, -1)) {
    case LUA_TNUMBER:
      if (!rtk_iso_time_of_seconds(lua_tonumber(r->at->L, -1), text))
        rtk_misuse_number(r->at, expected);
      break;
    case LUA_TSTRING:
      s = lua_tolstring(r->at->L, -1, &n);
      if (n > 0 && !rtk_iso_time_of_text(s, n, text)) rtk_misuse_type(r->at, expected);
      break;
    default: rtk_misuse_type(r->at, expected);
  }
  keep(r, text, strlen(text));
}

/* }==== */

/* {==== Choices ==== */

/* [-0, +1] The text of `n` bytes, as it may be quoted. */
static const char *push_quoted(const reading *r, const char *s, size_t n) {
  if (n > RTK_LONGEST_QUOTED)
    lua_pushliteral(r->at->L, "...");
  else
    lua_pushlstring(r->at->L, s, n);
  return lua_tostring(r->at->L, -1);
}

/* [-0, +1] "a, b, c". */
static const char *push_choices(const reading *r) {
  lua_State *L = r->at->L;
  size_t i;
  lua_pushliteral(L, "");
  for (i = 0; i < r->count; i++) {
    lua_pushstring(L, i > 0 ? ", " : "");
    lua_pushstring(L, r->choices[i]);
    lua_concat(L, 3);
  }
  return lua_tostring(L, -1);
}

/* "unknown filter 'x' (did you mean 'y'?); the filters are ...", for the option `filters`. */
static void raise_unknown(const reading *r, const char *s, size_t n) {
  lua_State *L = r->at->L;
  const char *quoted, *meant, *all, *one, *name = r->at->name;
  luaL_checkstack(L, 8, "too many values to report a mistake");
  quoted = push_quoted(r, s, n);
  meant = rtk_push_meant(L, quoted, r->choices, r->count);
  all = push_choices(r);
  lua_pushlstring(L, name, strlen(name) - 1);
  one = lua_tostring(L, -1);
  if (r->parameter->type == RTK_CHOICES)
    lua_pushfstring(L, "unknown %s '%s'%s; the %s are %s", one, quoted, meant, name, all);
  else
    lua_pushfstring(L, "'%s' is none of %s%s", quoted, all, meant);
  rtk_misuse(r->at, lua_tostring(L, -1));
}

/* Which of the choices it is; raises when it is none. */
static size_t find(const reading *r, const char *s, size_t n) {
  size_t i;
  for (i = 0; i < r->count; i++)
    if (strlen(r->choices[i]) == n && memcmp(r->choices[i], s, n) == 0) return i;
  raise_unknown(r, s, n);
  return 0; /* not reached */
}

static void read_choice(const reading *r) {
  size_t n;
  const char *s;
  if (lua_type(r->at->L, -1) != LUA_TSTRING) {
    push_choices(r);
    lua_pushfstring(r->at->L, "one of the strings %s", lua_tostring(r->at->L, -1));
    lua_pushvalue(r->at->L, -3);
    rtk_misuse_type(r->at, lua_tostring(r->at->L, -2));
  }
  s = lua_tolstring(r->at->L, -1, &n);
  if (n > 0) find(r, s, n);
  keep(r, s, n);
}

/* All choices together fit into it: each is in it once. */
typedef struct joined {
  char text[JOINED];
  size_t n;
  unsigned seen; /* a bit for each choice */
} joined;

static void add(const reading *r, joined *j, const char *s, size_t n) {
  size_t i;
  while (n > 0 && *s == ' ') s++, n--;
  while (n > 0 && s[n - 1] == ' ') n--;
  i = find(r, s, n);
  if (j->seen & 1u << i) return;
  j->seen |= 1u << i;
  if (j->n > 0) j->text[j->n++] = ',';
  memcpy(j->text + j->n, s, n);
  j->n += n;
}

static void add_list(const reading *r, joined *j) {
  lua_State *L = r->at->L;
  size_t i, count = rtk_raw_length(L, -1), keys = 0;
  lua_pushnil(L);
  for (; lua_next(L, -2); lua_pop(L, 1)) keys++;
  if (keys != count) rtk_misuse(r->at, "a list of names expected, got a table with other keys");
  for (i = 1; i <= count; i++) {
    size_t n;
    const char *s;
    lua_rawgeti(L, -1, (int)i);
    if (lua_type(L, -1) != LUA_TSTRING) rtk_misuse_type(r->at, "a list of strings");
    s = lua_tolstring(L, -1, &n);
    add(r, j, s, n);
    lua_pop(L, 1);
  }
}

static void add_text(const reading *r, joined *j) {
  size_t n;
  const char *s = lua_tolstring(r->at->L, -1, &n), *end = s + n;
  while (n > 0) {
    const char *comma = memchr(s, ',', (size_t)(end - s));
    if (comma == NULL) comma = end;
    add(r, j, s, (size_t)(comma - s));
    if (comma == end) return;
    s = comma + 1;
  }
}

static void read_choices(const reading *r) {
  joined j = {"", 0, 0};
  int type = lua_type(r->at->L, -1);
  if (type == LUA_TTABLE)
    add_list(r, &j);
  else if (type == LUA_TSTRING)
    add_text(r, &j);
  else
    rtk_misuse_type(r->at, "a list of strings or one comma-joined string");
  keep(r, j.text, j.n);
}

/* }==== */

bool rtk_parameters_read(const rtk_option_place *at, const rtk_endpoint *endpoint, rtk_options *o) {
  reading r = {at, o, NULL, {NULL}, 0};
  gather(&r, endpoint);
  if (r.parameter == NULL) return false;
  switch (r.parameter->type) {
    case RTK_TEXT: read_text(&r); break;
    case RTK_BOOLEAN: read_boolean(&r); break;
    case RTK_WHOLE: read_whole(&r); break;
    case RTK_TIME: read_time(&r); break;
    case RTK_CHOICE: read_choice(&r); break;
    case RTK_CHOICES: read_choices(&r); break;
    case RTK_OF_CALL: break;
  }
  return true;
}
