/*
** The queues before the lanes of the engine, and how many of each may run. Plain data. Pure C.
*/
#ifndef rtk_line_h
#define rtk_line_h

#include "flight.h"

/* Lines of a lane: as many origins as have flights at once do not share a bound. */
enum { RTK_LINES = 8 };

/* Of flights to one origin. All zero is an empty one. */
struct rtk_line {
  unsigned long long origin; /* whose line it is, or was last; 0 for nobody's */
  rtk_flights queue;
  int running;
  bool multiplexed; /* its last answer came by HTTP/2 */
};

/*
** The line for a flight that is to be queued, of the RTK_LINES of its lane: that of its origin, or
** one that nobody is in. Where there is none it shares one, and its bound.
*/
rtk_line *rtk_line_find(rtk_line *lines, const rtk_flight *f);

/*
** Whether no more of its like may run: there are as many as connections, where each takes but one
** at a time, or may do so as nothing has been answered yet.
*/
bool rtk_line_is_full(const rtk_flight *f);

/* The most connections that the lane may need with this flight, which is in one of its lines. */
int rtk_line_connections(const rtk_line *lines, const rtk_flight *f);

/* The flight's answer came by this version of HTTP: "1.1", "2". */
void rtk_line_learn(const rtk_flight *f, const char *http_version);

#endif
