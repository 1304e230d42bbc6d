/*
** The limit for batches: libcurl's multi interface, driven by curl_multi_socket_action and epoll,
** HTTP/2 over TLS, handles reused, a new URL for each call, bodies received and not looked at.
**   multi url=BASE ca=FILE calls=1000 warm=100 concurrency=32
*/
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"

enum { EVENTS = 64 };

typedef struct slot {
  CURL *easy;
  size_t received;
  double start;
} slot;

typedef struct client {
  CURLM *multi;
  int epoll;
  double due; /* when libcurl wants to be called; below 0: not at all */
  const char *base;
  int concurrency;
  slot *slots;
} client;

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  (void)data;
  ((slot *)user)->received += size * count;
  return size * count;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known) {
  client *c = user;
  struct epoll_event event;
  (void)easy;
  memset(&event, 0, sizeof event);
  event.data.fd = fd;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, &event);
    return 0;
  }
  event.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                 (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
  epoll_ctl(c->epoll, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  curl_multi_assign(c->multi, fd, c);
  return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *user) {
  client *c = user;
  (void)multi;
  c->due = milliseconds < 0 ? -1 : bench_now() + (double)milliseconds / 1000;
  return 0;
}

static void add(client *c, slot *s, int number) {
  char url[512];
  bench_url(url, c->base, number);
  curl_easy_setopt(s->easy, CURLOPT_URL, url);
  s->received = 0;
  s->start = bench_now();
  curl_multi_add_handle(c->multi, s->easy);
}

/* Takes back what has ended and starts as many more; false when one has failed. */
static bool refill(client *c, bench *b, int calls, int *started, int *ended) {
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
    CURL *easy = message->easy_handle;
    CURLcode code = message->data.result;
    long status = 0;
    slot *s = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &s);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(c->multi, easy);
    if (code != CURLE_OK || status != 200 || s->received == 0) {
      fprintf(stderr, "multi: %s, status %ld\n", curl_easy_strerror(code), status);
      return false;
    }
    b->times[(*ended)++] = bench_now() - s->start;
    if (*started < calls) add(c, s, (*started)++);
  }
  return true;
}

static void act(client *c, const struct epoll_event *events, int count) {
  int i, running;
  for (i = 0; i < count; i++) {
    int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(c->multi, events[i].data.fd, what, &running);
  }
  if (c->due < 0 || bench_now() < c->due) return;
  c->due = -1;
  curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int milliseconds_left(const client *c) {
  double left = c->due < 0 ? 10 : c->due - bench_now();
  return left <= 0 ? 0 : (int)(left * 1000) + 1;
}

static bool run(void *user, bench *b, int calls) {
  client *c = user;
  struct epoll_event events[EVENTS];
  int started = 0, ended = 0;
  while (started < calls && started < c->concurrency) {
    add(c, &c->slots[started], started);
    started++;
  }
  while (ended < calls) {
    act(c, events, epoll_wait(c->epoll, events, EVENTS, milliseconds_left(c)));
    if (b->resident == 0 && started == calls && ended == 0 && bench_now() > c->slots[0].start + 1)
      b->resident = bench_memory("VmRSS"); /* all are in flight on a slow server */
    if (!refill(c, b, calls, &started, &ended)) return false;
  }
  return true;
}

static bool set_up_slot(slot *s, const bench *b, struct curl_slist *lines) {
  s->easy = curl_easy_init();
  if (s->easy == NULL) return false;
  curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
  curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "lua-realtimekit/bench");
  curl_easy_setopt(s->easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(s->easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
  curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
  curl_easy_setopt(s->easy, CURLOPT_CAINFO, bench_text(b, "ca", NULL));
  curl_easy_setopt(s->easy, CURLOPT_CAPATH, NULL);
  return true;
}

static bool set_up(client *c, const bench *b, struct curl_slist *lines) {
  int i;
  c->base = bench_text(b, "url", "");
  c->concurrency = bench_number(b, "concurrency", 32);
  c->multi = curl_multi_init();
  c->epoll = epoll_create1(EPOLL_CLOEXEC);
  c->slots = calloc((size_t)c->concurrency, sizeof *c->slots);
  if (c->multi == NULL || c->epoll < 0 || c->slots == NULL) return false;
  curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
  curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
  curl_multi_setopt(c->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);
  for (i = 0; i < c->concurrency; i++)
    if (!set_up_slot(&c->slots[i], b, lines)) return false;
  return true;
}

static void clean_up(client *c) {
  int i;
  for (i = 0; i < c->concurrency; i++) curl_easy_cleanup(c->slots[i].easy);
  curl_multi_cleanup(c->multi);
  close(c->epoll);
  free(c->slots);
}

int main(int argc, char **argv) {
  struct curl_slist *lines = NULL;
  client c;
  bench b;
  int status;
  memset(&c, 0, sizeof c);
  c.due = -1;
  bench_start(&b, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  lines =
      curl_slist_append(lines, "Authorization: Bearer 0123456789abcdef0123456789abcdef01234567");
  lines = curl_slist_append(lines, "Accept: application/json");
  if (lines == NULL || !set_up(&c, &b, lines)) return EXIT_FAILURE;
  status = bench_serve(&b, run, &c, false);
  clean_up(&c);
  curl_slist_free_all(lines);
  curl_global_cleanup();
  free(b.times);
  return status;
}
