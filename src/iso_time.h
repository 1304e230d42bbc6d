/*
** Times as the API takes them: RFC 3339, in UTC. Pure C.
*/
#ifndef rtk_iso_time_h
#define rtk_iso_time_h

#include <stdbool.h>
#include <stddef.h>

enum { RTK_MAX_ISO_TIME = 96 };

/*
** From a date and a time with its zone: `2025-06-03T11:15:02.5+02:00` (a space for the T; without
** seconds; Z; +0200). Decimals are kept, nine at most. False when it is none.
*/
bool rtk_iso_time_of_text(const char *s, size_t n, char text[RTK_MAX_ISO_TIME]);

/* From seconds since 1970, to the millisecond. False for what is not within the years 0 to 9999. */
bool rtk_iso_time_of_seconds(double seconds, char text[RTK_MAX_ISO_TIME]);

#endif
