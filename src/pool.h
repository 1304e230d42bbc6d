/*
** The idle calls of a client and of those derived from it, each with its libcurl handle and the
** connection that the handle keeps; and the pace they share. Counted; pure C.
*/
#ifndef rtk_pool_h
#define rtk_pool_h

#include <sys/types.h>

#include "call.h"

typedef struct rtk_pool {
  int refs;
  pid_t owner; /* the process that made the idle calls */
  rtk_call *idle;
  rtk_pace pace;
} rtk_pool;

/* NULL when out of memory. */
rtk_pool *rtk_pool_new(void);
rtk_pool *rtk_pool_retain(rtk_pool *pool);
void rtk_pool_release(rtk_pool *pool);

/* Settings were released: credentials that only idle calls still hold are wiped. */
void rtk_pool_tidy(rtk_pool *pool);

/*
** An idle call, or a new one; NULL when out of memory. In a process forked from the one that made
** them, the idle calls are left alone: their sockets are the parent's.
*/
rtk_call *rtk_pool_take(rtk_pool *pool);

/* Ends the call and keeps it for another. */
void rtk_pool_put(rtk_pool *pool, rtk_call *call);

#endif
