#include "process_id.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

/* Written by the first question, and in a child that has one thread only. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pid_t id;
static bool kept;

static void renew(void) {
  id = getpid();
}

static void keep(void) {
  renew();
  kept = pthread_atfork(NULL, NULL, renew) == 0;
}

pid_t rtk_process_id(void) {
  pthread_once(&once, keep);
  return kept ? id : getpid();
}
