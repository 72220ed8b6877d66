/* SPDX-License-Identifier: MIT */
/* Inside room base: days of the proleptic Gregorian calendar counted from 1970-01-01, for any year. */
#ifndef SIT_BASE_DAYS_H
#define SIT_BASE_DAYS_H

#include "base/base.h"

/* Quotient rounded towards minus infinity; b > 0. */
static inline int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* February has 29 days. */
static inline bool is_leap_year(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

/* Days of a month 1..12. */
static inline int days_in_month(int64_t y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && is_leap_year(y) ? 29 : days[m - 1];
}

/* Days from 1970-01-01 to the date. Years are taken to begin in March, so that the leap day is the last. */
static inline int64_t days_from_date(int64_t y, int m, int d)
{
	int64_t era, year_of_era, day_of_year;

	y -= m <= 2;
	era = floor_div(y, 400);
	year_of_era = y - era * 400;
	day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* The other way round. */
static inline void date_from_days(int64_t days, int64_t *y, int *m, int *d)
{
	int64_t era, day_of_era, year_of_era, day_of_year, month;

	days += 719468;
	era = floor_div(days, 146097);
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	*d = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	*m = (int)(month < 10 ? month + 3 : month - 9);
	*y = year_of_era + era * 400 + (*m <= 2);
}

/* 1 Monday … 7 Sunday; day 0 was a Thursday. */
static inline int weekday_of_days(int64_t days)
{
	return (int)(days + 3 - floor_div(days + 3, 7) * 7) + 1;
}

#endif
