/* SPDX-License-Identifier: MIT */
#include "base/zone.h"

#include "base/days.h"
#include "base/time.h"
#include "base/tzrule.h"

/* RFC 8536, 3.2: offsets lie strictly between these. */
#define OFFSET_MIN (-25 * 3600)
#define OFFSET_MAX (26 * 3600)
#define REACH (26 * US_PER_HOUR)
#define SEC_MIN (INT64_MIN / US_PER_S)
#define SEC_MAX (INT64_MAX / US_PER_S)
#define HEADER 44
/* The rule is worked out in advance up to 2100-01-01, with so many changes at most: looking up is cheaper. */
#define AHEAD_UNTIL INT64_C(4102444800)
#define AHEAD_MAX 600

struct zone {
	char *name;
	size_t n;	 /* changes of the clocks, ascending */
	int64_t *at;	 /* seconds */
	int32_t *offset; /* from at[i] on */
	int32_t first;	 /* before at[0] */
	bool has_rule;	 /* from at[n - 1] on, or always when n is 0 */
	struct tz_rule rule;
};

/* One of the blocks of a TZif file: counts of its header and where its parts begin. */
struct block {
	uint32_t isut, isstd, leap, time, type, chars;
	const unsigned char *times, *indices, *types;
	size_t size; /* with the header */
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int32_t signed32(const unsigned char *p)
{
	uint32_t v = be32(p);
	int32_t out;

	memcpy(&out, &v, sizeof(out));
	return out;
}

static int64_t signed64(const unsigned char *p)
{
	uint64_t v = (uint64_t)be32(p) << 32 | be32(p + 4);
	int64_t out;

	memcpy(&out, &v, sizeof(out));
	return out;
}

/* Measure the block at p; width is that of its times. False if it does not fit in n bytes. */
static bool read_block(const unsigned char *p, size_t n, unsigned width, struct block *b)
{
	uint64_t size;

	if (n < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	b->isut = be32(p + 20);
	b->isstd = be32(p + 24);
	b->leap = be32(p + 28);
	b->time = be32(p + 32);
	b->type = be32(p + 36);
	b->chars = be32(p + 40);
	size = HEADER + (uint64_t)b->time * (width + 1) + (uint64_t)b->type * 6 + b->chars +
	       (uint64_t)b->leap * (width + 4) + b->isstd + b->isut;
	if (size > n)
		return false;
	b->times = p + HEADER;
	b->indices = b->times + (size_t)b->time * width;
	b->types = b->indices + b->time;
	b->size = (size_t)size;
	return true;
}

static bool read_types(struct zone *z, const struct block *b)
{
	uint32_t i;

	if (b->type == 0 || b->type > 256)
		return false;
	for (i = 0; i < b->type; i++) {
		int32_t offset = signed32(b->types + (size_t)i * 6);

		if (offset <= OFFSET_MIN || offset >= OFFSET_MAX)
			return false;
	}
	z->first = signed32(b->types);
	return true;
}

static bool read_changes(struct zone *z, const struct block *b, unsigned width)
{
	int64_t last = INT64_MIN;
	uint32_t i;

	for (i = 0; i < b->time; i++) {
		const unsigned char *p = b->times + (size_t)i * width;
		int64_t at = width == 8 ? signed64(p) : signed32(p);

		if ((i > 0 && at <= last) || b->indices[i] >= b->type)
			return false;
		last = at;
		/* Before the world of microseconds: only the last of these counts. */
		if (at < SEC_MIN)
			at = SEC_MIN;
		if (at > SEC_MAX)
			break;
		if (z->n && z->at[z->n - 1] == at)
			z->n--;
		z->at[z->n] = at;
		z->offset[z->n++] = signed32(b->types + (size_t)b->indices[i] * 6);
	}
	return true;
}

/* "\nRULE\n"; an empty rule is allowed and means that nobody knows. */
static bool read_footer(struct zone *z, const char *p, size_t n)
{
	const char *end;

	if (n < 2 || *p != '\n')
		return false;
	end = memchr(p + 1, '\n', n - 1);
	if (!end)
		return false;
	z->has_rule = end > p + 1;
	return !z->has_rule || tz_rule_parse((struct str){ p + 1, (size_t)(end - p) - 1 }, &z->rule);
}

/* Write down the changes that the rule makes after the last one in the file. */
static void expand_rule(struct zone *z)
{
	size_t end = z->n + AHEAD_MAX;
	struct tz_stretch s;

	if (!z->has_rule || z->n == 0)
		return;
	tz_rule_at(&z->rule, z->at[z->n - 1], &s);
	z->offset[z->n - 1] = s.offset;
	while (s.to < AHEAD_UNTIL && z->n < end) {
		z->at[z->n] = s.to;
		tz_rule_at(&z->rule, s.to, &s);
		z->offset[z->n++] = s.offset;
	}
}

static int read_zone(struct zone *z, const unsigned char *p, size_t n, struct err *e)
{
	unsigned width = 4;
	struct block b;

	if (!read_block(p, n, width, &b))
		goto bad;
	if (p[4] != '\0') {
		p += b.size;
		n -= b.size;
		width = 8;
		if (!read_block(p, n, width, &b))
			goto bad;
	}
	if (b.leap)
		return err_set(e, E_INPUT, "time zone %s counts leap seconds, which instants do not",
			       z->name);
	z->at = calloc((size_t)b.time + AHEAD_MAX, sizeof(*z->at));
	z->offset = calloc((size_t)b.time + AHEAD_MAX, sizeof(*z->offset));
	if (!z->at || !z->offset)
		return err_nomem(e);
	if (!read_types(z, &b) || !read_changes(z, &b, width))
		goto bad;
	if (width == 8 && !read_footer(z, (const char *)p + b.size, n - b.size))
		goto bad;
	expand_rule(z);
	return 0;
bad:
	return err_set(e, E_INPUT, "time zone %s is not well-formed TZif data", z->name);
}

int zone_parse(const void *bytes, size_t n, const char *name, struct zone **out, struct err *e)
{
	struct zone *z = calloc(1, sizeof(*z));

	*out = NULL;
	if (!z)
		return err_nomem(e);
	z->name = strdup(name);
	if (!z->name) {
		zone_free(z);
		return err_nomem(e);
	}
	if (read_zone(z, bytes, n, e) < 0) {
		zone_free(z);
		return -1;
	}
	*out = z;
	return 0;
}

void zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->name);
	free(z->at);
	free(z->offset);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z ? z->name : "UTC";
}

/* Changes at or before the second. */
static size_t changes_until(const struct zone *z, int64_t sec)
{
	size_t lo = 0, hi = z->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid] <= sec)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int64_t us_of(int64_t sec)
{
	return sec < SEC_MIN ? INT64_MIN : sec > SEC_MAX ? INT64_MAX : sec * US_PER_S;
}

void zone_span(const struct zone *z, int64_t us, struct zone_span *out)
{
	struct tz_stretch s = { INT64_MIN, INT64_MAX, 0 };
	int64_t sec = floor_div(us, US_PER_S);
	size_t i;

	if (z) {
		i = changes_until(z, sec);
		if (i == z->n && z->has_rule) {
			tz_rule_at(&z->rule, sec, &s);
		} else {
			s.offset = i ? z->offset[i - 1] : z->first;
			if (i < z->n)
				s.to = z->at[i];
		}
		if (i && s.from < z->at[i - 1])
			s.from = z->at[i - 1];
	}
	out->from = us_of(s.from);
	out->to = us_of(s.to);
	out->offset = s.offset;
}

int32_t zone_offset(const struct zone *z, int64_t us)
{
	struct zone_span s;

	zone_span(z, us, &s);
	return s.offset;
}

void zone_civil(const struct zone *z, int64_t us, struct civil *out)
{
	int64_t shift = zone_offset(z, us) * US_PER_S, local;

	if (__builtin_add_overflow(us, shift, &local))
		local = us;
	civil_from_us(local, out);
}

int64_t zone_reach(const struct zone *z, int64_t reading)
{
	/* No clock can show it earlier. */
	int64_t t = reading - REACH;
	struct zone_span s;

	for (;;) {
		int64_t at;

		zone_span(z, t, &s);
		at = reading - s.offset * US_PER_S;
		if (at <= t)
			return t;
		if (at < s.to)
			return at;
		t = s.to;
	}
}

enum zone_fit zone_instant(const struct zone *z, const struct civil *c, int64_t *out)
{
	int64_t reading = civil_to_us(c), t = reading - REACH;
	struct zone_span s;
	int seen = 0;

	do {
		int64_t at;

		zone_span(z, t, &s);
		at = reading - s.offset * US_PER_S;
		if (at >= t && at < s.to && seen++ == 0)
			*out = at;
		t = s.to;
	} while (t <= reading + REACH);
	if (seen)
		return seen == 1 ? ZONE_ONE : ZONE_TWICE;
	*out = zone_reach(z, reading);
	return ZONE_GAP;
}
