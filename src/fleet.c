#include "fleet.h"

enum { MOST_IDLE = 256 };

static rtk_flight *take_idle(rtk_fleet *fleet) {
  rtk_flight *f = fleet->idle;
  if (f == NULL) return NULL;
  fleet->idle = f->next;
  fleet->idle_count--;
  f->next = NULL;
  return f;
}

void rtk_fleet_add(rtk_fleet *fleet, rtk_flight *f) {
  f->next_taken = fleet->taken;
  if (fleet->taken != NULL) fleet->taken->previous_taken = f;
  fleet->taken = f;
  fleet->taken_count++;
}

rtk_flight *rtk_fleet_take(rtk_fleet *fleet, rtk_dispatcher *d) {
  rtk_flight *f = take_idle(fleet);
  if (f == NULL) f = rtk_flight_new(d);
  if (f != NULL) rtk_fleet_add(fleet, f);
  return f;
}

void rtk_fleet_leave(rtk_fleet *fleet, rtk_flight *f) {
  if (f->previous_taken != NULL)
    f->previous_taken->next_taken = f->next_taken;
  else
    fleet->taken = f->next_taken;
  if (f->next_taken != NULL) f->next_taken->previous_taken = f->previous_taken;
  f->next_taken = f->previous_taken = NULL;
  fleet->taken_count--;
}

bool rtk_fleet_tells_of(const rtk_fleet *fleet, const rtk_flights *inbox) {
  const rtk_flight *f = fleet->taken;
  while (f != NULL && !(f->told_of && f->inbox == inbox)) f = f->next_taken;
  return f != NULL;
}

int rtk_fleet_reported(const rtk_fleet *fleet) {
  const rtk_flight *f;
  int count = 0;
  for (f = fleet->taken; f != NULL; f = f->next_taken) count += f->place == RTK_REPORTED;
  return count;
}

void rtk_fleet_keep(rtk_fleet *fleet, rtk_flight *f) {
  if (fleet->idle_count >= MOST_IDLE) {
    rtk_flight_free(f);
    return;
  }
  f->next = fleet->idle;
  fleet->idle = f;
  fleet->idle_count++;
}

void rtk_fleet_free(rtk_fleet *fleet) {
  rtk_flight *f;
  while ((f = take_idle(fleet)) != NULL) rtk_flight_free(f);
}
