/*
** What the calls of one client share: a 429 holds all of them back, the server says how many more
** requests it takes, and the randomness that spreads their waits. Pure C.
*/
#ifndef rtk_pace_h
#define rtk_pace_h

#include "headers.h"

/* Times are of rtk_clock_now(). */
typedef struct rtk_pace {
  double held_until;
  double left, renewed; /* requests that may be sent before then; more, after */
  int unanswered;       /* requests that were sent and whose answers are still to come */
  unsigned long long random;
} rtk_pace;

/* [0, 1), by xorshift64*: it spreads waits and keeps no secret. `random` must not be 0. */
double rtk_pace_draw(rtk_pace *pace);

/* No request is sent for `wait` seconds (an hour at most); nothing changes when it is not > 0. */
void rtk_pace_hold(rtk_pace *pace, double wait, double now);

/*
** Learns from an answer's `Ratelimit` header, if there is one: what the server has left, less what
** is on its way there.
*/
void rtk_pace_learn(rtk_pace *pace, const rtk_headers *headers, double now);

/* Seconds to wait before one more request is within the server's limit; 0 for none. */
double rtk_pace_wait(const rtk_pace *pace, double now);

/* One request has been sent; its answer, or the lack of one, has come. */
void rtk_pace_sent(rtk_pace *pace);
void rtk_pace_answered(rtk_pace *pace);

#endif
