/*
** A new process for each call: from its start to its end, and the CPU that it took.
**   spawn calls=10 warm=1 -- COMMAND ARGUMENTS...
*/
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

static bool spawn(char **command) {
  posix_spawn_file_actions_t actions;
  pid_t pid;
  int status = -1;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) == 0)
    waitpid(pid, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  if (status == 0) return true;
  fprintf(stderr, "spawn: %s: status %d\n", command[0], status);
  return false;
}

static bool run(void *user, bench *b, int calls) {
  int i;
  for (i = 0; i < calls; i++) {
    double start = bench_now();
    if (!spawn(user)) return false;
    b->times[i] = bench_now() - start;
  }
  return true;
}

int main(int argc, char **argv) {
  bench b;
  int i, status;
  bench_start(&b, argc, argv);
  for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) continue;
  if (i + 1 >= argc) return EXIT_FAILURE;
  b.argc = i;
  status = bench_serve(&b, run, argv + i + 1, true);
  free(b.times);
  return status;
}
