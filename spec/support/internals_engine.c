/*
** The pure C parts under calls at once, for the specs alone: timers, pace, poller, flights.
*/
#include <string.h>

#include "compat.h"
#include "flight.h"
#include "pace.h"
#include "poller.h"
#include "timers.h"

void rtk_internals_engine(lua_State *L);

static double number_of(lua_State *L, int table, int i) {
  double number;
  lua_rawgeti(L, table, i);
  number = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return number;
}

enum { MOST = 2000 };

/* [-0, +1] The numbers of the timers, as they become due. */
static int push_order(lua_State *L, rtk_timers *heap, const rtk_timer *timers) {
  rtk_timer *first;
  int n = 0;
  lua_newtable(L);
  while ((first = rtk_timers_first(heap)) != NULL) {
    rtk_timers_clear(heap, first);
    lua_pushinteger(L, (lua_Integer)(first - timers) + 1);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

/*
** timers(times, changes) -> order: sets one timer for each time, then makes the changes, {number,
** time} to set one anew and {number} to clear it.
*/
static int order_timers(lua_State *L) {
  static rtk_timer timers[MOST];
  rtk_timers heap = {NULL, 0, 0, 0};
  int i, n = (int)rtk_raw_length(L, 1), changes = (int)rtk_raw_length(L, 2);
  luaL_argcheck(L, n <= MOST, 1, "too many");
  memset(timers, 0, sizeof timers);
  if (!rtk_timers_reserve(&heap, (size_t)n)) return luaL_error(L, "not enough memory");
  for (i = 0; i < n; i++) rtk_timers_set(&heap, &timers[i], number_of(L, 1, i + 1));
  for (i = 1; i <= changes; i++) {
    rtk_timer *timer;
    lua_rawgeti(L, 2, i);
    timer = &timers[(int)number_of(L, lua_gettop(L), 1) - 1];
    if (rtk_raw_length(L, -1) > 1)
      rtk_timers_set(&heap, timer, number_of(L, lua_gettop(L), 2));
    else
      rtk_timers_clear(&heap, timer);
    lua_pop(L, 1);
  }
  push_order(L, &heap, timers);
  rtk_timers_free(&heap);
  return 1;
}

static void learn(lua_State *L, rtk_pace *pace, double now) {
  rtk_headers headers;
  char line[128];
  memset(&headers, 0, sizeof headers);
  lua_rawgeti(L, -1, 3);
  strcpy(line, "Ratelimit: ");
  strncat(line, lua_tostring(L, -1), 100);
  lua_pop(L, 1);
  rtk_headers_take(&headers, line, strlen(line));
  rtk_pace_learn(pace, &headers, now);
  rtk_headers_free(&headers);
}

/*
** pace(steps) -> held_until, wait after the last step. A step is {name, now, argument}: "hold"
** (seconds), "learn" (the value of a Ratelimit header), "sent", "answered", "look".
*/
static int run_pace(lua_State *L) {
  rtk_pace pace;
  double now = 0;
  int i, n = (int)rtk_raw_length(L, 1);
  memset(&pace, 0, sizeof pace);
  for (i = 1; i <= n; i++) {
    const char *name;
    lua_rawgeti(L, 1, i);
    lua_rawgeti(L, -1, 1);
    name = lua_tostring(L, -1);
    lua_pop(L, 1);
    now = number_of(L, lua_gettop(L), 2);
    if (strcmp(name, "hold") == 0)
      rtk_pace_hold(&pace, number_of(L, lua_gettop(L), 3), now);
    else if (strcmp(name, "learn") == 0)
      learn(L, &pace, now);
    else if (strcmp(name, "sent") == 0)
      rtk_pace_sent(&pace);
    else if (strcmp(name, "answered") == 0)
      rtk_pace_answered(&pace);
    lua_pop(L, 1);
  }
  lua_pushnumber(L, pace.held_until);
  lua_pushnumber(L, rtk_pace_wait(&pace, now));
  return 2;
}

/* draws(count) -> list of random numbers, from one seed */
static int draws(lua_State *L) {
  rtk_pace pace;
  int i, n = (int)luaL_checknumber(L, 1);
  memset(&pace, 0, sizeof pace);
  pace.random = 1;
  lua_newtable(L);
  for (i = 1; i <= n; i++) {
    lua_pushnumber(L, rtk_pace_draw(&pace));
    lua_rawseti(L, -2, i);
  }
  return 1;
}

/* {==== A poller as an object ==== */

#define POLLER "rtk.poller"

static rtk_poller *check_poller(lua_State *L) {
  return *(rtk_poller **)luaL_checkudata(L, 1, POLLER);
}

static int poller_new(lua_State *L) {
  rtk_poller **p = lua_newuserdata(L, sizeof *p);
  *p = rtk_poller_new();
  if (*p == NULL) return luaL_error(L, "no poller");
  luaL_getmetatable(L, POLLER);
  lua_setmetatable(L, -2);
  return 1;
}

static int poller_gc(lua_State *L) {
  rtk_poller **p = luaL_checkudata(L, 1, POLLER);
  rtk_poller_free(*p);
  *p = NULL;
  return 0;
}

/* poller:watch(fd, "r", "w", "rw" or "", tag) */
static int poller_watch(lua_State *L) {
  const char *what = luaL_checkstring(L, 3);
  int set = (strchr(what, 'r') ? RTK_READABLE : 0) | (strchr(what, 'w') ? RTK_WRITABLE : 0);
  lua_pushboolean(L, rtk_poller_watch(check_poller(L), (int)luaL_checkinteger(L, 2), set,
                                      (int)luaL_optinteger(L, 4, 0)));
  return 1;
}

/* poller:wait(seconds [, most]) -> list of {fd=, tag=, readable=, writable=, broken=} */
static int poller_wait(lua_State *L) {
  rtk_ready ready[16];
  double seconds = luaL_checknumber(L, 2);
  int i, n = rtk_poller_wait(check_poller(L), seconds, ready, (int)luaL_optinteger(L, 3, 16));
  if (n < 0) return 0;
  lua_newtable(L);
  for (i = 0; i < n; i++) {
    lua_newtable(L);
    lua_pushinteger(L, ready[i].fd);
    lua_setfield(L, -2, "fd");
    lua_pushinteger(L, ready[i].tag);
    lua_setfield(L, -2, "tag");
    lua_pushboolean(L, ready[i].what & RTK_READABLE);
    lua_setfield(L, -2, "readable");
    lua_pushboolean(L, ready[i].what & RTK_WRITABLE);
    lua_setfield(L, -2, "writable");
    lua_pushboolean(L, ready[i].what & RTK_BROKEN);
    lua_setfield(L, -2, "broken");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* poller:alarm(when) */
static int poller_alarm(lua_State *L) {
  rtk_poller_alarm(check_poller(L), luaL_checknumber(L, 2));
  return 0;
}

static int poller_descriptor(lua_State *L) {
  lua_pushinteger(L, rtk_poller_descriptor(check_poller(L)));
  return 1;
}

static const luaL_Reg methods[] = {{"watch", poller_watch},
                                   {"wait", poller_wait},
                                   {"alarm", poller_alarm},
                                   {"descriptor", poller_descriptor},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", poller_gc}, {NULL, NULL}};

/* poller_tells_all() -> boolean */
static int poller_tells_all(lua_State *L) {
  lua_pushboolean(L, rtk_poller_tells_all());
  return 1;
}

/* }==== */

/* flights(count, leave) -> order: of as many in a list, after those numbered in `leave` left it */
static int order_flights(lua_State *L) {
  static rtk_flight flights[16];
  rtk_flights list = {NULL, NULL};
  rtk_flight *f;
  int i, n = (int)luaL_checkinteger(L, 1), leaving = (int)rtk_raw_length(L, 2);
  luaL_argcheck(L, n <= 16, 1, "too many");
  memset(flights, 0, sizeof flights);
  for (i = 0; i < n; i++) rtk_flights_append(&list, &flights[i]);
  for (i = 1; i <= leaving; i++) rtk_flight_leave_list(&flights[(int)number_of(L, 2, i) - 1]);
  lua_newtable(L);
  for (i = 1; (f = rtk_flights_take(&list)) != NULL; i++) {
    lua_pushinteger(L, (lua_Integer)(f - flights) + 1);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"draws", draws},
                                     {"flights", order_flights},
                                     {"pace", run_pace},
                                     {"poller", poller_new},
                                     {"poller_tells_all", poller_tells_all},
                                     {"timers", order_timers},
                                     {NULL, NULL}};

/* [-0, +0] Adds these functions to the table on top. */
void rtk_internals_engine(lua_State *L) {
  rtk_new_type(L, POLLER, methods, metamethods, NULL);
  rtk_set_functions(L, functions);
}
