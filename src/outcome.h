/*
** What came of an attempt, in this library's terms: a kind, and a sentence where the server has
** not said any. Pure C; libcurl's codes stay in transfer.c.
*/
#ifndef rtk_outcome_h
#define rtk_outcome_h

#include "intake.h"

/* Why the attempt ended. */
typedef enum {
  RTK_END_WHOLE, /* it ran to its end */
  RTK_END_TLS_HANDSHAKE,
  RTK_END_TLS_CERTIFICATE,
  RTK_END_TLS_ROOTS,
  RTK_END_TIMEOUT,
  RTK_END_LONG_LINE,
  RTK_END_UNDECODED, /* the body is not in the encoding it says; or the intake stopped */
  RTK_END_NO_MEMORY,
  RTK_END_CONNECTION
} rtk_end_cause;

typedef struct rtk_end {
  rtk_end_cause cause;
  const char *text; /* what libcurl says */
  long verified;    /* of rtk_tls_advice */
  bool connected;   /* a request could be sent */
  double timeout, connect_timeout;
} rtk_end;

/* Gives the answer its kind and its message. Its status is there already, 0 for none. */
void rtk_outcome_settle(rtk_intake *in, const rtk_end *end);

#endif
