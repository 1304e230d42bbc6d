#include "clock.h"

#include <math.h>
#include <time.h>

static double read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double rtk_clock_now(void) {
  return read_clock(CLOCK_MONOTONIC);
}

double rtk_clock_wall(void) {
  return read_clock(CLOCK_REALTIME);
}

bool rtk_clock_sleep(double until) {
  for (;;) {
    double left = until - rtk_clock_now();
    struct timespec t;
    if (left <= 0) return true;
    if (left > 3600) left = 3600; /* fits into any time_t; the loop does the rest */
    t.tv_sec = (time_t)left;
    t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
    if (nanosleep(&t, NULL) != 0) return false;
  }
}

long rtk_clock_milliseconds(double seconds) {
  if (seconds > 2e6) return 2000000000L;
  return seconds > 0.001 ? (long)ceil(seconds * 1000) : 1;
}
