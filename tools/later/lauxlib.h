/*
** The same header, over that lua.h instead of its neighbour.
*/
#include <lua.h>
#include_next <lauxlib.h>
