#include "line.h"

static unsigned long long origin_of(const rtk_flight *f) {
  return f->call->settings->wire->origin_id;
}

unsigned rtk_line_index(const rtk_flight *f) {
  return (unsigned)(origin_of(f) % RTK_LINES);
}

bool rtk_line_is_full(const rtk_line *line, const rtk_flight *f) {
  return line->multiplexed != origin_of(f) && line->running >= f->call->settings->max_connections;
}

int rtk_line_connections(const rtk_line *first, const rtk_flight *f) {
  int i, connections = f->call->settings->max_connections;
  for (i = 0; i < RTK_LINES; i++)
    if (i != (int)rtk_line_index(f)) connections += first[i].running;
  return connections;
}

void rtk_line_learn(rtk_line *line, const rtk_flight *f, const char *http_version) {
  if (*http_version == '2')
    line->multiplexed = origin_of(f);
  else if (line->multiplexed == origin_of(f))
    line->multiplexed = 0;
}
