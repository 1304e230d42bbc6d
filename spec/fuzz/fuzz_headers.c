/*
** Header lines as a server may send them, and all that is read from them: fields, Ratelimit,
** Retry-After with its dates, the decision about a retry. The first eight bytes of the input choose
** the policy, the time and the attempt; the rest is the header, a line for each '\n'.
*/
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "http_date.h"
#include "retry.h"

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void check_field(const rtk_header *field) {
  size_t i;
  PROPERTY(field->name_len > 0);
  for (i = 0; i < field->name_len; i++) {
    char c = field->name[i];
    PROPERTY(c != ':' && c != '\n' && !(c >= 'A' && c <= 'Z'));
  }
  PROPERTY(field->value_len == 0 || memchr(field->value, '\n', field->value_len) == NULL);
  PROPERTY(field->value_len == 0 ||
           (!is_blank(field->value[0]) && !is_blank(field->value[field->value_len - 1])));
}

/* Whether field `i` has the name of one before it. */
static bool came_before(const rtk_headers *h, size_t i) {
  rtk_header field = rtk_headers_get(h, i);
  size_t k;
  for (k = 0; k < i; k++) {
    rtk_header other = rtk_headers_get(h, k);
    if (other.name_len == field.name_len && memcmp(other.name, field.name, field.name_len) == 0)
      return true;
  }
  return false;
}

static void check_fields(const rtk_headers *h) {
  rtk_header field;
  size_t i, at = 0, bytes = 0;
  for (i = 0; i < h->field_count; i++) {
    field = rtk_headers_get(h, i);
    check_field(&field);
    PROPERTY(field.name == h->lines.data + at && field.value == field.name + field.name_len + 1);
    PROPERTY(field.value[-1] == ':' && field.value[field.value_len] == '\n');
    PROPERTY(field.repeats == came_before(h, i));
    at += field.name_len + field.value_len + 2;
    bytes += field.name_len + field.value_len;
  }
  PROPERTY(at == h->lines.len);
  PROPERTY(i <= RTK_MAX_HEADER_LINES && bytes <= RTK_MAX_HEADER_BYTES);
}

static void check_rate_limit(const rtk_headers *h) {
  double remaining = -1, reset = -1;
  if (!rtk_headers_rate_limit(h, &remaining, &reset)) return;
  PROPERTY(isfinite(remaining) && remaining >= 0 && isfinite(reset) && reset >= 0);
}

static void check_decision(const rtk_headers *h, const uint8_t *choice) {
  static const int statuses[] = {200, 404, 408, 409, 429, 500, 503, 0};
  rtk_retry_policy policy = {choice[0] % 8, choice[1]};
  rtk_attempt attempt = {1 + choice[2] % 16, RTK_OK, statuses[choice[3] % 8], h, HUGE_VAL};
  double wall = choice[4] * 1e7, random = choice[5] / 256.0, longest = policy.max_retry_after;
  rtk_decision d;
  attempt.kind = attempt.status != 0 ? rtk_kind_of_status(attempt.status) : RTK_CONNECTION;
  if (choice[6] % 2) attempt.time_left = choice[7] / 8.0;
  d = rtk_retry_decide(&policy, &attempt, wall, random);
  PROPERTY(isfinite(d.wait) && d.wait >= 0);
  PROPERTY(d.wait <= (longest > 8 ? longest : 8));
  PROPERTY(d.wait == 0 || d.wait < attempt.time_left);
  PROPERTY(isfinite(d.retry_after) && (d.retry_after >= 0 || d.retry_after == -1));
  PROPERTY(!d.again || attempt.number <= policy.max_retries);
  PROPERTY(d.again || d.wait == 0);
  PROPERTY(!(d.again && attempt.kind == RTK_OK));
}

static void check_date(const char *s, size_t n, double wall) {
  double seconds = 0;
  if (!rtk_http_date(s, n, wall, &seconds)) return;
  PROPERTY(isfinite(seconds) && seconds > -7e10 && seconds < 3e11); /* years 0 to 9999 */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rtk_headers h;
  const char *s, *end, *line_end;
  rtk_header field;
  rtk_headers_result result = RTK_HEADERS_OK;
  if (size < 8) return 0;
  memset(&h, 0, sizeof h);
  s = (const char *)data + 8;
  end = (const char *)data + size;
  for (; s < end && result == RTK_HEADERS_OK; s = line_end) {
    line_end = memchr(s, '\n', (size_t)(end - s));
    line_end = line_end != NULL ? line_end + 1 : end;
    result = rtk_headers_take(&h, s, (size_t)(line_end - s));
  }
  check_fields(&h);
  check_rate_limit(&h);
  check_decision(&h, data);
  if (rtk_headers_find(&h, "retry-after", &field))
    check_date(field.value, field.value_len, data[4] * 1e7);
  rtk_headers_free(&h);
  return 0;
}
