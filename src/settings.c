#include "settings.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "url.h"
#include "wire.h"

/* "option 'x' " and what is wrong with it. */
static void refuse(rtk_settings *settings, const char *name, const char *what) {
  snprintf(settings->refusal, sizeof settings->refusal, "%s %s", name, what);
}

static bool check_account(rtk_settings *settings, const rtk_options *o) {
  const char *wrong;
  if (o->account_id.s == NULL) {
    refuse(settings, "account_id", "is missing: set the option, or CLOUDFLARE_ACCOUNT_ID");
    return false;
  }
  wrong = rtk_url_check_id(o->account_id.s, o->account_id.n);
  if (wrong != NULL) refuse(settings, "account_id", wrong);
  return wrong == NULL;
}

/* The target as far as it is the same for each call of these settings. */
static bool make_prefix(rtk_settings *settings, const rtk_options *o) {
  rtk_buffer b = {NULL, 0, 0};
  const rtk_wire *wire = settings->wire;
  bool done = !wire->absolute_target || rtk_buffer_add(&b, wire->origin.s, wire->origin.n - 1);
  done = done && rtk_buffer_add(&b, wire->base_path.s, wire->base_path.n);
  if (done) settings->path = rtk_url_expand(&b, RTK_PARTICIPANT_PATH, &o->account_id, 1);
  done = done && settings->path != NULL && rtk_string_set(&settings->prefix, b.data, b.len);
  rtk_buffer_free(&b);
  return done;
}

/* The filters' commas stay commas: one value in OpenAPI's `form` style. */
static bool add_filters(rtk_buffer *b, bool *first, const rtk_string *filters) {
  if (filters->n == 0) return true;
  *first = false;
  return rtk_buffer_adds(b, "?filters=") && rtk_buffer_add(b, filters->s, filters->n);
}

static bool add_peer_events(rtk_buffer *b, bool *first, int include) {
  if (include < 0) return true;
  if (!rtk_buffer_adds(b, *first ? "?" : "&")) return false;
  *first = false;
  return rtk_buffer_adds(b, include ? "include_peer_events=true" : "include_peer_events=false");
}

static bool make_query(rtk_settings *settings, const rtk_options *o) {
  rtk_buffer b = {NULL, 0, 0};
  const rtk_pair *p;
  bool first = true;
  bool done =
      add_filters(&b, &first, &o->filters) && add_peer_events(&b, &first, o->include_peer_events);
  for (p = o->query; done && b.len <= RTK_MAX_QUERY && p != NULL; p = p->next)
    done = rtk_url_add_query(&b, &first, &p->name, &p->value);
  if (b.len > RTK_MAX_QUERY)
    refuse(settings, "query", "comes to more than 16384 bytes, percent-encoded");
  done = done && rtk_string_set(&settings->query, b.data, b.len);
  rtk_buffer_free(&b);
  return done;
}

/* An option that has a name of its own goes by that name, or twice would be sent. */
static void check_query(rtk_settings *settings, const rtk_options *o) {
  const rtk_pair *p;
  for (p = o->query; p != NULL; p = p->next) {
    if (p->name.n == 0)
      refuse(settings, "query", "has a parameter without a name");
    else if (strcmp(p->name.s, "filters") == 0 && o->filters.n > 0)
      refuse(settings, "query", "has `filters`, which the option of that name sets already");
    else if (strcmp(p->name.s, "include_peer_events") == 0 && o->include_peer_events >= 0)
      refuse(settings, "query",
             "has `include_peer_events`, which the option of that name sets already");
  }
}

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
  if (!check_account(settings, o)) return true;
  return make_prefix(settings, o) && make_query(settings, o);
}

rtk_settings *rtk_settings_new(const rtk_options *o, const rtk_settings *parent) {
  rtk_settings *settings = rtk_zalloc(sizeof *settings);
  if (settings == NULL) return NULL;
  settings->refs = 1;
  settings->wire = parent != NULL ? rtk_wire_retain(parent->wire) : rtk_wire_new(o);
  if (settings->wire != NULL && fill(settings, o)) return settings;
  rtk_settings_release(settings);
  return NULL;
}

rtk_settings *rtk_settings_retain(rtk_settings *settings) {
  settings->refs++;
  return settings;
}

void rtk_settings_release(rtk_settings *settings) {
  if (settings == NULL || --settings->refs > 0) return;
  rtk_wire_release(settings->wire);
  rtk_string_clear(&settings->prefix);
  rtk_string_clear(&settings->query);
  rtk_free(settings);
}

bool rtk_settings_target(const rtk_settings *settings, const rtk_string *ids, size_t count,
                         rtk_buffer *target) {
  return rtk_buffer_add(target, settings->prefix.s, settings->prefix.n) &&
         rtk_url_expand(target, settings->path, ids, count) != NULL &&
         rtk_buffer_add(target, settings->query.s, settings->query.n);
}
