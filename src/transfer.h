/*
** One attempt on one libcurl easy handle: set-up, limits, outcome. The handle, and with it its
** connection, is kept for the next attempt. No Lua here: libcurl's callbacks could not reach it.
*/
#ifndef rtk_transfer_h
#define rtk_transfer_h

#include "answer.h"
#include "settings.h"
#include "sockets.h"

typedef struct rtk_transfer rtk_transfer;

/* What one attempt sends. `target` ends with '\0' and is copied, the body is not. */
typedef struct rtk_sending {
  const char *target;
  const char *method; /* NULL: GET */
  const rtk_buffer *body;
  bool once; /* on a connection of its own: on a kept one libcurl may send it twice */
} rtk_sending;

/*
** NULL when out of memory. One that is `shared` is for a libcurl multi handle, whose connections
** it shares: it speaks HTTP/2 where neither its wire nor the server has anything against that.
*/
rtk_transfer *rtk_transfer_new(bool shared);
void rtk_transfer_free(rtk_transfer *t);

/*
** Gets ready for one attempt of at most `timeout` seconds. False when out of memory.
*/
bool rtk_transfer_prepare(rtk_transfer *t, const rtk_settings *settings, const rtk_sending *sending,
                          double timeout);

/* Makes the attempt on the calling thread; afterwards the answer is there. */
void rtk_transfer_perform(rtk_transfer *t);

/* The libcurl easy handle, a CURL *, for whoever performs the attempt instead. */
void *rtk_transfer_handle(const rtk_transfer *t);

/*
** For whoever does that: an attempt that ended with this CURLcode has to be performed once more
** first, as it was not sent: the kept connection was no good. True at most once for an attempt;
** rtk_transfer_finish comes after false.
*/
bool rtk_transfer_again(rtk_transfer *t, int code);

/*
** The sockets of the connections that the transfer can be given from now on, where it shares these
** with others; they outlive its use. NULL: its own alone again.
*/
void rtk_transfer_share(rtk_transfer *t, rtk_sockets *sockets);

/* An attempt that somebody else performed has ended with this CURLcode: the answer is there. */
void rtk_transfer_finish(rtk_transfer *t, int code);

/* The outcome of the last attempt; the transfer owns it, until it is prepared again. */
rtk_answer *rtk_transfer_answer(rtk_transfer *t);

/* Forgets the last answer, and gives back memory that an unusually large one took. */
void rtk_transfer_recycle(rtk_transfer *t);

/*
** Between calls: drops a wire that nobody uses any more, and with it the credentials. No connection
** is lost by that.
*/
void rtk_transfer_tidy(rtk_transfer *t);

#endif
