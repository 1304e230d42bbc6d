/*
** The one schema of options, the same for a client and for a call: names, types, ranges. What else
** there is are the parameters of endpoints.
*/
#ifndef rtk_schema_h
#define rtk_schema_h

#include "compat.h"
#include "endpoints.h"
#include "options.h"

/*
** [-0, +0] Reads the table at argument `arg` over what `o` holds. The table is read raw: its
** metatable is ignored. Raises on an unknown option, a wrong type or a value out of its range,
** naming the option; what `o` holds by then is its owner's to clear. `null` and `logger` are
** checked here and taken by the caller: they are values of Lua. Of parameters there are those of
** `endpoint`; NULL for those of all.
*/
void rtk_schema_read(lua_State *L, int arg, rtk_options *o, const rtk_endpoint *endpoint);

/* [-0, +1] A lua_CFunction: the list of their names, in alphabetical order, without parameters. */
int rtk_schema_names(lua_State *L);

#endif
