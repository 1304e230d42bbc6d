/*
** What a client or a call was told, and where nothing was, what the environment says. Plain data
** in C memory: schema.h reads it from Lua, settings.h turns it into what a request needs.
*/
#ifndef rtk_options_h
#define rtk_options_h

#include "buffer.h"

typedef struct rtk_credentials {
  rtk_string api_token, api_email, api_key, user_service_key;
} rtk_credentials;

/* A name and its value; `value.s` is NULL for a header that is dropped. */
typedef struct rtk_pair {
  struct rtk_pair *next;
  rtk_string name, value;
} rtk_pair;

typedef enum { RTK_HTTP_DEFAULT, RTK_HTTP_1_1, RTK_HTTP_2 } rtk_http_version;

/* An absent string is NULL. Times are in seconds; `deadline` is infinite when there is none. */
typedef struct rtk_options {
  rtk_string account_id, base_url, ca_file, ca_path, proxy, user_agent;
  rtk_credentials given;       /* by client and call options */
  rtk_credentials environment; /* used only when nothing was given */
  /* Each sorted by name, and each name there once. An empty parameter is absent. */
  rtk_pair *headers, *query, *parameters;
  double timeout, deadline, connect_timeout, max_retry_after, max_response_bytes;
  int max_retries, concurrency, max_connections;
  rtk_http_version http_version;
  bool no_proxy;      /* `proxy = false` */
  bool double_header; /* one `headers` table spelt one name in two ways */

  /* While a table is read; empty otherwise. */
  rtk_credentials level; /* its credentials */
  rtk_pair *entries;     /* of its `headers` or `query`, or one parameter */
  bool shapes_handle;    /* it has an option that shapes the libcurl handle, not the request only */
} rtk_options;

/* Fills an all-zero `o` with the defaults and the environment. False when out of memory. */
bool rtk_options_defaults(rtk_options *o);

/* Copies into an all-zero `to`. False when out of memory; what was copied is `to`'s to clear. */
bool rtk_options_copy(rtk_options *to, const rtk_options *from);

/* Wipes and frees all that `o` owns, and leaves it all zero. */
void rtk_options_clear(rtk_options *o);

/*
** `level` over `given`: one scheme is in force at a time. A token, or else a service key, takes the
** place of all there was; one half of the e-mail and key pair keeps the other half. Empties
** `level`.
*/
void rtk_options_settle_credentials(rtk_options *o);

/* An empty entry at the head of `o->entries`; NULL when out of memory. */
rtk_pair *rtk_options_new_entry(rtk_options *o);

/*
** Merge `o->entries` over the headers (names without case), the query or the parameters, each name
** replacing its like, and empty it.
*/
void rtk_options_merge_headers(rtk_options *o);
void rtk_options_merge_query(rtk_options *o);
void rtk_options_merge_parameters(rtk_options *o);

/* False when out of memory: what was copied is the list's owner's to free. */
bool rtk_pairs_copy(rtk_pair **to, const rtk_pair *from);
void rtk_pairs_free(rtk_pair **list);

#endif
