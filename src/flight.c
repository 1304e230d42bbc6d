#include "flight.h"

#include "memory.h"

rtk_flight *rtk_flight_new(rtk_dispatcher *d) {
  rtk_flight *f = rtk_zalloc(sizeof *f);
  if (f == NULL) return NULL;
  f->dispatcher = d;
  f->call = rtk_call_new(true);
  if (f->call != NULL) return f;
  rtk_free(f);
  return NULL;
}

void rtk_flight_free(rtk_flight *f) {
  rtk_call_free(f->call);
  rtk_free(f);
}

void rtk_flights_append(rtk_flights *list, rtk_flight *f) {
  f->list = list;
  f->next = NULL;
  f->previous = list->last;
  if (list->last != NULL)
    list->last->next = f;
  else
    list->first = f;
  list->last = f;
}

void rtk_flight_leave_list(rtk_flight *f) {
  rtk_flights *list = f->list;
  if (list == NULL) return;
  if (f->previous != NULL)
    f->previous->next = f->next;
  else
    list->first = f->next;
  if (f->next != NULL)
    f->next->previous = f->previous;
  else
    list->last = f->previous;
  f->next = f->previous = NULL;
  f->list = NULL;
}

rtk_flight *rtk_flights_take(rtk_flights *list) {
  rtk_flight *f = list->first;
  if (f != NULL) rtk_flight_leave_list(f);
  return f;
}
