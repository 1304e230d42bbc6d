#include "exchange.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "visitors.h"

#define TICK 0.25 /* seconds between two reminders, while anything is away */
#define IDLE 1.0  /* seconds with nothing away, after which a reader may go */

static void lock(rtk_exchange *x) {
  pthread_mutex_lock(&x->lock);
}

static void unlock(rtk_exchange *x) {
  pthread_mutex_unlock(&x->lock);
}

bool rtk_exchange_open(rtk_exchange *x) {
  memset(x, 0, sizeof *x);
  pthread_mutex_init(&x->lock, NULL);
  pthread_cond_init(&x->came_back, NULL);
  return rtk_descriptor_pipe(x->wake);
}

void rtk_exchange_close(rtk_exchange *x) {
  rtk_descriptor_close_pipe(x->wake);
  pthread_cond_destroy(&x->came_back);
  pthread_mutex_destroy(&x->lock);
}

/* {==== For a port's thread ==== */

/* Locked. */
static void wake_up(rtk_exchange *x) {
  char byte = 0;
  ssize_t written = 0;
  if (x->asleep) written = write(x->wake[1], &byte, 1); /* a full pipe wakes as well */
  (void)written;
  x->asleep = false;
}

/* Locked. */
static void tell(rtk_exchange *x, rtk_parcel *parcel, int what) {
  if (!parcel->away) return;
  if (parcel->told == 0) {
    parcel->next_told = x->told;
    x->told = parcel;
  }
  parcel->told |= what;
  wake_up(x);
}

void rtk_exchange_add_port(rtk_exchange *x, rtk_port *port) {
  lock(x);
  memset(port, 0, sizeof *port);
  port->id = ++x->ids;
  port->number = ++x->port_count;
  port->reader = -1;
  port->next = x->ports;
  x->ports = port;
  unlock(x);
}

void rtk_exchange_remove_port(rtk_exchange *x, rtk_port *port) {
  rtk_parcel *parcel;
  rtk_port **at;
  lock(x);
  for (parcel = port->away; parcel != NULL; parcel = parcel->next_away)
    tell(x, parcel, RTK_TELL_CANCEL);
  while (port->away_count > 0 && !x->stopping) pthread_cond_wait(&x->came_back, &x->lock);
  for (at = &x->ports; *at != NULL && *at != port;) at = &(*at)->next;
  if (*at != NULL) *at = port->next;
  unlock(x);
}

void rtk_exchange_submit(rtk_exchange *x, rtk_parcel *parcel) {
  rtk_port *port = parcel->port;
  lock(x);
  parcel->id = ++x->ids;
  parcel->away = true;
  parcel->previous_away = NULL;
  parcel->next_away = port->away;
  if (port->away != NULL) port->away->previous_away = parcel;
  port->away = parcel;
  port->away_count++;
  tell(x, parcel, RTK_TELL_START);
  unlock(x);
}

void rtk_exchange_tell(rtk_exchange *x, rtk_parcel *parcel, int what) {
  lock(x);
  tell(x, parcel, what);
  unlock(x);
}

rtk_parcel *rtk_exchange_next_back(rtk_exchange *x, rtk_port *port, bool *landed) {
  rtk_parcel *parcel;
  lock(x);
  parcel = port->first_back;
  if (parcel != NULL) {
    port->first_back = parcel->next_back;
    parcel->is_back = false;
    *landed = !parcel->away;
  }
  if (port->first_back == NULL) {
    port->last_back = NULL;
    port->notified = false;
  }
  unlock(x);
  return parcel;
}

int rtk_exchange_away(rtk_exchange *x, rtk_port *port) {
  int count;
  lock(x);
  count = port->away_count;
  unlock(x);
  return count;
}

void rtk_exchange_poke(rtk_exchange *x, rtk_port *port) {
  lock(x);
  if (port->reader >= 0) rtk_visitor_say(port->reader, RTK_SAY_IDLE);
  unlock(x);
}

void rtk_exchange_stop(rtk_exchange *x) {
  lock(x);
  x->stopping = x->asleep = true;
  wake_up(x);
  unlock(x);
}

/* }==== */

/* {==== For the I/O thread ==== */

bool rtk_exchange_listen(rtk_exchange *x, rtk_parcel **told, bool *asleep) {
  bool stopping;
  lock(x);
  *told = x->told;
  x->told = NULL;
  *asleep = x->asleep = *told == NULL;
  stopping = x->stopping;
  unlock(x);
  return !stopping;
}

int rtk_exchange_take(rtk_exchange *x, rtk_parcel *parcel, rtk_parcel **next) {
  int told;
  lock(x);
  *next = parcel->next_told;
  told = parcel->told;
  parcel->told = 0;
  unlock(x);
  return told;
}

/* Locked. What it has been told since comes too late. */
static void unhear(rtk_exchange *x, rtk_parcel *parcel) {
  rtk_parcel **at = &x->told;
  if (parcel->told == 0) return;
  while (*at != NULL && *at != parcel) at = &(*at)->next_told;
  if (*at != NULL) *at = parcel->next_told;
  parcel->told = 0;
}

/* Locked. */
static void come_home(rtk_exchange *x, rtk_parcel *parcel) {
  rtk_port *port = parcel->port;
  if (parcel->previous_away != NULL)
    parcel->previous_away->next_away = parcel->next_away;
  else
    port->away = parcel->next_away;
  if (parcel->next_away != NULL) parcel->next_away->previous_away = parcel->previous_away;
  parcel->away = false;
  unhear(x, parcel);
  if (--port->away_count > 0) return;
  port->idle_since = rtk_clock_now();
  pthread_cond_broadcast(&x->came_back);
}

/* One that stopped, and was cancelled before its port had a look, is in the list already. */
void rtk_exchange_hand_back(rtk_exchange *x, rtk_parcel *parcel, bool landed) {
  rtk_port *port = parcel->port;
  lock(x);
  if (!parcel->is_back) {
    parcel->is_back = true;
    parcel->next_back = NULL;
    if (port->last_back != NULL)
      port->last_back->next_back = parcel;
    else
      port->first_back = parcel;
    port->last_back = parcel;
  }
  if (landed) come_home(x, parcel);
  unlock(x);
}

rtk_parcel *rtk_exchange_find(rtk_exchange *x, unsigned long long id) {
  const rtk_port *port;
  rtk_parcel *parcel = NULL;
  lock(x);
  for (port = x->ports; port != NULL && parcel == NULL; port = port->next)
    for (parcel = port->away; parcel != NULL && parcel->id != id;) parcel = parcel->next_away;
  unlock(x);
  return parcel;
}

/* One that is away stays, as it comes home by this thread alone. */
bool rtk_exchange_has_news(rtk_exchange *x, unsigned long long id) {
  const rtk_parcel *parcel = rtk_exchange_find(x, id);
  bool news;
  lock(x);
  news = parcel == NULL || parcel->is_back;
  unlock(x);
  return news;
}

void rtk_exchange_set_reader(rtk_exchange *x, unsigned long long id, int fd) {
  rtk_port *port;
  lock(x);
  for (port = x->ports; port != NULL; port = port->next) {
    if (port->id != id) continue;
    port->reader = fd;
    port->notified = false;
    port->idle_since = rtk_clock_now();
  }
  unlock(x);
}

void rtk_exchange_lose_reader(rtk_exchange *x, int fd) {
  rtk_port *port;
  lock(x);
  for (port = x->ports; port != NULL; port = port->next)
    if (port->reader == fd) port->reader = -1;
  unlock(x);
}

void rtk_exchange_notify(rtk_exchange *x) {
  rtk_port *port;
  lock(x);
  for (port = x->ports; port != NULL; port = port->next) {
    if (port->first_back == NULL || port->notified || port->reader < 0) continue;
    port->notified = true;
    rtk_visitor_say(port->reader, RTK_SAY_BACK);
  }
  unlock(x);
}

/* Locked. Seconds until the port's reader is due to be told something by the clock. */
static double remind(rtk_port *port, double now, bool due, double next_tick) {
  if (port->reader < 0) return HUGE_VAL;
  if (port->away_count > 0) {
    if (due) rtk_visitor_say(port->reader, RTK_SAY_TICK);
    return next_tick - now;
  }
  if (now - port->idle_since < IDLE) return port->idle_since + IDLE - now;
  if (isfinite(port->idle_since)) rtk_visitor_say(port->reader, RTK_SAY_IDLE);
  port->idle_since = HUGE_VAL; /* it is told once */
  return HUGE_VAL;
}

double rtk_exchange_tick(rtk_exchange *x) {
  double now = rtk_clock_now(), wait = HUGE_VAL;
  bool due = now - x->ticked >= TICK;
  rtk_port *port;
  lock(x);
  if (due) x->ticked = now;
  for (port = x->ports; port != NULL; port = port->next)
    wait = fmin(wait, remind(port, now, due, x->ticked + TICK));
  unlock(x);
  return wait;
}

/* }==== */
