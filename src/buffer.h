/*
** Bytes in C memory that survive a Lua error: their owner is always a userdata with __gc or a C
** structure that such a userdata owns. Nothing here knows Lua.
*/
#ifndef rtk_buffer_h
#define rtk_buffer_h

#include <stdbool.h>
#include <stddef.h>

/* An owned string, or absent when `s` is NULL. `s[n]` is '\0'; bytes before it may be 0 too. */
typedef struct rtk_string {
  char *s;
  size_t n;
} rtk_string;

/* Replaces what `str` held by a copy of `n` bytes; false when out of memory (`str` unchanged). */
bool rtk_string_set(rtk_string *str, const char *s, size_t n);
bool rtk_string_copy(rtk_string *to, const rtk_string *from);
/* Wipes and frees. Every string goes this way: one of them may be a secret. */
void rtk_string_clear(rtk_string *str);

/* A growing run of bytes. All zero is a valid empty buffer. Invariant: len <= cap. */
typedef struct rtk_buffer {
  char *data;
  size_t len, cap;
} rtk_buffer;

/* Each of these is false when out of memory, and then leaves the buffer as it was. */
bool rtk_buffer_reserve(rtk_buffer *b, size_t more);
bool rtk_buffer_add(rtk_buffer *b, const char *s, size_t n);
bool rtk_buffer_adds(rtk_buffer *b, const char *s);
bool rtk_buffer_addc(rtk_buffer *b, char c);
/* A '\0' behind the bytes, not counted in len. */
bool rtk_buffer_terminate(rtk_buffer *b);

/* Empties; gives the memory back when there is more of it than `keep`. */
void rtk_buffer_reset(rtk_buffer *b, size_t keep);
/* Wipes and frees. */
void rtk_buffer_free(rtk_buffer *b);

#endif
