#include "engine.h"

#include <curl/curl.h>
#include <math.h>
#include <pthread.h>

#include "clock.h"
#include "memory.h"
#include "tls_session.h"

#if LIBCURL_VERSION_NUM < 0x075500
#error "lua-realtimekit needs libcurl 7.85.0 or later"
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started; /* written once, under `once` */

static void start_libcurl(void) {
  started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool rtk_engine_startup(void) {
  return pthread_once(&once, start_libcurl) == 0 && started == CURLE_OK;
}

enum {
  EVENTS = 64,        /* taken from the poller at a time */
  MOST_STREAMS = 1000 /* of one HTTP/2 connection; libcurl's default of 100 is soon used up */
};

/* `multi` is NULL until it is needed, `due` when libcurl wants to be called. */
typedef struct lane {
  rtk_engine *engine;
  CURLM *multi;
  double due;
  bool failed;
  int kept; /* connections; libcurl's own choice would be four for each transfer under way */
} lane;

struct rtk_engine {
  rtk_poller *poller;
  lane lanes[RTK_LANES];
  rtk_sockets sockets;      /* of all connections of either lane */
  double alarm;             /* what the poller's is set to */
  rtk_ready guests[EVENTS]; /* of the last wait */
  int guest_count;
};

rtk_lane rtk_engine_lane(const rtk_wire *wire) {
  return wire->tls && wire->http_version != RTK_HTTP_1_1 ? RTK_LANE_TWO : RTK_LANE_ONE;
}

/* {==== libcurl's callbacks: what to watch, and when to call it ==== */

static int to_watch(int what) {
  switch (what) {
    case CURL_POLL_IN: return RTK_READABLE;
    case CURL_POLL_OUT: return RTK_WRITABLE;
    case CURL_POLL_INOUT: return RTK_READABLE | RTK_WRITABLE;
    default: return 0;
  }
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused) {
  lane *l = user;
  int tag = (int)(l - l->engine->lanes);
  (void)easy;
  (void)unused;
  return rtk_poller_watch(l->engine->poller, fd, to_watch(what), tag) ? 0 : -1;
}

static int on_timer(CURLM *multi, long milliseconds, void *user) {
  lane *l = user;
  (void)multi;
  l->due = milliseconds < 0 ? HUGE_VAL : rtk_clock_now() + (double)milliseconds / 1000;
  return 0;
}

/* }==== */

/* {==== Making and ending ==== */

#define SET(option, value)                                                                 \
  do {                                                                                     \
    if (curl_multi_setopt(l->multi, CURLMOPT_##option, (value)) != CURLM_OK) return false; \
  } while (0)

static bool set_multi(lane *l) {
  SET(SOCKETFUNCTION, on_socket);
  SET(SOCKETDATA, l);
  SET(TIMERFUNCTION, on_timer);
  SET(TIMERDATA, l);
  SET(MAX_CONCURRENT_STREAMS, (long)MOST_STREAMS);
  return true;
}

static bool open_lane(lane *l) {
  if (l->multi != NULL) return true;
  l->multi = curl_multi_init();
  if (l->multi != NULL && set_multi(l)) return true;
  curl_multi_cleanup(l->multi);
  l->multi = NULL;
  return false;
}

rtk_engine *rtk_engine_new(void) {
  rtk_engine *e = rtk_zalloc(sizeof *e);
  int i;
  if (e == NULL) return NULL;
  e->alarm = HUGE_VAL;
  for (i = 0; i < RTK_LANES; i++) {
    e->lanes[i].engine = e;
    e->lanes[i].due = HUGE_VAL;
  }
  e->poller = rtk_poller_new();
  if (e->poller != NULL) return e;
  rtk_free(e);
  return NULL;
}

void rtk_engine_free(rtk_engine *e) {
  int i;
  if (e == NULL) return;
  for (i = 0; i < RTK_LANES; i++) curl_multi_cleanup(e->lanes[i].multi);
  rtk_tls_session_forget_errors();
  rtk_poller_free(e->poller);
  rtk_sockets_free(&e->sockets);
  rtk_free(e);
}

/* }==== */

/* {==== Performing ==== */

bool rtk_engine_add(rtk_engine *e, rtk_lane which, rtk_transfer *t, void *user) {
  lane *l = &e->lanes[which];
  CURL *easy = rtk_transfer_handle(t);
  rtk_transfer_share(t, &e->sockets);
  return open_lane(l) && curl_easy_setopt(easy, CURLOPT_PRIVATE, user) == CURLE_OK &&
         curl_multi_add_handle(l->multi, easy) == CURLM_OK;
}

void rtk_engine_keep(rtk_engine *e, rtk_lane which, int connections) {
  lane *l = &e->lanes[which];
  if (connections <= l->kept || !open_lane(l)) return;
  if (curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)connections) == CURLM_OK)
    l->kept = connections;
}

void rtk_engine_remove(rtk_engine *e, rtk_lane which, rtk_transfer *t) {
  curl_multi_remove_handle(e->lanes[which].multi, rtk_transfer_handle(t));
  rtk_tls_session_forget_errors();
}

static void check(lane *l, CURLMcode code) {
  if (code != CURLM_OK) l->failed = true;
}

static void act_lane(lane *l, const rtk_ready *ready) {
  int running, what = (ready->what & RTK_READABLE ? CURL_CSELECT_IN : 0) |
                      (ready->what & RTK_WRITABLE ? CURL_CSELECT_OUT : 0) |
                      (ready->what & RTK_BROKEN ? CURL_CSELECT_ERR : 0);
  if (!l->failed) check(l, curl_multi_socket_action(l->multi, ready->fd, what, &running));
}

/* libcurl's, or a guest's. */
static void act(rtk_engine *e, const rtk_ready *ready) {
  if (ready->tag < RTK_LANES)
    act_lane(&e->lanes[ready->tag], ready);
  else
    e->guests[e->guest_count++] = *ready;
}

bool rtk_engine_watch(rtk_engine *e, int fd, int what, int tag) {
  return rtk_poller_watch(e->poller, fd, what, tag);
}

bool rtk_engine_next_guest(rtk_engine *e, rtk_ready *ready) {
  if (e->guest_count == 0) return false;
  *ready = e->guests[--e->guest_count];
  return true;
}

/* Of a time that it has told already libcurl does not tell again: it is asked. */
static void run_lane(lane *l) {
  long milliseconds = -1;
  int running;
  l->due = HUGE_VAL;
  check(l, curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running));
  if (l->due < HUGE_VAL) return;
  curl_multi_timeout(l->multi, &milliseconds);
  on_timer(l->multi, milliseconds, l);
}

bool rtk_engine_wait(rtk_engine *e, double seconds) {
  rtk_ready ready[EVENTS];
  int i, n;
  double due = rtk_engine_due(e) - rtk_clock_now();
  if (seconds > 0 && e->alarm < HUGE_VAL) rtk_engine_alarm(e, HUGE_VAL); /* it would end the wait */
  e->guest_count = 0;
  n = rtk_poller_wait(e->poller, due < seconds ? due : seconds, ready, EVENTS);
  for (i = 0; i < n; i++) act(e, &ready[i]);
  rtk_engine_run(e);
  rtk_tls_session_forget_errors();
  return n >= 0;
}

bool rtk_engine_run(rtk_engine *e) {
  double now = rtk_clock_now();
  bool ran = false;
  int i;
  for (i = 0; i < RTK_LANES; i++) {
    if (e->lanes[i].due > now || e->lanes[i].failed) continue;
    run_lane(&e->lanes[i]);
    ran = true;
  }
  return ran;
}

void *rtk_engine_next_ended(rtk_engine *e, int *code) {
  int i, left;
  for (i = 0; i < RTK_LANES; i++) {
    CURLM *multi = e->lanes[i].multi;
    CURLMsg *message;
    while (multi != NULL && (message = curl_multi_info_read(multi, &left)) != NULL) {
      CURL *easy = message->easy_handle;
      void *user = NULL;
      *code = (int)message->data.result; /* the message goes with the handle */
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &user);
      curl_multi_remove_handle(multi, easy);
      return user;
    }
  }
  return NULL;
}

bool rtk_engine_has_failed(const rtk_engine *e, rtk_lane which) {
  return e->lanes[which].failed;
}

void rtk_engine_renew(rtk_engine *e, rtk_lane which) {
  lane *l = &e->lanes[which];
  curl_multi_cleanup(l->multi);
  l->multi = NULL;
  l->due = HUGE_VAL;
  l->failed = false;
  l->kept = 0;
  rtk_tls_session_forget_errors();
}

/* }==== */

double rtk_engine_due(const rtk_engine *e) {
  double due = HUGE_VAL;
  int i;
  for (i = 0; i < RTK_LANES; i++)
    if (e->lanes[i].due < due) due = e->lanes[i].due;
  return due;
}

int rtk_engine_descriptor(const rtk_engine *e) {
  return rtk_poller_descriptor(e->poller);
}

/* One that has not gone off yet may stay where a later one is wanted: it only wakes. */
void rtk_engine_alarm(rtk_engine *e, double when) {
  if (when >= e->alarm && e->alarm > rtk_clock_now() && when < HUGE_VAL) return;
  if (when >= HUGE_VAL && e->alarm >= HUGE_VAL) return;
  rtk_poller_alarm(e->poller, when);
  e->alarm = when;
}
