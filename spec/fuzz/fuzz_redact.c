/*
** A text in which somebody may have echoed a secret. The input: a byte for the secret's length, the
** secret, the text.
*/
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "buffer.h"
#include "fuzz.h"
#include "redact.h"

/* What is not an asterisk afterwards is as it was. */
static void check_rest(const char *before, const char *after, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) PROPERTY(after[i] == before[i] || after[i] == '*');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rtk_string secret = {NULL, 0}, text = {NULL, 0}, copy = {NULL, 0};
  rtk_span span;
  bool found;
  if (size < 1 || size - 1 < data[0]) return 0;
  PROPERTY(rtk_string_set(&secret, (const char *)data + 1, data[0]));
  PROPERTY(rtk_string_set(&text, (const char *)data + 1 + data[0], size - 1 - data[0]));
  PROPERTY(rtk_string_copy(&copy, &text));
  span.s = secret.s;
  span.n = secret.n;
  found = rtk_redact_finds(&span, 1, text.s, text.n);
  PROPERTY(found || span.n < 8 || memmem(text.s, text.n, span.s, span.n) == NULL);
  rtk_redact(&span, 1, copy.s, copy.n);
  check_rest(text.s, copy.s, copy.n);
  PROPERTY(!found || memcmp(text.s, copy.s, text.n) != 0 || memchr(span.s, '*', span.n) != NULL);
  if (memchr(span.s, '*', span.n) == NULL)
    PROPERTY(!rtk_redact_finds(&span, 1, copy.s, copy.n));
  rtk_string_clear(&secret);
  rtk_string_clear(&text);
  rtk_string_clear(&copy);
  return 0;
}
