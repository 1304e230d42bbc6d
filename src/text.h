/*
** A sentence for a person: one line, bounded, and nothing in it that a terminal would act on:
** control characters become \xNN. Pure C.
*/
#ifndef rtk_text_h
#define rtk_text_h

#include <stdbool.h>
#include <stddef.h>

enum { RTK_MAX_TEXT = 512 };

/* Invariant: n <= limit <= RTK_MAX_TEXT. Once something did not fit, nothing more is added. */
typedef struct rtk_text {
  char s[RTK_MAX_TEXT];
  size_t n, limit;
  bool full;
} rtk_text;

void rtk_text_begin(rtk_text *t, size_t limit);
void rtk_text_add_bytes(rtk_text *t, const char *s, size_t n);
void rtk_text_add(rtk_text *t, const char *s);
void rtk_text_format(rtk_text *t, const char *format, ...);

/* Leaves out the "user:password@" of a URL that `s` quotes. */
void rtk_text_add_without_user_info(rtk_text *t, const char *s);

/* Ends a text that was cut with "...". */
void rtk_text_end(rtk_text *t);

#endif
