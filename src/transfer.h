/*
** One attempt on one libcurl easy handle: set-up, limits, outcome. The handle, and with it its
** connection, is kept for the next attempt. No Lua here: libcurl's callbacks could not reach it.
*/
#ifndef rtk_transfer_h
#define rtk_transfer_h

#include "answer.h"
#include "settings.h"

typedef struct rtk_transfer rtk_transfer;

/* Initializes libcurl, once per process. False when libcurl cannot be. */
bool rtk_transfer_startup(void);

/*
** NULL when out of memory. One that is `shared` is for a libcurl multi handle, whose connections
** it shares: it speaks HTTP/2 where neither its wire nor the server has anything against that.
*/
rtk_transfer *rtk_transfer_new(bool shared);
void rtk_transfer_free(rtk_transfer *t);

/*
** Gets ready for one attempt of at most `timeout` seconds. `target` ends with '\0' and is copied.
** False when out of memory.
*/
bool rtk_transfer_prepare(rtk_transfer *t, const rtk_settings *settings, const char *target,
                          double timeout);

/* Makes the attempt on the calling thread; afterwards the answer is there. */
void rtk_transfer_perform(rtk_transfer *t);

/* The libcurl easy handle, a CURL *, for whoever performs the attempt instead. */
void *rtk_transfer_handle(const rtk_transfer *t);

/*
** An attempt that somebody else performed has ended with this CURLcode. True when nothing was sent
** and libcurl has to be asked once more; this is no other attempt.
*/
bool rtk_transfer_again(rtk_transfer *t, int code);

/* It has ended for good: the answer is there. */
void rtk_transfer_finish(rtk_transfer *t, int code);

/* The outcome of the last attempt; the transfer owns it, until it is prepared again. */
rtk_answer *rtk_transfer_answer(rtk_transfer *t);

/* Forgets the last answer, and gives back memory that an unusually large one took. */
void rtk_transfer_recycle(rtk_transfer *t);

#endif
