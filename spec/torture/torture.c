/*
** Allocation-failure stepping. Each scenario runs again and again, its n-th allocation failing, for
** every n until it runs through. After each step: no crash, no false success, nothing left.
**
**   torture SCENARIOS.lua URL TLS_URL REFUSING_URL
**
** Lua's allocations fail from the n-th on (a single failure only makes Lua collect and ask again);
** this library's and libcurl's fail once or from the n-th on. The library is linked into this
** program with its memory functions wrapped, libcurl gets its own through curl_global_init_mem.
*/
#include <curl/curl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "compat.h"

int luaopen_realtimekit(lua_State *L);

/* {==== Counting and failing ==== */

typedef enum { OF_LUA, OF_LIBRARY, OF_LIBCURL, OWNERS } owner;

static struct {
  owner owner;
  bool armed, once;
  unsigned long countdown; /* fails when it gets to 0 */
  unsigned long failed;
} fault;

static size_t in_use[OWNERS];

static bool fails(owner o) {
  if (!fault.armed || fault.owner != o) return false;
  if (fault.countdown > 1) {
    fault.countdown--;
    return false;
  }
  if (fault.once && fault.failed > 0) return false;
  fault.failed++;
  return true;
}

/* Blocks carry their size in front of them, so that freeing can be counted. */
typedef union header {
  size_t size;
  max_align_t align;
} header;

/* libcurl looks names up in threads of its own, and these free what they had. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *resize_locked(owner o, void *block, size_t size) {
  header *old = block != NULL ? (header *)block - 1 : NULL, *h;
  if (size == 0) {
    if (old != NULL) in_use[o] -= old->size;
    free(old);
    return NULL;
  }
  if ((old == NULL || size > old->size) && fails(o)) return NULL;
  h = malloc(sizeof *h + size);
  if (h == NULL) abort();
  if (old != NULL) {
    memcpy(h + 1, block, old->size < size ? old->size : size);
    in_use[o] -= old->size;
    /* A block that moves leaves nothing readable behind, and a stale pointer finds it out. */
    memset(block, 0xdd, old->size);
    free(old);
  }
  h->size = size;
  in_use[o] += size;
  return h + 1;
}

static void *resize(owner o, void *block, size_t size) {
  void *resized;
  pthread_mutex_lock(&lock);
  resized = resize_locked(o, block, size);
  pthread_mutex_unlock(&lock);
  return resized;
}

static size_t used_by(owner o) {
  size_t used;
  pthread_mutex_lock(&lock);
  used = in_use[o];
  pthread_mutex_unlock(&lock);
  return used;
}

void *__wrap_rtk_realloc(void *block, size_t size);
void __wrap_rtk_free(void *block);
void *__wrap_rtk_zalloc(size_t size);

void *__wrap_rtk_realloc(void *block, size_t size) {
  return resize(OF_LIBRARY, block, size);
}

void __wrap_rtk_free(void *block) {
  resize(OF_LIBRARY, block, 0);
}

void *__wrap_rtk_zalloc(size_t size) {
  void *block = resize(OF_LIBRARY, NULL, size);
  return block != NULL ? memset(block, 0, size) : NULL;
}

static void *curl_malloc(size_t size) {
  return resize(OF_LIBCURL, NULL, size > 0 ? size : 1);
}

static void curl_free_block(void *block) {
  resize(OF_LIBCURL, block, 0);
}

static void *curl_realloc(void *block, size_t size) {
  return resize(OF_LIBCURL, block, size > 0 ? size : 1);
}

static char *curl_strdup(const char *s) {
  char *copy = curl_malloc(strlen(s) + 1);
  return copy != NULL ? strcpy(copy, s) : NULL;
}

static void *curl_calloc(size_t count, size_t size) {
  void *block = curl_malloc(count * size);
  return block != NULL ? memset(block, 0, count * size) : NULL;
}

static void *lua_allocate(void *user, void *block, size_t old, size_t size) {
  (void)user;
  (void)old;
  return resize(OF_LUA, block, size);
}

/* }==== */

/* {==== One step ==== */

static const char *const owners[OWNERS] = {"Lua", "the library", "libcurl"};
static struct { unsigned long steps, failed, findings, uncalled; } total;
static const char *scenario_name;
static unsigned long step_number;

static void finding(const char *what, const char *detail) {
  printf("torture: %s, %s allocation %lu%s: %s%s%s\n", scenario_name, owners[fault.owner],
         step_number, fault.once ? " (once)" : "", what, detail != NULL ? ": " : "",
         detail != NULL ? detail : "");
  total.findings++;
}

static int give_up(lua_State *L) {
  printf("torture: cannot prepare: %s\n", lua_tostring(L, -1));
  exit(2);
}

/*
** Lua says in a warning that it had no memory to call a finalizer; it never tries again, and what
** the object had is lost. In such a step nothing can be said of what is left.
*/
static bool uncalled;

static void on_warning(void *user, const char *message, int more) {
  (void)user, (void)more;
  if (strcmp(message, "not enough memory") == 0) uncalled = true;
}

/*
** A state with the scenarios loaded: on its stack the chosen one's `run` and `check`, or the list
** of names and its length when `name` is NULL.
*/
static lua_State *prepare(lua_State *L, char **argv, const char *name) {
  int i;
  if (L == NULL) exit(2);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_realtimekit);
  lua_setfield(L, -2, "realtimekit");
  lua_settop(L, 0);
  if (luaL_loadfile(L, argv[1]) != LUA_OK) give_up(L);
  for (i = 2; i < 5; i++) lua_pushstring(L, argv[i]);
  lua_pushstring(L, name);
  if (lua_pcall(L, 4, 2, 0) != LUA_OK) give_up(L);
#if LUA_VERSION_NUM >= 504
  lua_setwarnf(L, on_warning, NULL);
#endif
  return L;
}

static bool is_memory_error(lua_State *L, int status) {
  const char *message = lua_tostring(L, -1);
  return status == LUA_ERRMEM || (message != NULL && strstr(message, "not enough memory") != NULL);
}

/* True when the scenario came to its end without meeting the failing allocation. */
static bool step(char **argv, unsigned long n) {
  size_t before = in_use[OF_LIBRARY];
  lua_State *L = prepare(rtk_new_state(lua_allocate, NULL), argv, scenario_name);
  int status;
  bool through;
  step_number = n;
  uncalled = false;
  fault.countdown = n;
  fault.failed = 0;
  fault.armed = true;
  lua_pushvalue(L, 1);
  status = lua_pcall(L, 0, 0, 0);
  fault.armed = false;
  through = fault.failed == 0;
  if (status != LUA_OK && !is_memory_error(L, status))
    finding("an error that is not of memory", lua_tostring(L, -1));
  else if (status != LUA_OK && through)
    finding("out of memory without a failed allocation", lua_tostring(L, -1));
  lua_settop(L, 2); /* `check`: the same client goes on working */
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) finding("afterwards", lua_tostring(L, -1));
  lua_close(L);
  if (in_use[OF_LIBRARY] != before && !uncalled) finding("bytes of the library are left", NULL);
  if (in_use[OF_LUA] != 0) finding("bytes of Lua are left", NULL);
  total.steps++;
  total.failed += fault.failed;
  total.uncalled += uncalled;
  return through;
}

/* What libcurl keeps from one handle to the next, beyond any handle, is found out once. */
static void check_libcurl(size_t before) {
  double until =
      rtk_clock_now() + (uncalled ? 0 : 2); /* a thread of its own may still be about to end */
  while (used_by(OF_LIBCURL) > before && rtk_clock_now() < until) {
    rtk_clock_sleep(rtk_clock_now() + 0.001);
  }
  if (used_by(OF_LIBCURL) > before && !uncalled) finding("bytes of libcurl are left", NULL);
}

static void run_scenario(char **argv, owner o, bool once) {
  unsigned long n = 0;
  size_t before = in_use[OF_LIBCURL];
  bool through;
  fault.owner = o;
  fault.once = once;
  do {
    through = step(argv, ++n);
    check_libcurl(before);
    if (in_use[OF_LIBCURL] > before) before = in_use[OF_LIBCURL];
  } while (!through && n < 100000);
  if (!through) finding("does not come to an end", NULL);
}

/* }==== */

/* {==== lua-cjson apart: what it loses of its own when Lua has no memory ==== */

/* Bytes of malloc's that are left after a state whose n-th allocation failed in cjson.decode. */
static size_t lose_in_cjson(unsigned long n) {
  static const char source[] =
      "local cjson = require 'cjson'\n"
      "return function() return cjson.decode('{\"a\":[1,\"two\",{\"b\":3}]}') end";
  size_t before = mallinfo2().uordblks, after;
  lua_State *L = rtk_new_state(lua_allocate, NULL);
  if (L == NULL) exit(2);
  luaL_openlibs(L);
  if (luaL_loadstring(L, source) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) give_up(L);
  fault.countdown = n;
  fault.failed = 0;
  fault.armed = true;
  lua_pcall(L, 0, 0, 0);
  fault.armed = false;
  lua_close(L);
  after = mallinfo2().uordblks;
  return after > before ? after - before : 0;
}

static void measure_cjson(void) {
  unsigned long n = 0, lossy = 0;
  size_t lost = 0;
  fault.owner = OF_LUA;
  fault.once = false;
  lose_in_cjson(100000); /* what loading the module takes once is not counted */
  do {
    size_t bytes = lose_in_cjson(++n);
    if (fault.failed > 0 && bytes > 0) lossy++;
    if (fault.failed > 0) lost += bytes;
  } while (fault.failed > 0);
  printf("torture: beside it, lua-cjson alone: %lu of %lu failures lose memory, %lu bytes each\n",
         lossy, n - 1, (unsigned long)(lossy > 0 ? lost / lossy : 0));
}

/* }==== */

/* {==== All of them ==== */

static void run_all_modes(char **argv) {
  run_scenario(argv, OF_LUA, false);
  run_scenario(argv, OF_LIBRARY, true);
  run_scenario(argv, OF_LIBRARY, false);
  run_scenario(argv, OF_LIBCURL, true);
  run_scenario(argv, OF_LIBCURL, false);
}

/* The list of names is in a state of its own, which is not counted. */
static void run_all_scenarios(char **argv) {
  lua_State *names = prepare(luaL_newstate(), argv, NULL);
  int i;
  for (i = 1; i <= (int)rtk_raw_length(names, 1); i++) {
    lua_rawgeti(names, 1, i);
    scenario_name = lua_tostring(names, -1);
    run_all_modes(argv);
    lua_pop(names, 1);
  }
  lua_close(names);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, curl_free_block, curl_realloc, curl_strdup,
                       curl_calloc);
  scenario_name = argc > 5 ? argv[5] : NULL;
  if (scenario_name != NULL) {
    run_all_modes(argv);
  } else {
    run_all_scenarios(argv);
    measure_cjson();
  }
  printf("torture: beside it, Lua had no memory to call a finalizer in %lu steps\n",
         total.uncalled);
  printf("torture: %lu steps, %lu allocations failed, %lu findings\n", total.steps, total.failed,
         total.findings);
  return total.findings == 0 ? 0 : 1;
}

/* }==== */
