/*
** Whether a call is tried again, and when. Pure C, one pure function: it looks at no clock, draws
** no random number and keeps nothing.
*/
#ifndef rtk_retry_h
#define rtk_retry_h

#include "headers.h"
#include "kind.h"

typedef struct rtk_retry_policy {
  int max_retries;
  double max_retry_after; /* seconds: a server that asks for more ends the call */
} rtk_retry_policy;

typedef struct rtk_attempt {
  int number; /* 1 for the first */
  rtk_kind kind;
  int status;                 /* 0 when there was no answer */
  const rtk_headers *headers; /* of the answer; empty when there was none */
  double time_left;           /* seconds until the call's deadline; may be infinite */
  bool acted_on;              /* the request may have been acted on, and is not to be twice */
} rtk_attempt;

typedef struct rtk_decision {
  bool again;
  double wait;        /* seconds until the next attempt: finite and >= 0; 0 when not again */
  double retry_after; /* what the server asked for: finite and >= 0; negative if nothing */
} rtk_decision;

/*
** `wall` is the time since 1970 in seconds (a Retry-After may be a date), `random` a number in
** [0, 1) that spreads the waits.
*/
rtk_decision rtk_retry_decide(const rtk_retry_policy *policy, const rtk_attempt *attempt,
                              double wall, double random);

#endif
