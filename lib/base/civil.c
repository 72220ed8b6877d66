/* SPDX-License-Identifier: MIT */
#include "base/days.h"
#include "base/time.h"

bool civil_valid(const struct civil *c)
{
	if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12)
		return false;
	if (c->day < 1 || c->day > days_in_month(c->year, c->month))
		return false;
	return c->hour >= 0 && c->hour <= 23 && c->minute >= 0 && c->minute <= 59 && c->second >= 0 &&
	       c->second <= 59 && c->us >= 0 && c->us <= 999999;
}

int64_t civil_to_us(const struct civil *c)
{
	return days_from_date(c->year, c->month, c->day) * US_PER_DAY + c->hour * US_PER_HOUR +
	       c->minute * US_PER_MIN + c->second * US_PER_S + c->us;
}

void civil_from_us(int64_t us, struct civil *c)
{
	int64_t days = floor_div(us, US_PER_DAY), year;
	/* floor_div() * US_PER_DAY could leave int64_t at its lower end; the remainder cannot. */
	int64_t rest = us % US_PER_DAY + (us % US_PER_DAY < 0 ? US_PER_DAY : 0);

	date_from_days(days, &year, &c->month, &c->day);
	c->year = (int)year;
	c->hour = (int)(rest / US_PER_HOUR);
	c->minute = (int)(rest / US_PER_MIN % 60);
	c->second = (int)(rest / US_PER_S % 60);
	c->us = (int)(rest % US_PER_S);
}

int civil_weekday(const struct civil *c)
{
	return weekday_of_days(days_from_date(c->year, c->month, c->day));
}
