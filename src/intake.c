#include "intake.h"

enum {
  KEPT_BODY = 256 * 1024,       /* memory that stays from attempt to attempt */
  KEPT_OF_ERROR = 64 * 1024,    /* of an answer that is not 2xx: enough for any error envelope */
  DRAINED_OF_ERROR = 256 * 1024 /* read on so far to keep the connection */
};

static bool stop(rtk_intake *in, rtk_intake_state why) {
  in->state = why;
  return false;
}

bool rtk_intake_head(rtk_intake *in, const char *line, size_t n) {
  switch (rtk_headers_take(&in->answer.headers, line, n)) {
    case RTK_HEADERS_TOO_LARGE: return stop(in, RTK_INTAKE_TOO_LARGE);
    case RTK_HEADERS_NO_MEMORY: return stop(in, RTK_INTAKE_NO_MEMORY);
    default: return true;
  }
}

static bool keep_error_body(rtk_intake *in, const char *data, size_t n) {
  rtk_buffer *body = &in->answer.body;
  size_t limit = in->limit < KEPT_OF_ERROR ? in->limit : KEPT_OF_ERROR;
  size_t kept = n < limit - body->len ? n : limit - body->len;
  if (!rtk_buffer_add(body, data, kept)) return stop(in, RTK_INTAKE_NO_MEMORY);
  return in->received <= DRAINED_OF_ERROR || stop(in, RTK_INTAKE_ENOUGH);
}

bool rtk_intake_body(rtk_intake *in, const char *data, size_t n) {
  rtk_buffer *body = &in->answer.body;
  in->received += n;
  if (rtk_kind_of_status(in->answer.status) != RTK_OK) return keep_error_body(in, data, n);
  if (n > in->limit - body->len) return stop(in, RTK_INTAKE_TOO_LARGE);
  return rtk_buffer_add(body, data, n) || stop(in, RTK_INTAKE_NO_MEMORY);
}

bool rtk_intake_has_head(const rtk_intake *in) {
  return in->answer.headers.place == RTK_AFTER_HEAD;
}

void rtk_intake_reset(rtk_intake *in) {
  rtk_answer *a = &in->answer;
  rtk_headers_reset(&a->headers);
  rtk_buffer_reset(&a->body, KEPT_BODY);
  a->kind = RTK_OK;
  a->status = 0;
  a->http_version = NULL;
  a->message[0] = '\0';
  in->received = 0;
  in->state = RTK_INTAKE_OPEN;
}

void rtk_intake_free(rtk_intake *in) {
  rtk_headers_free(&in->answer.headers);
  rtk_buffer_free(&in->answer.body);
}
