/*
** One call as a state machine: attempt, wait, attempt, done. It knows no loop and no Lua; a driver
** asks for its state and does what that says.
*/
#ifndef rtk_call_h
#define rtk_call_h

#include "pace.h"
#include "transfer.h"

typedef enum {
  RTK_CALL_SEND, /* an attempt is due: rtk_call_attempt */
  RTK_CALL_WAIT, /* nothing is due before `wake`: rtk_call_resume */
  RTK_CALL_DONE
} rtk_call_state;

typedef struct rtk_call {
  struct rtk_call *next;  /* among the idle ones of a pool */
  rtk_transfer *transfer; /* kept from call to call */
  const rtk_endpoint *endpoint;
  rtk_buffer target;      /* ends with '\0' */
  const char *method;     /* NULL: GET */
  rtk_buffer body;        /* of the request */
  bool once;              /* it is not sent again after it may have been acted on */
  rtk_settings *settings; /* NULL while idle */
  rtk_pace *pace;
  rtk_call_state state;
  int attempts;
  double started, ends; /* of rtk_clock_now(); `ends` is infinite without a deadline */
  double wake;          /* while waiting */
  double elapsed;       /* seconds, once done */
  double retry_after;   /* what the server asked for last; negative if nothing */
} rtk_call;

/* NULL when out of memory. `shared` is of its transfer: see rtk_transfer_new. */
rtk_call *rtk_call_new(bool shared);
void rtk_call_free(rtk_call *call);

/*
** Begins a call for the target that is in `call->target`; takes over the caller's count of
** `settings`. It waits if the client is held back, or is done at once if that would be too long.
*/
void rtk_call_begin(rtk_call *call, rtk_settings *settings, rtk_pace *pace, double now);

/*
** SEND: the call waits, or is done at once, if the client has come to be held back since it began.
*/
void rtk_call_hold(rtk_call *call, double now);

/*
** SEND: whether the server's limit has room for one more request, or its renewal is not to be
** waited for: then the server decides.
*/
bool rtk_call_may_send(const rtk_call *call, double now);

/*
** SEND: gets the transfer ready for the next attempt. False when there is nothing to perform: the
** deadline has passed, or memory has run out, and the call is done.
*/
bool rtk_call_attempt(rtk_call *call, double now);

/* The attempt has ended: another follows, now or after a wait, or the call is done. */
void rtk_call_settle(rtk_call *call, double now, double wall);

/* WAIT: the call goes on if its time has come. */
void rtk_call_resume(rtk_call *call, double now);

/* Ends a call that nobody performs any more, as `why` says, with kind cancelled. */
void rtk_call_cancel(rtk_call *call, double now, const char *why);

/* What the call came to, once done: the last attempt's answer, or why there was none. */
rtk_answer *rtk_call_answer(const rtk_call *call);

/*
** Forgets the call, keeps the transfer and its connection for the next one; whether handles hold
** credentials that nobody uses any more.
*/
bool rtk_call_end(rtk_call *call);

#endif
