/*
** The calls of one Lua state that the I/O thread moves: its port, its idle parcels. All of it is
** for the thread that runs the Lua state; counted, as calls, clients and the state keep it. Pure C.
*/
#ifndef rtk_station_h
#define rtk_station_h

#include "pump.h"

typedef struct rtk_station {
  int refs;
  bool closed;
  rtk_pump *pump;
  rtk_port port;
  rtk_parcel *taken, *idle; /* linked by `next_taken`, by `next_idle` */
  int idle_count;
} rtk_station;

/* NULL, with errno, when there is no memory, no descriptor or no thread for it. */
rtk_station *rtk_station_new(void);
rtk_station *rtk_station_retain(rtk_station *s);
void rtk_station_release(rtk_station *s);

/* What is away comes home as cancelled, and no more can be started. */
void rtk_station_close(rtk_station *s);

/* Whether its I/O thread is of this process. What is away in a forked one never comes home. */
bool rtk_station_is_ours(const rtk_station *s);

/* NULL when out of memory. Its flight's call, owner and `watched` are the caller's to set. */
rtk_parcel *rtk_station_take(rtk_station *s);

/* Hands it over, with a target in its call; keeps `settings` and `pool` while it needs them. */
void rtk_station_start(rtk_station *s, rtk_parcel *parcel, rtk_settings *settings, rtk_pool *pool);

/* It comes home soon, as cancelled unless it is done by then. */
void rtk_station_cancel(rtk_station *s, rtk_parcel *parcel);
void rtk_station_cancel_all(rtk_station *s, const void *owner);

/* Gives it back, wherever it is. */
void rtk_station_put(rtk_station *s, rtk_parcel *parcel);

/* Idle parcels drop the credentials that nobody uses any more. */
void rtk_station_tidy(rtk_station *s);

/*
** The next that came home, or that stopped for a report and has not been cancelled; NULL when there
** is none. Which of these shows in `home`.
*/
rtk_parcel *rtk_station_next(rtk_station *s);

/* The report has been made; false when the flight came home meanwhile, and may be nobody's. */
bool rtk_station_reported(rtk_station *s, rtk_parcel *parcel);

#endif
