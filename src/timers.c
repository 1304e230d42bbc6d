#include "timers.h"

#include "memory.h"

bool rtk_timers_reserve(rtk_timers *h, size_t count) {
  size_t room = h->room > 0 ? h->room : 16;
  rtk_timer **heap;
  if (count <= h->room) return true;
  while (room < count) room *= 2;
  heap = rtk_realloc(h->heap, room * sizeof(rtk_timer *));
  if (heap == NULL) return false;
  h->heap = heap;
  h->room = room;
  return true;
}

void rtk_timers_free(rtk_timers *h) {
  rtk_free(h->heap);
  h->heap = NULL;
  h->count = h->room = 0;
}

static bool is_before(const rtk_timer *a, const rtk_timer *b) {
  return a->at < b->at || (a->at <= b->at && a->order < b->order);
}

static void put(rtk_timers *h, size_t slot, rtk_timer *timer) {
  h->heap[slot - 1] = timer;
  timer->slot = slot;
}

/* The place at `slot` is free; `timer` goes there or nearer to the root. */
static void rise(rtk_timers *h, size_t slot, rtk_timer *timer) {
  while (slot > 1 && is_before(timer, h->heap[slot / 2 - 1])) {
    put(h, slot, h->heap[slot / 2 - 1]);
    slot /= 2;
  }
  put(h, slot, timer);
}

/* The place at `slot` is free; `timer` goes there or farther from the root. */
static void sink(rtk_timers *h, size_t slot, rtk_timer *timer) {
  size_t child;
  while ((child = 2 * slot) <= h->count) {
    if (child < h->count && is_before(h->heap[child], h->heap[child - 1])) child++;
    if (!is_before(h->heap[child - 1], timer)) break;
    put(h, slot, h->heap[child - 1]);
    slot = child;
  }
  put(h, slot, timer);
}

void rtk_timers_set(rtk_timers *h, rtk_timer *timer, double at) {
  rtk_timers_clear(h, timer);
  timer->at = at;
  timer->order = h->order++;
  rise(h, ++h->count, timer);
}

void rtk_timers_clear(rtk_timers *h, rtk_timer *timer) {
  size_t slot = timer->slot;
  rtk_timer *last;
  if (slot == 0) return;
  timer->slot = 0;
  last = h->heap[--h->count];
  if (last == timer) return;
  if (slot > 1 && is_before(last, h->heap[slot / 2 - 1]))
    rise(h, slot, last);
  else
    sink(h, slot, last);
}

rtk_timer *rtk_timers_first(const rtk_timers *h) {
  return h->count > 0 ? h->heap[0] : NULL;
}
