/*
** What the fuzz targets share. Each defines LLVMFuzzerTestOneInput; libFuzzer does the rest.
*/
#ifndef fuzz_h
#define fuzz_h

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that has to hold for every input. */
#define PROPERTY(condition)                                                          \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (0)

#endif
