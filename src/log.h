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
** [-0, +0] Tells the logger at `logger` (nil: nobody) of the call, and of the kind that it or its
** last attempt came to. Levels and messages are "debug" "request", "debug" "response", "warn"
** "retry", "error" "failure". False, and [-0, +1] with the error on top, when the logger (or making
** its fields) raised one.
*/
bool rtk_log(lua_State *L, int logger, rtk_log_event event, const rtk_call *call, rtk_kind kind);

#endif
