/*
** What can be asked for: the endpoints of the API, as one table. Pure data.
** Source: Cloudflare API reference, realtime_kit > sessions.
*/
#ifndef rtk_endpoints_h
#define rtk_endpoints_h

#include <stdbool.h>
#include <stddef.h>

/* Every path begins with it. */
#define RTK_ACCOUNT_PATH "/accounts/{account_id}"

enum { RTK_MAX_IDS = 3, RTK_MAX_CHOICES = 7, RTK_MAX_PARAMETERS = 11 };

typedef enum {
  RTK_TEXT,    /* a string */
  RTK_BOOLEAN, /* sent as a word */
  RTK_WHOLE,   /* an integer from `min` to `max` */
  RTK_TIME,    /* an ISO time with its zone, or seconds since 1970; sent as RFC 3339 in UTC */
  RTK_CHOICE,  /* one of `choices` */
  RTK_CHOICES, /* several of them: sent as one value, joined by commas */
  RTK_OF_CALL  /* none of the query: of rtk_open_endpoint's calls, which read it themselves */
} rtk_parameter_type;

/* A parameter of the query. One of the same name is of the same type at every endpoint. */
typedef struct rtk_parameter {
  const char *name;
  rtk_parameter_type type;
  double min, max;
  const char *choices[RTK_MAX_CHOICES + 1];
} rtk_parameter;

/* Lists end with a NULL, or a NULL name. */
typedef struct rtk_endpoint {
  const char *name;   /* of its functions */
  const char *path;   /* below RTK_ACCOUNT_PATH; each {name} takes one path segment; or NULL */
  const char *result; /* the field of `data` that is the result; NULL: `data` itself is */
  bool list;          /* the result is an array, one page of many; else an object */
  const char *each;   /* what the last id is of, where many can be asked for at once; else NULL */
  const char *ids[RTK_MAX_IDS + 1]; /* the names in `path`, in order */
  rtk_parameter parameters[RTK_MAX_PARAMETERS + 1];
} rtk_endpoint;

/* The table's entry of that index; NULL behind the last. */
const rtk_endpoint *rtk_endpoint_at(size_t index);

/*
** Any other: request(). It has no path of its own; its `ids` are what its calls take instead, see
** request.h. Not in the table.
*/
extern const rtk_endpoint rtk_open_endpoint;

/* The same as rtk_endpoint_at, but for the open endpoint, which comes behind the last. */
const rtk_endpoint *rtk_callable_at(size_t index);

/* How many arguments come before the options. */
int rtk_endpoint_ids(const rtk_endpoint *endpoint);

/* The endpoint's parameter of that name, which has `n` bytes; NULL if there is none. */
const rtk_parameter *rtk_endpoint_parameter(const rtk_endpoint *endpoint, const char *name,
                                            size_t n);

/* Whether the parameter can have this value; `text` has been read for one of the same name. */
bool rtk_parameter_takes(const rtk_parameter *parameter, const char *text, size_t n);

#endif
