/*
** The client: defaults for its calls, and the connections they share. Its methods, and the same
** functions for the default client.
*/
#ifndef rtk_client_h
#define rtk_client_h

#include "compat.h"
#include "pool.h"
#include "settings.h"

/*
** A client is open while it has settings. The table that goes with it holds the options that are
** values of Lua, `null` and `logger`.
*/
typedef struct rtk_client {
  rtk_options options; /* defaults, environment and what was given, down to this client */
  rtk_settings *settings;
  rtk_pool *pool;
  const void *owner; /* of the calls it starts: itself, or the client that a call was made of */
} rtk_client;

/* [-0, +0] Registers the types. */
void rtk_client_open(lua_State *L);

/* [-0, +0] Sets the module's functions in the table on top. */
void rtk_client_functions(lua_State *L);

/* [-0, +1] The default client of this Lua state, made when it is first asked for. */
void rtk_client_push_default(lua_State *L);

/* The client at `arg`; raises when it is none, or closed. */
rtk_client *rtk_client_check(lua_State *L, int arg);

/* The client at `index`, which is one; raises when it is closed. */
rtk_client *rtk_client_at(lua_State *L, int index);

/*
** [-0, +1] A client like the one at `from`, with the opts at `opts` over it, for one call of the
** endpoint: what it starts belongs to that one, and goes on when it is closed.
*/
rtk_client *rtk_client_push_derived(lua_State *L, int from, int opts, const rtk_endpoint *endpoint);

/* Cancels what it started and is not done, and ends the client; does nothing to a closed one. */
void rtk_client_close(rtk_client *c);

#endif
