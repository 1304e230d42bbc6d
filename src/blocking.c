#include "blocking.h"

#include "clock.h"
#include "log.h"

/* What came of the attempt, or of the deadline before it. */
static bool report(lua_State *L, const rtk_call *call, int logger) {
  rtk_log_event event = RTK_LOG_RETRY;
  if (call->state == RTK_CALL_DONE)
    event = rtk_call_answer(call)->kind == RTK_OK ? RTK_LOG_RESPONSE : RTK_LOG_FAILURE;
  return rtk_log(L, logger, event, call, rtk_clock_now());
}

static bool send(lua_State *L, rtk_call *call, int logger) {
  if (rtk_call_attempt(call, rtk_clock_now())) {
    if (!rtk_log(L, logger, RTK_LOG_REQUEST, call, rtk_clock_now())) return false;
    rtk_transfer_perform(call->transfer);
    rtk_call_settle(call, rtk_clock_now(), rtk_clock_wall());
  }
  return report(L, call, logger);
}

bool rtk_block(lua_State *L, rtk_call *call, int logger) {
  while (call->state != RTK_CALL_DONE) {
    if (call->state == RTK_CALL_SEND) {
      if (!send(L, call, logger)) return false;
    } else {
      rtk_clock_sleep(call->wake);
      rtk_call_resume(call, call->wake);
    }
  }
  return true;
}
