#include "outcome.h"

#include <stdio.h>

#include "tls_advice.h"

static void say(rtk_intake *in, rtk_kind kind, const char *text, const char *more) {
  in->answer.kind = kind;
  snprintf(in->answer.message, sizeof in->answer.message, "%s%s", text, more);
}

static void say_tls(rtk_intake *in, const rtk_end *end) {
  rtk_tls_trouble trouble = end->cause == RTK_END_TLS_HANDSHAKE     ? RTK_TLS_HANDSHAKE
                            : end->cause == RTK_END_TLS_CERTIFICATE ? RTK_TLS_CERTIFICATE
                                                                    : RTK_TLS_ROOTS;
  say(in, RTK_TLS, end->text, rtk_tls_advice(trouble, end->verified, end->text));
}

static void say_timeout(rtk_intake *in, const rtk_end *end) {
  rtk_answer *a = &in->answer;
  bool connecting = !end->connected && end->connect_timeout < end->timeout;
  a->kind = RTK_TIMEOUT;
  snprintf(a->message, sizeof a->message, "%s within %g s (option %s)",
           connecting ? "no connection" : "no complete answer",
           connecting ? end->connect_timeout : end->timeout,
           connecting ? "connect_timeout" : "timeout");
}

static void say_too_large(rtk_intake *in) {
  rtk_answer *a = &in->answer;
  a->kind = RTK_TOO_LARGE;
  if (in->received == 0)
    snprintf(a->message, sizeof a->message,
             "the answer's header is over %d lines, %d KiB in all or 100 KiB in one line",
             RTK_MAX_HEADER_LINES, RTK_MAX_HEADER_BYTES / 1024);
  else
    snprintf(a->message, sizeof a->message,
             "the answer's body is over %zu bytes (option max_response_bytes)", in->limit);
}

/* A status that is an error says it all, whatever its body is. */
static void settle_undecoded(rtk_intake *in, const rtk_end *end) {
  rtk_kind kind = rtk_kind_of_status(in->answer.status);
  if (kind == RTK_OK)
    say(in, RTK_BAD_RESPONSE, "the body does not decode: ", end->text);
  else
    in->answer.kind = kind;
}

static void settle_whole(rtk_intake *in) {
  if (rtk_intake_has_head(in))
    in->answer.kind = rtk_kind_of_status(in->answer.status);
  else /* libcurl lets it pass */
    say(in, RTK_CONNECTION, "the connection was closed within the answer's header", "");
}

static void settle_end(rtk_intake *in, const rtk_end *end) {
  switch (end->cause) {
    case RTK_END_WHOLE: settle_whole(in); break;
    case RTK_END_TLS_HANDSHAKE:
    case RTK_END_TLS_CERTIFICATE:
    case RTK_END_TLS_ROOTS: say_tls(in, end); break;
    case RTK_END_TIMEOUT: say_timeout(in, end); break;
    case RTK_END_LONG_LINE: say_too_large(in); break;
    case RTK_END_UNDECODED: settle_undecoded(in, end); break;
    case RTK_END_NO_MEMORY: in->answer.kind = RTK_NO_MEMORY; break;
    case RTK_END_CONNECTION: say(in, RTK_CONNECTION, end->text, ""); break;
  }
}

void rtk_outcome_settle(rtk_intake *in, const rtk_end *end) {
  switch (in->state) {
    case RTK_INTAKE_OPEN: settle_end(in, end); break;
    case RTK_INTAKE_TOO_LARGE: say_too_large(in); break;
    case RTK_INTAKE_ENOUGH: in->answer.kind = rtk_kind_of_status(in->answer.status); break;
    case RTK_INTAKE_NO_MEMORY: in->answer.kind = RTK_NO_MEMORY; break;
  }
}
