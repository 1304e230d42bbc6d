/*
** Lua states in threads, calling at once: they share nothing, and ThreadSanitizer sees it.
**
**   threads SCRIPT.lua URL THREADS CALLS
**
** Each thread runs the script in a state of its own; the script gets the URL and the count.
*/
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "compat.h"

int luaopen_realtimekit(lua_State *L);

enum { MAX_THREADS = 16 };

static char **arguments;

static int run(lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_realtimekit);
  lua_setfield(L, -2, "realtimekit");
  if (luaL_loadfile(L, arguments[1]) != LUA_OK) return lua_error(L);
  lua_pushstring(L, arguments[2]);
  lua_pushinteger(L, atoi(arguments[4]));
  lua_call(L, 2, 0);
  return 0;
}

static void *thread_main(void *unused) {
  lua_State *L = luaL_newstate();
  const char *failed = NULL;
  (void)unused;
  if (L == NULL) return "no state";
  lua_pushcfunction(L, run);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    fprintf(stderr, "threads: %s\n", lua_tostring(L, -1));
    failed = "failed";
  }
  lua_close(L);
  return (void *)failed;
}

int main(int argc, char **argv) {
  pthread_t threads[MAX_THREADS];
  int i, count, failed = 0;
  if (argc < 5) return 2;
  arguments = argv;
  count = atoi(argv[3]);
  if (count < 1 || count > MAX_THREADS) return 2;
  for (i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0) return 2;
  for (i = 0; i < count; i++) {
    void *result = NULL;
    pthread_join(threads[i], &result);
    if (result != NULL) failed++;
  }
  printf("tsan: %d threads, %d calls each, %d failed\n", count, atoi(argv[4]), failed);
  return failed > 0 ? 1 : 0;
}
