/*
** Watches many sockets, and one point in time, behind one descriptor. Pure C.
**
** Two of a kind, behind one build switch: poller_epoll.c where Linux is (epoll, and a timerfd in
** it), poller_poll.c anywhere else or with RTK_POLLER_POLL (poll, and a pipe).
*/
#ifndef rtk_poller_h
#define rtk_poller_h

#include <stdbool.h>

#if !defined(__linux__) && !defined(RTK_POLLER_POLL)
#define RTK_POLLER_POLL
#endif

enum { RTK_READABLE = 1, RTK_WRITABLE = 2, RTK_BROKEN = 4 };

typedef struct rtk_ready {
  int fd, tag;
  int what; /* of the three above */
} rtk_ready;

typedef struct rtk_poller rtk_poller;

/* NULL when out of memory or of descriptors. */
rtk_poller *rtk_poller_new(void);
void rtk_poller_free(rtk_poller *p);

/*
** From now on `fd` is watched for `what` (readable, writable), and reported with `tag`, which is 0
** or more; no longer watched when `what` is 0. False when out of memory.
*/
bool rtk_poller_watch(rtk_poller *p, int fd, int what, int tag);

/*
** Waits until a socket is ready, for `seconds` at most (which may be infinite). Fills `ready` with
** up to `max` of them and returns how many; -1 when a signal came first.
*/
int rtk_poller_wait(rtk_poller *p, double seconds, rtk_ready *ready, int max);

/*
** For a loop of somebody else's: it is readable when a socket is ready or the alarm has gone off.
** Where there is only poll, it cannot tell of sockets: see rtk_poller_tells_all.
*/
int rtk_poller_descriptor(const rtk_poller *p);

/* Whether that descriptor tells of sockets too. If not, who watches it has to look by himself. */
bool rtk_poller_tells_all(void);

/*
** The descriptor becomes readable at `when`, of rtk_clock_now(), and stays so until the alarm is
** set anew; never when that is infinite. Where there is only poll, only a time that has come does.
*/
void rtk_poller_alarm(rtk_poller *p, double when);

#endif
