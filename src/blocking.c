#include "blocking.h"

#include "clock.h"
#include "log.h"
#include "tls_session.h"

/* One attempt, with its record before it, and one after it if another is to follow. */
static bool attempt(lua_State *L, rtk_call *call, int logger) {
  if (!rtk_log(L, logger, RTK_LOG_REQUEST, call, RTK_OK)) return false;
  if (!rtk_call_attempt(call, rtk_clock_now())) return true;
  rtk_transfer_perform(call->transfer);
  rtk_tls_session_forget_errors();
  rtk_call_settle(call, rtk_clock_now(), rtk_clock_wall());
  if (call->state == RTK_CALL_DONE) return true;
  return rtk_log(L, logger, RTK_LOG_RETRY, call, rtk_call_answer(call)->kind);
}

static int do_nothing(lua_State *L) {
  (void)L;
  return 0;
}

/* A hook runs when a function is called. */
bool rtk_run_hooks(lua_State *L) {
  lua_pushcfunction(L, do_nothing);
  return lua_pcall(L, 0, 0, 0) == LUA_OK;
}

static bool wait(lua_State *L, rtk_call *call) {
  while (!rtk_clock_sleep(call->wake))
    if (!rtk_run_hooks(L)) return false;
  rtk_call_resume(call, call->wake);
  return true;
}

bool rtk_block(lua_State *L, rtk_call *call, int logger) {
  while (call->state != RTK_CALL_DONE) {
    bool done = call->state == RTK_CALL_SEND ? attempt(L, call, logger) : wait(L, call);
    if (!done) return false;
  }
  return true;
}
