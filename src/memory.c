#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum { LARGE = 512 * 1024 };

void *rtk_realloc(void *block, size_t size) {
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

void rtk_free(void *block) {
  free(block);
}

void *rtk_zalloc(size_t size) {
  void *block = malloc(size);
  if (block != NULL) memset(block, 0, size);
  return block;
}

void rtk_keep_heap(void) {
  void *volatile block = rtk_realloc(NULL, LARGE); /* else a compiler leaves out both */
  rtk_free(block);
}

void rtk_wipe(void *block, size_t size) {
  volatile unsigned char *byte = block;
  while (size-- > 0) *byte++ = 0;
}
