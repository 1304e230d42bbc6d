#include "options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

enum {
  DEFAULT_TIMEOUT = 60,
  DEFAULT_CONNECT_TIMEOUT = 10,
  DEFAULT_MAX_RETRIES = 2,
  DEFAULT_MAX_RETRY_AFTER = 60,
  DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024,
  DEFAULT_CONCURRENCY = 16,
  DEFAULT_MAX_CONNECTIONS = 8
};

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* An environment variable without the white space around it; a blank one is as good as unset. */
static bool read_environment(rtk_string *str, const char *name) {
  const char *s = getenv(name);
  size_t n;
  if (s == NULL) return true;
  while (is_space(*s)) s++;
  n = strlen(s);
  while (n > 0 && is_space(s[n - 1])) n--;
  return n == 0 || rtk_string_set(str, s, n);
}

bool rtk_options_defaults(rtk_options *o) {
  o->timeout = DEFAULT_TIMEOUT;
  o->deadline = HUGE_VAL;
  o->connect_timeout = DEFAULT_CONNECT_TIMEOUT;
  o->max_retries = DEFAULT_MAX_RETRIES;
  o->max_retry_after = DEFAULT_MAX_RETRY_AFTER;
  o->max_response_bytes = DEFAULT_MAX_RESPONSE_BYTES;
  o->concurrency = DEFAULT_CONCURRENCY;
  o->max_connections = DEFAULT_MAX_CONNECTIONS;
  return read_environment(&o->account_id, "CLOUDFLARE_ACCOUNT_ID") &&
         read_environment(&o->base_url, "CLOUDFLARE_BASE_URL") &&
         read_environment(&o->environment.api_token, "CLOUDFLARE_API_TOKEN") &&
         read_environment(&o->environment.api_email, "CLOUDFLARE_EMAIL") &&
         read_environment(&o->environment.api_key, "CLOUDFLARE_API_KEY") &&
         read_environment(&o->environment.user_service_key, "CLOUDFLARE_API_USER_SERVICE_KEY");
}

/* {==== Credentials ==== */

static bool copy_credentials(rtk_credentials *to, const rtk_credentials *from) {
  return rtk_string_copy(&to->api_token, &from->api_token) &&
         rtk_string_copy(&to->api_email, &from->api_email) &&
         rtk_string_copy(&to->api_key, &from->api_key) &&
         rtk_string_copy(&to->user_service_key, &from->user_service_key);
}

static void clear_credentials(rtk_credentials *c) {
  rtk_string_clear(&c->api_token);
  rtk_string_clear(&c->api_email);
  rtk_string_clear(&c->api_key);
  rtk_string_clear(&c->user_service_key);
}

/* `from` gives its string away; `to` keeps its own where there is none. */
static void move_string(rtk_string *to, rtk_string *from) {
  if (from->s == NULL) return;
  rtk_string_clear(to);
  *to = *from;
  from->s = NULL;
  from->n = 0;
}

void rtk_options_settle_credentials(rtk_options *o) {
  rtk_credentials *given = &o->given, *level = &o->level;
  bool pair = level->api_email.s != NULL || level->api_key.s != NULL;
  bool other = level->api_token.s != NULL || level->user_service_key.s != NULL;
  if (!pair && !other) return;
  if (pair && !other) {
    rtk_string_clear(&given->api_token);
    rtk_string_clear(&given->user_service_key);
  } else {
    clear_credentials(given);
  }
  move_string(&given->api_token, &level->api_token);
  move_string(&given->api_email, &level->api_email);
  move_string(&given->api_key, &level->api_key);
  move_string(&given->user_service_key, &level->user_service_key);
}

/* }==== */

/* {==== Headers and query ==== */

typedef int (*comparison)(const rtk_string *, const rtk_string *);

static int compare_headers(const rtk_string *a, const rtk_string *b) {
  return strcasecmp(a->s, b->s);
}

static int compare_parameters(const rtk_string *a, const rtk_string *b) {
  int order = memcmp(a->s, b->s, a->n < b->n ? a->n : b->n);
  return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

void rtk_pairs_free(rtk_pair **list) {
  while (*list != NULL) {
    rtk_pair *p = *list;
    *list = p->next;
    rtk_string_clear(&p->name);
    rtk_string_clear(&p->value);
    rtk_free(p);
  }
}

rtk_pair *rtk_options_new_entry(rtk_options *o) {
  rtk_pair *p = rtk_zalloc(sizeof *p);
  if (p == NULL) return NULL;
  p->next = o->entries;
  o->entries = p;
  return p;
}

bool rtk_pairs_copy(rtk_pair **to, const rtk_pair *from) {
  for (; from != NULL; from = from->next, to = &(*to)->next) {
    *to = rtk_zalloc(sizeof **to);
    if (*to == NULL) return false;
    if (!rtk_string_copy(&(*to)->name, &from->name)) return false;
    if (!rtk_string_copy(&(*to)->value, &from->value)) return false;
  }
  return true;
}

/* Puts `p` into its place; an entry of the same name gives way, and is freed. True if there was. */
static bool insert_pair(rtk_pair **list, rtk_pair *p, comparison compare) {
  rtk_pair *old;
  bool same;
  while (*list != NULL && compare(&(*list)->name, &p->name) < 0) list = &(*list)->next;
  old = *list;
  same = old != NULL && compare(&old->name, &p->name) == 0;
  p->next = same ? old->next : old;
  *list = p;
  if (same) {
    old->next = NULL;
    rtk_pairs_free(&old);
  }
  return same;
}

/* Moves all of `from` into `list`; true when a name was there already. */
static bool merge_pairs(rtk_pair **list, rtk_pair **from, comparison compare) {
  bool twice = false;
  while (*from != NULL) {
    rtk_pair *p = *from;
    *from = p->next;
    twice |= insert_pair(list, p, compare);
  }
  return twice;
}

void rtk_options_merge_headers(rtk_options *o) {
  rtk_pair *sorted = NULL;
  if (merge_pairs(&sorted, &o->entries, compare_headers)) o->double_header = true;
  merge_pairs(&o->headers, &sorted, compare_headers);
}

void rtk_options_merge_query(rtk_options *o) {
  merge_pairs(&o->query, &o->entries, compare_parameters);
}

void rtk_options_merge_parameters(rtk_options *o) {
  merge_pairs(&o->parameters, &o->entries, compare_parameters);
}

/* }==== */

bool rtk_options_copy(rtk_options *to, const rtk_options *from) {
  to->timeout = from->timeout;
  to->deadline = from->deadline;
  to->connect_timeout = from->connect_timeout;
  to->max_retry_after = from->max_retry_after;
  to->max_response_bytes = from->max_response_bytes;
  to->max_retries = from->max_retries;
  to->concurrency = from->concurrency;
  to->max_connections = from->max_connections;
  to->http_version = from->http_version;
  to->no_proxy = from->no_proxy;
  to->double_header = from->double_header;
  return rtk_string_copy(&to->account_id, &from->account_id) &&
         rtk_string_copy(&to->base_url, &from->base_url) &&
         rtk_string_copy(&to->ca_file, &from->ca_file) &&
         rtk_string_copy(&to->ca_path, &from->ca_path) &&
         rtk_string_copy(&to->proxy, &from->proxy) &&
         rtk_string_copy(&to->user_agent, &from->user_agent) &&
         copy_credentials(&to->given, &from->given) &&
         copy_credentials(&to->environment, &from->environment) &&
         rtk_pairs_copy(&to->headers, from->headers) && rtk_pairs_copy(&to->query, from->query) &&
         rtk_pairs_copy(&to->parameters, from->parameters);
}

void rtk_options_clear(rtk_options *o) {
  rtk_string_clear(&o->account_id);
  rtk_string_clear(&o->base_url);
  rtk_string_clear(&o->ca_file);
  rtk_string_clear(&o->ca_path);
  rtk_string_clear(&o->proxy);
  rtk_string_clear(&o->user_agent);
  clear_credentials(&o->given);
  clear_credentials(&o->environment);
  clear_credentials(&o->level);
  rtk_pairs_free(&o->headers);
  rtk_pairs_free(&o->query);
  rtk_pairs_free(&o->parameters);
  rtk_pairs_free(&o->entries);
  memset(o, 0, sizeof *o);
}
