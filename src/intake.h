/*
** What one attempt receives: header lines and body go into the answer, up to its limits. Pure C.
*/
#ifndef rtk_intake_h
#define rtk_intake_h

#include "answer.h"

/* Why nothing more is taken. */
typedef enum {
  RTK_INTAKE_OPEN,
  RTK_INTAKE_TOO_LARGE,
  RTK_INTAKE_ENOUGH, /* an error's body has been read on for long enough */
  RTK_INTAKE_NO_MEMORY
} rtk_intake_state;

typedef struct rtk_intake {
  rtk_answer answer;
  size_t limit;    /* of the body */
  size_t received; /* bytes of the body, kept or not */
  rtk_intake_state state;
} rtk_intake;

/* False when nothing more is taken, for the reason in `state`. */
bool rtk_intake_head(rtk_intake *in, const char *line, size_t n);
bool rtk_intake_body(rtk_intake *in, const char *data, size_t n);

/* Whether the empty line after the final answer's header fields has come. */
bool rtk_intake_has_head(const rtk_intake *in);

/* Begins anew; memory that an unusually large answer took is given back. */
void rtk_intake_reset(rtk_intake *in);
void rtk_intake_free(rtk_intake *in);

#endif
