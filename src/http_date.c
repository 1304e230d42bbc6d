#include "http_date.h"

#include <math.h>
#include <string.h>

typedef struct date {
  int year, month, day, hour, minute, second; /* month from 0 */
} date;

/* 0 to 11, or -1. */
static int to_month(const char *s) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int i;
  for (i = 0; i < 12; i++)
    if (memcmp(months + 3 * i, s, 3) == 0) return i;
  return -1;
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int *field_of(date *d, char name) {
  switch (name) {
    case 'Y': return &d->year;
    case 'D': return &d->day;
    case 'h': return &d->hour;
    case 'm': return &d->minute;
    case 's': return &d->second;
    default: return NULL;
  }
}

/*
** Matches all of `s` against `form`, in which Y, D, h, m and s each stand for one digit of the
** year, day, hour, minute and second ('_' for a day's first digit or a space), B for a month's name
** and '*' for one or more letters; any other character stands for itself.
*/
static bool match(const char *form, const char *s, size_t n, date *d) {
  const char *end = s + n;
  memset(d, 0, sizeof *d);
  for (; *form != '\0'; form++) {
    int *field = field_of(d, *form == '_' ? 'D' : *form);
    if (s == end) return false;
    if (*form == 'B') {
      if (end - s < 3 || (d->month = to_month(s)) < 0) return false;
      s += 3;
    } else if (*form == '*') {
      if (!is_letter(*s)) return false;
      while (s < end && is_letter(*s)) s++;
    } else if (*form == '_' && *s == ' ') {
      s++;
    } else if (field != NULL) {
      if (*s < '0' || *s > '9') return false;
      *field = *field * 10 + (*s++ - '0');
    } else if (*s++ != *form) {
      return false;
    }
  }
  return s == end;
}

/* The year is taken to begin in March, so that the leap day is its last. */
static double days_since_1970(int year, int month, int day) {
  double y = month < 2 ? year - 1 : year;
  double m = month < 2 ? month + 10 : month - 2;
  return 365 * y + floor(y / 4) - floor(y / 100) + floor(y / 400) + floor((153 * m + 2) / 5) + day -
         719469;
}

static bool to_seconds(const date *d, double *seconds) {
  if (d->day < 1 || d->day > 31 || d->hour > 23 || d->minute > 59 || d->second > 60) return false;
  *seconds = days_since_1970(d->year, d->month, d->day) * 86400 + d->hour * 3600 + d->minute * 60 +
             d->second;
  return true;
}

/* The year with these last two digits that is at most 50 years after the year of `wall`. */
static int full_year(int two_digits, double wall) {
  int now = 1970 + (int)(wall / 31556952);
  int year = now - now % 100 + two_digits;
  if (year > now + 50) year -= 100;
  if (year <= now - 50) year += 100;
  return year;
}

bool rtk_http_date(const char *s, size_t n, double wall, double *seconds) {
  date d;
  if (match("*, DD B YYYY hh:mm:ss GMT", s, n, &d)) return to_seconds(&d, seconds);
  if (match("* B _D hh:mm:ss YYYY", s, n, &d)) return to_seconds(&d, seconds);
  if (!match("*, DD-B-YY hh:mm:ss GMT", s, n, &d)) return false;
  d.year = full_year(d.year, wall);
  return to_seconds(&d, seconds);
}
