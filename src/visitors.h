/*
** The connections through which nginx's sockets learn that something is back: a port's reader, or
** one that waits for a call, or for the first of several. Each says who it is in a word, or one for
** each of those calls, and then gets bytes. Pure C.
*/
#ifndef rtk_visitors_h
#define rtk_visitors_h

#include <stdbool.h>
#include <stddef.h>

/*
** A word: 'R' (reader of a port) or 'W' (who waits for a call), and the id in 15 hexadecimals; 'A'
** is for a further call, before the 'W'. Who was told may wait again. Who goes on says 'H' (has
** heard, with any id) before it leaves: one that is gone without has been ended.
*/
enum { RTK_WORD = 16 };

/* What a reader is told; who waits for a call is told RTK_SAY_BACK. */
#define RTK_SAY_BACK 'b' /* something is back */
#define RTK_SAY_TICK 't' /* something is away */
#define RTK_SAY_IDLE 'i' /* nothing is away, and has not been for some time */

typedef struct rtk_visitor {
  int fd; /* -1 in a free place */
  bool is_reader;
  bool waits;              /* for these calls, and has not been told */
  bool told;               /* of them, and has said nothing since */
  unsigned long long *ids; /* of the calls, or of the port */
  size_t count, cap;
  char word[RTK_WORD];
  size_t got;
} rtk_visitor;

typedef struct rtk_visitors {
  rtk_visitor *list; /* a place keeps its number */
  int count;
} rtk_visitors;

typedef enum { RTK_VISITOR_SILENT, RTK_VISITOR_READY, RTK_VISITOR_GONE } rtk_visitor_state;

/* Its number, or -1 when out of memory. */
int rtk_visitors_add(rtk_visitors *v, int fd);
rtk_visitor *rtk_visitors_get(rtk_visitors *v, int index);
void rtk_visitors_remove(rtk_visitors *v, int index);

/* Reads what it says. READY when that has become clear, GONE when it hung up or errs. */
rtk_visitor_state rtk_visitor_read(rtk_visitor *visitor);

/* One byte; lost when the connection is full, as there is enough to be read then. */
void rtk_visitor_say(int fd, char byte);

/* It stays one who waits until it says something. */
void rtk_visitor_tell(rtk_visitor *waiter);

/* Whether anybody waits for this call. */
bool rtk_visitors_wait_for(const rtk_visitors *v, unsigned long long id);

/* Tells those who wait for this call. */
void rtk_visitors_tell_waiter(rtk_visitors *v, unsigned long long id);

/* Writes the word, without an end. */
void rtk_visitor_word(char word[RTK_WORD], char kind, unsigned long long id);

#endif
