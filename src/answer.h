/*
** What came of one attempt: an answer of the server, or what went wrong. Plain data.
*/
#ifndef rtk_answer_h
#define rtk_answer_h

#include "buffer.h"
#include "headers.h"
#include "kind.h"

enum { RTK_MAX_MESSAGE = 512 };

typedef struct rtk_answer {
  rtk_kind kind;                 /* RTK_OK for every 2xx; what its body is worth is not known yet */
  int status;                    /* 0 when no status line came */
  const char *http_version;      /* "1.1"; NULL when no status line came */
  rtk_headers headers;           /* of the final answer, not of informational ones */
  rtk_buffer body;               /* decoded; of an answer that is not 2xx only the beginning */
  bool sent;                     /* the request may have reached the server */
  char message[RTK_MAX_MESSAGE]; /* why, when there is no (whole) answer; else empty */
} rtk_answer;

#endif
