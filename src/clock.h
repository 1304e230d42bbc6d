/*
** Time in seconds. Pure C.
*/
#ifndef rtk_clock_h
#define rtk_clock_h

/* Of a clock that only goes forward; its zero means nothing. */
double rtk_clock_now(void);
/* Since 1970, UTC: what an HTTP date is compared with. */
double rtk_clock_wall(void);
/* Returns once rtk_clock_now() has reached `until`, whatever signals arrive meanwhile. */
void rtk_clock_sleep(double until);

#endif
