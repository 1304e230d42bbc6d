/*
** The flights that a dispatcher has made: those that are taken, and the idle ones, each with its
** libcurl handle. Pure C.
*/
#ifndef rtk_fleet_h
#define rtk_fleet_h

#include "flight.h"

/* All zero is a valid empty one. */
typedef struct rtk_fleet {
  rtk_flight *taken, *idle; /* linked by `next_taken`, by `next` */
  size_t taken_count, idle_count;
} rtk_fleet;

/* An idle flight, or a new one of this dispatcher; NULL when out of memory. */
rtk_flight *rtk_fleet_take(rtk_fleet *fleet, rtk_dispatcher *d);

/* A flight that comes from elsewhere is taken. */
void rtk_fleet_add(rtk_fleet *fleet, rtk_flight *f);

/* It is no longer taken, and not idle yet. */
void rtk_fleet_leave(rtk_fleet *fleet, rtk_flight *f);

/* Whether the report of a taken flight with this inbox is being made. */
bool rtk_fleet_tells_of(const rtk_fleet *fleet, const rtk_flights *inbox);

/* How many taken flights cannot move, as their reports are being made. */
int rtk_fleet_reported(const rtk_fleet *fleet);

/* Keeps it for another call, or frees it where there are enough. */
void rtk_fleet_keep(rtk_fleet *fleet, rtk_flight *f);

/* Frees the idle ones. */
void rtk_fleet_free(rtk_fleet *fleet);

#endif
