/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"

/* What was read so far, and which of it. */
struct parts {
	struct civil c;
	bool year, month, day; /* seen */
	bool twelve, half;     /* %I and %p seen */
	bool pm, offset, epoch;
	int east;
	int64_t us; /* %s */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct scan *s)
{
	while (!scan_done(s) && is_blank(*s->p))
		s->p++;
}

/* "Jan" or "January" */
static bool read_month(struct scan *s, int *out)
{
	static const char *const names[] = {
		"jan",	   "feb",      "mar",	"apr",	 "may", "jun",	"jul",	"aug",	  "sep",       "oct",
		"nov",	   "dec",      "january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december",
	};
	int i;

	/* Letters of the format may follow at once, as the T in "05JanT08". The long name goes first. */
	for (i = (int)COUNT(names) - 1; i >= 0; i--) {
		struct scan cut = *s;
		size_t len = strlen(names[i]);

		if ((size_t)(s->end - s->p) < len)
			continue;
		cut.end = s->p + len;
		if (scan_word(&cut, &names[i], 1) < 0)
			continue;
		s->p = cut.p;
		*out = i % 12 + 1;
		return true;
	}
	return false;
}

static bool read_half(struct scan *s, bool *pm)
{
	static const char *const names[] = { "am", "pm" };
	struct scan cut = *s;
	int half;

	if (s->end - s->p < 2)
		return false;
	cut.end = s->p + 2;
	half = scan_word(&cut, names, COUNT(names));
	s->p = cut.p;
	*pm = half == 1;
	return half >= 0;
}

/* "-12.5" as microseconds */
static bool read_epoch(struct scan *s, int64_t *out)
{
	bool neg = scan_char(s, '-');
	int64_t v = 0;
	int ns = 0, n = 0;

	for (; scan_is_digit(s) && n < 12; n++)
		v = v * 10 + (*s->p++ - '0');
	/* A point may as well be literal text of the format. */
	if (s->p + 1 < s->end && *s->p == '.' && s->p[1] >= '0' && s->p[1] <= '9') {
		s->p++;
		if (!scan_fraction(s, &ns))
			return false;
	}
	v = v * US_PER_S + ns / 1000;
	*out = neg ? -v : v;
	return n > 0;
}

static bool read_short_year(struct scan *s, int *year)
{
	if (!scan_digits(s, 1, 2, year))
		return false;
	*year += *year >= 69 ? 1900 : 2000;
	return true;
}

static bool read_fraction(struct scan *s, int *us)
{
	int ns;

	if (!scan_fraction(s, &ns))
		return false;
	*us = ns / 1000;
	return true;
}

/* Read what one directive stands for. */
static bool read_field(struct scan *s, char directive, struct parts *p)
{
	switch (directive) {
	case 'Y':
		p->year = true;
		return scan_digits(s, 4, 4, &p->c.year);
	case 'y':
		p->year = true;
		return read_short_year(s, &p->c.year);
	case 'm':
		p->month = true;
		return scan_digits(s, 1, 2, &p->c.month);
	case 'b':
	case 'B':
		p->month = true;
		return read_month(s, &p->c.month);
	case 'd':
		p->day = true;
		return scan_digits(s, 1, 2, &p->c.day);
	case 'I':
		p->twelve = true;
		return scan_digits(s, 1, 2, &p->c.hour) && p->c.hour >= 1 && p->c.hour <= 12;
	case 'H':
		p->twelve = false;
		return scan_digits(s, 1, 2, &p->c.hour);
	case 'M':
		return scan_digits(s, 1, 2, &p->c.minute);
	case 'S':
		return scan_digits(s, 1, 2, &p->c.second);
	case 'f':
		return read_fraction(s, &p->c.us);
	case 'p':
		p->half = true;
		return read_half(s, &p->pm);
	case 'z':
		p->offset = true;
		return stamp_offset(s, true, &p->east);
	case 's':
		p->epoch = true;
		return read_epoch(s, &p->us);
	default:
		return scan_char(s, '%');
	}
}

static int check_format(const char *format, struct err *e)
{
	bool twelve = false, half = false;
	const char *p;

	for (p = format; *p; p++) {
		if (*p != '%')
			continue;
		p++;
		if (!*p || !strchr("YymbBdIHMSfpzs%", *p))
			return err_set(e, E_USAGE, "time format \"%s\": there is no %%%.1s", format, p);
		twelve = twelve || *p == 'I';
		half = half || *p == 'p';
	}
	if (twelve && !half)
		return err_set(e, E_USAGE, "time format \"%s\": %%I needs %%p", format);
	return 0;
}

static bool match(struct str s, const char *format, struct parts *p)
{
	struct scan in = scan_of(s);

	for (; *format; format++) {
		if (is_blank(*format))
			skip_blanks(&in);
		else if (*format != '%' && !scan_char(&in, *format))
			return false;
		else if (*format == '%' && !read_field(&in, *++format, p))
			return false;
	}
	return scan_done(&in);
}

/* Fill in what the format does not name. */
static void complete(struct parts *p, const struct time_ctx *ctx)
{
	struct civil now;

	zone_civil(ctx->zone, ctx->now, &now);
	if (!p->year)
		p->c.year = now.year;
	if (!p->month)
		p->c.month = p->year || p->day ? 1 : now.month;
	if (!p->day)
		p->c.day = p->year || p->month ? 1 : now.day;
	if (p->twelve)
		p->c.hour = p->c.hour % 12 + (p->pm ? 12 : 0);
}

int time_parse_format(struct str s, const char *format, const struct time_ctx *ctx, int64_t *out,
		      struct err *e)
{
	struct parts p = { 0 };
	int64_t t;

	if (check_format(format, e) < 0)
		return -1;
	if (!match(s, format, &p))
		goto bad;
	complete(&p, ctx);
	if (p.epoch) {
		t = p.us;
	} else if (p.offset) {
		if (!stamp_instant(&p.c, p.east, &t))
			goto bad;
	} else {
		if (!civil_valid(&p.c))
			goto bad;
		if (zone_instant(ctx->zone, &p.c, &t) == ZONE_GAP)
			return err_set(e, E_INPUT, "\"%.*s\" never was on the clocks of %s", STR_ARG(s),
				       zone_name(ctx->zone));
	}
	if (t < TIME_MIN || t > TIME_MAX)
		return err_set(e, E_INPUT, "\"%.*s\" is outside the years 0 to 9999", STR_ARG(s));
	*out = t;
	return 0;
bad:
	return err_set(e, E_INPUT, "\"%.*s\" is not a time of the format \"%s\"", STR_ARG(s), format);
}
