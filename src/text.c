#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DOTS = 3 };

void rtk_text_begin(rtk_text *t, size_t limit) {
  t->n = 0;
  t->limit = limit;
  t->full = false;
}

/* Room for the dots is kept free. */
static void put(rtk_text *t, const char *s, size_t n) {
  if (t->n + n + DOTS > t->limit) t->full = true;
  if (t->full) return;
  memcpy(t->s + t->n, s, n);
  t->n += n;
}

/* The length of the UTF-8 sequence at `s`, 1 for a byte that begins none. */
static size_t span_character(const char *s, size_t n) {
  unsigned char c = (unsigned char)*s;
  size_t i, len = c >= 0xf5 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
  if (len > n) return 1;
  for (i = 1; i < len; i++)
    if (((unsigned char)s[i] & 0xc0) != 0x80) return 1;
  return len;
}

/* C0, DEL, and C1, as UTF-8 spells it or as a bare byte. */
static bool is_control(const char *s, size_t len) {
  unsigned char c = (unsigned char)*s;
  if (len == 1) return c < 0x20 || (c >= 0x7f && c < 0xa0);
  return len == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0;
}

static void put_escaped(rtk_text *t, const char *s, size_t n) {
  char escape[8];
  for (; n > 0; s++, n--) {
    snprintf(escape, sizeof escape, "\\x%02x", (unsigned)(unsigned char)*s);
    put(t, escape, 4);
  }
}

void rtk_text_add_bytes(rtk_text *t, const char *s, size_t n) {
  while (n > 0 && !t->full) {
    size_t len = span_character(s, n);
    if (is_control(s, len))
      put_escaped(t, s, len);
    else
      put(t, s, len);
    s += len;
    n -= len;
  }
}

void rtk_text_add(rtk_text *t, const char *s) {
  rtk_text_add_bytes(t, s, strlen(s));
}

void rtk_text_format(rtk_text *t, const char *format, ...) {
  char s[128];
  va_list args;
  va_start(args, format);
  vsnprintf(s, sizeof s, format, args);
  va_end(args);
  rtk_text_add(t, s);
}

/* Where the user information can begin that ends at the '@' at `at`. */
static const char *find_user_info(const char *s, const char *at) {
  const char *start = strstr(s, "://");
  if (start != NULL && start < at) return start + 3;
  start = strchr(s, '\'');
  if (start != NULL && start < at) return start + 1;
  while (at > s && at[-1] != ' ') at--;
  return at;
}

/* A password may hold anything, so all that could belong to it goes: up to the last '@'. */
void rtk_text_add_without_user_info(rtk_text *t, const char *s) {
  const char *first = strchr(s, '@');
  if (first != NULL) {
    const char *start = find_user_info(s, first);
    rtk_text_add_bytes(t, s, (size_t)(start - s));
    s = strrchr(s, '@') + 1;
  }
  rtk_text_add(t, s);
}

void rtk_text_end(rtk_text *t) {
  if (!t->full) return;
  memcpy(t->s + t->n, "...", DOTS);
  t->n += DOTS;
}
