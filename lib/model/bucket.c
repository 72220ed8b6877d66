/* SPDX-License-Identifier: MIT */
#include "model/bucket.h"

#include "base/num.h"
#include "base/time.h"

#define LEVEL_MAX (INT64_MAX / 4) /* amount times period in milliseconds: sums of two levels fit */

/* ---- the rule as text ---- */

static const struct {
	const char *word;
	int64_t bytes;
} units[] = { /* the largest that divides is printed */
	{ "GiB", INT64_C(1) << 30 }, { "GB", 1000000000 }, { "MiB", 1 << 20 }, { "MB", 1000000 },
	{ "KiB", 1 << 10 },	     { "kB", 1000 },	   { "B", 1 },
};

static int64_t ms(int64_t us)
{
	return us / US_PER_MS;
}

static int read_amount(struct str s, struct bucket_window *w, struct err *e)
{
	size_t digits = 0, i = 0;
	struct str unit;
	int64_t each = 1;

	while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
		digits++;
	unit = (struct str){ s.ptr + digits, s.len - digits };
	w->bytes = unit.len > 0;
	while (unit.len && i < COUNT(units) && !str_is(unit, units[i].word))
		i++;
	if (unit.len && i == COUNT(units))
		return err_set(e, E_INPUT, "\"%.*s\": write a number, or bytes as 500B, 64kB, 1MB, 2GB, 4KiB, 1MiB", STR_ARG(s));
	if (unit.len)
		each = units[i].bytes;
	if (!num_parse_int((struct str){ s.ptr, digits }, &w->amount) || w->amount < 1)
		return err_set(e, E_INPUT, "\"%.*s\": an amount is a whole number of at least 1", STR_ARG(s));
	if (w->amount > LEVEL_MAX / each)
		return err_set(e, E_INPUT, "\"%.*s\": too much", STR_ARG(s));
	w->amount *= each;
	return 0;
}

static int read_span(struct str s, int64_t *us, struct err *e)
{
	if (dur_parse(s, us, e) < 0 || *us < US_PER_MS || *us % US_PER_MS || *us > 366 * US_PER_DAY)
		return err_set(e, E_INPUT, "\"%.*s\": not a duration of whole milliseconds, at least one (1s, 5m, 1h)", STR_ARG(s));
	return 0;
}

/* "AMOUNT:DURATION" */
static int read_window(struct str s, struct bucket_rule *r, struct err *e)
{
	const char *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;
	struct bucket_window *w = r->window + r->n;
	size_t head = colon ? (size_t)(colon - s.ptr) : 0;

	if (!colon)
		return err_set(e, E_INPUT, "\"%.*s\": write AMOUNT:DURATION (100:1s, 1MB:60s), burst=50%% or grace=10%%:5m", STR_ARG(s));
	if (r->n == BUCKET_WINDOWS)
		return err_set(e, E_INPUT, "more than %d windows", BUCKET_WINDOWS);
	if (read_amount((struct str){ s.ptr, head }, w, e) < 0 || read_span((struct str){ colon + 1, s.len - head - 1 }, &w->period, e) < 0)
		return -1;
	if (w->amount > LEVEL_MAX / ms(w->period) / 2)
		return err_set(e, E_INPUT, "\"%.*s\": too much for so long a time", STR_ARG(s));
	r->n++;
	return 0;
}

/* "50%" up to `most`; *used is its length. */
static int read_percent(struct str s, int most, int *out, size_t *used, struct err *e)
{
	size_t n = 0;
	int64_t v;

	while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
		n++;
	if (n == s.len || s.ptr[n] != '%' || !num_parse_int((struct str){ s.ptr, n }, &v) || v < 1 || v > most)
		return err_set(e, E_INPUT, "\"%.*s\": write 1%% to %d%%", STR_ARG(s), most);
	*out = (int)v;
	*used = n + 1;
	return 0;
}

static int read_grace(struct str s, struct bucket_rule *r, struct err *e)
{
	size_t n;

	if (r->grace)
		return err_set(e, E_INPUT, "grace is said twice");
	if (read_percent(s, 100, &r->grace, &n, e) < 0)
		return -1;
	if (n == s.len || s.ptr[n] != ':')
		return err_set(e, E_INPUT, "grace: write how much and for how long, grace=10%%:5m");
	return read_span((struct str){ s.ptr + n + 1, s.len - n - 1 }, &r->grace_for, e);
}

static int read_burst(struct str s, struct bucket_rule *r, struct err *e)
{
	size_t n;

	if (r->burst)
		return err_set(e, E_INPUT, "burst is said twice");
	if (read_percent(s, 100, &r->burst, &n, e) < 0)
		return -1;
	return n == s.len ? 0 : err_set(e, E_INPUT, "burst: write burst=50%%");
}

int bucket_rule_read(struct str text, struct bucket_rule *r, struct err *e)
{
	struct str left = text;

	*r = (struct bucket_rule){ 0 };
	if (text.len >= BUCKET_TEXT / 4)
		return err_set(e, E_INPUT, "a limit has less than %d characters", BUCKET_TEXT / 4);
	for (bool more = true; more;) {
		const char *comma = left.len ? memchr(left.ptr, ',', left.len) : NULL;
		struct str part = { left.ptr, comma ? (size_t)(comma - left.ptr) : left.len };
		int rc;

		more = comma != NULL;
		left = more ? (struct str){ comma + 1, left.len - part.len - 1 } : (struct str){ "", 0 };
		if (str_starts(part, "burst="))
			rc = read_burst((struct str){ part.ptr + 6, part.len - 6 }, r, e);
		else if (str_starts(part, "grace="))
			rc = read_grace((struct str){ part.ptr + 6, part.len - 6 }, r, e);
		else
			rc = read_window(part, r, e);
		if (rc < 0)
			return -1;
	}
	if (!r->n)
		return err_set(e, E_INPUT, "a limit needs a window (100:1s)");
	if (!r->burst)
		r->burst = 100;
	return 0;
}

static void print_amount(const struct bucket_window *w, struct sb *sb)
{
	size_t i = 0;

	if (!w->bytes) {
		sb_addf(sb, "%" PRId64, w->amount);
		return;
	}
	while (w->amount % units[i].bytes)
		i++;
	sb_addf(sb, "%" PRId64 "%s", w->amount / units[i].bytes, units[i].word);
}

int bucket_rule_print(const struct bucket_rule *r, struct sb *sb)
{
	char span[48];

	for (size_t i = 0; i < r->n; i++) {
		sb_adds(sb, i ? "," : "");
		print_amount(r->window + i, sb);
		(void)dur_print(r->window[i].period, span);
		sb_addf(sb, ":%s", span);
	}
	if (r->burst != 100)
		sb_addf(sb, ",burst=%d%%", r->burst);
	(void)dur_print(r->grace_for, span);
	if (r->grace)
		sb_addf(sb, ",grace=%d%%:%s", r->grace, span);
	return sb->bad ? -1 : 0;
}

int bucket_window_say(const struct bucket_window *w, const char *what, struct sb *sb)
{
	char span[48];

	print_amount(w, sb);
	(void)dur_print(w->period, span);
	if (!w->bytes)
		sb_addf(sb, " %s%s", what, w->amount == 1 ? "" : "s");
	return sb_addf(sb, " in %s", span);
}

/* ---- levels ---- */

/* So many percent of the amount, at least one. */
static int64_t share(const struct bucket_window *w, int percent)
{
	int64_t whole = w->amount / 100 * percent + w->amount % 100 * percent / 100;

	return whole ? whole : 1;
}

int64_t bucket_holds(const struct bucket_rule *r, size_t i)
{
	return share(r->window + i, r->burst);
}

static int64_t full(const struct bucket_rule *r, size_t i)
{
	return bucket_holds(r, i) * ms(r->window[i].period);
}

/* Tokens that the grace adds in a period, and holds. */
static int64_t spare(const struct bucket_rule *r, size_t i)
{
	return r->grace ? share(r->window + i, r->grace) : 0;
}

int64_t bucket_has(const struct bucket_rule *r, const struct bucket_state *b, size_t i)
{
	int64_t unit = ms(r->window[i].period), have = b->at ? b->level[i].have : full(r, i);

	return have / unit - (have % unit < 0);
}

/* level and `rate` for each of n milliseconds, up to the top. */
static int64_t grow(int64_t level, int64_t rate, int64_t n, int64_t top)
{
	if (level >= top || n > (top - level) / rate)
		return top;
	return level + rate * n;
}

void bucket_fill(const struct bucket_rule *r, struct bucket_state *b, int64_t now)
{
	int64_t longest = 0, n;
	bool fresh = b->at == 0;

	for (size_t i = 0; i < r->n; i++)
		longest = r->window[i].period > longest ? r->window[i].period : longest;
	if (fresh || now < b->at - longest)
		b->at = now;
	n = now > b->at ? ms(now - b->at) : 0;
	b->at += n * US_PER_MS;
	for (size_t i = 0; i < r->n; i++) {
		struct bucket_level *l = b->level + i;
		int64_t top = full(r, i), more = spare(r, i), unit = ms(r->window[i].period);

		l->have = fresh ? top : grow(l->have, r->window[i].amount, n, top);
		if (l->have == top || fresh)
			*l = (struct bucket_level){ top, more * unit, 0 };
		else if (more)
			l->spare = grow(l->spare, more, n, more * unit);
	}
}

static int64_t tokens(const struct bucket_window *w, const struct bucket_load *load)
{
	return w->bytes ? load->bytes : load->requests;
}

/* What window i has for a request, its grace included. */
static int64_t can_give(const struct bucket_rule *r, const struct bucket_level *l, int64_t now)
{
	bool grace = r->grace && (l->over == 0 || now - l->over < r->grace_for);

	return l->have + (grace ? l->spare : 0);
}

/* The window can never give so much. */
static bool too_much(const struct bucket_rule *r, size_t i, const struct bucket_load *load)
{
	return tokens(r->window + i, load) > bucket_holds(r, i);
}

bool bucket_take(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now)
{
	bucket_fill(r, b, now);
	for (size_t i = 0; i < r->n; i++)
		if (too_much(r, i, load) ||
		    can_give(r, b->level + i, now) < tokens(r->window + i, load) * ms(r->window[i].period))
			return false;
	for (size_t i = 0; i < r->n; i++) {
		struct bucket_level *l = b->level + i;
		int64_t need = tokens(r->window + i, load) * ms(r->window[i].period), short_of = need - l->have;

		if (short_of <= 0) {
			l->have -= need;
			continue;
		}
		if (l->over == 0)
			l->over = now;
		l->have = 0;
		l->spare -= short_of;
	}
	return true;
}

void bucket_owe(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load)
{
	for (size_t i = 0; i < r->n; i++) {
		struct bucket_level *l = b->level + i;
		int64_t unit = ms(r->window[i].period), n = tokens(r->window + i, load), most = LEVEL_MAX / unit;

		l->have -= (n < most ? n : most) * unit;
		l->have = l->have < -LEVEL_MAX ? -LEVEL_MAX : l->have;
	}
}

/* What window i has for a request n milliseconds after it was filled, its grace included. */
static int64_t can_give_after(const struct bucket_rule *r, const struct bucket_state *b, size_t i, int64_t n)
{
	const struct bucket_window *w = r->window + i;
	struct bucket_level l = b->level[i];
	int64_t more = spare(r, i);

	l.have = grow(l.have, w->amount, n, full(r, i));
	if (more)
		l.spare = grow(l.spare, more, n, more * ms(w->period));
	return can_give(r, &l, b->at + n * US_PER_MS);
}

/* Milliseconds until window i gives it. */
static int64_t wait_of(const struct bucket_rule *r, const struct bucket_state *b, size_t i, const struct bucket_load *load)
{
	const struct bucket_window *w = r->window + i;
	int64_t need = tokens(w, load) * ms(w->period), late = (need - b->level[i].have + w->amount - 1) / w->amount, soon = 0;

	if (late <= 0 || !r->grace)
		return late > 0 ? late : 0;
	/* With its grace sooner, unless that is over by then: more and more is there as long as it lasts. */
	if (b->level[i].over && ms(b->level[i].over + r->grace_for - 1 - b->at) < late)
		late = ms(b->level[i].over + r->grace_for - 1 - b->at);
	if (late < 0 || can_give_after(r, b, i, late) < need)
		return (need - b->level[i].have + w->amount - 1) / w->amount;
	while (soon < late) {
		int64_t middle = soon + (late - soon) / 2;

		if (can_give_after(r, b, i, middle) < need)
			soon = middle + 1;
		else
			late = middle;
	}
	return soon;
}

static int64_t longest_wait(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now, size_t *which)
{
	int64_t longest = 0;

	*which = 0;
	bucket_fill(r, b, now);
	for (size_t i = 0; i < r->n; i++) {
		int64_t wait = too_much(r, i, load) ? BUCKET_NEVER : wait_of(r, b, i, load);

		if (wait > longest) {
			longest = wait;
			*which = i;
		}
	}
	if (longest == 0 || longest == BUCKET_NEVER)
		return longest;
	/* It is filled at whole milliseconds from b->at on: now is a part of one later, or, where the clock went back, earlier. */
	return b->at + longest * US_PER_MS - now;
}

int64_t bucket_wait(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now)
{
	size_t which;

	return longest_wait(r, b, load, now, &which);
}

size_t bucket_narrowest(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now)
{
	size_t which;

	(void)longest_wait(r, b, load, now, &which);
	return which;
}

/* ---- the bucket as text: RULE|AT|HAVE SPARE OVER|... ---- */

int bucket_print(const struct bucket_rule *r, const struct bucket_state *b, struct sb *sb)
{
	bucket_rule_print(r, sb);
	sb_addf(sb, "|%" PRId64, b->at);
	for (size_t i = 0; i < r->n; i++)
		sb_addf(sb, "|%" PRId64 "|%" PRId64 "|%" PRId64, b->level[i].have, b->level[i].spare, b->level[i].over);
	return sb->bad ? -1 : 0;
}

/* The next number behind a '|'. */
static bool read_number(struct str *s, int64_t *out)
{
	const char *bar = s->len > 1 ? memchr(s->ptr + 1, '|', s->len - 1) : NULL;
	size_t n = bar ? (size_t)(bar - s->ptr) : s->len;
	struct str number = { s->ptr + 1, n ? n - 1 : 0 };

	if (s->len == 0 || s->ptr[0] != '|' || !num_parse_int(number, out))
		return false;
	*s = (struct str){ s->ptr + n, s->len - n };
	return true;
}

bool bucket_read(const struct bucket_rule *r, struct str text, struct bucket_state *b)
{
	AUTO(sb_done) struct sb rule = SB_INIT(BUCKET_TEXT);
	struct str s = text;
	bool good;

	*b = (struct bucket_state){ 0 };
	good = bucket_rule_print(r, &rule) == 0 && s.len > rule.len && memcmp(s.ptr, sb_cstr(&rule), rule.len) == 0;
	if (good) {
		s = (struct str){ s.ptr + rule.len, s.len - rule.len };
		good = read_number(&s, &b->at);
	}
	for (size_t i = 0; good && i < r->n; i++) {
		struct bucket_level *l = b->level + i;

		good = read_number(&s, &l->have) && read_number(&s, &l->spare) && read_number(&s, &l->over);
		good = good && l->have <= full(r, i) && l->have >= -LEVEL_MAX && l->spare >= 0 &&
		       l->spare <= spare(r, i) * ms(r->window[i].period);
	}
	if (good && s.len == 0)
		return true;
	*b = (struct bucket_state){ 0 };
	return false;
}
