/*
** What lies between the I/O thread and the threads that run Lua: flights handed over, told
** something, handed back. Pure C.
**
** Who has a parcel: its port's thread, until rtk_exchange_submit; then the I/O thread; the port's
** again when it is back and not stopped. While it is away the port's thread may only tell it
** something; while it is back and stopped, also look at it, unless it has told it to be cancelled.
** Counts of references (settings, pools) are the port's thread's alone.
*/
#ifndef rtk_exchange_h
#define rtk_exchange_h

#include <pthread.h>

#include "pool.h"

typedef struct rtk_port rtk_port;
typedef struct rtk_parcel rtk_parcel;

/* What a port tells of a flight that is away. */
enum { RTK_TELL_START = 1, RTK_TELL_PROCEED = 2, RTK_TELL_CANCEL = 4 };

#define RTK_BY_CALLER "cancelled by its caller" /* what RTK_TELL_CANCEL makes of it */

/* A flight that is handed over, and what its call is made of. */
struct rtk_parcel {
  rtk_flight flight; /* first: the parcel is found by it */
  rtk_port *port;
  unsigned long long id;
  /* The port's thread's. */
  rtk_settings *settings;
  rtk_pool *pool;
  bool home;      /* it has not been handed over, or has been taken back */
  bool cancelled; /* it has been told so */
  bool orphan;    /* nobody waits for it any more */
  bool reported;  /* its report is being made: it is not used again meanwhile */
  rtk_parcel *next_idle, *next_taken, *previous_taken;
  /* The I/O thread's, and the port's when it is back. */
  bool abandoned; /* to be cancelled when its report has been made */
  bool unsaid;    /* it was cancelled during its report, and its call does not say so yet */
  /* Under the lock. */
  int told;     /* not 0: it is in the list of those that are told something */
  bool away;    /* from submit until it has landed and is back */
  bool is_back; /* it is in its port's list of those that are back */
  rtk_parcel *next_told, *next_back;
  rtk_parcel *next_away, *previous_away;
};

/* The side of one Lua state; all of it is under the lock but for `id` and `number`. */
struct rtk_port {
  unsigned long long id;
  int number; /* of the ports so far */
  rtk_port *next;
  rtk_parcel *first_back, *last_back, *away;
  int away_count;
  int reader;    /* the connection of who reads for it; -1 for none */
  bool notified; /* the reader has been told of what is back */
  double idle_since;
};

typedef struct rtk_exchange {
  pthread_mutex_t lock;
  pthread_cond_t came_back;
  int wake[2]; /* a byte in the pipe ends the I/O thread's wait */
  bool asleep; /* the I/O thread may be waiting */
  bool stopping;
  rtk_parcel *told;
  rtk_port *ports;
  unsigned long long ids;
  int port_count; /* so far */
  double ticked;  /* the I/O thread's */
} rtk_exchange;

bool rtk_exchange_open(rtk_exchange *x);
void rtk_exchange_close(rtk_exchange *x);

/* {==== For a port's thread ==== */

void rtk_exchange_add_port(rtk_exchange *x, rtk_port *port);
/* All that is away is cancelled, and waited for. */
void rtk_exchange_remove_port(rtk_exchange *x, rtk_port *port);

/* Hands it over, to start its call; from now on it has an id. */
void rtk_exchange_submit(rtk_exchange *x, rtk_parcel *parcel);
/* Does nothing to one that is not away. */
void rtk_exchange_tell(rtk_exchange *x, rtk_parcel *parcel, int what);

/* The next that is back, NULL for none; whether it has landed, or stopped for a report. */
rtk_parcel *rtk_exchange_next_back(rtk_exchange *x, rtk_port *port, bool *landed);

int rtk_exchange_away(rtk_exchange *x, rtk_port *port);
/* Tells the port's reader that nothing is away, true or not. */
void rtk_exchange_poke(rtk_exchange *x, rtk_port *port);
void rtk_exchange_stop(rtk_exchange *x);

/* }==== */

/* {==== For the I/O thread ==== */

/* What has been told since; `asleep` when that is nothing: it may wait then. False at the end. */
bool rtk_exchange_listen(rtk_exchange *x, rtk_parcel **told, bool *asleep);
/* What one of these has been told; and the next one. */
int rtk_exchange_take(rtk_exchange *x, rtk_parcel *parcel, rtk_parcel **next);

void rtk_exchange_hand_back(rtk_exchange *x, rtk_parcel *parcel, bool landed);

/* The one of this id, if it is away. */
rtk_parcel *rtk_exchange_find(rtk_exchange *x, unsigned long long id);

/* Whether its port has something to take of it: it has landed, or has stopped for a report. */
bool rtk_exchange_has_news(rtk_exchange *x, unsigned long long id);

/* The connection of a port's reader, and its loss. */
void rtk_exchange_set_reader(rtk_exchange *x, unsigned long long id, int fd);
void rtk_exchange_lose_reader(rtk_exchange *x, int fd);

/* Tells readers that something is back: one word for all of it, until they have been there. */
void rtk_exchange_notify(rtk_exchange *x);

/* Tells readers what is due by the clock; seconds until more is, infinite for never. */
double rtk_exchange_tick(rtk_exchange *x);

/* }==== */

#endif
