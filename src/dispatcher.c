#include "dispatcher.h"

#include <math.h>

#include "clock.h"
#include "engine.h"
#include "fleet.h"
#include "line.h"
#include "memory.h"
#include "poller.h"
#include "process_id.h"

enum { MOST_ROUNDS = 16 }; /* of one step: who calls it has other things to do */

#define LOOK_AGAIN 0.01 /* seconds, where no descriptor tells of sockets */

struct rtk_dispatcher {
  pid_t maker;
  rtk_engine *engine;
  rtk_line lines[RTK_LANES * RTK_LINES];
  rtk_timers timers; /* of all that wait, and of the queued whose calls have a deadline */
  rtk_flights stopped;
  rtk_fleet fleet;
  int under_way, landed;
  int told_of;  /* flights whose report is being made */
  bool exposed; /* somebody else's loop watches the descriptor */
};

/* {==== Making and ending ==== */

rtk_dispatcher *rtk_dispatcher_new(void) {
  rtk_dispatcher *d = rtk_zalloc(sizeof *d);
  if (d == NULL) return NULL;
  d->maker = rtk_process_id();
  d->engine = rtk_engine_new();
  if (d->engine != NULL) return d;
  rtk_free(d);
  return NULL;
}

void rtk_dispatcher_free(rtk_dispatcher *d) {
  if (d == NULL) return;
  rtk_fleet_free(&d->fleet);
  if (!rtk_dispatcher_is_ours(d)) return; /* the sockets are the parent's */
  rtk_engine_free(d->engine);
  rtk_timers_free(&d->timers);
  rtk_free(d);
}

bool rtk_dispatcher_is_ours(const rtk_dispatcher *d) {
  return d->maker == rtk_process_id();
}

/* From here on, whatever timer it needs can be set. */
bool rtk_dispatcher_adopt(rtk_dispatcher *d, rtk_flight *f) {
  if (!rtk_timers_reserve(&d->timers, d->fleet.taken_count + 1)) return false;
  f->dispatcher = d;
  rtk_fleet_add(&d->fleet, f);
  return true;
}

void rtk_dispatcher_release(rtk_flight *f) {
  rtk_flight_leave_list(f);
  rtk_fleet_leave(&f->dispatcher->fleet, f);
  f->place = RTK_ON_GROUND;
  f->announced = false;
}

rtk_engine *rtk_dispatcher_engine(const rtk_dispatcher *d) {
  return d->engine;
}

rtk_flight *rtk_dispatcher_take(rtk_dispatcher *d) {
  if (!rtk_timers_reserve(&d->timers, d->fleet.taken_count + 1)) return NULL;
  return rtk_fleet_take(&d->fleet, d);
}

static void keep(rtk_flight *f) {
  rtk_dispatcher *d = f->dispatcher;
  bool left = rtk_call_end(f->call);
  f->given_back = false;
  rtk_transfer_tidy(f->call->transfer);
  if (rtk_dispatcher_is_ours(d))
    rtk_fleet_keep(&d->fleet, f);
  else
    rtk_flight_free(f); /* whose transfer leaves its handle to the parent */
  if (left) rtk_dispatcher_tidy(d);
}

void rtk_flight_put(rtk_flight *f) {
  rtk_flight_cancel(f, "given back");
  rtk_flight_leave_list(f);
  rtk_fleet_leave(&f->dispatcher->fleet, f);
  f->place = RTK_ON_GROUND;
  f->owner = NULL;
  f->inbox = NULL;
  f->watched = f->announced = false;
  f->given_back = true;
  if (!f->told_of) keep(f); /* else whoever tells of it reads its call still */
}

void rtk_dispatcher_tidy(rtk_dispatcher *d) {
  rtk_flight *f;
  for (f = d->fleet.idle; f != NULL; f = f->next) rtk_transfer_tidy(f->call->transfer);
  if (!rtk_dispatcher_is_ours(d)) rtk_fleet_free(&d->fleet);
}

void rtk_dispatcher_put_all(rtk_dispatcher *d, const rtk_flights *inbox) {
  rtk_flight *f, *next;
  for (f = d->fleet.taken; f != NULL; f = next) {
    next = f->next_taken;
    if (f->inbox == inbox) rtk_flight_put(f);
  }
}

/* }==== */

/* {==== Lanes, and when a step is due ==== */

static rtk_lane lane_of(const rtk_flight *f) {
  return rtk_engine_lane(f->call->settings->wire);
}

static rtk_line *lines_of_lane(const rtk_flight *f) {
  return &f->dispatcher->lines[(int)lane_of(f) * RTK_LINES];
}

/* When a step is due besides sockets; a queue goes on when something ends, or the limit renews. */
static double next_due(const rtk_dispatcher *d) {
  const rtk_timer *timer = rtk_timers_first(&d->timers);
  double due = rtk_engine_due(d->engine);
  int i;
  if (timer != NULL && timer->at < due) due = timer->at;
  for (i = 0; i < RTK_LANES * RTK_LINES; i++) {
    const rtk_flight *f = d->lines[i].queue.first;
    if (f != NULL && !rtk_line_is_full(f) && f->call->pace->renewed < due)
      due = f->call->pace->renewed;
  }
  return due;
}

static void set_alarm(rtk_dispatcher *d) {
  if (d->exposed && rtk_dispatcher_is_ours(d))
    rtk_engine_alarm(d->engine, d->landed > 0 ? 0 : next_due(d));
}

/* }==== */

/* {==== From place to place ==== */

static void land(rtk_flight *f) {
  rtk_dispatcher *d = f->dispatcher;
  rtk_timers_clear(&d->timers, &f->timer);
  f->place = RTK_LANDED;
  d->under_way--;
  d->landed++;
  if (f->inbox != NULL) rtk_flights_append(f->inbox, f);
}

static void enqueue(rtk_flight *f) {
  rtk_timers *timers = &f->dispatcher->timers;
  f->place = RTK_QUEUED;
  f->line = rtk_line_find(lines_of_lane(f), f);
  rtk_flights_append(&f->line->queue, f);
  if (isfinite(f->call->ends))
    rtk_timers_set(timers, &f->timer, f->call->ends);
  else
    rtk_timers_clear(timers, &f->timer);
}

/* To where the state of its call belongs. */
static void place(rtk_flight *f) {
  switch (f->call->state) {
    case RTK_CALL_SEND: enqueue(f); break;
    case RTK_CALL_WAIT:
      f->place = RTK_WAITING;
      rtk_timers_set(&f->dispatcher->timers, &f->timer, f->call->wake);
      break;
    case RTK_CALL_DONE: land(f); break;
  }
}

void rtk_flight_start(rtk_flight *f) {
  f->dispatcher->under_way++;
  place(f);
  set_alarm(f->dispatcher);
}

/* The attempt is over, however that came. */
static void leave_engine(rtk_flight *f) {
  f->line->running--;
  rtk_pace_answered(f->call->pace);
}

void rtk_flight_cancel(rtk_flight *f, const char *why) {
  rtk_dispatcher *d = f->dispatcher;
  if (f->place == RTK_ON_GROUND || f->place == RTK_LANDED) return;
  if (f->place == RTK_RUNNING && rtk_dispatcher_is_ours(d)) {
    rtk_engine_remove(d->engine, lane_of(f), f->call->transfer);
    leave_engine(f);
  }
  rtk_flight_leave_list(f);
  if (why != NULL) rtk_call_cancel(f->call, rtk_clock_now(), why);
  land(f);
  set_alarm(d);
}

void rtk_dispatcher_cancel_all(rtk_dispatcher *d, const void *owner, const char *why) {
  rtk_flight *f;
  for (f = d->fleet.taken; f != NULL; f = f->next_taken)
    if (f->owner == owner) rtk_flight_cancel(f, why);
}

/* }==== */

/* {==== Reports ==== */

static void stop(rtk_flight *f, rtk_report report) {
  rtk_timers_clear(&f->dispatcher->timers, &f->timer);
  f->place = RTK_STOPPED;
  f->report = report;
  rtk_flights_append(&f->dispatcher->stopped, f);
}

bool rtk_dispatcher_has_stopped(const rtk_dispatcher *d) {
  return d->stopped.first != NULL;
}

rtk_flight *rtk_dispatcher_next_stopped(rtk_dispatcher *d) {
  rtk_flight *f = rtk_flights_take(&d->stopped);
  if (f == NULL) return NULL;
  f->place = RTK_REPORTED;
  f->told_of = true;
  d->told_of++;
  return f;
}

void rtk_flight_proceed(rtk_flight *f) {
  f->told_of = false;
  f->dispatcher->told_of--;
  if (f->given_back) {
    keep(f);
  } else if (f->place == RTK_REPORTED) {
    f->announced = f->report == RTK_REPORT_REQUEST;
    place(f);
    set_alarm(f->dispatcher);
  }
}

bool rtk_dispatcher_tells_of(const rtk_dispatcher *d, const rtk_flights *inbox) {
  return d->told_of > 0 && rtk_fleet_tells_of(&d->fleet, inbox);
}

/* }==== */

/* {==== One step ==== */

/* For want of memory. */
static void fail(rtk_flight *f, double now) {
  rtk_call_answer(f->call)->kind = RTK_NO_MEMORY;
  rtk_call_settle(f->call, now, rtk_clock_wall());
  place(f);
}

static void send(rtk_flight *f, double now) {
  rtk_dispatcher *d = f->dispatcher;
  f->announced = false;
  rtk_engine_keep(d->engine, lane_of(f), rtk_line_connections(lines_of_lane(f), f));
  if (!rtk_call_attempt(f->call, now)) {
    place(f);
  } else if (rtk_engine_add(d->engine, lane_of(f), f->call->transfer, f)) {
    rtk_timers_clear(&d->timers, &f->timer);
    f->place = RTK_RUNNING;
    f->line->running++;
    rtk_pace_sent(f->call->pace);
  } else {
    fail(f, now);
  }
}

/* Sends from the queue while there is room, past those that the server's limit keeps waiting. */
static void move_queue(rtk_line *l, double now) {
  rtk_flight *f, *next;
  for (f = l->queue.first; f != NULL; f = next) {
    next = f->next;
    rtk_call_hold(f->call, now);
    if (f->call->state == RTK_CALL_SEND) {
      if (rtk_line_is_full(f)) return;
      if (!rtk_call_may_send(f->call, now)) continue;
    }
    rtk_flight_leave_list(f);
    if (f->call->state != RTK_CALL_SEND)
      place(f);
    else if (f->watched && !f->announced)
      stop(f, RTK_REPORT_REQUEST);
    else
      send(f, now);
  }
}

/* An attempt has ended with this CURLcode. */
static void take_back(rtk_flight *f, int code, double now) {
  rtk_dispatcher *d = f->dispatcher;
  const rtk_answer *answer = rtk_call_answer(f->call);
  if (rtk_transfer_again(f->call->transfer, code) &&
      rtk_engine_add(d->engine, lane_of(f), f->call->transfer, f))
    return;
  rtk_transfer_finish(f->call->transfer, code);
  if (answer->http_version != NULL) rtk_line_learn(f, answer->http_version);
  leave_engine(f);
  rtk_call_settle(f->call, now, rtk_clock_wall());
  if (f->watched && f->call->state == RTK_CALL_WAIT)
    stop(f, RTK_REPORT_RETRY);
  else
    place(f);
}

/* The time of a waiting flight has come, or the deadline of a queued one. */
static void wake(rtk_flight *f, double now) {
  rtk_flight_leave_list(f);
  if (f->place == RTK_QUEUED)
    rtk_call_attempt(f->call, now); /* which finds the deadline passed */
  else
    rtk_call_resume(f->call, now);
  place(f);
}

/* Nothing that runs in a lane that has failed can go on. */
static void give_up(rtk_dispatcher *d, rtk_lane lane, double now) {
  rtk_flight *f;
  for (f = d->fleet.taken; f != NULL; f = f->next_taken) {
    if (f->place != RTK_RUNNING || lane_of(f) != lane) continue;
    rtk_engine_remove(d->engine, lane, f->call->transfer);
    leave_engine(f);
    fail(f, now);
  }
  rtk_engine_renew(d->engine, lane);
}

/* What is due now, but for sockets. */
static void catch_up(rtk_dispatcher *d) {
  double now = rtk_clock_now();
  rtk_timer *timer;
  rtk_flight *f;
  int i, code;
  while ((f = rtk_engine_next_ended(d->engine, &code)) != NULL) take_back(f, code, now);
  for (i = 0; i < RTK_LANES; i++)
    if (rtk_engine_has_failed(d->engine, (rtk_lane)i)) give_up(d, (rtk_lane)i, now);
  while ((timer = rtk_timers_first(&d->timers)) != NULL && timer->at <= now)
    wake((rtk_flight *)timer, now);
  for (i = 0; i < RTK_LANES * RTK_LINES; i++) move_queue(&d->lines[i], now);
}

/* Looks after what libcurl has to do at once, such as to send what has just been added. */
static void settle(rtk_dispatcher *d) {
  int round = 0;
  do catch_up(d);
  while (rtk_engine_run(d->engine) && ++round < MOST_ROUNDS);
}

static void cancel_each(rtk_dispatcher *d, const char *why) {
  rtk_flight *f;
  for (f = d->fleet.taken; f != NULL; f = f->next_taken) rtk_flight_cancel(f, why);
}

bool rtk_dispatcher_step(rtk_dispatcher *d, double seconds) {
  int landed = d->landed;
  bool undisturbed = true;
  if (!rtk_dispatcher_is_ours(d)) {
    cancel_each(d, RTK_IS_PARENTS);
    return true;
  }
  settle(d);
  if (d->landed == landed && d->stopped.first == NULL) {
    double due = next_due(d) - rtk_clock_now();
    undisturbed = rtk_engine_wait(d->engine, due < seconds ? due : seconds);
    settle(d);
  }
  set_alarm(d);
  return undisturbed;
}

/* }==== */

bool rtk_dispatcher_can_move(const rtk_dispatcher *d) {
  return d->under_way > (d->told_of > 0 ? rtk_fleet_reported(&d->fleet) : 0);
}

int rtk_dispatcher_under_way(const rtk_dispatcher *d) {
  return d->under_way;
}

int rtk_dispatcher_take_landed(rtk_dispatcher *d) {
  int landed = d->landed;
  d->landed = 0;
  set_alarm(d);
  return landed;
}

int rtk_dispatcher_descriptor(rtk_dispatcher *d) {
  d->exposed = true;
  set_alarm(d);
  return rtk_engine_descriptor(d->engine);
}

double rtk_dispatcher_timeout(const rtk_dispatcher *d) {
  double due = next_due(d) - rtk_clock_now();
  if (d->landed > 0 || due < 0) return 0;
  return !rtk_poller_tells_all() && d->under_way > 0 && due > LOOK_AGAIN ? LOOK_AGAIN : due;
}
