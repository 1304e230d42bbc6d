/*
** What is due when: a heap of points in time, the earliest first; of two that are equal the one
** that was set first. Pure C.
*/
#ifndef rtk_timers_h
#define rtk_timers_h

#include <stdbool.h>
#include <stddef.h>

/* Part of what it is the timer of. All zero is a timer that is not set. */
typedef struct rtk_timer {
  double at;
  unsigned long long order;
  size_t slot; /* in the heap, from 1; 0 when it is not set */
} rtk_timer;

/* All zero is a valid empty heap. Invariant: count <= room. */
typedef struct rtk_timers {
  rtk_timer **heap; /* heap[slot - 1] */
  size_t count, room;
  unsigned long long order;
} rtk_timers;

/* Makes room for `count` timers in all: up to as many, setting one cannot fail. */
bool rtk_timers_reserve(rtk_timers *h, size_t count);
void rtk_timers_free(rtk_timers *h);

/* Sets a timer, or sets it anew. */
void rtk_timers_set(rtk_timers *h, rtk_timer *timer, double at);
/* Does nothing to a timer that is not set. */
void rtk_timers_clear(rtk_timers *h, rtk_timer *timer);

/* The earliest, which stays set; NULL when there is none. */
rtk_timer *rtk_timers_first(const rtk_timers *h);

#endif
