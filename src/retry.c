#include "retry.h"

#include <math.h>
#include <string.h>

#include "http_date.h"

#define FIRST_WAIT 0.5
#define LONGEST_WAIT 8.0
#define SPREAD 0.25

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* A decimal number that takes up all `n` bytes: digits, perhaps a point and more digits. */
static bool read_decimal(const char *s, size_t n, double *number) {
  double unit = 1;
  size_t i = 0;
  *number = 0;
  if (n == 0 || !is_digit(s[0])) return false;
  for (; i < n && is_digit(s[i]); i++) *number = *number * 10 + (s[i] - '0');
  if (i < n && s[i] == '.')
    for (i++; i < n && is_digit(s[i]); i++) *number += (s[i] - '0') * (unit /= 10);
  return i == n && isfinite(*number);
}

/*
** The wait that the header fields ask for: `retry-after-ms`, else `retry-after` (seconds, which
** may have decimals, or an HTTP date in any of its three forms). Negative when there is none that
** is a finite number >= 0.
*/
static double asked_wait(const rtk_headers *headers, double wall) {
  rtk_header field;
  double number;
  if (rtk_headers_find(headers, "retry-after-ms", &field) &&
      read_decimal(field.value, field.value_len, &number))
    return number / 1000;
  if (!rtk_headers_find(headers, "retry-after", &field)) return -1;
  if (read_decimal(field.value, field.value_len, &number)) return number;
  if (rtk_http_date(field.value, field.value_len, wall, &number) && number >= wall)
    return number - wall;
  return -1;
}

static bool is_retried_status(int status) {
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

/* What the kind of the attempt says, before any count or clock. */
static bool is_retried(const rtk_attempt *attempt) {
  rtk_header field;
  if (attempt->acted_on) return false;
  if (attempt->kind == RTK_CONNECTION || attempt->kind == RTK_TIMEOUT) return true;
  if (attempt->status == 0 || attempt->kind != rtk_kind_of_status(attempt->status)) return false;
  if (attempt->kind == RTK_OK) return false;
  if (rtk_headers_find(attempt->headers, "x-should-retry", &field)) {
    if (field.value_len == 4 && memcmp(field.value, "true", 4) == 0) return true;
    if (field.value_len == 5 && memcmp(field.value, "false", 5) == 0) return false;
  }
  return is_retried_status(attempt->status);
}

static double backoff(int number, double random) {
  double wait = number > 5 ? LONGEST_WAIT : ldexp(FIRST_WAIT, number - 1);
  if (wait > LONGEST_WAIT) wait = LONGEST_WAIT;
  return wait * (1 - random * SPREAD);
}

rtk_decision rtk_retry_decide(const rtk_retry_policy *policy, const rtk_attempt *attempt,
                              double wall, double random) {
  rtk_decision d = {false, 0, -1};
  bool answered = attempt->status != 0 && attempt->kind == rtk_kind_of_status(attempt->status);
  double wait;
  if (answered && attempt->kind != RTK_OK) d.retry_after = asked_wait(attempt->headers, wall);
  if (!is_retried(attempt) || attempt->number > policy->max_retries) return d;
  wait = d.retry_after >= 0 ? d.retry_after : backoff(attempt->number, random);
  if (d.retry_after > policy->max_retry_after || wait >= attempt->time_left) return d;
  d.again = true;
  d.wait = wait;
  return d;
}
