/*
** lua-realtimekit: the module's entry point and function table.
*/
#include "client.h"
#include "response.h"
#include "version.h"

#if defined(__GNUC__)
#define RTK_EXPORT __attribute__((visibility("default")))
#else
#define RTK_EXPORT
#endif

RTK_EXPORT int luaopen_realtimekit(lua_State *L);

static const luaL_Reg functions[] = {
    {"participant", rtk_client_default_participant}, {"new", rtk_client_new}, {NULL, NULL}};

int luaopen_realtimekit(lua_State *L) {
  rtk_check_version(L);
  rtk_response_open(L);
  rtk_client_open(L);
  lua_newtable(L);
  rtk_set_functions(L, functions);
  lua_pushliteral(L, RTK_VERSION);
  lua_setfield(L, -2, "_VERSION");
  return 1;
}
