#include "headers.h"

#include <string.h>
#include <strings.h>

#include "memory.h"

enum { KEPT_MEMORY = 16 * 1024, FIRST_FIELDS = 16, KEPT_FIELDS = 256 };

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* '\n' separates the kept fields, so within one it becomes a space. */
static char plain(char c) {
  return c == '\n' ? ' ' : c;
}

static char to_lower(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : plain(c));
}

static void trim(const char **s, size_t *n) {
  while (*n > 0 && is_blank((*s)[*n - 1])) --*n;
  while (*n > 0 && is_blank(**s)) {
    ++*s;
    --*n;
  }
}

/* There is room: rtk_headers_take has made it. */
static void add_value(rtk_buffer *b, const char *s, size_t n) {
  char *to = b->data + b->len;
  memcpy(to, s, n);
  b->len += n;
  while ((to = memchr(to, '\n', (size_t)(b->data + b->len - to))) != NULL) *to = ' ';
}

/* A folded line continues the field before it: its '\n' becomes a space, or nothing. */
static void add_continuation(rtk_headers *h, const char *s, size_t n) {
  rtk_buffer *b = &h->lines;
  rtk_field *field;
  trim(&s, &n);
  if (h->field_count == 0 || n == 0) return;
  field = &h->fields[h->field_count - 1];
  if (field->value_len == 0)
    b->len--;
  else
    b->data[b->len - 1] = ' ';
  add_value(b, s, n);
  field->value_len = (unsigned)(b->len - field->at - field->name_len - 1);
  b->data[b->len++] = '\n';
}

/* The first field of this name, of those before `end`; `end` where there is none. */
static size_t find(const rtk_headers *h, const char *name, size_t n, size_t end) {
  size_t i;
  for (i = 0; i < end; i++)
    if (h->fields[i].name_len == n && memcmp(h->lines.data + h->fields[i].at, name, n) == 0)
      return i;
  return end;
}

static void add_field(rtk_headers *h, const char *s, size_t n) {
  const char *colon = memchr(s, ':', n);
  const char *value;
  size_t name_len, value_len, i;
  rtk_buffer *b = &h->lines;
  rtk_field *field = h->fields + h->field_count;
  char *to = b->data + b->len;
  if (colon == NULL) return; /* not a field: nothing to keep */
  name_len = (size_t)(colon - s);
  value = colon + 1;
  value_len = n - name_len - 1;
  trim(&s, &name_len);
  if (name_len == 0) return;
  trim(&value, &value_len);
  field->at = (unsigned)b->len;
  field->name_len = (unsigned)name_len;
  field->value_len = (unsigned)value_len;
  for (i = 0; i < name_len; i++) to[i] = to_lower(s[i]);
  field->repeats = find(h, to, name_len, h->field_count) < h->field_count;
  h->field_count++;
  to[name_len] = ':';
  b->len += name_len + 1;
  add_value(b, value, value_len);
  b->data[b->len++] = '\n';
}

static bool is_status_line(const char *line, size_t n) {
  return n >= 5 && strncasecmp(line, "HTTP/", 5) == 0;
}

/* "HTTP/1.1 103 Early Hints", "HTTP/2 100": of the class 1xx. */
static bool is_informational(const char *line, size_t n) {
  const char *code = memchr(line, ' ', n);
  return is_status_line(line, n) && code != NULL && (size_t)(line + n - code) > 1 && code[1] == '1';
}

static bool has_room(rtk_headers *h) {
  size_t cap = h->field_cap > 0 ? 2 * h->field_cap : FIRST_FIELDS;
  rtk_field *fields;
  if (h->field_count < h->field_cap) return true;
  fields = rtk_realloc(h->fields, cap * sizeof *fields);
  if (fields == NULL) return false;
  h->fields = fields;
  h->field_cap = cap;
  return true;
}

static rtk_headers_result take_field(rtk_headers *h, const char *line, size_t n) {
  /* A kept field is never longer than its line and two separators. */
  if (!rtk_buffer_reserve(&h->lines, n + 2) || !has_room(h)) return RTK_HEADERS_NO_MEMORY;
  if (*line == ' ' || *line == '\t')
    add_continuation(h, line, n);
  else
    add_field(h, line, n);
  return RTK_HEADERS_OK;
}

rtk_headers_result rtk_headers_take(rtk_headers *h, const char *line, size_t n) {
  h->count++;
  h->bytes += n;
  if (h->count > RTK_MAX_HEADER_LINES || h->bytes > RTK_MAX_HEADER_BYTES)
    return RTK_HEADERS_TOO_LARGE;
  if (n == 0 || h->place == RTK_AFTER_HEAD) return RTK_HEADERS_OK;
  if (h->place == RTK_AT_STATUS) {
    h->lines.len = h->field_count = 0;
    h->place = is_informational(line, n) ? RTK_IN_INFORMATIONAL : RTK_IN_FINAL;
    if (is_status_line(line, n)) return RTK_HEADERS_OK;
  }
  if (*line != '\r' && *line != '\n') return take_field(h, line, n);
  h->place = h->place == RTK_IN_FINAL ? RTK_AFTER_HEAD : RTK_AT_STATUS;
  return RTK_HEADERS_OK;
}

rtk_header rtk_headers_get(const rtk_headers *h, size_t i) {
  const rtk_field *field = &h->fields[i];
  rtk_header header;
  header.name = h->lines.data + field->at;
  header.name_len = field->name_len;
  header.value = header.name + field->name_len + 1;
  header.value_len = field->value_len;
  header.repeats = field->repeats;
  return header;
}

bool rtk_headers_find(const rtk_headers *h, const char *name, rtk_header *field) {
  size_t i = find(h, name, strlen(name), h->field_count);
  memset(field, 0, sizeof *field);
  if (i == h->field_count) return false;
  *field = rtk_headers_get(h, i);
  return true;
}

/* A run of digits, as a number; false when there is none or it is absurdly long. */
static bool read_digits(const char **p, const char *end, double *number) {
  int digits = 0;
  *number = 0;
  while (*p < end && **p >= '0' && **p <= '9' && digits < 15) {
    *number = *number * 10 + (**p - '0');
    ++*p;
    digits++;
  }
  return digits > 0 && !(*p < end && **p >= '0' && **p <= '9');
}

/* Within one policy ("default";r=50;t=30), the parameter `name`. A quoted string is passed over. */
static bool read_parameter(const char *p, const char *end, char name, double *number) {
  bool quoted = false;
  for (; p < end; p++) {
    if (*p == '"') quoted = !quoted;
    if (quoted || *p != ';') continue;
    do p++;
    while (p < end && is_blank(*p));
    if (end - p > 2 && *p == name && p[1] == '=') {
      p += 2;
      return read_digits(&p, end, number) && (p == end || *p == ';' || is_blank(*p));
    }
    p--;
  }
  return false;
}

static const char *end_of_policy(const char *p, const char *end) {
  bool quoted = false;
  for (; p < end; p++) {
    if (*p == '"') quoted = !quoted;
    if (*p == ',' && !quoted) return p;
  }
  return end;
}

bool rtk_headers_rate_limit(const rtk_headers *h, double *remaining, double *reset) {
  rtk_header field;
  const char *p, *end, *stop;
  bool found = false;
  if (!rtk_headers_find(h, "ratelimit", &field)) return false;
  end = field.value + field.value_len;
  for (p = field.value; p < end; p = stop + 1) {
    double r, t;
    stop = end_of_policy(p, end);
    if (!read_parameter(p, stop, 'r', &r) || !read_parameter(p, stop, 't', &t)) continue;
    if (found && r >= *remaining) continue;
    *remaining = r;
    *reset = t;
    found = true;
  }
  return found;
}

static void free_fields(rtk_headers *h) {
  rtk_free(h->fields);
  h->fields = NULL;
  h->field_cap = 0;
}

void rtk_headers_reset(rtk_headers *h) {
  rtk_buffer_reset(&h->lines, KEPT_MEMORY);
  if (h->field_cap > KEPT_FIELDS) free_fields(h);
  h->count = h->bytes = h->field_count = 0;
  h->place = RTK_AT_STATUS;
}

void rtk_headers_free(rtk_headers *h) {
  rtk_buffer_free(&h->lines);
  free_fields(h);
}
