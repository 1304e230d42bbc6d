/*
** The queues before the lanes of the engine, and how many of each may run. Plain data. Pure C.
*/
#ifndef rtk_line_h
#define rtk_line_h

#include "flight.h"

/* Lines of a lane. Origins that share one by chance share its bound as well. */
enum { RTK_LINES = 8 };

/* Of flights to one origin. All zero is an empty one. */
typedef struct rtk_line {
  rtk_flights queue;
  int running;
  unsigned long long multiplexed; /* the origin whose last answer came by HTTP/2; 0 for none */
} rtk_line;

/* Which of its lane's lines the flight belongs to. */
unsigned rtk_line_index(const rtk_flight *f);

/*
** Whether no more of its like may run: there are as many as connections, where each takes but one
** at a time, or may do so as nothing has been answered yet.
*/
bool rtk_line_is_full(const rtk_line *line, const rtk_flight *f);

/* The most connections that a lane, whose lines begin at `first`, may need with this flight. */
int rtk_line_connections(const rtk_line *first, const rtk_flight *f);

/* The flight's answer came by this version of HTTP: "1.1", "2". */
void rtk_line_learn(rtk_line *line, const rtk_flight *f, const char *http_version);

#endif
