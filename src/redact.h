/*
** Secrets in what somebody else has written: as they are, or percent-encoded, or with JSON's
** escapes. Pure C.
*/
#ifndef rtk_redact_h
#define rtk_redact_h

#include <stdbool.h>
#include <stddef.h>

/* Bytes inside some other string. */
typedef struct rtk_span {
  const char *s;
  size_t n;
} rtk_span;

/* One byte of a secret takes at most so many when it is escaped: \u002f. */
enum { RTK_LONGEST_ESCAPE = 6 };

/* Whether `s` holds one of the secrets. Those of less than 8 bytes are in innocent text as well. */
bool rtk_redact_finds(const rtk_span *secrets, size_t count, const char *s, size_t n);

/* Overwrites them with '*', and what of one begins at the end of `s`, which may have been cut. */
void rtk_redact(const rtk_span *secrets, size_t count, char *s, size_t n);

#endif
