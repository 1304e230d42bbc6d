/*
** Many calls at once: whose turn it is, who waits until when, who is done. Moved by one function,
** rtk_dispatcher_step. No thread, no Lua. Pure C; not for two threads at a time.
*/
#ifndef rtk_dispatcher_h
#define rtk_dispatcher_h

#include "engine.h"
#include "flight.h"

/* NULL when out of memory or of descriptors. */
rtk_dispatcher *rtk_dispatcher_new(void);

/*
** Every flight has to be back. A process forked from the one that made it loses its memory, as the
** sockets are the parent's.
*/
void rtk_dispatcher_free(rtk_dispatcher *d);

/*
** Whether this process made it. In a forked one its flights can only be cancelled, which a step
** does for this reason, and put back.
*/
#define RTK_IS_PARENTS "it was started by the process that this one was forked from"
bool rtk_dispatcher_is_ours(const rtk_dispatcher *d);

/* An idle flight, or a new one; NULL when out of memory. */
rtk_flight *rtk_dispatcher_take(rtk_dispatcher *d);

/*
** A flight that somebody else keeps joins for one call: between the two it is as one that was
** taken. False when out of memory. It can be released on the ground or when it has landed.
*/
bool rtk_dispatcher_adopt(rtk_dispatcher *d, rtk_flight *f);
void rtk_dispatcher_release(rtk_flight *f);

/* What it moves its calls with, for descriptors to be waited for besides. */
rtk_engine *rtk_dispatcher_engine(const rtk_dispatcher *d);

/* Starts a flight whose call has begun. Nothing is sent and nothing lands before the next step. */
void rtk_flight_start(rtk_flight *f);

/*
** Ends the call, if it is not done, as cancelled: it lands at once. `why` is a sentence; NULL where
** another thread reads the call now, and is to say so itself.
*/
void rtk_flight_cancel(rtk_flight *f, const char *why);
void rtk_dispatcher_cancel_all(rtk_dispatcher *d, const void *owner, const char *why);

/* Wipes credentials that only idle flights still hold; in a forked process these go as a whole. */
void rtk_dispatcher_tidy(rtk_dispatcher *d);

/* Gives the flight back, wherever it is: it is cancelled first, and whoever had it forgets it. */
void rtk_flight_put(rtk_flight *f);

/* Gives back all that land, or would land, in this inbox. */
void rtk_dispatcher_put_all(rtk_dispatcher *d, const rtk_flights *inbox);

/*
** Does all there is to do now, and waits for something to do `seconds` at most: 0 for not at all;
** may be infinite. False when a signal ended the wait.
*/
bool rtk_dispatcher_step(rtk_dispatcher *d, double seconds);

/* Whether a flight has stopped for a report, and the first that has; NULL when none. */
bool rtk_dispatcher_has_stopped(const rtk_dispatcher *d);
rtk_flight *rtk_dispatcher_next_stopped(rtk_dispatcher *d);
/* The report has been made: it goes on, unless it was cancelled or given back meanwhile. */
void rtk_flight_proceed(rtk_flight *f);

/* Whether the report of a flight with this inbox is being made. */
bool rtk_dispatcher_tells_of(const rtk_dispatcher *d, const rtk_flights *inbox);

/* Whether steps can move anything: not those flights whose report is being made. */
bool rtk_dispatcher_can_move(const rtk_dispatcher *d);

/* How many flights are under way, and how many have landed since this was last asked. */
int rtk_dispatcher_under_way(const rtk_dispatcher *d);
int rtk_dispatcher_take_landed(rtk_dispatcher *d);

/*
** For a loop of somebody else's. The descriptor is readable when a step has something to do, and
** when flights have landed of which rtk_dispatcher_take_landed has not told. A step is due after
** so many seconds, in any case; infinite when it is not.
*/
int rtk_dispatcher_descriptor(rtk_dispatcher *d);
double rtk_dispatcher_timeout(const rtk_dispatcher *d);

#endif
