#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

enum { LINE = 256 };

void bench_start(bench *b, int argc, char **argv) {
  memset(b, 0, sizeof *b);
  b->argc = argc;
  b->argv = argv;
  b->calls = bench_number(b, "calls", 1000);
  b->warm = bench_number(b, "warm", 50);
  b->times = calloc((size_t)(b->calls > b->warm ? b->calls : b->warm) + 1, sizeof *b->times);
  if (b->times == NULL) exit(EXIT_FAILURE);
}

const char *bench_text(const bench *b, const char *name, const char *otherwise) {
  size_t n = strlen(name);
  int i;
  for (i = 1; i < b->argc; i++)
    if (strncmp(b->argv[i], name, n) == 0 && b->argv[i][n] == '=') return b->argv[i] + n + 1;
  return otherwise;
}

int bench_number(const bench *b, const char *name, int otherwise) {
  const char *text = bench_text(b, name, NULL);
  return text != NULL ? atoi(text) : otherwise;
}

double bench_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double to_seconds(const struct timeval *t) {
  return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

double bench_cpu(bool children) {
  struct rusage usage;
  getrusage(children ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
  return to_seconds(&usage.ru_utime) + to_seconds(&usage.ru_stime);
}

long bench_memory(const char *what) {
  char line[LINE];
  size_t n = strlen(what);
  long kib = -1;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return -1;
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, what, n) == 0 && line[n] == ':') kib = atol(line + n + 1);
  fclose(file);
  return kib;
}

void bench_url(char *url, const char *base, int number) {
  snprintf(url, 512, "%s" BENCH_PATH "6f1a1f0e-3c1b-4f7e-9a52-%012d", base, number);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static bool measure(bench *b, bench_run run, void *user, bool children) {
  double cpu = bench_cpu(children), wall = bench_now();
  b->resident = 0;
  if (!run(user, b, b->calls)) return false;
  wall = bench_now() - wall;
  cpu = bench_cpu(children) - cpu;
  if (b->resident == 0) b->resident = bench_memory("VmRSS");
  qsort(b->times, (size_t)b->calls, sizeof *b->times, compare);
  printf(
      "{\"calls\":%d,\"wall\":%.9f,\"cpu\":%.9f,\"p50\":%.9f,\"p99\":%.9f,\"idle\":%ld,"
      "\"resident\":%ld,\"peak\":%ld}\n",
      b->calls, wall, cpu, b->times[b->calls / 2], b->times[b->calls * 99 / 100], b->idle,
      b->resident, bench_memory("VmHWM"));
  fflush(stdout);
  return true;
}

int bench_serve(bench *b, bench_run run, void *user, bool children) {
  char line[LINE];
  if (b->warm > 0 && !run(user, b, b->warm)) return EXIT_FAILURE;
  b->idle = bench_memory("VmRSS");
  puts("ready");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "go\n") == 0)
    if (!measure(b, run, user, children)) return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
