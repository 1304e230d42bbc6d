#include "call.h"

#include <stdio.h>

#include "memory.h"

enum { KEPT_TARGET = 4096 };

rtk_call *rtk_call_new(bool shared) {
  rtk_call *call = rtk_zalloc(sizeof *call);
  if (call == NULL) return NULL;
  call->transfer = rtk_transfer_new(shared);
  if (call->transfer != NULL) return call;
  rtk_free(call);
  return NULL;
}

void rtk_call_free(rtk_call *call) {
  if (call == NULL) return;
  rtk_call_end(call);
  rtk_transfer_free(call->transfer);
  rtk_buffer_free(&call->target);
  rtk_buffer_free(&call->body);
  rtk_free(call);
}

rtk_answer *rtk_call_answer(const rtk_call *call) {
  return rtk_transfer_answer(call->transfer);
}

static void finish(rtk_call *call, double now) {
  call->state = RTK_CALL_DONE;
  call->elapsed = now - call->started;
}

static void wait_until(rtk_call *call, double wake) {
  call->wake = wake;
  call->state = RTK_CALL_WAIT;
}

/* The client is held back for longer than this call may wait: as if it had met the 429 itself. */
static void refuse_held(rtk_call *call, double now, double wait) {
  rtk_answer *answer = rtk_call_answer(call);
  rtk_transfer_recycle(call->transfer);
  answer->kind = RTK_RATE_LIMITED;
  call->retry_after = wait;
  snprintf(answer->message, sizeof answer->message,
           "not sent: an earlier answer asked this client to wait, for another %.1f s", wait);
  finish(call, now);
}

void rtk_call_hold(rtk_call *call, double now) {
  double wait = call->pace->held_until - now;
  if (wait <= 0) return;
  if (wait > call->settings->retry.max_retry_after || now + wait >= call->ends)
    refuse_held(call, now, wait);
  else
    wait_until(call, call->pace->held_until);
}

bool rtk_call_may_send(const rtk_call *call, double now) {
  double wait = rtk_pace_wait(call->pace, now);
  return wait <= 0 || wait > call->settings->retry.max_retry_after || now + wait >= call->ends;
}

void rtk_call_begin(rtk_call *call, rtk_settings *settings, rtk_pace *pace, double now) {
  rtk_transfer_recycle(call->transfer);
  call->settings = settings;
  call->pace = pace;
  call->attempts = 0;
  call->started = now;
  call->ends = now + settings->deadline;
  call->elapsed = 0;
  call->retry_after = -1;
  call->state = RTK_CALL_SEND;
  rtk_call_hold(call, now);
}

static void say_deadline(rtk_call *call) {
  rtk_answer *answer = rtk_call_answer(call);
  rtk_transfer_recycle(call->transfer);
  answer->kind = RTK_TIMEOUT;
  snprintf(answer->message, sizeof answer->message, "not done within %g s (option deadline)",
           call->settings->deadline);
}

/* Of the attempt that comes next, which has so many seconds. */
static bool prepare(rtk_call *call, double timeout) {
  rtk_sending s = {call->target.data, call->method, &call->body, call->once};
  return rtk_transfer_prepare(call->transfer, call->settings, &s, timeout);
}

bool rtk_call_attempt(rtk_call *call, double now) {
  double left = call->ends - now, timeout = call->settings->timeout;
  rtk_answer *answer = rtk_call_answer(call);
  if (left <= 0) {
    say_deadline(call);
    finish(call, now);
    return false;
  }
  call->attempts++;
  if (prepare(call, timeout < left ? timeout : left)) return true;
  answer->kind = RTK_NO_MEMORY;
  finish(call, now);
  return false;
}

/* What an answer says of the client's pace: a 429 holds back all of its calls. */
static void set_pace(const rtk_call *call, const rtk_decision *d, double now) {
  const rtk_answer *answer = rtk_call_answer(call);
  rtk_pace_learn(call->pace, &answer->headers, now);
  if (answer->kind == RTK_RATE_LIMITED)
    rtk_pace_hold(call->pace, d->again ? d->wait : d->retry_after, now);
}

void rtk_call_settle(rtk_call *call, double now, double wall) {
  const rtk_answer *answer = rtk_call_answer(call);
  rtk_attempt attempt;
  rtk_decision d;
  attempt.number = call->attempts;
  attempt.kind = answer->kind;
  attempt.status = answer->status;
  attempt.headers = &answer->headers;
  attempt.time_left = call->ends - now;
  attempt.acted_on = call->once && answer->sent && answer->kind != RTK_RATE_LIMITED;
  d = rtk_retry_decide(&call->settings->retry, &attempt, wall, rtk_pace_draw(call->pace));
  call->retry_after = d.retry_after;
  set_pace(call, &d, now);
  if (d.again) {
    wait_until(call, now + d.wait);
    return;
  }
  /* libcurl counts milliseconds, so that it may be one early. */
  if (answer->kind == RTK_TIMEOUT && attempt.time_left <= 0.002) say_deadline(call);
  finish(call, now);
}

void rtk_call_resume(rtk_call *call, double now) {
  if (call->state == RTK_CALL_WAIT && now >= call->wake) call->state = RTK_CALL_SEND;
}

void rtk_call_cancel(rtk_call *call, double now, const char *why) {
  rtk_answer *answer = rtk_call_answer(call);
  rtk_transfer_recycle(call->transfer);
  answer->kind = RTK_CANCELLED;
  snprintf(answer->message, sizeof answer->message, "%s", why);
  finish(call, now);
}

bool rtk_call_end(rtk_call *call) {
  bool left = rtk_settings_release(call->settings);
  call->settings = NULL;
  call->pace = NULL;
  rtk_buffer_reset(&call->target, KEPT_TARGET);
  rtk_buffer_reset(&call->body, KEPT_TARGET);
  rtk_transfer_recycle(call->transfer);
  return left;
}
