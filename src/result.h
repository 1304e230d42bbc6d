/*
** What a call that is done gives back to Lua.
*/
#ifndef rtk_result_h
#define rtk_result_h

#include "call.h"
#include "compat.h"

/*
** [-0, +3] `result, nil, response` or `nil, err, failure`, above values of its own. `null` is
** the index of the value that a JSON null becomes. Returns the kind, RTK_OK for a success. Raises
** only when out of memory.
*/
rtk_kind rtk_push_result(lua_State *L, rtk_call *call, int null);

/* [-0, +0] Sets the fields that a response and a failure share in the table on top. */
void rtk_set_answer_fields(lua_State *L, const rtk_call *call);

#endif
