#include "poller.h"

#ifdef RTK_POLLER_POLL

#include <limits.h>
#include <math.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "memory.h"

/*
** The two arrays go side by side; entry 0 is the pipe's end that is read, whose other end is
** written to for an alarm. Invariant: count <= room, and each socket is there once.
*/
struct rtk_poller {
  int pipe[2];
  bool alarmed; /* a byte is in the pipe */
  struct pollfd *sockets;
  int *tags;
  int count, room;
};

static bool make_room(rtk_poller *p) {
  int room = p->room > 0 ? 2 * p->room : 16;
  struct pollfd *sockets;
  int *tags;
  if (p->count < p->room) return true;
  sockets = rtk_realloc(p->sockets, (size_t)room * sizeof *sockets);
  if (sockets == NULL) return false;
  p->sockets = sockets;
  tags = rtk_realloc(p->tags, (size_t)room * sizeof *tags);
  if (tags == NULL) return false;
  p->tags = tags;
  p->room = room;
  return true;
}

static bool open_pipe(rtk_poller *p) {
  return rtk_descriptor_pipe(p->pipe) && rtk_poller_watch(p, p->pipe[0], RTK_READABLE, -1);
}

rtk_poller *rtk_poller_new(void) {
  rtk_poller *p = rtk_zalloc(sizeof *p);
  if (p == NULL) return NULL;
  p->pipe[0] = p->pipe[1] = -1;
  if (open_pipe(p)) return p;
  rtk_poller_free(p);
  return NULL;
}

void rtk_poller_free(rtk_poller *p) {
  if (p == NULL) return;
  rtk_descriptor_close_pipe(p->pipe);
  rtk_free(p->sockets);
  rtk_free(p->tags);
  rtk_free(p);
}

static int find(const rtk_poller *p, int fd) {
  int i = 0;
  while (i < p->count && p->sockets[i].fd != fd) i++;
  return i;
}

bool rtk_poller_watch(rtk_poller *p, int fd, int what, int tag) {
  int i = find(p, fd);
  if (what == 0) {
    if (i == p->count) return true;
    p->count--;
    p->sockets[i] = p->sockets[p->count];
    p->tags[i] = p->tags[p->count];
    return true;
  }
  if (i == p->count) {
    if (!make_room(p)) return false;
    p->count++;
  }
  p->sockets[i].fd = fd;
  p->sockets[i].events =
      (short)((what & RTK_READABLE ? POLLIN : 0) | (what & RTK_WRITABLE ? POLLOUT : 0));
  p->sockets[i].revents = 0;
  p->tags[i] = tag;
  return true;
}

static int to_milliseconds(double seconds) {
  if (seconds <= 0) return 0;
  return seconds > INT_MAX / 1000 ? -1 : (int)ceil(seconds * 1000);
}

static void take(const struct pollfd *socket, int tag, rtk_ready *ready) {
  ready->fd = socket->fd;
  ready->tag = tag;
  ready->what = (socket->revents & POLLIN ? RTK_READABLE : 0) |
                (socket->revents & POLLOUT ? RTK_WRITABLE : 0) |
                (socket->revents & (POLLERR | POLLHUP | POLLNVAL) ? RTK_BROKEN : 0);
}

int rtk_poller_wait(rtk_poller *p, double seconds, rtk_ready *ready, int max) {
  int i, count = 0;
  int n = poll(p->sockets, (nfds_t)p->count, to_milliseconds(seconds));
  if (n < 0) return -1;
  for (i = 1; n > 0 && i < p->count && count < max; i++)
    if (p->sockets[i].revents != 0) take(&p->sockets[i], p->tags[i], &ready[count++]);
  return count;
}

int rtk_poller_descriptor(const rtk_poller *p) {
  return p->pipe[0];
}

bool rtk_poller_tells_all(void) {
  return false;
}

void rtk_poller_alarm(rtk_poller *p, double when) {
  bool due = when <= rtk_clock_now();
  char byte = 0;
  if (due && !p->alarmed) p->alarmed = write(p->pipe[1], &byte, 1) == 1;
  if (!due && p->alarmed) p->alarmed = read(p->pipe[0], &byte, 1) != 1;
}

#else
typedef int rtk_poller_poll_is_not_built; /* a file is not empty in ISO C */
#endif
