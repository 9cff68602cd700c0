// SPDX-License-Identifier: ISC
#include "base/date.h"

#include <stdio.h>

enum { DAY = 86400 };

/* So many digits from the front, within a range. */
static bool
take_number(struct str *rest, size_t ndigits, uint64_t min, uint64_t max,
    int64_t *number)
{
	uint64_t n;
	if (rest->len < ndigits ||
	    !parse_uint(str_upto(*rest, ndigits), min, max, &n))
		return false;
	*rest = str_from(*rest, ndigits);
	*number = (int64_t)n; /* a few digits */
	return true;
}

/* One of these characters from the front; '\0' if there is none. */
static char
take_one_of(struct str *rest, const char *which)
{
	if (rest->len == 0 || *rest->ptr == '\0' ||
	    strchr(which, *rest->ptr) == NULL)
		return '\0';
	char c = *rest->ptr;
	*rest = str_from(*rest, 1);
	return c;
}

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t
days_of_month(int64_t year, int64_t month)
{
	static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	return days[month - 1] + (month == 2 && is_leap(year));
}

/* From 1970-01-01. */
static int64_t
days_since(int64_t year, int64_t month, int64_t day)
{
	int64_t before = year - 1; /* whole years since the year 1 */
	int64_t n = before * 365 + before / 4 - before / 100 + before / 400;
	for (int64_t m = 1; m < month; m++)
		n += days_of_month(year, m);
	return n + day - 1 - 719162;
}

static bool
take_date(struct str *rest, int64_t *seconds)
{
	int64_t year, month, day;
	if (!take_number(rest, 4, 1, 9999, &year) || !take_one_of(rest, "-") ||
	    !take_number(rest, 2, 1, 12, &month) || !take_one_of(rest, "-") ||
	    !take_number(rest, 2, 1, 31, &day) ||
	    day > days_of_month(year, month))
		return false;
	*seconds = days_since(year, month, day) * DAY;
	return true;
}

static bool
take_time(struct str *rest, int64_t *seconds)
{
	int64_t hour, minute, second;
	if (!take_number(rest, 2, 0, 23, &hour) || !take_one_of(rest, ":") ||
	    !take_number(rest, 2, 0, 59, &minute) || !take_one_of(rest, ":") ||
	    !take_number(rest, 2, 0, 60, &second)) /* 60: a leap second */
		return false;
	*seconds += hour * 3600 + minute * 60 + second;
	if (!take_one_of(rest, "."))
		return true;
	size_t ndigits = 0;
	while (take_one_of(rest, "0123456789"))
		ndigits++;
	return ndigits > 0;
}

static bool
take_offset(struct str *rest, int64_t *seconds)
{
	int64_t hours, minutes;
	char sign = take_one_of(rest, "Zz+-");
	if (sign == 'Z' || sign == 'z')
		return true;
	if (sign == '\0' || !take_number(rest, 2, 0, 23, &hours) ||
	    !take_one_of(rest, ":") || !take_number(rest, 2, 0, 59, &minutes))
		return false;
	int64_t offset = hours * 3600 + minutes * 60;
	*seconds -= sign == '+' ? offset : -offset;
	return true;
}

bool
date_parse(struct str text, int64_t *seconds)
{
	int64_t n = 0;
	if (!take_date(&text, &n) || !take_one_of(&text, "Tt ") ||
	    !take_time(&text, &n) || !take_offset(&text, &n) || text.len > 0)
		return false;
	*seconds = n;
	return true;
}

struct day {
	int64_t year;
	unsigned month, day; /* from 1 */
};

/*
 * The day so many days after 1970-01-01.  Years are counted from March, so
 * that the odd day is the last of one, and in cycles of 400.
 */
static struct day
day_of(int64_t days)
{
	enum { CYCLE = 146097, TO_1970 = 719468 };
	int64_t since = days + TO_1970;
	int64_t cycle = (since >= 0 ? since : since - CYCLE + 1) / CYCLE;
	unsigned n = (unsigned)(since - cycle * CYCLE);
	unsigned year = (n - n / 1460 + n / 36524 - n / 146096) / 365;
	unsigned of_year = n - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153; /* from March */
	return (struct day){
		.year = cycle * 400 + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = of_year - (153 * month + 2) / 5 + 1,
	};
}

/* Not by gmtime_r(3), which reads the file of the time zone. */
void
date_format(int64_t seconds, char dst[DATE_SIZE])
{
	static const int64_t first = -62167219200; /* of the year 0 */
	static const int64_t last = 253402300799;  /* of 9999 */
	if (seconds < first || seconds > last)
		seconds = 0;
	int64_t days = (seconds - first) / DAY + first / DAY;
	unsigned rest = (unsigned)(seconds - days * DAY);
	struct day d = day_of(days);
	(void)snprintf(dst, DATE_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)d.year % 10000, d.month % 100, d.day % 100,
	    rest / 3600 % 100, rest / 60 % 60, rest % 60);
}
