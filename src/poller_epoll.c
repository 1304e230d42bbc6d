#include "poller.h"

#ifndef RTK_POLLER_POLL

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"

struct rtk_poller {
  int epoll, timer;
};

enum { AT_ONCE = 64, TIMER_TAG = -1 };

/* An event carries its socket and its tag. */
static uint64_t pack(int fd, int tag) {
  return ((uint64_t)(uint32_t)tag << 32) | (uint32_t)fd;
}

static bool open_descriptors(rtk_poller *p) {
  struct epoll_event event = {.events = EPOLLIN};
  p->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (p->epoll < 0) return false;
  p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  event.data.u64 = pack(p->timer, TIMER_TAG);
  return p->timer >= 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->timer, &event) == 0;
}

rtk_poller *rtk_poller_new(void) {
  rtk_poller *p = rtk_zalloc(sizeof *p);
  if (p == NULL) return NULL;
  p->epoll = p->timer = -1;
  if (open_descriptors(p)) return p;
  rtk_poller_free(p);
  return NULL;
}

void rtk_poller_free(rtk_poller *p) {
  if (p == NULL) return;
  if (p->timer >= 0) close(p->timer);
  if (p->epoll >= 0) close(p->epoll);
  rtk_free(p);
}

bool rtk_poller_watch(rtk_poller *p, int fd, int what, int tag) {
  struct epoll_event event = {.events = 0};
  event.data.u64 = pack(fd, tag);
  if (what == 0) {
    epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, &event); /* of a closed one there is nothing to do */
    return true;
  }
  if (what & RTK_READABLE) event.events |= EPOLLIN;
  if (what & RTK_WRITABLE) event.events |= EPOLLOUT;
  if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, fd, &event) == 0) return true;
  return errno == ENOENT && epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* epoll's milliseconds, rounded up: to wake too early is to wake twice. */
static int to_milliseconds(double seconds) {
  if (seconds <= 0) return 0;
  return seconds > INT_MAX / 1000 ? -1 : (int)ceil(seconds * 1000);
}

/* The timer only wakes: whoever set it knows what is due. */
static bool take(const struct epoll_event *event, rtk_ready *ready) {
  int tag = (int)(uint32_t)(event->data.u64 >> 32);
  if (tag == TIMER_TAG) return false;
  ready->fd = (int)(uint32_t)event->data.u64;
  ready->tag = tag;
  ready->what = (event->events & EPOLLIN ? RTK_READABLE : 0) |
                (event->events & EPOLLOUT ? RTK_WRITABLE : 0) |
                (event->events & (EPOLLERR | EPOLLHUP) ? RTK_BROKEN : 0);
  return true;
}

int rtk_poller_wait(rtk_poller *p, double seconds, rtk_ready *ready, int max) {
  struct epoll_event events[AT_ONCE];
  int i, count = 0;
  int n = epoll_wait(p->epoll, events, max < AT_ONCE ? max : AT_ONCE, to_milliseconds(seconds));
  if (n < 0) return -1;
  for (i = 0; i < n; i++)
    if (take(&events[i], &ready[count])) count++;
  return count;
}

int rtk_poller_descriptor(const rtk_poller *p) {
  return p->epoll;
}

bool rtk_poller_tells_all(void) {
  return true;
}

void rtk_poller_alarm(rtk_poller *p, double when) {
  struct itimerspec alarm;
  memset(&alarm, 0, sizeof alarm);
  if (isfinite(when)) {
    alarm.it_value.tv_sec = (time_t)when;
    alarm.it_value.tv_nsec = (long)((when - floor(when)) * 1e9);
    if (when < 1e-9) alarm.it_value.tv_nsec = 1; /* a time of zero would disarm it */
  }
  timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &alarm, NULL);
}

#else
typedef int rtk_poller_epoll_is_not_built; /* a file is not empty in ISO C */
#endif
