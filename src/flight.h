/*
** A call under way, and lists of such. Plain data for the dispatcher and for who waits. Pure C.
*/
#ifndef rtk_flight_h
#define rtk_flight_h

#include "call.h"
#include "timers.h"

typedef struct rtk_flight rtk_flight;
typedef struct rtk_dispatcher rtk_dispatcher;
typedef struct rtk_line rtk_line;

typedef enum {
  RTK_ON_GROUND, /* not started, or taken back */
  RTK_QUEUED,    /* an attempt is due; it waits for its turn */
  RTK_RUNNING,   /* the engine performs an attempt */
  RTK_WAITING,   /* until a time that its call knows */
  RTK_STOPPED,   /* a watched one, before the report of it is made */
  RTK_REPORTED,  /* while the report is made */
  RTK_LANDED     /* its call is done */
} rtk_place;

/* What a watched flight stops for: an attempt is due, or one has failed and another will follow. */
typedef enum { RTK_REPORT_REQUEST, RTK_REPORT_RETRY } rtk_report;

/* Flights in the order in which they came. All zero is empty. */
typedef struct rtk_flights {
  rtk_flight *first, *last;
} rtk_flights;

/*
** A call under way. Who takes one begins its call and sets `owner`, `inbox` and `watched` before it
** starts; the rest is the dispatcher's.
*/
struct rtk_flight {
  rtk_timer timer; /* first: the flight is found by it */
  rtk_dispatcher *dispatcher;
  rtk_call *call;
  rtk_place place;
  rtk_report report; /* while stopped or reported */
  bool announced;    /* the report of the attempt that is due has been made */
  bool told_of;      /* from next_stopped to proceed: not to be freed, wherever it is by now */
  bool given_back;   /* meanwhile */
  rtk_line *line;    /* while queued and from then on until it has run */
  rtk_flights *list; /* that it is in: NULL, or the queue, the stopped, the inbox */
  rtk_flight *next, *previous;
  rtk_flight *next_taken, *previous_taken;

  const void *owner;  /* rtk_dispatcher_cancel_all goes by it */
  rtk_flights *inbox; /* the list that it lands in; NULL for none */
  bool watched;       /* stops for its reports */
};

/* NULL when out of memory. */
rtk_flight *rtk_flight_new(rtk_dispatcher *d);
void rtk_flight_free(rtk_flight *f);

/* Puts a flight that is in no list behind the others. */
void rtk_flights_append(rtk_flights *list, rtk_flight *f);
/* Takes the flight out of the list that it is in, if it is in one. */
void rtk_flight_leave_list(rtk_flight *f);
/* Takes the flight that came first out of the list; NULL when there is none. */
rtk_flight *rtk_flights_take(rtk_flights *list);

#endif
