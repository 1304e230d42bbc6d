#include "kind.h"

const char *rtk_kind_name(rtk_kind kind) {
  static const char *const names[RTK_KINDS + 1] = {
      [RTK_OK] = "ok",
      [RTK_INVALID_REQUEST] = "invalid_request",
      [RTK_CONNECTION] = "connection",
      [RTK_TLS] = "tls",
      [RTK_TIMEOUT] = "timeout",
      [RTK_BAD_REQUEST] = "bad_request",
      [RTK_AUTHENTICATION] = "authentication",
      [RTK_PERMISSION_DENIED] = "permission_denied",
      [RTK_NOT_FOUND] = "not_found",
      [RTK_CONFLICT] = "conflict",
      [RTK_UNPROCESSABLE] = "unprocessable",
      [RTK_RATE_LIMITED] = "rate_limited",
      [RTK_SERVER_ERROR] = "server_error",
      [RTK_HTTP_ERROR] = "http_error",
      [RTK_API_ERROR] = "api_error",
      [RTK_BAD_RESPONSE] = "bad_response",
      [RTK_TOO_LARGE] = "too_large",
      [RTK_CANCELLED] = "cancelled",
      [RTK_NO_MEMORY] = "not enough memory",
  };
  return names[kind];
}

rtk_kind rtk_kind_of_status(int status) {
  if (status >= 200 && status < 300) return RTK_OK;
  if (status >= 500) return RTK_SERVER_ERROR;
  switch (status) {
    case 400: return RTK_BAD_REQUEST;
    case 401: return RTK_AUTHENTICATION;
    case 403: return RTK_PERMISSION_DENIED;
    case 404: return RTK_NOT_FOUND;
    case 409: return RTK_CONFLICT;
    case 422: return RTK_UNPROCESSABLE;
    case 429: return RTK_RATE_LIMITED;
    default: return RTK_HTTP_ERROR;
  }
}
