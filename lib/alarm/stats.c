/* SPDX-License-Identifier: MIT */
/* Sums over alarms: how many, how soon acknowledged and over, how often they flap, and at what rate they come. */
#include "alarm/alarms.h"
#include "base/map.h"
#include "store/alarms.h"

#define SLOT (10 * US_PER_MIN) /* rates are per ten minutes, as in ISA-18.2 and EEMUA 191 */

enum { K_RULE, K_DEVICE, K_SEVERITY, K_SITE, K_ORG, K_RAISED, K_ACKED, K_CLEARED, K_FLAPS, K_STATE };
enum { S_ALARMS, S_ACTIVE, S_UNACKED, S_MTTA, S_MTTR, S_FLAPS, S_RATE, S_PEAK, S_LAST };

/* clang-format off */
const struct field alarm_stat_fields[] = {
	{ .name = "rule", .kind = FIELD_NAME, .help = "with --by rule: the rule" },
	{ .name = "device", .kind = FIELD_NAME, .help = "with --by device: the device" },
	{ .name = "severity", .kind = FIELD_ENUM, .help = "with --by severity: how bad" },
	{ .name = "site", .kind = FIELD_NAME, .help = "with --by site: the device's site" },
	{ .name = "alarms", .kind = FIELD_INT, .help = "how many were raised" },
	{ .name = "active", .kind = FIELD_INT, .help = "of them are there now" },
	{ .name = "unacked", .kind = FIELD_INT, .help = "of those nobody has acknowledged" },
	{ .name = "mtta", .kind = FIELD_DUR, .help = "mean time from raised to acknowledged, of those that were, in whole seconds" },
	{ .name = "mttr", .kind = FIELD_DUR, .help = "mean time from raised to cleared, of those that are, in whole seconds" },
	{ .name = "flaps", .kind = FIELD_INT, .help = "times that they came back while they were flapping" },
	{ .name = "rate", .kind = FIELD_REAL, .help = "alarms per ten minutes, over the range (without one: from the first alarm to now)" },
	{ .name = "peak", .kind = FIELD_INT, .help = "most alarms in ten minutes (00:00, 00:10, ... UTC)" },
	{ .name = "last", .kind = FIELD_TIME, .help = "when the newest was raised" },
};
/* clang-format on */
const size_t alarm_stat_count = COUNT(alarm_stat_fields);

struct sum {
	struct str key[ALARM_BY_MAX];
	int64_t alarms, active, unacked, acked, cleared, flaps, last, slot, in_slot, peak;
	double to_ack, to_clear; /* microseconds, added up: int64_t would do for 29,000 alarms of ten years */
};

struct summing {
	const struct alarm_by *by;
	struct sum *v;
	size_t n, cap;
	struct map index;
	struct arena text;
	int64_t first;
};

int alarm_by_read(const char *text, struct alarm_by *by, struct err *e)
{
	by->n = 0;
	for (const char *p = text; *p;) {
		struct str word = { p, strcspn(p, ",") };
		int i = field_find(alarm_stat_fields, ALARM_BY_MAX, word);

		if (i < 0 || field_find(by->field, by->n, word) >= 0)
			return err_set(e, E_USAGE, "--by takes some of rule, device, severity, site, each once; not \"%.*s\"", STR_ARG(word));
		by->key[by->n] = i; /* K_RULE ... K_SITE */
		by->field[by->n++] = alarm_stat_fields[i];
		p += word.len + (p[word.len] == ',');
	}
	memcpy(by->field + by->n, alarm_stat_fields + ALARM_BY_MAX, ALARM_SUMS * sizeof(*by->field));
	return 0;
}

static struct sum *add(struct summing *s, const struct sb *key, const struct stmt *st)
{
	struct sum *one;

	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct sum *v = realloc(s->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		s->v = v;
		s->cap = cap;
	}
	one = s->v + s->n;
	*one = (struct sum){ .slot = INT64_MIN };
	for (size_t i = 0; i < s->by->n; i++) {
		struct str t = stmt_text(st, s->by->key[i]);

		if (!t.len) /* a device without a site */
			continue;
		one->key[i] = (struct str){ arena_dup(&s->text, t), t.len };
		if (!one->key[i].ptr)
			return NULL;
	}
	return map_put(&s->index, sb_str(key), (int64_t)s->n++) < 0 ? NULL : one;
}

static struct sum *of_row(struct summing *s, const struct stmt *st)
{
	AUTO(sb_done) struct sb key = SB_INIT(4096);
	const int64_t *at;

	for (size_t i = 0; i < s->by->n; i++) {
		struct str t = stmt_text(st, s->by->key[i]);

		sb_addf(&key, "%zu:", t.len);
		sb_add(&key, t.ptr, t.len);
	}
	if (key.bad)
		return NULL;
	at = map_find(&s->index, sb_str(&key));
	return at ? s->v + *at : add(s, &key, st);
}

static void count(struct sum *one, const struct stmt *st)
{
	int64_t raised = stmt_int(st, K_RAISED), slot = raised / SLOT - (raised % SLOT < 0);
	bool acked = !stmt_is_null(st, K_ACKED), cleared = !stmt_is_null(st, K_CLEARED);

	one->in_slot = slot == one->slot ? one->in_slot + 1 : 1;
	one->slot = slot;
	one->peak = one->in_slot > one->peak ? one->in_slot : one->peak;
	one->alarms++;
	one->last = raised;
	one->active += !cleared;
	one->unacked += !cleared && !acked;
	one->flaps += stmt_int(st, K_FLAPS);
	one->acked += acked;
	one->cleared += cleared;
	if (acked)
		one->to_ack += (double)(stmt_int(st, K_ACKED) - raised);
	if (cleared)
		one->to_clear += (double)(stmt_int(st, K_CLEARED) - raised);
}

static struct cell mean(double sum, int64_t n)
{
	int64_t v = n ? (int64_t)(sum / (double)n) : 0;

	return n ? CELL_OF_INT(v - v % US_PER_S) : CELL_OF_NULL;
}

/* Most alarms first, then by name. */
static int by_alarms(const void *pa, const void *pb)
{
	const struct sum *a = pa, *b = pb;

	if (a->alarms != b->alarms)
		return a->alarms > b->alarms ? -1 : 1;
	for (size_t i = 0; i < ALARM_BY_MAX; i++) {
		size_t n = a->key[i].len < b->key[i].len ? a->key[i].len : b->key[i].len;
		int c = n ? memcmp(a->key[i].ptr, b->key[i].ptr, n) : 0;

		if (c || a->key[i].len != b->key[i].len)
			return c ? c : a->key[i].len < b->key[i].len ? -1 : 1;
	}
	return 0;
}

/* Without a key there is one row, also of nothing. */
static int at_least_one(struct summing *s, struct err *e)
{
	if (s->n || s->by->n)
		return 0;
	s->v = calloc(1, sizeof(*s->v));
	s->n = s->v ? 1 : 0;
	return s->v ? 0 : err_nomem(e);
}

static int print(const struct summing *s, int64_t top, int64_t span, struct out *out, struct err *e)
{
	for (size_t i = 0; i < s->n && (!top || i < (size_t)top); i++) {
		const struct sum *one = s->v + i;
		struct cell c[ALARM_BY_MAX + ALARM_SUMS], *sum = c + s->by->n;

		for (size_t k = 0; k < s->by->n; k++)
			c[k] = one->key[k].len ? CELL_OF_TEXT(one->key[k]) : CELL_OF_NULL;
		sum[S_ALARMS] = CELL_OF_INT(one->alarms);
		sum[S_ACTIVE] = CELL_OF_INT(one->active);
		sum[S_UNACKED] = CELL_OF_INT(one->unacked);
		sum[S_MTTA] = mean(one->to_ack, one->acked);
		sum[S_MTTR] = mean(one->to_clear, one->cleared);
		sum[S_FLAPS] = CELL_OF_INT(one->flaps);
		sum[S_RATE] = CELL_OF_REAL(span > 0 ? (double)one->alarms * (double)SLOT / (double)span : 0);
		sum[S_RATE].decimals = 4;
		sum[S_PEAK] = CELL_OF_INT(one->peak);
		sum[S_LAST] = one->alarms ? CELL_OF_TIME(one->last) : CELL_OF_NULL;
		if (out_rec(out, c, e) < 0)
			return -1;
	}
	return 0;
}

static int sum_up(struct summing *s, struct stmt *st, struct err *e)
{
	int got;

	while ((got = stmt_step(st, e)) > 0) {
		struct sum *one = of_row(s, st);

		if (!one)
			return err_nomem(e);
		if (s->first == INT64_MAX)
			s->first = stmt_int(st, K_RAISED);
		count(one, st);
	}
	return got;
}

int alarm_stats(struct work *w, const struct alarms_ask *ask, const struct alarm_by *by, int64_t top, struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct summing s = { .by = by, .index = MAP_INIT, .text = ARENA_INIT((size_t)1 << 30), .first = INT64_MAX };
	struct select_ctx ctx = work_select(w);
	const struct select *select;
	int64_t from, to = w->when.now;
	int rc;

	ctx.ent = &alarm_entity;
	rc = alarms_which(w, ask, &select, e) < 0 || alarms_in_order(w->db, &ctx, select, &st, e) < 0 ? -1 : sum_up(&s, st, e);
	if (rc == 0)
		rc = at_least_one(&s, e);
	from = s.first;
	if (ask->range && ask->range->from >= TIME_MIN)
		from = ask->range->from;
	if (ask->range && ask->range->to < to)
		to = ask->range->to;
	if (s.n > 1)
		qsort(s.v, s.n, sizeof(*s.v), by_alarms);
	if (rc == 0)
		rc = print(&s, top, from < to ? to - from : 0, out, e);
	free(s.v);
	map_done(&s.index);
	arena_done(&s.text);
	return rc;
}
