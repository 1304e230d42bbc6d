/*
** The arguments of a call: the ids of an app, a session and a participant. Programming mistakes
** raise, unfit ids are refused, as a failure.
*/
#ifndef rtk_arguments_h
#define rtk_arguments_h

#include "call.h"
#include "compat.h"

enum { RTK_IDS = 3 };

/*
** [-0, +0] Takes `count` ids, the first at `first`; they live as long as they are on the stack. It
** demands strings: a number's text would not outlive its conversion.
*/
void rtk_check_ids(lua_State *L, int first, int count, rtk_string ids[RTK_IDS]);

/* [-0, +3] Refuses an id that cannot be a path segment; pushes nothing, and 0, when all can. */
int rtk_refuse_ids(lua_State *L, const rtk_string ids[RTK_IDS]);

/*
** [-0, +0] Raises when more than options follows the `count` arguments from `first` on, which
** `names` names; the stack then ends with the options, or with nil.
*/
void rtk_set_arguments(lua_State *L, int first, int count, const char *names);

/* [-0, +0] Demands a table of options, or none, at `arg`; whether there is one. */
bool rtk_check_opts(lua_State *L, int arg);

/* [-0, +0] Sets the target of a call of these settings. Raises when out of memory. */
void rtk_set_target(lua_State *L, rtk_call *call, const rtk_settings *settings,
                    const rtk_string ids[RTK_IDS]);

/* [-0, +0] Begins a call of these settings, for these ids. Raises when out of memory. */
void rtk_begin_call(lua_State *L, rtk_call *call, rtk_settings *settings, rtk_pace *pace,
                    const rtk_string ids[RTK_IDS]);

#endif
