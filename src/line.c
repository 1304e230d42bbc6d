#include "line.h"

static unsigned long long origin_of(const rtk_flight *f) {
  return f->call->settings->wire->origin_id;
}

static bool is_free(const rtk_line *line) {
  return line->queue.first == NULL && line->running == 0;
}

rtk_line *rtk_line_find(rtk_line *lines, const rtk_flight *f) {
  unsigned long long origin = origin_of(f);
  rtk_line *unused = NULL;
  int i;
  for (i = 0; i < RTK_LINES; i++) {
    if (lines[i].origin == origin) return &lines[i];
    if (is_free(&lines[i]) && (unused == NULL || unused->origin != 0)) unused = &lines[i];
  }
  if (unused == NULL) return &lines[origin % RTK_LINES];
  unused->origin = origin;
  unused->multiplexed = false;
  return unused;
}

bool rtk_line_is_full(const rtk_flight *f) {
  const rtk_line *line = f->line;
  bool multiplexed = line->multiplexed && line->origin == origin_of(f);
  return !multiplexed && line->running >= f->call->settings->max_connections;
}

int rtk_line_connections(const rtk_line *lines, const rtk_flight *f) {
  int i, connections = f->call->settings->max_connections;
  for (i = 0; i < RTK_LINES; i++)
    if (&lines[i] != f->line) connections += lines[i].running;
  return connections;
}

void rtk_line_learn(const rtk_flight *f, const char *http_version) {
  if (f->line->origin == origin_of(f)) f->line->multiplexed = *http_version == '2';
}
