/*
** The one source of this library's memory. What is not libcurl's or Lua's comes from here, so that
** a test can count it, and can see what happens when there is none. Pure C.
*/
#ifndef rtk_memory_h
#define rtk_memory_h

#include <stddef.h>

/* realloc's contract, but a size of 0 frees and gives NULL. */
void *rtk_realloc(void *block, size_t size);
void rtk_free(void *block);

/* A block of zeroes, or NULL. */
void *rtk_zalloc(size_t size);

/* Overwrites `size` bytes in a way that no compiler leaves out. */
void rtk_wipe(void *block, size_t size);

#endif
