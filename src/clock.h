/*
** Time in seconds. Pure C.
*/
#ifndef rtk_clock_h
#define rtk_clock_h

#include <stdbool.h>

/* Of a clock that only goes forward; its zero means nothing. */
double rtk_clock_now(void);
/* Since 1970, UTC: what an HTTP date is compared with. */
double rtk_clock_wall(void);
/* Sleeps until rtk_clock_now() reaches `until`; false when a signal came before that. */
bool rtk_clock_sleep(double until);

/* For libcurl: at least 1, as 0 is its word for its own default; at most some 23 days. */
long rtk_clock_milliseconds(double seconds);

#endif
