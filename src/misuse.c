#include "misuse.h"

#include "names.h"

void rtk_misuse(const rtk_option_place *at, const char *message) {
  luaL_argerror(at->L, at->arg, lua_pushfstring(at->L, "option '%s': %s", at->name, message));
}

static void raise_got(const rtk_option_place *at, const char *expected, const char *got) {
  rtk_misuse(at, lua_pushfstring(at->L, "%s expected, got %s", expected, got));
}

void rtk_misuse_type(const rtk_option_place *at, const char *expected) {
  raise_got(at, expected, luaL_typename(at->L, -1));
}

void rtk_misuse_number(const rtk_option_place *at, const char *expected) {
  if (lua_type(at->L, -1) != LUA_TNUMBER) rtk_misuse_type(at, expected);
  lua_pushvalue(at->L, -1); /* lua_tostring changes what it converts */
  raise_got(at, expected, lua_tostring(at->L, -1));
}

const char *rtk_push_meant(lua_State *L, const char *name, const char *const *known, size_t count) {
  const char *meant = rtk_nearest_name(name, known, count, sizeof *known);
  if (meant == NULL) return lua_pushliteral(L, ""), "";
  return lua_pushfstring(L, " (did you mean '%s'?)", meant);
}
