/*
** What the user's logger is told: logger(level, message, fields). Called in the Lua thread only,
** between attempts and never within one. No header and no credential is in any field.
*/
#ifndef rtk_log_h
#define rtk_log_h

#include "call.h"
#include "compat.h"

typedef enum { RTK_LOG_REQUEST, RTK_LOG_RESPONSE, RTK_LOG_RETRY, RTK_LOG_FAILURE } rtk_log_event;

/*
** [-0, +0] Tells the logger at `logger` (nil: nobody). Levels and messages are "debug" "request",
** "debug" "response", "warn" "retry", "error" "failure"; `now` is of rtk_clock_now(). An error
** that the logger raises goes through.
*/
void rtk_log(lua_State *L, int logger, rtk_log_event event, const rtk_call *call, double now);

#endif
