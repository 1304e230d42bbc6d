#include "pool.h"

#include <stdint.h>

#include "clock.h"
#include "memory.h"
#include "process_id.h"
#include "station.h"
#include "tls_session.h"

/* Never 0, which the generator would stay at. */
static unsigned long long make_seed(const rtk_pool *pool) {
  unsigned long long seed = (unsigned long long)(rtk_clock_wall() * 1e6);
  seed ^= (unsigned long long)(uintptr_t)pool << 20;
  seed ^= (unsigned long long)pool->owner << 44;
  return seed | 1;
}

rtk_pool *rtk_pool_new(void) {
  rtk_pool *pool = rtk_zalloc(sizeof *pool);
  if (pool == NULL) return NULL;
  pool->refs = 1;
  pool->owner = rtk_process_id();
  pool->pace.random = make_seed(pool);
  return pool;
}

rtk_pool *rtk_pool_retain(rtk_pool *pool) {
  pool->refs++;
  return pool;
}

static void free_idle(rtk_pool *pool) {
  while (pool->idle != NULL) {
    rtk_call *call = pool->idle;
    pool->idle = call->next;
    rtk_call_free(call);
  }
  rtk_tls_session_forget_errors();
}

/* Of a child: the idle connections are the parent's, and stay open there. */
static void leave_to_parent(rtk_pool *pool) {
  if (pool->owner == rtk_process_id()) return;
  free_idle(pool);
  if (pool->dispatcher != NULL) rtk_dispatcher_tidy(pool->dispatcher);
  pool->dispatcher = NULL;
  pool->pace.unanswered = 0;
  pool->owner = rtk_process_id();
  pool->pace.random = make_seed(pool);
}

void rtk_pool_tidy(rtk_pool *pool) {
  rtk_call *call;
  for (call = pool->idle; call != NULL; call = call->next) rtk_transfer_tidy(call->transfer);
  if (pool->dispatcher != NULL) rtk_dispatcher_tidy(pool->dispatcher);
  if (pool->station != NULL) rtk_station_tidy(pool->station);
}

void rtk_pool_hang_up(rtk_pool *pool) {
  int lane;
  free_idle(pool);
  if (pool->dispatcher == NULL || !rtk_dispatcher_is_ours(pool->dispatcher) ||
      rtk_dispatcher_under_way(pool->dispatcher) > 0)
    return;
  for (lane = 0; lane < RTK_LANES; lane++)
    rtk_engine_renew(rtk_dispatcher_engine(pool->dispatcher), (rtk_lane)lane);
}

void rtk_pool_release(rtk_pool *pool) {
  if (pool == NULL || --pool->refs > 0) return;
  free_idle(pool);
  rtk_dispatcher_free(pool->dispatcher);
  rtk_station_release(pool->station);
  rtk_free(pool);
}

rtk_call *rtk_pool_take(rtk_pool *pool) {
  rtk_call *call;
  leave_to_parent(pool);
  call = pool->idle;
  if (call == NULL) return rtk_call_new(false);
  pool->idle = call->next;
  call->next = NULL;
  return call;
}

void rtk_pool_put(rtk_pool *pool, rtk_call *call) {
  leave_to_parent(pool);
  rtk_call_end(call);
  call->next = pool->idle;
  pool->idle = call;
}

rtk_dispatcher *rtk_pool_dispatcher(rtk_pool *pool) {
  leave_to_parent(pool);
  if (pool->dispatcher == NULL) pool->dispatcher = rtk_dispatcher_new();
  return pool->dispatcher;
}

void rtk_pool_set_station(rtk_pool *pool, rtk_station *station) {
  leave_to_parent(pool);
  if (pool->station == station) return;
  rtk_station_release(pool->station);
  pool->station = rtk_station_retain(station);
}

void rtk_pool_cancel(rtk_pool *pool, const void *owner, const char *why) {
  if (pool->dispatcher != NULL) rtk_dispatcher_cancel_all(pool->dispatcher, owner, why);
  if (pool->station != NULL) rtk_station_cancel_all(pool->station, owner);
}
