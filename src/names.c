#include "names.h"

#include <stdbool.h>
#include <string.h>

static int smaller(int a, int b) {
  return a < b ? a : b;
}

static char lower(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

enum { MAX_NAME = 32 };

/* Edits (insert, delete, replace; case is free) from one to the other; MAX_NAME when too long. */
static int edit_distance(const char *a, const char *b) {
  int row[MAX_NAME + 1], diagonal, above, i, j, m = (int)strlen(b);
  if (strlen(a) > MAX_NAME || m > MAX_NAME) return MAX_NAME;
  for (j = 0; j <= m; j++) row[j] = j;
  for (i = 1; a[i - 1] != '\0'; i++) {
    diagonal = row[0];
    row[0] = i;
    for (j = 1; j <= m; j++) {
      above = row[j];
      row[j] =
          smaller(smaller(row[j], row[j - 1]) + 1, diagonal + (lower(a[i - 1]) != lower(b[j - 1])));
      diagonal = above;
    }
  }
  return row[m];
}

static bool is_near(const char *name, const char *known, int *distance) {
  int allowed = smaller(3, 1 + (int)strlen(name) / 4);
  *distance = edit_distance(name, known);
  if (strlen(name) > 3 && strstr(known, name) != NULL) *distance = smaller(*distance, allowed);
  return *distance <= allowed;
}

/* The nearest of `count` names, each at the start of a struct of `size` bytes, or NULL. */
const char *rtk_nearest_name(const char *name, const void *known, size_t count, size_t size) {
  const char *best = NULL;
  int distance, least = MAX_NAME;
  size_t i;
  for (i = 0; i < count; i++) {
    const char *candidate = *(const char *const *)(const void *)((const char *)known + i * size);
    if (!is_near(name, candidate, &distance) || distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}
