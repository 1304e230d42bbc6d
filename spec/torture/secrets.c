/*
** Where credentials stay in memory. Runs a script of Lua that makes calls with known credentials,
** and looks for these in the blocks that this library and libcurl have, and in those they free.
**
**   secrets SCRIPT.lua ARGUMENT...
**
** The library is linked into this program with its memory functions wrapped, libcurl gets its own
** through curl_global_init_mem.
*/
#define _GNU_SOURCE /* memmem */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"

int luaopen_realtimekit(lua_State *L);

typedef enum { OF_LIBRARY, OF_LIBCURL, OWNERS } owner;
static const char *const owners[OWNERS] = {"library", "libcurl"};

enum { MAX_NEEDLES = 16, MAX_NEEDLE = 128 };
static char needles[MAX_NEEDLES][MAX_NEEDLE];
static int needle_count;

/* {==== Blocks, each linked to the others of its owner ==== */

typedef union header {
  struct {
    union header *next, *previous;
    size_t size;
  } block;
  max_align_t align;
} header;

static header *live[OWNERS];
static unsigned long freed[OWNERS][MAX_NEEDLES];

static bool holds(const header *h, int needle) {
  return memmem(h + 1, h->block.size, needles[needle], strlen(needles[needle])) != NULL;
}

static void unlink_block(owner o, header *h) {
  if (h->block.previous != NULL) h->block.previous->block.next = h->block.next;
  if (h->block.next != NULL) h->block.next->block.previous = h->block.previous;
  if (live[o] == h) live[o] = h->block.next;
}

static void discard(owner o, header *h) {
  int i;
  if (h == NULL) return;
  for (i = 0; i < needle_count; i++)
    if (holds(h, i)) freed[o][i]++;
  unlink_block(o, h);
  free(h);
}

/* A block that grows moves, so that what it leaves behind counts as freed. */
static void *resize_locked(owner o, void *block, size_t size) {
  header *old = block != NULL ? (header *)block - 1 : NULL, *h = NULL;
  if (size > 0) {
    h = calloc(1, sizeof *h + size);
    if (h == NULL) abort();
    if (old != NULL) memcpy(h + 1, block, old->block.size < size ? old->block.size : size);
    h->block.size = size;
    h->block.next = live[o];
    if (live[o] != NULL) live[o]->block.previous = h;
    live[o] = h;
  }
  discard(o, old);
  return h != NULL ? h + 1 : NULL;
}

/* The I/O thread has blocks as well. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *resize(owner o, void *block, size_t size) {
  void *resized;
  pthread_mutex_lock(&lock);
  resized = resize_locked(o, block, size);
  pthread_mutex_unlock(&lock);
  return resized;
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
  return resize(OF_LIBRARY, NULL, size);
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
  return strcpy(curl_malloc(strlen(s) + 1), s);
}

static void *curl_calloc(size_t count, size_t size) {
  return curl_malloc(count * size);
}

/* }==== */

/* {==== For the script ==== */

/* watch(needle...): these are the credentials from now on, and none was freed so far */
static int watch(lua_State *L) {
  needle_count = 0;
  for (int i = 1; i <= lua_gettop(L) && i <= MAX_NEEDLES; i++)
    snprintf(needles[needle_count++], MAX_NEEDLE, "%s", luaL_checkstring(L, i));
  memset(freed, 0, sizeof freed);
  return 0;
}

static void push_counts(lua_State *L, unsigned long counts[OWNERS][MAX_NEEDLES]) {
  int o, i;
  lua_newtable(L);
  for (o = 0; o < OWNERS; o++) {
    lua_newtable(L);
    for (i = 0; i < needle_count; i++) {
      if (counts[o][i] == 0) continue;
      lua_pushnumber(L, (lua_Number)counts[o][i]);
      lua_setfield(L, -2, needles[i]);
    }
    lua_setfield(L, -2, owners[o]);
  }
}

/* freed() -> {library = {needle = blocks}, libcurl = ...}: given back with a credential in them */
static int count_freed(lua_State *L) {
  push_counts(L, freed);
  memset(freed, 0, sizeof freed);
  return 1;
}

/* live() -> the same of the blocks that there are */
static int count_live(lua_State *L) {
  unsigned long counts[OWNERS][MAX_NEEDLES];
  const header *h;
  int o, i;
  memset(counts, 0, sizeof counts);
  pthread_mutex_lock(&lock);
  for (o = 0; o < OWNERS; o++)
    for (h = live[o]; h != NULL; h = h->block.next)
      for (i = 0; i < needle_count; i++)
        if (holds(h, i)) counts[o][i]++;
  pthread_mutex_unlock(&lock);
  push_counts(L, counts);
  return 1;
}

static const luaL_Reg functions[] = {
    {"watch", watch}, {"freed", count_freed}, {"live", count_live}, {NULL, NULL}};

/* }==== */

static lua_State *prepare(void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) exit(2);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_realtimekit);
  lua_setfield(L, -2, "realtimekit");
  lua_newtable(L);
  rtk_set_functions(L, functions);
  lua_setglobal(L, "memory");
  lua_settop(L, 0);
  return L;
}

int main(int argc, char **argv) {
  lua_State *L;
  int i;
  bool done;
  if (argc < 2) return 2;
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, curl_free_block, curl_realloc, curl_strdup,
                       curl_calloc);
  L = prepare();
  done = luaL_loadfile(L, argv[1]) == LUA_OK;
  for (i = 2; i < argc; i++) lua_pushstring(L, argv[i]);
  done = done && lua_pcall(L, argc - 2, 1, 0) == LUA_OK;
  if (!done) printf("secrets: %s\n", lua_tostring(L, -1));
  done = done && lua_toboolean(L, -1);
  lua_close(L);
  return done ? 0 : 1;
}
