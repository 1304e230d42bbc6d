/*
** What the clients in C have in common: arguments, clocks, and the talk with bench/run.lua.
**
** A client gets its arguments as `name=value`, warms up, writes "ready", and for each line "go"
** that it then reads makes its calls and writes one line of JSON about them. Any other ends it.
*/
#ifndef bench_h
#define bench_h

#include <stdbool.h>

/* Set by bench_start. The ids are in the path of every call. */
#define BENCH_PATH                                                                             \
  "/accounts/0123456789abcdef0123456789abcdef/realtime/kit/fedcba98-7654-3210-fedc-ba98765432" \
  "10/sessions/0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44/participants/"

typedef struct bench {
  int argc;
  char **argv;
  int calls, warm;
  double *times; /* seconds that each call took; run's to fill */
  long idle;     /* KiB resident when warm */
  long resident; /* the same during or after the calls; run may set it */
} bench;

typedef bool (*bench_run)(void *user, bench *b, int calls);

/* The value of an argument, or `otherwise`. */
const char *bench_text(const bench *b, const char *name, const char *otherwise);
int bench_number(const bench *b, const char *name, int otherwise);

/* Seconds of a clock that is never set. */
double bench_now(void);

/* Seconds of user and system time: of this process, or of its children that have ended. */
double bench_cpu(bool children);

/* KiB: what is resident now ("VmRSS"), what has been at most ("VmHWM"). */
long bench_memory(const char *what);

/* A URL of its own for each call: base, path and a number. Room for 512 bytes. */
void bench_url(char *url, const char *base, int number);

/* Warms up and serves; the exit status. `children`: it is their CPU that counts. */
int bench_serve(bench *b, bench_run run, void *user, bool children);

void bench_start(bench *b, int argc, char **argv);

#endif
