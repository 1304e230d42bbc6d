/*
** lua-realtimekit: the module's entry point.
*/
#include "batch.h"
#include "client.h"
#include "driver.h"
#include "fetch.h"
#include "memory.h"
#include "remote.h"
#include "response.h"
#include "started.h"
#include "version.h"

#if defined(__GNUC__)
#define RTK_EXPORT __attribute__((visibility("default")))
#else
#define RTK_EXPORT
#endif

RTK_EXPORT int luaopen_realtimekit(lua_State *L);

int luaopen_realtimekit(lua_State *L) {
  rtk_check_version(L);
  rtk_keep_heap();
  rtk_response_open(L);
  rtk_driver_open(L);
  rtk_fetch_open(L);
  rtk_started_open(L);
  rtk_batch_open(L);
  rtk_client_open(L);
  rtk_remote_open(L);
  lua_newtable(L);
  rtk_client_functions(L);
  lua_pushliteral(L, RTK_VERSION);
  lua_setfield(L, -2, "_VERSION");
  rtk_remote_enter(L);
  return 1;
}
