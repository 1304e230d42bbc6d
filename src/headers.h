/*
** The header lines of one answer, kept as bytes until somebody asks. Pure C.
*/
#ifndef rtk_headers_h
#define rtk_headers_h

#include "buffer.h"

/* Over either of these the answer is too large (libcurl itself stops a line at 100 KiB). */
enum { RTK_MAX_HEADER_LINES = 1000, RTK_MAX_HEADER_BYTES = 256 * 1024 };

typedef enum { RTK_HEADERS_OK, RTK_HEADERS_TOO_LARGE, RTK_HEADERS_NO_MEMORY } rtk_headers_result;

/* What the next line is. An informational head is followed by another; the final one by nothing. */
typedef enum {
  RTK_AT_STATUS,
  RTK_IN_INFORMATIONAL,
  RTK_IN_FINAL,
  RTK_AFTER_HEAD /* a trailer field */
} rtk_headers_place;

/* Where in `lines` it begins. */
typedef struct rtk_field {
  unsigned at, name_len, value_len;
  bool repeats;
} rtk_field;

/*
** `lines` holds "name:value\n" for each field, the name in lower case, the value without white
** space around it. `count` and `bytes` are of all that was received: informational answers and
** trailers, too.
*/
typedef struct rtk_headers {
  rtk_buffer lines;
  rtk_field *fields;
  size_t field_count, field_cap;
  size_t count, bytes;
  rtk_headers_place place;
} rtk_headers;

typedef struct rtk_header {
  const char *name, *value;
  size_t name_len, value_len;
  bool repeats; /* a field before it has the same name */
} rtk_header;

/*
** Takes one line as it came, its end included. A status line, the first of a head, starts the
** fields anew; trailers are passed over.
*/
rtk_headers_result rtk_headers_take(rtk_headers *h, const char *line, size_t n);

/* Field `i` of field_count, in the order in which they came. */
rtk_header rtk_headers_get(const rtk_headers *h, size_t i);

/* The first field of this (lower-case) name; false, and an empty value, where there is none. */
bool rtk_headers_find(const rtk_headers *h, const char *name, rtk_header *field);

/*
** Reads `Ratelimit: "default";r=50;t=30` (IETF draft, as Cloudflare sends it): of several policies
** the one with least left. False when there is none that can be read; values are finite and >= 0.
*/
bool rtk_headers_rate_limit(const rtk_headers *h, double *remaining, double *reset);

void rtk_headers_reset(rtk_headers *h);
void rtk_headers_free(rtk_headers *h);

#endif
