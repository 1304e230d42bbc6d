#include "settings.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "url.h"
#include "wire.h"

/* The option's name, and what is wrong with it. */
static void refuse(rtk_settings *settings, const char *name, const char *what) {
  snprintf(settings->refusal, sizeof settings->refusal, "%s %s", name, what);
}

/* Not every request is below the account. */
static void check_account(rtk_settings *settings, const rtk_options *o) {
  const char *wrong = "is missing: set the option, or CLOUDFLARE_ACCOUNT_ID";
  if (o->account_id.s != NULL) wrong = rtk_url_check_id(o->account_id.s, o->account_id.n);
  if (wrong != NULL)
    snprintf(settings->account_refusal, sizeof settings->account_refusal, "account_id %s", wrong);
}

const char *rtk_settings_refusal(const rtk_settings *settings, bool below_account) {
  if (settings->refusal[0] != '\0') return settings->refusal;
  return below_account && settings->account_refusal[0] != '\0' ? settings->account_refusal : NULL;
}

/* The target as far as it is the same for each call of these settings. */
static bool make_prefix(rtk_settings *settings, const rtk_options *o) {
  rtk_buffer b = {NULL, 0, 0};
  const rtk_wire *wire = settings->wire;
  bool done = !wire->absolute_target || rtk_buffer_add(&b, wire->origin.s, wire->origin.n - 1);
  done = done && rtk_buffer_add(&b, wire->base_path.s, wire->base_path.n);
  settings->base_len = b.len;
  if (settings->account_refusal[0] == '\0')
    done = done && rtk_url_expand(&b, RTK_ACCOUNT_PATH, &o->account_id, 1) != NULL;
  done = done && rtk_string_set(&settings->prefix, b.data, b.len);
  rtk_buffer_free(&b);
  return done;
}

/* {==== The query ==== */

/* The choices' commas stay commas: one value in OpenAPI's `form` style. */
static bool add_parameter(rtk_buffer *b, bool *first, const rtk_parameter *p,
                          const rtk_string *value) {
  const rtk_string name = {(char *)p->name, strlen(p->name)};
  if (p->type != RTK_CHOICES) return rtk_url_add_query(b, first, &name, value);
  if (!rtk_buffer_addc(b, *first ? '?' : '&')) return false;
  *first = false;
  return rtk_buffer_add(b, name.s, name.n) && rtk_buffer_addc(b, '=') &&
         rtk_buffer_add(b, value->s, value->n);
}

/* The pair that gives the parameter a value, if there is one that it takes. */
static const rtk_pair *find_value(const rtk_pair *list, const rtk_parameter *p) {
  for (; list != NULL; list = list->next)
    if (strcmp(list->name.s, p->name) == 0) break;
  if (list == NULL || list->value.n == 0) return NULL;
  return rtk_parameter_takes(p, list->value.s, list->value.n) ? list : NULL;
}

static bool add_query(const rtk_settings *settings, const rtk_endpoint *endpoint, rtk_buffer *b) {
  const rtk_parameter *p;
  bool first = true;
  for (p = endpoint->parameters; settings->parameters != NULL && p->name != NULL; p++) {
    const rtk_pair *pair = find_value(settings->parameters, p);
    if (pair != NULL && !add_parameter(b, &first, p, &pair->value)) return false;
  }
  if (settings->query.n == 0) return true;
  return rtk_buffer_addc(b, first ? '?' : '&') &&
         rtk_buffer_add(b, settings->query.s, settings->query.n);
}

/* As long as they are with all of their names and values, whoever is sent them. */
static bool measure(rtk_buffer *b, bool *first, const rtk_pair *list) {
  for (; b->len <= RTK_MAX_QUERY && list != NULL; list = list->next)
    if (!rtk_url_add_query(b, first, &list->name, &list->value)) return false;
  return true;
}

static bool make_query(rtk_settings *settings, const rtk_options *o) {
  rtk_buffer b = {NULL, 0, 0};
  bool first = true, done = measure(&b, &first, o->query);
  done = done && rtk_string_set(&settings->query, first ? "" : b.data + 1, first ? 0 : b.len - 1);
  done = done && measure(&b, &first, o->parameters);
  if (b.len > RTK_MAX_QUERY)
    refuse(settings, "query", "comes to more than 16384 bytes, percent-encoded");
  rtk_buffer_free(&b);
  return done && rtk_pairs_copy(&settings->parameters, o->parameters);
}

static bool is_set(const rtk_pair *list, const rtk_string *name) {
  for (; list != NULL; list = list->next)
    if (list->value.n > 0 && strcmp(list->name.s, name->s) == 0) return true;
  return false;
}

/* An option that has a name of its own goes by that name, or twice would be sent. */
static void check_query(rtk_settings *settings, const rtk_options *o) {
  const rtk_pair *p;
  for (p = o->query; p != NULL; p = p->next) {
    if (p->name.n == 0) refuse(settings, "query", "has a parameter without a name");
    if (!is_set(o->parameters, &p->name)) continue;
    snprintf(settings->refusal, sizeof settings->refusal,
             "query has `%s`, which the option of that name sets already", p->name.s);
  }
}

/* }==== */

static void take_numbers(rtk_settings *settings, const rtk_options *o) {
  settings->retry.max_retries = o->max_retries;
  settings->retry.max_retry_after = o->max_retry_after;
  settings->timeout = o->timeout;
  settings->deadline = o->deadline;
  settings->concurrency = o->concurrency;
  settings->max_connections = o->max_connections;
  settings->max_response_bytes =
      o->max_response_bytes < (double)(SIZE_MAX / 4) ? (size_t)o->max_response_bytes : SIZE_MAX / 4;
}

static bool fill(rtk_settings *settings, const rtk_options *o) {
  take_numbers(settings, o);
  if (settings->wire->refusal[0] != '\0') {
    memcpy(settings->refusal, settings->wire->refusal, sizeof settings->refusal);
    return true;
  }
  check_query(settings, o);
  check_account(settings, o);
  return make_prefix(settings, o) && make_query(settings, o);
}

rtk_settings *rtk_settings_new(const rtk_options *o, const rtk_settings *parent) {
  rtk_settings *settings = rtk_zalloc(sizeof *settings);
  if (settings == NULL) return NULL;
  settings->refs = 1;
  settings->wire = parent != NULL ? rtk_wire_retain(parent->wire) : rtk_wire_new(o);
  if (settings->wire != NULL) settings->wire->users++;
  if (settings->wire != NULL && fill(settings, o)) return settings;
  rtk_settings_release(settings);
  return NULL;
}

rtk_settings *rtk_settings_retain(rtk_settings *settings) {
  settings->refs++;
  return settings;
}

static bool leave_wire(rtk_wire *wire) {
  bool unused = wire != NULL && --wire->users == 0;
  return rtk_wire_release(wire) && unused;
}

bool rtk_settings_release(rtk_settings *settings) {
  bool left;
  if (settings == NULL || --settings->refs > 0) return false;
  left = leave_wire(settings->wire);
  rtk_string_clear(&settings->prefix);
  rtk_string_clear(&settings->query);
  rtk_pairs_free(&settings->parameters);
  rtk_free(settings);
  return left;
}

bool rtk_settings_target(const rtk_settings *settings, const rtk_endpoint *endpoint,
                         const rtk_string *ids, rtk_buffer *target) {
  return rtk_buffer_add(target, settings->prefix.s, settings->prefix.n) &&
         rtk_url_expand(target, endpoint->path, ids, RTK_MAX_IDS) != NULL &&
         add_query(settings, endpoint, target);
}

bool rtk_settings_open_target(const rtk_settings *settings, const rtk_string *path,
                              bool below_account, rtk_buffer *target) {
  size_t n = below_account ? settings->prefix.n : settings->base_len;
  return rtk_buffer_add(target, settings->prefix.s, n) &&
         rtk_buffer_add(target, path->s, path->n) &&
         add_query(settings, &rtk_open_endpoint, target);
}
