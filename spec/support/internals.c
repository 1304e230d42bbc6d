/*
** The pure C parts as Lua functions, for the specs alone: so that what takes the clock or a random
** number as an argument is tested with clocks and random numbers of the test's choice.
*/
#define _DEFAULT_SOURCE /* setitimer, RLIMIT_AS */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "compat.h"
#include "endpoints.h"
#include "headers.h"
#include "http_date.h"
#include "iso_time.h"
#include "kind.h"
#include "memory.h"
#include "names.h"
#include "outcome.h"
#include "process_id.h"
#include "redact.h"
#include "retry.h"
#include "roots.h"
#include "schema.h"
#include "sockets.h"
#include "text.h"
#include "tls_advice.h"
#include "url.h"

__attribute__((visibility("default"))) int luaopen_rtk_internals(lua_State *L);
void rtk_internals_engine(lua_State *L); /* internals_engine.c */

static rtk_string check_string(lua_State *L, int arg) {
  rtk_string str;
  str.s = (char *)luaL_checklstring(L, arg, &str.n);
  return str;
}

/* A list of header lines at `arg`, taken one by one; the result of the last. */
static rtk_headers_result take_headers(lua_State *L, int arg, rtk_headers *h) {
  rtk_headers_result result = RTK_HEADERS_OK;
  int i, n = (int)rtk_raw_length(L, arg);
  memset(h, 0, sizeof *h);
  for (i = 1; i <= n && result == RTK_HEADERS_OK; i++) {
    size_t len;
    const char *line;
    lua_rawgeti(L, arg, i);
    line = lua_tolstring(L, -1, &len);
    result = rtk_headers_take(h, line, len);
    lua_pop(L, 1);
  }
  return result;
}

/* headers(lines) -> "ok"|"too large", list of {name, value} */
static int headers(lua_State *L) {
  rtk_headers h;
  rtk_header field;
  size_t i;
  lua_pushstring(L, take_headers(L, 1, &h) == RTK_HEADERS_OK ? "ok" : "too large");
  lua_newtable(L);
  for (i = 0; i < h.field_count; i++) {
    field = rtk_headers_get(&h, i);
    lua_newtable(L);
    lua_pushlstring(L, field.name, field.name_len);
    lua_rawseti(L, -2, 1);
    lua_pushlstring(L, field.value, field.value_len);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, (int)i + 1);
  }
  rtk_headers_free(&h);
  return 2;
}

/* rate_limit(value) -> remaining, reset | nil */
static int rate_limit(lua_State *L) {
  rtk_headers h;
  double remaining, reset;
  bool found;
  take_headers(L, 1, &h);
  found = rtk_headers_rate_limit(&h, &remaining, &reset);
  rtk_headers_free(&h);
  if (!found) return 0;
  lua_pushnumber(L, remaining);
  lua_pushnumber(L, reset);
  return 2;
}

/* http_date(text, wall) -> seconds | nil */
static int http_date(lua_State *L) {
  rtk_string text = check_string(L, 1);
  double seconds;
  if (!rtk_http_date(text.s, text.n, luaL_checknumber(L, 2), &seconds)) return 0;
  lua_pushnumber(L, seconds);
  return 1;
}

static rtk_kind kind_of_name(const char *name) {
  int kind;
  for (kind = 0; kind < RTK_KINDS; kind++)
    if (strcmp(rtk_kind_name((rtk_kind)kind), name) == 0) return (rtk_kind)kind;
  return RTK_KINDS;
}

static double field_number(lua_State *L, const char *key, double otherwise) {
  double number;
  lua_getfield(L, 1, key);
  number = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : otherwise;
  lua_pop(L, 1);
  return number;
}

/*
** retry{max_retries=, max_retry_after=, number=, kind=, status=, headers=, time_left=, wall=,
** random=} -> again, wait, retry_after (nil: none)
*/
static int retry(lua_State *L) {
  rtk_headers h;
  rtk_retry_policy policy;
  rtk_attempt attempt;
  rtk_decision d;
  policy.max_retries = (int)field_number(L, "max_retries", 2);
  policy.max_retry_after = field_number(L, "max_retry_after", 60);
  attempt.number = (int)field_number(L, "number", 1);
  attempt.status = (int)field_number(L, "status", 0);
  attempt.time_left = field_number(L, "time_left", HUGE_VAL);
  attempt.headers = &h;
  attempt.acted_on = field_number(L, "acted_on", 0) != 0;
  lua_getfield(L, 1, "kind");
  attempt.kind =
      lua_isnil(L, -1) ? rtk_kind_of_status(attempt.status) : kind_of_name(lua_tostring(L, -1));
  lua_getfield(L, 1, "headers");
  if (lua_isnil(L, -1)) lua_newtable(L);
  take_headers(L, lua_gettop(L), &h);
  d = rtk_retry_decide(&policy, &attempt, field_number(L, "wall", 0), field_number(L, "random", 0));
  rtk_headers_free(&h);
  lua_pushboolean(L, d.again);
  lua_pushnumber(L, d.wait);
  if (d.retry_after < 0) return 2;
  lua_pushnumber(L, d.retry_after);
  return 3;
}

/* kind_of_status(status) -> name */
static int kind_of_status(lua_State *L) {
  lua_pushstring(L, rtk_kind_name(rtk_kind_of_status((int)luaL_checknumber(L, 1))));
  return 1;
}

/* kinds() -> list of names */
static int kinds(lua_State *L) {
  int kind;
  lua_newtable(L);
  for (kind = 1; kind < RTK_KINDS; kind++) {
    lua_pushstring(L, rtk_kind_name((rtk_kind)kind));
    lua_rawseti(L, -2, kind);
  }
  return 1;
}

static int push_complaint(lua_State *L, const char *wrong) {
  lua_pushstring(L, wrong);
  return wrong != NULL;
}

/* check_id(text) -> nil | complaint */
static int check_id(lua_State *L) {
  rtk_string id = check_string(L, 1);
  return push_complaint(L, rtk_url_check_id(id.s, id.n));
}

/* read_base(text) -> nil, host, path, tls, loopback | complaint */
static int read_base(lua_State *L) {
  rtk_string text = check_string(L, 1);
  rtk_url url;
  const char *wrong = rtk_url_read_base(&text, &url);
  if (wrong != NULL) return push_complaint(L, wrong);
  lua_pushnil(L);
  lua_pushlstring(L, url.host, url.host_len);
  lua_pushlstring(L, url.path, url.path_len);
  lua_pushboolean(L, url.tls);
  lua_pushboolean(L, url.loopback);
  return 5;
}

/* read_proxy(text) -> nil, host, loopback | complaint */
static int read_proxy(lua_State *L) {
  rtk_string text = check_string(L, 1);
  rtk_url url;
  const char *wrong = rtk_url_read_proxy(&text, &url);
  if (wrong != NULL) return push_complaint(L, wrong);
  lua_pushnil(L);
  lua_pushlstring(L, url.host, url.host_len);
  lua_pushboolean(L, url.loopback);
  return 3;
}

/* expand(path, value...) -> text, rest of the path */
static int expand(lua_State *L) {
  rtk_string values[8];
  rtk_buffer b = {NULL, 0, 0};
  const char *rest;
  int i, n = lua_gettop(L) - 1;
  for (i = 0; i < n && i < 8; i++) values[i] = check_string(L, i + 2);
  rest = rtk_url_expand(&b, luaL_checkstring(L, 1), values, (size_t)n);
  lua_pushlstring(L, b.data, b.len);
  lua_pushstring(L, rest);
  rtk_buffer_free(&b);
  return 2;
}

/* nearest(name, list) -> name | nil */
static int nearest(lua_State *L) {
  const char *known[16];
  int i, n = (int)rtk_raw_length(L, 2);
  for (i = 0; i < n && i < 16; i++) {
    lua_rawgeti(L, 2, i + 1);
    known[i] = lua_tostring(L, -1);
  }
  lua_pushstring(L, rtk_nearest_name(luaL_checkstring(L, 1), known, (size_t)n, sizeof *known));
  return 1;
}

/* text(limit, piece...) -> what comes of it; text_of_url the same, without user information */
static int push_text(lua_State *L, bool urls) {
  rtk_text t;
  int i;
  rtk_text_begin(&t, (size_t)luaL_checknumber(L, 1));
  for (i = 2; i <= lua_gettop(L); i++) {
    rtk_string piece = check_string(L, i);
    if (urls)
      rtk_text_add_without_user_info(&t, piece.s);
    else
      rtk_text_add_bytes(&t, piece.s, piece.n);
  }
  rtk_text_end(&t);
  lua_pushlstring(L, t.s, t.n);
  return 1;
}

static int text(lua_State *L) {
  return push_text(L, false);
}

static int text_without_user_info(lua_State *L) {
  return push_text(L, true);
}

/* buffer(piece...) -> what they come to, one after the other */
static int buffer(lua_State *L) {
  rtk_buffer b = {NULL, 0, 0};
  int i;
  for (i = 1; i <= lua_gettop(L); i++) {
    rtk_string piece = check_string(L, i);
    rtk_buffer_add(&b, piece.s, piece.n);
  }
  rtk_buffer_terminate(&b);
  lua_pushlstring(L, b.data, b.len);
  lua_pushnumber(L, (double)b.cap);
  rtk_buffer_reset(&b, 1024);
  lua_pushnumber(L, (double)b.cap);
  rtk_buffer_free(&b);
  return 3;
}

static const char *field_string(lua_State *L, const char *key) {
  lua_getfield(L, 1, key); /* stays on the stack, and so does its text */
  return lua_tostring(L, -1);
}

static void set_bytes(lua_State *L, const char *key, const char *s, size_t n) {
  if (s == NULL || n == 0) return;
  lua_pushlstring(L, s, n);
  lua_setfield(L, -2, key);
}

/*
** roots{system_file=, system_folder=, takes_folder_list=, file=, folder=} -> {folder=, file=,
** bytes=}
*/
static int choose_roots(lua_State *L) {
  rtk_roots roots = {.system_file = field_string(L, "system_file"),
                     .system_folder = field_string(L, "system_folder"),
                     .takes_folder_list = false};
  rtk_string file = {NULL, 0}, folder = {NULL, 0};
  file.s = (char *)field_string(L, "file");
  folder.s = (char *)field_string(L, "folder");
  if (folder.s != NULL) folder.n = strlen(folder.s);
  lua_getfield(L, 1, "takes_folder_list");
  roots.takes_folder_list = lua_toboolean(L, -1);
  lua_newtable(L);
  rtk_roots_choose(&roots, &file, &folder);
  set_bytes(L, "folder", roots.folder.s, roots.folder.n);
  set_bytes(L, "file", roots.file, roots.file != NULL ? strlen(roots.file) : 0);
  set_bytes(L, "bytes", roots.bytes.data, roots.bytes.len);
  rtk_roots_clear(&roots);
  return 1;
}

/* find_socket(descriptors, port) -> the one of this port or -1, whether it has something unread */
static int find_socket(lua_State *L) {
  rtk_sockets sockets = {NULL, 0, 0};
  int i, fd;
  for (i = 1; i <= (int)rtk_raw_length(L, 1); i++) {
    lua_rawgeti(L, 1, i);
    rtk_sockets_add(&sockets, (int)lua_tonumber(L, -1));
  }
  fd = rtk_sockets_find(&sockets, (int)luaL_checknumber(L, 2));
  rtk_sockets_free(&sockets);
  lua_pushnumber(L, fd);
  lua_pushboolean(L, fd >= 0 && rtk_sockets_has_unread(fd));
  return 2;
}

/*
** outcome{cause=, state=, status=, received=, text=, connected=, timeout=, connect_timeout=, head=}
** -> kind, message
*/
static int outcome(lua_State *L) {
  static const char *const causes[] = {"whole", "handshake", "certificate", "roots",      "timeout",
                                       "line",  "encoding",  "memory",      "connection", NULL};
  static const char *const states[] = {"open", "too large", "enough", "no memory", NULL};
  rtk_intake in;
  rtk_end end = {.verified = RTK_TLS_UNVERIFIED};
  memset(&in, 0, sizeof in);
  in.answer.status = (int)field_number(L, "status", 0);
  in.received = (size_t)field_number(L, "received", 0);
  in.limit = (size_t)field_number(L, "limit", 0);
  end.timeout = field_number(L, "timeout", 60);
  end.connect_timeout = field_number(L, "connect_timeout", 10);
  end.connected = field_number(L, "connected", 0) != 0;
  if (field_number(L, "head", 0) != 0) in.answer.headers.place = RTK_AFTER_HEAD;
  end.text = field_string(L, "text");
  lua_settop(L, 1);
  lua_getfield(L, 1, "cause");
  end.cause = (rtk_end_cause)luaL_checkoption(L, -1, "whole", causes);
  lua_getfield(L, 1, "state");
  in.state = (rtk_intake_state)luaL_checkoption(L, -1, "open", states);
  rtk_outcome_settle(&in, &end);
  lua_pushstring(L, rtk_kind_name(in.answer.kind));
  lua_pushstring(L, in.answer.message);
  return 2;
}

/* tls_advice("handshake", "certificate" or "roots", X509_V_ number, text) -> text */
static int tls_advice(lua_State *L) {
  static const char *const troubles[] = {"handshake", "certificate", "roots", NULL};
  rtk_tls_trouble trouble = (rtk_tls_trouble)luaL_checkoption(L, 1, NULL, troubles);
  lua_pushstring(L, rtk_tls_advice(trouble, (long)luaL_checknumber(L, 2), luaL_checkstring(L, 3)));
  return 1;
}

/* redact(secret, text) -> what is left of the text, whether it held the secret */
static int redact(lua_State *L) {
  rtk_string secret = check_string(L, 1), text = check_string(L, 2), copy = {NULL, 0};
  rtk_span span = {secret.s, secret.n};
  rtk_string_copy(&copy, &text);
  rtk_redact(&span, 1, copy.s, copy.n);
  lua_pushlstring(L, copy.s, copy.n);
  lua_pushboolean(L, rtk_redact_finds(&span, 1, text.s, text.n));
  rtk_string_clear(&copy);
  return 2;
}

/* decode(text) -> without percent-encoding */
static int decode(lua_State *L) {
  rtk_string text = check_string(L, 1), copy = {NULL, 0};
  rtk_string_copy(&copy, &text);
  lua_pushlstring(L, copy.s, rtk_url_decode(copy.s, copy.n));
  rtk_string_clear(&copy);
  return 1;
}

/* wipe(text) -> a copy of it, wiped; zeroes(size) -> what fresh memory holds */
static int wipe(lua_State *L) {
  rtk_string text = check_string(L, 1), copy = {NULL, 0};
  rtk_string_copy(&copy, &text);
  rtk_wipe(copy.s, copy.n);
  lua_pushlstring(L, copy.s, copy.n);
  rtk_string_clear(&copy);
  return 1;
}

static int zeroes(lua_State *L) {
  size_t size = (size_t)luaL_checknumber(L, 1);
  char *block = rtk_zalloc(size);
  lua_pushlstring(L, block, size);
  rtk_free(block);
  return 1;
}

/* give_back(size) -> how much of the heap goes back to the system when so many bytes get free */
static int give_back(lua_State *L) {
  enum { BLOCK = 1024 };
  size_t i, count = (size_t)luaL_checknumber(L, 1) / BLOCK;
  void **blocks = lua_newuserdata(L, count * sizeof *blocks);
  char *end;
  for (i = 0; i < count; i++) blocks[i] = malloc(BLOCK);
  end = sbrk(0);
  for (i = 0; i < count; i++) free(blocks[i]);
  lua_pushnumber(L, (lua_Number)(end - (char *)sbrk(0)));
  return 1;
}

/* err("address" or "undefined"): a mistake on purpose, for the sanitizers to prove that they see */
static int err(lua_State *L) {
  if (strcmp(luaL_checkstring(L, 1), "address") == 0) {
    char *volatile lost = rtk_zalloc(1234);
    lost = NULL;
    (void)lost;
  } else {
    volatile int shift = 31;
    lua_pushnumber(L, 2 << shift << shift);
  }
  return 0;
}

/* milliseconds(seconds) -> for libcurl */
static int milliseconds(lua_State *L) {
  lua_pushnumber(L, (lua_Number)rtk_clock_milliseconds(luaL_checknumber(L, 1)));
  return 1;
}

/* now() -> seconds; wall() -> seconds; sleep(until) */
static int now(lua_State *L) {
  lua_pushnumber(L, rtk_clock_now());
  return 1;
}

static int wall(lua_State *L) {
  lua_pushnumber(L, rtk_clock_wall());
  return 1;
}

static int sleep_until(lua_State *L) {
  double until = luaL_checknumber(L, 1);
  while (!rtk_clock_sleep(until)) continue;
  return 0;
}

static volatile sig_atomic_t signals;

static void count_signal(int number) {
  (void)number;
  signals = signals + 1;
}

/* alarm(seconds) -> signals so far: a SIGALRM every so often from now on, none when it is 0 */
static int set_alarm(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  struct itimerval timer;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = count_signal;
  timer.it_interval.tv_sec = 0;
  timer.it_interval.tv_usec = (suseconds_t)(seconds * 1e6);
  timer.it_value = timer.it_interval;
  if (seconds > 0) sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
  lua_pushnumber(L, signals);
  signals = 0;
  return 1;
}

static void say_threads(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "Threads:", 8) == 0) fputs(line, stdout);
  if (file != NULL) fclose(file);
}

/* threads_at_end(): writes how many there are, after all that is registered from now on was done */
static int threads_at_end(lua_State *L) {
  if (atexit(say_threads) != 0) return luaL_error(L, "cannot register");
  return 0;
}

/* kill(): this process, at once */
static int kill_process(lua_State *L) {
  (void)L;
  raise(SIGKILL);
  return 0;
}

/* fork() -> process id of the child, 0 in the child */
static int fork_process(lua_State *L) {
  lua_pushnumber(L, fork());
  return 1;
}

static int process_id(lua_State *L) {
  lua_pushnumber(L, (lua_Number)rtk_process_id());
  return 1;
}

/* wait(process id) -> its exit status; 128 and more for the signal that it died of */
static int wait_process(lua_State *L) {
  int status = 0;
  waitpid((pid_t)luaL_checknumber(L, 1), &status, 0);
  lua_pushnumber(L, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 1;
}

/* exit(status): at once, no finalizer runs */
static int exit_process(lua_State *L) {
  _exit((int)luaL_checknumber(L, 1));
  return 0;
}

/* default_sigpipe(): the signal's default action, which ends the process */
static int default_sigpipe(lua_State *L) {
  (void)L;
  signal(SIGPIPE, SIG_DFL);
  return 0;
}

/* [-0, +0] Sets a list of strings, ended by a NULL, in the table on top. */
static void set_strings(lua_State *L, const char *key, const char *const *list) {
  int i;
  lua_newtable(L);
  for (i = 0; list[i] != NULL; i++) {
    lua_pushstring(L, list[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, key);
}

static void set_text(lua_State *L, const char *key, const char *s) {
  lua_pushstring(L, s);
  lua_setfield(L, -2, key);
}

static void push_parameter(lua_State *L, const rtk_parameter *p) {
  static const char *const types[] = {"text",   "boolean", "whole",  "time",
                                      "choice", "choices", "of call"};
  lua_newtable(L);
  set_text(L, "name", p->name);
  set_text(L, "type", types[p->type]);
  set_strings(L, "choices", p->choices);
  lua_pushnumber(L, p->min);
  lua_setfield(L, -2, "min");
  lua_pushnumber(L, p->max);
  lua_setfield(L, -2, "max");
}

static void push_endpoint(lua_State *L, const rtk_endpoint *e) {
  int i;
  lua_newtable(L);
  set_text(L, "name", e->name);
  set_text(L, "path", e->path);
  set_text(L, "result", e->result);
  set_text(L, "each", e->each);
  set_strings(L, "ids", e->ids);
  lua_pushboolean(L, e->list);
  lua_setfield(L, -2, "list");
  lua_newtable(L);
  for (i = 0; e->parameters[i].name != NULL; i++) {
    push_parameter(L, &e->parameters[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "parameters");
}

/* endpoints() -> the table of endpoints, as a list */
static int endpoints(lua_State *L) {
  const rtk_endpoint *e;
  int i;
  lua_newtable(L);
  for (i = 0; (e = rtk_endpoint_at((size_t)i)) != NULL; i++) {
    push_endpoint(L, e);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* iso_time(text or seconds) -> text | nil */
static int iso_time(lua_State *L) {
  char text[RTK_MAX_ISO_TIME];
  rtk_string given;
  bool fits;
  if (lua_type(L, 1) == LUA_TNUMBER) {
    fits = rtk_iso_time_of_seconds(lua_tonumber(L, 1), text);
  } else {
    given = check_string(L, 1);
    fits = rtk_iso_time_of_text(given.s, given.n, text);
  }
  lua_pushstring(L, fits ? text : NULL);
  return 1;
}

/* limit("descriptors" or "memory", number): of this process, which it may raise again */
static int limit(lua_State *L) {
  static const char *const names[] = {"descriptors", "memory", NULL};
  int resource = luaL_checkoption(L, 1, NULL, names) == 0 ? RLIMIT_NOFILE : RLIMIT_AS;
  struct rlimit limits;
  getrlimit(resource, &limits);
  limits.rlim_cur = (rlim_t)luaL_checknumber(L, 2);
  if (limits.rlim_cur > limits.rlim_max) limits.rlim_cur = limits.rlim_max;
  lua_pushboolean(L, setrlimit(resource, &limits) == 0);
  return 1;
}

/* whole(number) -> number; is_whole_float(number) -> boolean */
static int whole(lua_State *L) {
  rtk_push_whole(L, luaL_checknumber(L, 1));
  return 1;
}

static int is_whole_float(lua_State *L) {
  lua_pushboolean(L, rtk_is_whole_float(L, 1));
  return 1;
}

static const luaL_Reg functions[] = {{"alarm", set_alarm},
                                     {"buffer", buffer},
                                     {"check_id", check_id},
                                     {"decode", decode},
                                     {"default_sigpipe", default_sigpipe},
                                     {"endpoints", endpoints},
                                     {"err", err},
                                     {"exit", exit_process},
                                     {"expand", expand},
                                     {"find_socket", find_socket},
                                     {"fork", fork_process},
                                     {"headers", headers},
                                     {"http_date", http_date},
                                     {"is_whole_float", is_whole_float},
                                     {"iso_time", iso_time},
                                     {"kind_of_status", kind_of_status},
                                     {"kill", kill_process},
                                     {"kinds", kinds},
                                     {"limit", limit},
                                     {"milliseconds", milliseconds},
                                     {"nearest", nearest},
                                     {"now", now},
                                     {"option_names", rtk_schema_names},
                                     {"outcome", outcome},
                                     {"process_id", process_id},
                                     {"rate_limit", rate_limit},
                                     {"read_base", read_base},
                                     {"read_proxy", read_proxy},
                                     {"redact", redact},
                                     {"retry", retry},
                                     {"roots", choose_roots},
                                     {"sleep", sleep_until},
                                     {"text", text},
                                     {"text_without_user_info", text_without_user_info},
                                     {"threads_at_end", threads_at_end},
                                     {"tls_advice", tls_advice},
                                     {"wait", wait_process},
                                     {"wall", wall},
                                     {"whole", whole},
                                     {"wipe", wipe},
                                     {"zeroes", zeroes},
                                     {"give_back", give_back},
                                     {NULL, NULL}};

int luaopen_rtk_internals(lua_State *L) {
  lua_newtable(L);
  rtk_set_functions(L, functions);
  rtk_internals_engine(L);
  return 1;
}
