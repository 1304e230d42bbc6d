#include "blocking.h"

#include "clock.h"
#include "log.h"

static void report(lua_State *L, const rtk_call *call, int logger) {
  double now = rtk_clock_now();
  rtk_kind kind = rtk_call_answer(call)->kind;
  if (call->state == RTK_CALL_WAIT)
    rtk_log(L, logger, RTK_LOG_RETRY, call, now);
  else
    rtk_log(L, logger, kind == RTK_OK ? RTK_LOG_RESPONSE : RTK_LOG_FAILURE, call, now);
}

static void send(lua_State *L, rtk_call *call, int logger) {
  if (rtk_call_attempt(call, rtk_clock_now())) {
    rtk_log(L, logger, RTK_LOG_REQUEST, call, rtk_clock_now());
    rtk_transfer_perform(call->transfer);
    rtk_call_settle(call, rtk_clock_now(), rtk_clock_wall());
  }
  report(L, call, logger);
}

void rtk_block(lua_State *L, rtk_call *call, int logger) {
  while (call->state != RTK_CALL_DONE) {
    if (call->state == RTK_CALL_SEND) {
      send(L, call, logger);
    } else {
      rtk_clock_sleep(call->wake);
      rtk_call_resume(call, call->wake);
    }
  }
}
