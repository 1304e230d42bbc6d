/*
** HTTP dates (RFC 9110, section 5.6.7). Pure C.
*/
#ifndef rtk_http_date_h
#define rtk_http_date_h

#include <stdbool.h>
#include <stddef.h>

/*
** Reads a date in any of the three forms that a recipient must know:
**   Sun, 06 Nov 1994 08:49:37 GMT, Sunday, 06-Nov-94 08:49:37 GMT, Sun Nov  6 08:49:37 1994
** into seconds since 1970. A two-digit year is the nearest to `wall` (the time now) that is not
** more than 50 years ahead. False for anything else. The name of the day is not checked.
*/
bool rtk_http_date(const char *s, size_t n, double wall, double *seconds);

#endif
