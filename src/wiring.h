/*
** What a wire sets on a libcurl handle, and what the handle refers to from then on. Part of
** transfer.c, whose handles these are.
*/
#ifndef rtk_wiring_h
#define rtk_wiring_h

#include "wire.h"

/* All zero is one that has not been set. It outlives the handle's last use of it. */
typedef struct rtk_wiring {
  rtk_wire *wire;           /* what the handle is set up for; NULL when for nothing */
  struct Curl_URL *origin;  /* of the wire: parsed once, where libcurl would for each attempt */
  struct curl_slist *lines; /* an array, linked */
  bool incomplete;          /* some roots could not be read */
  char encodings[96];       /* the header line that asks for them */
} rtk_wiring;

/* What a request has besides what every one has. */
typedef enum { RTK_LINES, RTK_LINES_OF_BODY, RTK_LINES_OF_NO_BODY } rtk_lines;

/*
** Sets every option of a wire on the handle, a CURL *, so that nothing of another one stays; its
** connections do. It speaks HTTP/2, where `two`. False when out of memory.
*/
bool rtk_wiring_set(rtk_wiring *w, void *easy, rtk_wire *wire, bool two);

/* Whether the handle is set up for the wire already, and as well as can be. */
bool rtk_wiring_is_of(const rtk_wiring *w, const rtk_wire *wire);

/* The header lines, for CURLOPT_HTTPHEADER. */
struct curl_slist *rtk_wiring_lines(const rtk_wiring *w, rtk_lines lines);

/* Drops the wire, and all that the handle has of it: its credentials first of all. */
void rtk_wiring_clear(rtk_wiring *w, void *easy);

/* The same, where the handle is gone. */
void rtk_wiring_free(rtk_wiring *w);

/* Whether this libcurl's TLS is OpenSSL's. */
bool rtk_wiring_is_openssl(void);

#endif
