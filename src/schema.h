/*
** The one schema of options, the same for a client and for a call: names, types, ranges.
*/
#ifndef rtk_schema_h
#define rtk_schema_h

#include "compat.h"
#include "options.h"

/*
** [-0, +0] Reads the table at argument `arg` over what `o` holds. The table is read raw: its
** metatable is ignored. Raises on an unknown option, a wrong type or a value out of its range,
** naming the option; what `o` holds by then is its owner's to clear. `null` and `logger` are
** checked here and taken by the caller: they are values of Lua.
*/
void rtk_schema_read(lua_State *L, int arg, rtk_options *o);

/* [-0, +1] A lua_CFunction: the list of option names, in alphabetical order. */
int rtk_schema_names(lua_State *L);

#endif
