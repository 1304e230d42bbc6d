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

/*
** Has the C library keep what is free of its heap for the next call. glibc gives all above 128 KiB
** back to the system, and asks for it anew page by page, until a larger block has been freed once;
** from then on it keeps up to twice as much. Without that a call with a body of 40 KB takes half as
** much CPU again. Where the process has been told otherwise (MALLOC_TRIM_THRESHOLD_) it changes
** nothing.
*/
void rtk_keep_heap(void);

/* Overwrites `size` bytes in a way that no compiler leaves out. */
void rtk_wipe(void *block, size_t size);

#endif
