/*
** The I/O thread of a process, where no loop of ours can run: it moves a dispatcher for the flights
** that come through the exchange. It starts with the first call, and is stopped and joined at the
** end of the process. Pure C.
*/
#ifndef rtk_pump_h
#define rtk_pump_h

#include "exchange.h"

typedef struct rtk_pump rtk_pump;

/* This process's, started by the first that asks; NULL, with errno, when it cannot be had. */
rtk_pump *rtk_pump_get(void);

/* Whether this process started it: a forked child has to get its own. */
bool rtk_pump_is_ours(const rtk_pump *p);

rtk_exchange *rtk_pump_exchange(rtk_pump *p);

/* Where readers and waiters connect to. */
const char *rtk_pump_path(const rtk_pump *p);

#endif
