/*
** What a client and those derived from it share: the idle calls, each with its libcurl handle and
** the connection that the handle keeps; the dispatcher of their calls at once; their pace. Counted;
** pure C.
*/
#ifndef rtk_pool_h
#define rtk_pool_h

#include <sys/types.h>

#include "dispatcher.h"

typedef struct rtk_pool {
  int refs;
  pid_t owner; /* the process that made the idle calls */
  rtk_call *idle;
  rtk_dispatcher *dispatcher;  /* NULL until it is needed */
  struct rtk_station *station; /* whose I/O thread moves the calls; NULL where none does */
  rtk_pace pace;
} rtk_pool;

/* NULL when out of memory. */
rtk_pool *rtk_pool_new(void);
rtk_pool *rtk_pool_retain(rtk_pool *pool);
void rtk_pool_release(rtk_pool *pool);

/* Settings were released: credentials that only idle calls still hold are wiped. */
void rtk_pool_tidy(rtk_pool *pool);

/* Closes the connections that no call is using; those of calls at once only when none is. */
void rtk_pool_hang_up(rtk_pool *pool);

/*
** An idle call, or a new one; NULL when out of memory. In a process forked from the one that made
** them, the idle calls are left alone: their sockets are the parent's.
*/
rtk_call *rtk_pool_take(rtk_pool *pool);

/* Ends the call and keeps it for another. */
void rtk_pool_put(rtk_pool *pool, rtk_call *call);

/*
** The dispatcher, made when it is first asked for; NULL when out of memory or of descriptors. A
** forked process gets one of its own.
*/
rtk_dispatcher *rtk_pool_dispatcher(rtk_pool *pool);

/* Its calls are moved there, from now on. */
void rtk_pool_set_station(rtk_pool *pool, struct rtk_station *station);

/* Cancels the calls of this owner that are under way. */
void rtk_pool_cancel(rtk_pool *pool, const void *owner, const char *why);

#endif
