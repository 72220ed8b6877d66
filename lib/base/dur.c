/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"

static const struct unit {
	const char *name;
	int64_t us;
} units[] = {
	{ "w", 7 * US_PER_DAY }, { "d", US_PER_DAY },  { "h", US_PER_HOUR }, { "m", US_PER_MIN },
	{ "s", US_PER_S },	 { "ms", US_PER_MS }, { "us", 1 },
};

static bool read_count(struct scan *s, int64_t *out)
{
	int64_t v = 0;

	if (!scan_is_digit(s))
		return false;
	for (; scan_is_digit(s); s->p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s->p - '0', &v))
			return false;
	*out = v;
	return true;
}

static int read_unit(struct scan *s)
{
	const char *names[COUNT(units)];
	size_t i;

	for (i = 0; i < COUNT(units); i++)
		names[i] = units[i].name;
	return scan_unit(s, names, COUNT(units));
}

bool scan_duration(struct scan *s, int64_t *out)
{
	int last = -1;

	*out = 0;
	/* Nothing is nothing in every unit. */
	if (s->end - s->p == 1 && scan_char(s, '0'))
		return true;
	do {
		int64_t v;
		int unit;

		if (!read_count(s, &v))
			return false;
		unit = read_unit(s);
		if (unit <= last)
			return false;
		if (__builtin_mul_overflow(v, units[unit].us, &v) || __builtin_add_overflow(*out, v, out))
			return false;
		last = unit;
	} while (scan_is_digit(s));
	return true;
}

int dur_parse(struct str s, int64_t *out, struct err *e)
{
	struct scan in = scan_of(s);
	int64_t v;

	if (!scan_duration(&in, &v) || !scan_done(&in))
		return err_set(e, E_USAGE, "\"%.*s\" is not a duration such as 90s, 1h30m or 7d", STR_ARG(s));
	*out = v;
	return 0;
}

size_t dur_print(int64_t us, char out[48])
{
	/* INT64_MIN has no positive twin among the signed. */
	uint64_t rest = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	size_t n = 0, i;

	if (us == 0)
		return (size_t)snprintf(out, 48, "0s");
	if (us < 0)
		out[n++] = '-';
	/* From days on: 14d says more than 2w. */
	for (i = 1; i < COUNT(units); i++) {
		uint64_t unit = (uint64_t)units[i].us;

		if (rest >= unit)
			n += (size_t)snprintf(out + n, 48 - n, "%" PRIu64 "%s", rest / unit, units[i].name);
		rest %= unit;
	}
	return n;
}
