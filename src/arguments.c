#include "arguments.h"

#include "clock.h"
#include "failure.h"
#include "url.h"

void rtk_check_ids(lua_State *L, int first, int count, rtk_string ids[RTK_IDS]) {
  int i;
  for (i = 0; i < count; i++) {
    luaL_checktype(L, first + i, LUA_TSTRING);
    ids[i].s = (char *)lua_tolstring(L, first + i, &ids[i].n);
  }
}

int rtk_refuse_ids(lua_State *L, const rtk_string ids[RTK_IDS]) {
  static const char *const names[RTK_IDS] = {"app_id", "session_id", "participant_id"};
  int i;
  for (i = 0; i < RTK_IDS; i++) {
    const char *wrong = rtk_url_check_id(ids[i].s, ids[i].n);
    if (wrong != NULL) return rtk_push_unsent(L, RTK_INVALID_REQUEST, names[i], wrong);
  }
  return 0;
}

void rtk_set_arguments(lua_State *L, int first, int count, const char *names) {
  if (lua_gettop(L) > first + count)
    luaL_error(L, "too many arguments: %s and one table of options expected", names);
  lua_settop(L, first + count);
}

bool rtk_check_opts(lua_State *L, int arg) {
  if (lua_isnil(L, arg)) return false;
  luaL_checktype(L, arg, LUA_TTABLE);
  return true;
}

void rtk_set_target(lua_State *L, rtk_call *call, const rtk_settings *settings,
                    const rtk_string ids[RTK_IDS]) {
  if (!rtk_settings_target(settings, ids, RTK_IDS, &call->target) ||
      !rtk_buffer_terminate(&call->target))
    rtk_raise_memory(L);
}

void rtk_begin_call(lua_State *L, rtk_call *call, rtk_settings *settings, rtk_pace *pace,
                    const rtk_string ids[RTK_IDS]) {
  rtk_set_target(L, call, settings, ids);
  rtk_call_begin(call, rtk_settings_retain(settings), pace, rtk_clock_now());
}
