/*
** Many transfers at once: libcurl's multi interface behind one descriptor. It performs attempts and
** tells which have ended; whose turn it is, is dispatcher.h's to say. No thread, no policy. Pure C.
*/
#ifndef rtk_engine_h
#define rtk_engine_h

#include "poller.h"
#include "transfer.h"

typedef struct rtk_engine rtk_engine;

/* Initializes libcurl, once per process, before anything else. False when libcurl cannot be. */
bool rtk_engine_startup(void);

/*
** A multi handle shares its connections among all its transfers, whatever version of HTTP each of
** them wants: so there is one for those that take HTTP/2 and one for those that do not.
*/
typedef enum { RTK_LANE_ONE, RTK_LANE_TWO, RTK_LANES } rtk_lane;

/* Which one the transfers of a wire go to. */
rtk_lane rtk_engine_lane(const rtk_wire *wire);

/* NULL when out of memory or of descriptors. */
rtk_engine *rtk_engine_new(void);
/* Every transfer has to be out of it. */
void rtk_engine_free(rtk_engine *e);

/*
** Begins to perform a prepared transfer, which has to be a shared one, at the next rtk_engine_run;
** `user` comes back when it has ended. False when out of memory.
*/
bool rtk_engine_add(rtk_engine *e, rtk_lane lane, rtk_transfer *t, void *user);

/* From now on at least so many connections are kept open for later transfers. */
void rtk_engine_keep(rtk_engine *e, rtk_lane lane, int connections);

/* Stops performing it, wherever it is: takes it out. */
void rtk_engine_remove(rtk_engine *e, rtk_lane lane, rtk_transfer *t);

/*
** Waits until libcurl has something to do, for `seconds` at most (which may be infinite), and does
** it. False when a signal ended the wait.
*/
bool rtk_engine_wait(rtk_engine *e, double seconds);

/* Does what is due now, without waiting or looking at sockets; false when nothing is. */
bool rtk_engine_run(rtk_engine *e);

/*
** The `user` of a transfer that has ended; NULL when there is none. It is taken out, with its
** CURLcode in `code`.
*/
void *rtk_engine_next_ended(rtk_engine *e, int *code);

/*
** Whether a lane failed, for want of memory or of watches: libcurl (7.88) may crash when it is used
** on. Every transfer has to be taken out of it then, before it is made anew.
*/
bool rtk_engine_has_failed(const rtk_engine *e, rtk_lane lane);
void rtk_engine_renew(rtk_engine *e, rtk_lane lane);

/* When it has something to do besides sockets, of rtk_clock_now(); infinite for never. */
double rtk_engine_due(const rtk_engine *e);

/*
** A descriptor of the caller's is waited for as well, for what poller.h's `what` says; `tag` is
** RTK_LANES or more. What was found of such at the last wait is given one by one.
*/
bool rtk_engine_watch(rtk_engine *e, int fd, int what, int tag);
bool rtk_engine_next_guest(rtk_engine *e, rtk_ready *ready);

/*
** For a loop of somebody else's: readable when a socket is ready, or at the time of the alarm; see
** poller.h, also for where it cannot tell of sockets.
*/
int rtk_engine_descriptor(const rtk_engine *e);
void rtk_engine_alarm(rtk_engine *e, double when);

#endif
