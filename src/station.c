#include "station.h"

#include "clock.h"
#include "memory.h"

enum { MOST_IDLE = 256 };

rtk_station *rtk_station_new(void) {
  rtk_station *s = rtk_zalloc(sizeof *s);
  if (s == NULL) return NULL;
  s->refs = 1;
  s->pump = rtk_pump_get();
  if (s->pump == NULL) {
    rtk_free(s);
    return NULL;
  }
  rtk_exchange_add_port(rtk_pump_exchange(s->pump), &s->port);
  return s;
}

rtk_station *rtk_station_retain(rtk_station *s) {
  s->refs++;
  return s;
}

bool rtk_station_is_ours(const rtk_station *s) {
  return rtk_pump_is_ours(s->pump);
}

static void free_parcel(rtk_parcel *parcel) {
  rtk_call_free(parcel->flight.call);
  rtk_free(parcel);
}

void rtk_station_release(rtk_station *s) {
  if (s == NULL || --s->refs > 0) return;
  rtk_station_close(s);
  while (s->idle != NULL) {
    rtk_parcel *parcel = s->idle;
    s->idle = parcel->next_idle;
    free_parcel(parcel);
  }
  rtk_free(s);
}

void rtk_station_close(rtk_station *s) {
  if (s->closed) return;
  s->closed = true;
  if (!rtk_station_is_ours(s)) return;
  rtk_exchange_remove_port(rtk_pump_exchange(s->pump), &s->port);
  while (rtk_station_next(s) != NULL) continue;
}

static rtk_parcel *new_parcel(void) {
  rtk_parcel *parcel = rtk_zalloc(sizeof *parcel);
  if (parcel == NULL) return NULL;
  parcel->flight.call = rtk_call_new(true);
  if (parcel->flight.call != NULL) return parcel;
  rtk_free(parcel);
  return NULL;
}

/* There is one. */
static rtk_parcel *take_idle(rtk_station *s) {
  rtk_parcel *parcel = s->idle;
  s->idle = parcel->next_idle;
  s->idle_count--;
  return parcel;
}

rtk_parcel *rtk_station_take(rtk_station *s) {
  rtk_parcel *parcel = s->idle != NULL ? take_idle(s) : new_parcel();
  if (parcel == NULL) return NULL;
  parcel->home = true;
  parcel->next_taken = s->taken;
  parcel->previous_taken = NULL;
  if (s->taken != NULL) s->taken->previous_taken = parcel;
  s->taken = parcel;
  return parcel;
}

void rtk_station_start(rtk_station *s, rtk_parcel *parcel, rtk_settings *settings, rtk_pool *pool) {
  parcel->port = &s->port;
  parcel->settings = rtk_settings_retain(settings);
  parcel->pool = rtk_pool_retain(pool);
  parcel->home = false;
  rtk_exchange_submit(rtk_pump_exchange(s->pump), parcel);
}

void rtk_station_cancel(rtk_station *s, rtk_parcel *parcel) {
  if (parcel->home || parcel->cancelled) return;
  parcel->cancelled = true;
  if (rtk_station_is_ours(s))
    rtk_exchange_tell(rtk_pump_exchange(s->pump), parcel, RTK_TELL_CANCEL);
}

void rtk_station_cancel_all(rtk_station *s, const void *owner) {
  rtk_parcel *parcel;
  for (parcel = s->taken; parcel != NULL; parcel = parcel->next_taken)
    if (parcel->flight.owner == owner) rtk_station_cancel(s, parcel);
}

void rtk_station_tidy(rtk_station *s) {
  const rtk_parcel *parcel;
  for (parcel = s->idle; parcel != NULL; parcel = parcel->next_idle)
    rtk_transfer_tidy(parcel->flight.call->transfer);
}

/* At home, and nobody's. */
static void keep(rtk_station *s, rtk_parcel *parcel) {
  bool left = rtk_call_end(parcel->flight.call);
  if (parcel->previous_taken != NULL)
    parcel->previous_taken->next_taken = parcel->next_taken;
  else
    s->taken = parcel->next_taken;
  if (parcel->next_taken != NULL) parcel->next_taken->previous_taken = parcel->previous_taken;
  rtk_transfer_tidy(parcel->flight.call->transfer); /* of what its handle had before, too */
  if (left) rtk_pool_tidy(parcel->pool);
  rtk_pool_release(parcel->pool);
  parcel->pool = NULL;
  parcel->settings = NULL;
  parcel->cancelled = parcel->orphan = parcel->flight.watched = false;
  parcel->flight.owner = NULL;
  if (s->closed || s->idle_count >= MOST_IDLE) {
    free_parcel(parcel);
    return;
  }
  parcel->next_idle = s->idle;
  s->idle = parcel;
  s->idle_count++;
}

/* One that is home and nobody's; while it is reported, that is left to the end of the report. */
static void keep_idle(rtk_station *s, rtk_parcel *parcel) {
  if (!parcel->reported) keep(s, parcel);
}

void rtk_station_put(rtk_station *s, rtk_parcel *parcel) {
  parcel->orphan = true;
  if (parcel->home)
    keep_idle(s, parcel);
  else
    rtk_station_cancel(s, parcel);
}

bool rtk_station_reported(rtk_station *s, rtk_parcel *parcel) {
  bool home = parcel->home;
  parcel->reported = false;
  if (home && parcel->orphan) keep(s, parcel);
  return !home;
}

/* It was cancelled while it was read here. */
static void say_cancelled(rtk_parcel *parcel) {
  if (parcel->unsaid) rtk_call_cancel(parcel->flight.call, rtk_clock_now(), RTK_BY_CALLER);
  parcel->unsaid = false;
}

rtk_parcel *rtk_station_next(rtk_station *s) {
  rtk_parcel *parcel;
  bool landed;
  while ((parcel = rtk_exchange_next_back(rtk_pump_exchange(s->pump), &s->port, &landed)) != NULL) {
    if (landed) say_cancelled(parcel);
    if (landed) parcel->home = true;
    if (landed && parcel->orphan)
      keep_idle(s, parcel);
    else if (landed || !parcel->cancelled)
      return parcel;
  }
  return NULL;
}
