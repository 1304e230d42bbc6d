#include "redact.h"

#include <string.h>

enum { SHORTEST_SECRET = 8 };

/* The value of so many hexadecimal digits at `s`, -1 if they are none. */
static int read_hex(const char *s, size_t n, size_t digits) {
  int value = 0;
  size_t i;
  if (n < digits) return -1;
  for (i = 0; i < digits; i++) {
    char c = (char)(s[i] | 0x20);
    if (s[i] >= '0' && s[i] <= '9')
      value = value * 16 + (s[i] - '0');
    else if (c >= 'a' && c <= 'f')
      value = value * 16 + (c - 'a' + 10);
    else
      return -1;
  }
  return value;
}

/* How many bytes of `s` spell the byte `c`; 0 when they spell another one. */
static size_t span_spelt(const char *s, size_t n, char c) {
  int byte = (unsigned char)c;
  if (n >= 3 && *s == '%' && read_hex(s + 1, n - 1, 2) == byte) return 3;
  if (n >= 6 && *s == '\\' && s[1] == 'u' && read_hex(s + 2, n - 2, 4) == byte) return 6;
  if (n >= 2 && *s == '\\' && s[1] == c && (c == '/' || c == '"' || c == '\\')) return 2;
  return n > 0 && *s == c ? 1 : 0;
}

/* How many bytes of `s` are the secret, as it is or, with `escapes`, spelt in some other way. */
static size_t span_secret(const rtk_span *secret, const char *s, size_t n, bool escapes) {
  size_t i, at = 0;
  if (n >= secret->n && memcmp(s, secret->s, secret->n) == 0) return secret->n;
  if (!escapes) return 0;
  for (i = 0; i < secret->n; i++) {
    size_t len = span_spelt(s + at, n - at, secret->s[i]);
    if (len == 0) return 0;
    at += len;
  }
  return at;
}

static bool has_escapes(const char *s, size_t n) {
  return n > 0 && (memchr(s, '%', n) != NULL || memchr(s, '\\', n) != NULL);
}

/* Where the secret may begin in `s`: NULL when nowhere. */
static const char *find_beginning(const rtk_span *secret, const char *s, size_t n, bool escapes) {
  const char *end = s + n;
  if (!escapes) return memchr(s, secret->s[0], n);
  for (; s < end; s++)
    if (*s == secret->s[0] || *s == '%' || *s == '\\') return s;
  return NULL;
}

/* Where in `s`, from *at on, the secret is, and how long it is there; 0 when there is none. */
static size_t find(const rtk_span *secret, const char *s, size_t n, bool escapes, size_t *at) {
  if (secret->n < SHORTEST_SECRET) return 0;
  for (; *at + secret->n <= n; ++*at) {
    const char *begin = find_beginning(secret, s + *at, n - *at, escapes);
    size_t len;
    if (begin == NULL) return 0;
    *at = (size_t)(begin - s);
    len = span_secret(secret, begin, n - *at, escapes);
    if (len > 0) return len;
  }
  return 0;
}

bool rtk_redact_finds(const rtk_span *secrets, size_t count, const char *s, size_t n) {
  bool escapes = has_escapes(s, n);
  size_t i;
  for (i = 0; i < count; i++) {
    size_t at = 0;
    if (find(&secrets[i], s, n, escapes, &at) > 0) return true;
  }
  return false;
}

/* How many bytes at the end of `s` may be the beginning of the secret. */
static size_t span_beginning(const rtk_span *secret, const char *s, size_t n) {
  size_t len = secret->n - 1;
  if (len > n) len = n;
  for (; len >= SHORTEST_SECRET; len--)
    if (memcmp(s + n - len, secret->s, len) == 0) return len;
  return 0;
}

/* Whether there are escapes is asked once: to ask again behind each secret takes n^2. */
void rtk_redact(const rtk_span *secrets, size_t count, char *s, size_t n) {
  bool escapes = has_escapes(s, n);
  size_t i, len;
  for (i = 0; i < count; i++) {
    size_t at;
    if (secrets[i].n < SHORTEST_SECRET) continue;
    for (at = 0; (len = find(&secrets[i], s, n, escapes, &at)) > 0; at += len)
      memset(s + at, '*', len);
    len = span_beginning(&secrets[i], s, n);
    if (len > 0) memset(s + n - len, '*', len);
  }
}
