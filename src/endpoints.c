#include "endpoints.h"

#include <limits.h>
#include <string.h>

#define SESSIONS "/realtime/kit/{app_id}/sessions"
#define SESSION SESSIONS "/{session_id}"

/* Parameters that several endpoints have. */
#define FILTERS                                                                           \
  {                                                                                       \
    .name = "filters", .type = RTK_CHOICES,                                               \
    .choices = {"device_info", "ip_information", "precall_network_information", "events", \
                "quality_stats"},                                                         \
  }
#define PEER_EVENTS \
  { .name = "include_peer_events", .type = RTK_BOOLEAN }
#define PAGE_NO \
  { .name = "page_no", .type = RTK_WHOLE, .min = 0, .max = INT_MAX }
#define PER_PAGE \
  { .name = "per_page", .type = RTK_WHOLE, .min = 0, .max = INT_MAX }
#define SEARCH \
  { .name = "search", .type = RTK_TEXT }
#define SORT_ORDER                                                         \
  {                                                                        \
    .name = "sort_order", .type = RTK_CHOICE, .choices = { "ASC", "DESC" } \
  }

static const rtk_endpoint endpoints[] = {
    {.name = "participant",
     .path = SESSION "/participants/{participant_id}",
     .result = "participant",
     .each = "participant",
     .ids = {"app_id", "session_id", "participant_id"},
     .parameters = {FILTERS, PEER_EVENTS}},
    {.name = "sessions",
     .path = SESSIONS,
     .result = "sessions",
     .list = true,
     .ids = {"app_id"},
     .parameters = {{.name = "associated_id", .type = RTK_TEXT},
                    {.name = "start_time", .type = RTK_TIME},
                    {.name = "end_time", .type = RTK_TIME},
                    {.name = "status", .type = RTK_CHOICE, .choices = {"LIVE", "ENDED"}},
                    {.name = "participants", .type = RTK_TEXT},
                    SEARCH,
                    {.name = "sort_by",
                     .type = RTK_CHOICE,
                     .choices = {"minutesConsumed", "createdAt"}},
                    SORT_ORDER,
                    PAGE_NO,
                    PER_PAGE}},
    {.name = "session",
     .path = SESSION,
     .ids = {"app_id", "session_id"},
     .parameters = {{.name = "include_breakout_rooms", .type = RTK_BOOLEAN}}},
    {.name = "participants",
     .path = SESSION "/participants",
     .result = "participants",
     .list = true,
     .ids = {"app_id", "session_id"},
     .parameters = {PEER_EVENTS,
                    {.name = "view", .type = RTK_CHOICE, .choices = {"raw", "consolidated"}},
                    SEARCH,
                    {.name = "sort_by", .type = RTK_CHOICE, .choices = {"joinedAt", "duration"}},
                    SORT_ORDER,
                    PAGE_NO,
                    PER_PAGE}},
    {.name = "peer_report",
     .path = SESSIONS "/peer-report/{peer_id}",
     .result = "participant",
     .each = "peer",
     .ids = {"app_id", "peer_id"},
     .parameters = {FILTERS, PEER_EVENTS}},
    {.name = "transcript",
     .path = SESSION "/transcript",
     .ids = {"app_id", "session_id"},
     .parameters = {{.name = "format",
                     .type = RTK_CHOICE,
                     .choices = {"SRT", "VTT", "JSON", "CSV"}}}},
};

const rtk_endpoint rtk_open_endpoint = {
    .name = "request",
    .ids = {"method", "path", "params"},
    .parameters = {{.name = "body", .type = RTK_OF_CALL},
                   {.name = "idempotent", .type = RTK_OF_CALL}},
};

enum { ENDPOINTS = sizeof endpoints / sizeof *endpoints };

const rtk_endpoint *rtk_endpoint_at(size_t index) {
  return index < ENDPOINTS ? &endpoints[index] : NULL;
}

const rtk_endpoint *rtk_callable_at(size_t index) {
  return index == ENDPOINTS ? &rtk_open_endpoint : rtk_endpoint_at(index);
}

int rtk_endpoint_ids(const rtk_endpoint *endpoint) {
  int n = 0;
  while (endpoint->ids[n] != NULL) n++;
  return n;
}

static bool is(const char *known, const char *s, size_t n) {
  return strlen(known) == n && memcmp(known, s, n) == 0;
}

const rtk_parameter *rtk_endpoint_parameter(const rtk_endpoint *endpoint, const char *name,
                                            size_t n) {
  const rtk_parameter *p;
  for (p = endpoint->parameters; p->name != NULL; p++)
    if (is(p->name, name, n)) return p;
  return NULL;
}

bool rtk_parameter_takes(const rtk_parameter *parameter, const char *text, size_t n) {
  size_t i;
  if (parameter->type != RTK_CHOICE) return true;
  for (i = 0; parameter->choices[i] != NULL; i++)
    if (is(parameter->choices[i], text, n)) return true;
  return false;
}
