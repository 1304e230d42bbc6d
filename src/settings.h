/*
** What a call needs to know, worked out from options once and used by many calls: immutable,
** counted. Pure C.
*/
#ifndef rtk_settings_h
#define rtk_settings_h

#include "endpoints.h"
#include "retry.h"
#include "wire.h"

/* Bytes of the query, percent-encoded. */
enum { RTK_MAX_QUERY = 16384 };

typedef struct rtk_settings {
  int refs;
  rtk_wire *wire;
  char refusal[RTK_MAX_REFUSAL]; /* the wire's or one of these settings */
  char account_refusal[RTK_MAX_REFUSAL];
  rtk_string prefix;    /* of the request target, up to the account's id where there is one */
  size_t base_len;      /* of which as much is of the base URL */
  rtk_pair *parameters; /* of all endpoints, as in the options */
  rtk_string query;     /* "name=value&..." or "": what any endpoint is sent */
  rtk_retry_policy retry;
  double timeout, deadline;
  size_t max_response_bytes;
  int concurrency, max_connections;
} rtk_settings;

/*
** Works the options out. `parent`, when not NULL, lends its wire: the options are then the parent's
** but for such as do not shape a handle. NULL when out of memory. A refusal is not an error here:
** each call reports it.
*/
rtk_settings *rtk_settings_new(const rtk_options *o, const rtk_settings *parent);

/* Why no call can be sent that is below the account, or is not; NULL when it can. */
const char *rtk_settings_refusal(const rtk_settings *settings, bool below_account);

rtk_settings *rtk_settings_retain(rtk_settings *settings);

/* Whether handles hold its wire still that nobody uses any more: they are to be tidied. */
bool rtk_settings_release(rtk_settings *settings);

/*
** Adds the request target: the prefix, the endpoint's path with its `ids` in it, those of the
** parameters that it has, the query. False when out of memory.
*/
bool rtk_settings_target(const rtk_settings *settings, const rtk_endpoint *endpoint,
                         const rtk_string *ids, rtk_buffer *target);

/* The same for a path that is ready to be sent, below the base URL or the account. */
bool rtk_settings_open_target(const rtk_settings *settings, const rtk_string *path,
                              bool below_account, rtk_buffer *target);

#endif
