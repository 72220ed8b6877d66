/* SPDX-License-Identifier: MIT */
/* Inside room base: the pieces that written times are made of. Each reader moves s->p behind what it read. */
#ifndef SIT_BASE_STAMP_H
#define SIT_BASE_STAMP_H

#include "base/time.h"

struct scan {
	const char *p, *end;
};

/* All of the text is still to be read. */
static inline struct scan scan_of(struct str s)
{
	/* NULL + 0 is not for C11. */
	return (struct scan){ s.len ? s.ptr : "", s.len ? s.ptr + s.len : "" };
}

/* Nothing is left. */
static inline bool scan_done(const struct scan *s)
{
	return s->p == s->end;
}

/* Read c if it is next. */
static inline bool scan_char(struct scan *s, char c)
{
	if (scan_done(s) || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* A digit is next; it is not read. */
static inline bool scan_is_digit(const struct scan *s)
{
	return !scan_done(s) && *s->p >= '0' && *s->p <= '9';
}

/* A decimal of min to max (at most 9) digits. */
bool scan_digits(struct scan *s, int min, int max, int *out);
/* 1 to 9 fraction digits, as nanoseconds. */
bool scan_fraction(struct scan *s, int *ns);
/* All letters ahead are one of n words: which. -1 if they are none of them, and nothing is read. */
int scan_unit(struct scan *s, const char *const *words, size_t n);
/* The same whatever their case. */
int scan_word(struct scan *s, const char *const *words, size_t n);
/* "1h30m", "0": as dur_parse(); stops behind the last unit. */
bool scan_duration(struct scan *s, int64_t *out);

/* "2026-01-31" */
bool stamp_date(struct scan *s, struct civil *c);
/* "08:00", "08:00:30", "08:00:30.25"; with `whole` the seconds must be there. */
bool stamp_clock(struct scan *s, struct civil *c, bool whole);
/* "Z", "+01:00", and "+0100" where `loose`; seconds east of UTC. */
bool stamp_offset(struct scan *s, bool loose, int *offset);
/* The reading at that offset; second 60 only for a leap second. False outside TIME_MIN..TIME_MAX. */
bool stamp_instant(const struct civil *c, int offset, int64_t *out);

#endif
