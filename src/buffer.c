#include "buffer.h"

#include <stdint.h>
#include <string.h>

#include "memory.h"

enum { FIRST_SIZE = 256 };

bool rtk_string_set(rtk_string *str, const char *s, size_t n) {
  char *copy = rtk_realloc(NULL, n + 1);
  if (copy == NULL) return false;
  if (n > 0) memcpy(copy, s, n);
  copy[n] = '\0';
  rtk_string_clear(str);
  str->s = copy;
  str->n = n;
  return true;
}

bool rtk_string_copy(rtk_string *to, const rtk_string *from) {
  if (from->s != NULL) return rtk_string_set(to, from->s, from->n);
  rtk_string_clear(to);
  return true;
}

void rtk_string_clear(rtk_string *str) {
  if (str->s != NULL) rtk_wipe(str->s, str->n);
  rtk_free(str->s);
  str->s = NULL;
  str->n = 0;
}

bool rtk_buffer_reserve(rtk_buffer *b, size_t more) {
  size_t cap = b->cap > 0 ? b->cap : FIRST_SIZE;
  char *data;
  if (more <= b->cap - b->len) return true;
  if (more > SIZE_MAX / 2 - b->len) return false;
  while (cap - b->len < more) cap *= 2;
  data = rtk_realloc(b->data, cap);
  if (data == NULL) return false;
  b->data = data;
  b->cap = cap;
  return true;
}

bool rtk_buffer_add(rtk_buffer *b, const char *s, size_t n) {
  if (!rtk_buffer_reserve(b, n)) return false;
  if (n > 0) memcpy(b->data + b->len, s, n);
  b->len += n;
  return true;
}

bool rtk_buffer_adds(rtk_buffer *b, const char *s) {
  return rtk_buffer_add(b, s, strlen(s));
}

bool rtk_buffer_addc(rtk_buffer *b, char c) {
  return rtk_buffer_add(b, &c, 1);
}

bool rtk_buffer_terminate(rtk_buffer *b) {
  if (!rtk_buffer_reserve(b, 1)) return false;
  b->data[b->len] = '\0';
  return true;
}

void rtk_buffer_reset(rtk_buffer *b, size_t keep) {
  b->len = 0;
  if (b->cap > keep) rtk_buffer_free(b);
}

void rtk_buffer_free(rtk_buffer *b) {
  if (b->data != NULL) rtk_wipe(b->data, b->len);
  rtk_free(b->data);
  b->data = NULL;
  b->len = b->cap = 0;
}
