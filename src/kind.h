/*
** The kinds of failure: how a call that did not succeed is classed. Their names are part of the
** public interface and under semantic versioning.
*/
#ifndef rtk_kind_h
#define rtk_kind_h

typedef enum {
  RTK_OK,
  RTK_INVALID_REQUEST,
  RTK_CONNECTION,
  RTK_TLS,
  RTK_TIMEOUT,
  RTK_BAD_REQUEST,
  RTK_AUTHENTICATION,
  RTK_PERMISSION_DENIED,
  RTK_NOT_FOUND,
  RTK_CONFLICT,
  RTK_UNPROCESSABLE,
  RTK_RATE_LIMITED,
  RTK_SERVER_ERROR,
  RTK_HTTP_ERROR,
  RTK_API_ERROR,
  RTK_BAD_RESPONSE,
  RTK_TOO_LARGE,
  RTK_CANCELLED,
  RTK_KINDS,
  RTK_NO_MEMORY = RTK_KINDS /* raised as Lua's own memory error, never returned */
} rtk_kind;

/* "not_found" and its like; "ok" for RTK_OK. */
const char *rtk_kind_name(rtk_kind kind);

/* RTK_OK for any 2xx. */
rtk_kind rtk_kind_of_status(int status);

#endif
