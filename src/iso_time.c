#include "iso_time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DECIMALS = 9 };

/* What is left of a text that is read from its beginning. */
typedef struct scan {
  const char *s, *end;
} scan;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take(scan *in, const char *any_of) {
  if (in->s == in->end || *in->s == '\0' || strchr(any_of, *in->s) == NULL) return false;
  in->s++;
  return true;
}

/* A number of exactly so many digits, `most` at most. */
static bool take_number(scan *in, int digits, int most, int *number) {
  for (*number = 0; digits > 0; digits--, in->s++) {
    if (in->s == in->end || !is_digit(*in->s)) return false;
    *number = *number * 10 + (*in->s - '0');
  }
  return *number <= most;
}

static int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

/* The year is taken to begin in March, so that the leap day is its last. */
static double days_since_1970(int year, int month, int day) {
  double y = month < 3 ? year - 1 : year;
  double m = month < 3 ? month + 9 : month - 3;
  return 365 * y + floor(y / 4) - floor(y / 100) + floor(y / 400) + floor((153 * m + 2) / 5) + day -
         719469;
}

static bool take_date(scan *in, double *days) {
  int year, month, day;
  if (!take_number(in, 4, 9999, &year) || !take(in, "-") || !take_number(in, 2, 12, &month) ||
      !take(in, "-") || !take_number(in, 2, 31, &day))
    return false;
  if (month < 1 || day < 1 || day > days_in_month(year, month)) return false;
  *days = days_since_1970(year, month, day);
  return true;
}

/* hh:mm, perhaps :ss, perhaps decimals of that: these go to `decimals`. */
static bool take_clock(scan *in, double *seconds, scan *decimals) {
  int hour, minute, second = 0;
  decimals->s = decimals->end = in->s;
  if (!take_number(in, 2, 23, &hour) || !take(in, ":") || !take_number(in, 2, 59, &minute))
    return false;
  if (take(in, ":")) {
    if (!take_number(in, 2, 60, &second)) return false;
    if (take(in, ".,")) {
      decimals->s = in->s;
      while (in->s < in->end && is_digit(*in->s)) in->s++;
      decimals->end = in->s;
      if (decimals->s == decimals->end) return false;
    }
  }
  *seconds = hour * 3600 + minute * 60 + second;
  return true;
}

/* Seconds that the zone is ahead of UTC. */
static bool take_zone(scan *in, double *ahead) {
  int hours, minutes;
  bool west;
  *ahead = 0;
  if (take(in, "Zz")) return true;
  west = in->s < in->end && *in->s == '-';
  if (!take(in, "+-") || !take_number(in, 2, 23, &hours)) return false;
  take(in, ":");
  if (!take_number(in, 2, 59, &minutes)) return false;
  *ahead = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return true;
}

/* The civil date of a number of days since 1970, by eras of 400 years from a March on. */
static void to_date(double days, int *year, int *month, int *day) {
  double era = floor((days + 719468) / 146097);
  int n = (int)(days + 719468 - era * 146097);
  int y = (n - n / 1460 + n / 36524 - n / 146096) / 365;
  int rest = n - (365 * y + y / 4 - y / 100);
  int m = (5 * rest + 2) / 153;
  *day = rest - (153 * m + 2) / 5 + 1;
  *month = m < 10 ? m + 3 : m - 9;
  *year = y + (int)(era * 400) + (*month <= 2);
}

/* `seconds` is whole. */
static bool write(double seconds, const scan *decimals, char text[RTK_MAX_ISO_TIME]) {
  double days = floor(seconds / 86400);
  int n = (int)(decimals->end - decimals->s), rest = (int)(seconds - days * 86400);
  int year, month, day;
  if (!(fabs(days) < 4e6)) return false;
  to_date(days, &year, &month, &day);
  if (year < 0 || year > 9999) return false;
  if (n > MAX_DECIMALS) n = MAX_DECIMALS;
  snprintf(text, RTK_MAX_ISO_TIME, "%04d-%02d-%02dT%02d:%02d:%02d%s%.*sZ", year, month, day,
           rest / 3600, rest / 60 % 60, rest % 60, n > 0 ? "." : "", n, decimals->s);
  return true;
}

bool rtk_iso_time_of_text(const char *s, size_t n, char text[RTK_MAX_ISO_TIME]) {
  scan in = {s, s + n}, decimals;
  double days, seconds, ahead;
  if (!take_date(&in, &days) || !take(&in, "Tt ") || !take_clock(&in, &seconds, &decimals) ||
      !take_zone(&in, &ahead) || in.s != in.end)
    return false;
  return write(days * 86400 + seconds - ahead, &decimals, text);
}

bool rtk_iso_time_of_seconds(double seconds, char text[RTK_MAX_ISO_TIME]) {
  char digits[8];
  scan decimals = {digits, digits};
  double whole;
  int ms;
  if (!(fabs(seconds) < 1e12)) return false;
  seconds = floor(seconds * 1000 + 0.5);
  whole = floor(seconds / 1000);
  ms = (int)(seconds - whole * 1000);
  snprintf(digits, sizeof digits, "%03d", ms % 1000);
  if (ms > 0) decimals.end = digits + 3;
  return write(whole, &decimals, text);
}
