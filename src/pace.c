#include "pace.h"

enum { LONGEST_HOLD = 3600 }; /* seconds: a server cannot silence a client for longer at a time */

double rtk_pace_draw(rtk_pace *pace) {
  unsigned long long x = pace->random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  pace->random = x;
  return (double)((x * 2685821657736338717ULL) >> 11) / 9007199254740992.0;
}

static double bounded(double wait) {
  return wait < LONGEST_HOLD ? wait : LONGEST_HOLD;
}

void rtk_pace_hold(rtk_pace *pace, double wait, double now) {
  if (wait > 0 && now + bounded(wait) > pace->held_until) pace->held_until = now + bounded(wait);
}

void rtk_pace_learn(rtk_pace *pace, const rtk_headers *headers, double now) {
  double remaining, reset;
  if (!rtk_headers_rate_limit(headers, &remaining, &reset)) return;
  pace->left = remaining > pace->unanswered ? remaining - pace->unanswered : 0;
  pace->renewed = now + bounded(reset);
}

double rtk_pace_wait(const rtk_pace *pace, double now) {
  return pace->left >= 1 || pace->renewed <= now ? 0 : pace->renewed - now;
}

void rtk_pace_sent(rtk_pace *pace) {
  pace->unanswered++;
  pace->left--;
}

void rtk_pace_answered(rtk_pace *pace) {
  pace->unanswered--;
}
