/*
** The only maker of `nil, err, failure`: a sentence to print and a table to act on.
*/
#ifndef rtk_failure_h
#define rtk_failure_h

#include "call.h"
#include "compat.h"

/* [-0, +3] For what fails before there is a call; the sentence is "what why". */
int rtk_push_unsent(lua_State *L, rtk_kind kind, const char *what, const char *why);

/*
** [-0, +3] For a call that is done. `kind` and `why` say more than the answer's own where its body
** was looked at (api_error, bad_response); `why` may be NULL. `decoded` is where the decoded body
** is, 0 when there is none yet: then only an answer that is not 2xx is decoded, as the body of any
** other was refused already. Returns the kind. Raises only when out of memory.
*/
rtk_kind rtk_push_failure(lua_State *L, rtk_call *call, rtk_kind kind, const char *why,
                          int decoded);

#endif
