#include "pump.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"
#include "memory.h"
#include "process_id.h"
#include "visitors.h"

#define GONE "who waited for it is gone" /* why a call is cancelled */

enum {
  STACK = 256 * 1024,
  TAG_WAKE = RTK_LANES,
  TAG_GATE,
  TAG_VISITORS /* and above: one for each */
};

/* All but the exchange is the I/O thread's alone while it runs. */
struct rtk_pump {
  pid_t maker;
  pthread_t thread;
  rtk_exchange exchange;
  rtk_gate gate;
  rtk_dispatcher *dispatcher;
  rtk_flights landed;
  rtk_visitors visitors;
};

/*
** The one mutable static besides libcurl's start and the id of the process. Only threads that run
** Lua take this lock. In nginx, where alone there are stations, that is one thread, the one that
** forks: the lock is not held in a child.
*/
static struct {
  pthread_mutex_t lock;
  rtk_pump *pump;
  bool registered; /* at exit it is stopped */
} process = {PTHREAD_MUTEX_INITIALIZER, NULL, false};

/* {==== Flights ==== */

static void start(rtk_pump *p, rtk_parcel *parcel) {
  rtk_flight *f = &parcel->flight;
  f->inbox = &p->landed;
  parcel->abandoned = false;
  rtk_call_begin(f->call, parcel->settings, &parcel->pool->pace, rtk_clock_now());
  if (rtk_dispatcher_adopt(p->dispatcher, f)) {
    rtk_flight_start(f);
    return;
  }
  rtk_call_answer(f->call)->kind = RTK_NO_MEMORY;
  f->place = RTK_LANDED;
  rtk_flights_append(&p->landed, f);
}

/*
** Of a flight whose report is being made, to cancel it is to have made the report; but that may be
** from within, so that its call is being read.
*/
static void obey(rtk_pump *p, rtk_parcel *parcel, int told) {
  rtk_flight *f = &parcel->flight;
  if (told & RTK_TELL_START) start(p, parcel);
  parcel->unsaid = (told & RTK_TELL_CANCEL) && f->told_of;
  if (told & RTK_TELL_CANCEL) rtk_flight_cancel(f, parcel->unsaid ? NULL : RTK_BY_CALLER);
  if (f->told_of) rtk_flight_proceed(f);
  if (parcel->abandoned) rtk_flight_cancel(f, GONE);
}

/* Does what it is told; false at the end. */
static bool take_orders(rtk_pump *p, bool *asleep) {
  rtk_parcel *parcel, *next;
  bool going_on = rtk_exchange_listen(&p->exchange, &parcel, asleep);
  for (; going_on && parcel != NULL; parcel = next) {
    int told = rtk_exchange_take(&p->exchange, parcel, &next);
    obey(p, parcel, told);
  }
  return going_on;
}

/* One that has landed. */
static void hand_back(rtk_pump *p, rtk_parcel *parcel) {
  unsigned long long id = parcel->id;
  if (parcel->flight.dispatcher != NULL) rtk_dispatcher_release(&parcel->flight);
  parcel->flight.dispatcher = NULL;
  parcel->flight.place = RTK_LANDED;
  rtk_exchange_hand_back(&p->exchange, parcel, true); /* and it may be gone */
  rtk_visitors_tell_waiter(&p->visitors, id);
}

/* One that has stopped for a report. */
static void hand_over(rtk_pump *p, rtk_parcel *parcel) {
  unsigned long long id = parcel->id;
  rtk_exchange_hand_back(&p->exchange, parcel, false);
  rtk_visitors_tell_waiter(&p->visitors, id);
}

static void deliver(rtk_pump *p) {
  rtk_flight *f;
  bool any = p->landed.first != NULL || rtk_dispatcher_has_stopped(p->dispatcher);
  while ((f = rtk_dispatcher_next_stopped(p->dispatcher)) != NULL) hand_over(p, (rtk_parcel *)f);
  while ((f = rtk_flights_take(&p->landed)) != NULL) hand_back(p, (rtk_parcel *)f);
  if (any) rtk_exchange_notify(&p->exchange);
  rtk_dispatcher_take_landed(p->dispatcher); /* who asks for the count is on other threads */
}

/* }==== */

/* {==== Visitors ==== */

static rtk_engine *engine_of(const rtk_pump *p) {
  return rtk_dispatcher_engine(p->dispatcher);
}

static void let_in(rtk_pump *p) {
  int fd;
  while ((fd = rtk_gate_accept(&p->gate)) >= 0) {
    int index = rtk_visitors_add(&p->visitors, fd);
    if (index >= 0 && rtk_engine_watch(engine_of(p), fd, RTK_READABLE, TAG_VISITORS + index))
      continue;
    if (index >= 0) rtk_visitors_remove(&p->visitors, index);
    close(fd);
  }
}

/*
** Who waits for calls hangs up early only when its request has ended. What another one waits for is
** for that one to give up. What is being reported is read by another thread: its time is later.
*/
static void give_up(rtk_pump *p, rtk_visitor *waiter) {
  size_t i;
  waiter->waits = waiter->told = false;
  for (i = 0; i < waiter->count; i++) {
    rtk_parcel *parcel = rtk_exchange_find(&p->exchange, waiter->ids[i]);
    if (parcel == NULL || rtk_visitors_wait_for(&p->visitors, parcel->id)) continue;
    parcel->abandoned = parcel->flight.told_of;
    if (!parcel->abandoned) rtk_flight_cancel(&parcel->flight, GONE);
  }
}

static void see_off(rtk_pump *p, int index) {
  rtk_visitor *visitor = rtk_visitors_get(&p->visitors, index);
  int fd = visitor->fd;
  if (visitor->waits || visitor->told) give_up(p, visitor);
  rtk_exchange_lose_reader(&p->exchange, fd);
  rtk_engine_watch(engine_of(p), fd, 0, 0);
  rtk_visitors_remove(&p->visitors, index);
  close(fd);
}

/* It has said who it is: what it waits for may be back already. */
static void welcome(rtk_pump *p, rtk_visitor *visitor) {
  size_t i;
  if (visitor->is_reader) {
    rtk_exchange_set_reader(&p->exchange, visitor->ids[0], visitor->fd);
    rtk_exchange_notify(&p->exchange);
    return;
  }
  for (i = 0; i < visitor->count; i++)
    if (rtk_exchange_has_news(&p->exchange, visitor->ids[i])) break;
  if (i < visitor->count) rtk_visitor_tell(visitor);
}

/* Until it has said who it is, or no more for now. False when it is gone. */
static bool hear(rtk_pump *p, rtk_visitor *visitor) {
  rtk_visitor_state state;
  size_t before;
  do {
    before = visitor->count;
    state = rtk_visitor_read(visitor);
  } while (state == RTK_VISITOR_SILENT && visitor->count > before);
  if (state == RTK_VISITOR_READY) welcome(p, visitor);
  return state != RTK_VISITOR_GONE;
}

/* Who came before another one left may be about to say that it waits for the same. */
static void hear_new(rtk_pump *p) {
  int i;
  let_in(p);
  for (i = 0; i < p->visitors.count; i++) {
    rtk_visitor *visitor = rtk_visitors_get(&p->visitors, i);
    bool is_new = visitor->fd >= 0 && !visitor->is_reader && !visitor->waits && !visitor->told;
    if (is_new && !hear(p, visitor)) see_off(p, i);
  }
}

/* It may have been seen off since that was to be read. */
static void receive_from(rtk_pump *p, int index, int fd) {
  rtk_visitor *visitor = rtk_visitors_get(&p->visitors, index);
  if (visitor->fd != fd || hear(p, visitor)) return;
  if (visitor->waits || visitor->told) hear_new(p);
  see_off(p, index);
}

static void receive(rtk_pump *p, const rtk_ready *ready) {
  char bytes[64];
  if (ready->tag == TAG_WAKE)
    while (read(ready->fd, bytes, sizeof bytes) > 0) continue;
  else if (ready->tag == TAG_GATE)
    let_in(p);
  else
    receive_from(p, ready->tag - TAG_VISITORS, ready->fd);
}

/* }==== */

static void *run(void *user) {
  rtk_pump *p = user;
  rtk_ready ready;
  bool asleep;
  while (take_orders(p, &asleep)) {
    double wait = rtk_exchange_tick(&p->exchange);
    if (!asleep || p->landed.first != NULL) wait = 0;
    rtk_dispatcher_step(p->dispatcher, wait);
    while (rtk_engine_next_guest(engine_of(p), &ready)) receive(p, &ready);
    deliver(p);
  }
  return NULL;
}

/* {==== Starting and stopping ==== */

static bool set_up(rtk_pump *p) {
  if (!rtk_engine_startup() || !rtk_exchange_open(&p->exchange) || !rtk_gate_open(&p->gate))
    return false;
  p->dispatcher = rtk_dispatcher_new();
  return p->dispatcher != NULL &&
         rtk_engine_watch(engine_of(p), p->exchange.wake[0], RTK_READABLE, TAG_WAKE) &&
         rtk_engine_watch(engine_of(p), p->gate.listener, RTK_READABLE, TAG_GATE);
}

/* Signals are for the threads of the host. */
static bool start_thread(rtk_pump *p) {
  pthread_attr_t attributes;
  sigset_t all, before;
  int failed;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  failed = pthread_create(&p->thread, &attributes, run, p);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  errno = failed;
  return failed == 0;
}

/* At the end of the process, before the libraries that the thread uses tidy up. */
static void stop(void) {
  rtk_pump *p = process.pump;
  if (p == NULL || !rtk_pump_is_ours(p)) return;
  rtk_exchange_stop(&p->exchange);
  pthread_join(p->thread, NULL);
  rtk_gate_close(&p->gate);
}

static void free_pump(rtk_pump *p) {
  rtk_dispatcher_free(p->dispatcher);
  rtk_gate_close(&p->gate);
  rtk_exchange_close(&p->exchange);
  rtk_free(p);
}

/*
** Comes after libcurl's own start, which registers the end of OpenSSL: what is registered last is
** done first, so that the thread has OpenSSL until it stops.
*/
static bool register_stop(void) {
  if (!process.registered) process.registered = atexit(stop) == 0;
  return process.registered;
}

static rtk_pump *start_pump(void) {
  rtk_pump *p = rtk_zalloc(sizeof *p);
  if (p == NULL) return NULL;
  p->maker = rtk_process_id();
  p->gate.listener = p->gate.anchor = -1;
  if (set_up(p) && register_stop() && start_thread(p)) return p;
  free_pump(p);
  return NULL;
}

rtk_pump *rtk_pump_get(void) {
  rtk_pump *p;
  pthread_mutex_lock(&process.lock);
  if (process.pump == NULL || !rtk_pump_is_ours(process.pump)) process.pump = start_pump();
  p = process.pump;
  pthread_mutex_unlock(&process.lock);
  return p;
}

bool rtk_pump_is_ours(const rtk_pump *p) {
  return p->maker == rtk_process_id();
}

rtk_exchange *rtk_pump_exchange(rtk_pump *p) {
  return &p->exchange;
}

const char *rtk_pump_path(const rtk_pump *p) {
  return p->gate.path;
}

/* }==== */
