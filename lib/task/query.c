/* SPDX-License-Identifier: MIT */
#include "base/name.h"
#include "model/entity.h"
#include "os/signal.h"
#include "os/zones.h"
#include "series/series.h"
#include "task/query_impl.h"

#define STOP_EVERY 4096 /* points between two looks at the signals */

enum { P_TS, P_DEVICE, P_DATAPOINT, P_VALUE, P_QUALITY, P_UNIT, P_SITE, P_GATEWAY, P_RAW, P_ORG };

static const char *const quality_words[] = { "good", "suspect", "bad", "stale", NULL };

#define HELP(text) NULL, NULL, 0, 0, NULL, text

const struct field query_point_fields[QUERY_POINT_FIELDS] = {
	[P_TS] = { "ts", FIELD_TIME, 0, HELP("when it was measured") },
	[P_DEVICE] = { "device", FIELD_NAME, 0, HELP("the device; ORG/NAME when it is another organisation's") },
	[P_DATAPOINT] = { "datapoint", FIELD_IDENT, 0, HELP("what was measured") },
	[P_VALUE] = { "value", FIELD_VALUE, 0, HELP("the value; empty when there is none") },
	[P_QUALITY] = { "quality", FIELD_ENUM, 0, NULL, quality_words, 0, 0, NULL, "how far it can be trusted" },
	[P_UNIT] = { "unit", FIELD_TEXT, FIELD_HIDDEN, HELP("unit of the value") },
	[P_SITE] = { "site", FIELD_NAME, FIELD_HIDDEN, HELP("the device's site") },
	[P_GATEWAY] = { "gateway", FIELD_NAME, FIELD_HIDDEN, HELP("the gateway it is behind") },
	[P_RAW] = { "raw", FIELD_REAL, FIELD_HIDDEN, HELP("the number as it came, where scale or offset changed it") },
	[P_ORG] = { "org", FIELD_NAME, FIELD_HIDDEN, HELP("the device's organisation; shown when there are several") },
};

enum { B_TS, B_DEVICE, B_DATAPOINT, B_AGG, B_UNIT = B_AGG + AGG_N };

const struct field query_bucket_fields[QUERY_BUCKET_FIELDS] = {
	{ "ts", FIELD_TIME, 0, HELP("when the bucket begins") },
	{ "device", FIELD_NAME, 0, HELP("the device; with --by the field that was grouped by") },
	{ "datapoint", FIELD_IDENT, 0, HELP("what was measured") },
	[B_AGG + AGG_COUNT] = { "count", FIELD_INT, 0, HELP("number of values") },
	[B_AGG + AGG_SUM] = { "sum", FIELD_REAL, 0, HELP("their sum") },
	[B_AGG + AGG_MIN] = { "min", FIELD_REAL, 0, HELP("the least") },
	[B_AGG + AGG_MAX] = { "max", FIELD_REAL, 0, HELP("the greatest") },
	[B_AGG + AGG_AVG] = { "avg", FIELD_REAL, 0, HELP("sum / count") },
	[B_AGG + AGG_FIRST] = { "first", FIELD_REAL, 0, HELP("the first by time") },
	[B_AGG + AGG_LAST] = { "last", FIELD_REAL, 0, HELP("the last by time") },
	[B_AGG + AGG_DELTA] = { "delta", FIELD_REAL, 0, HELP("the last minus the last before the bucket") },
	[B_UNIT] = { "unit", FIELD_TEXT, FIELD_HIDDEN, HELP("unit of the values") },
	{ "site", FIELD_NAME, FIELD_HIDDEN, HELP("the device's site") },
	{ "gateway", FIELD_NAME, FIELD_HIDDEN, HELP("the gateway it is behind") },
	{ "org", FIELD_NAME, FIELD_HIDDEN, HELP("the device's organisation; shown when there are several") },
};

/* ---- words ---- */

static int add_agg(struct query *q, struct str word, struct err *e)
{
	struct near near = { 0 };
	char hint[96];
	enum agg a;

	if (!agg_find(word, &a)) {
		for (a = 0; a < AGG_N; a++)
			near_offer(&near, word, str_of(agg_word(a)));
		return err_set(e, E_USAGE, "no aggregate \"%.*s\"%s: count sum min max avg first last delta", STR_ARG(word),
			       near_text(&near, hint, sizeof(hint)));
	}
	for (size_t i = 0; i < q->naggs; i++)
		if (q->agg[i] == a)
			return 0;
	q->agg[q->naggs++] = a;
	q->delta |= a == AGG_DELTA;
	return 0;
}

/* Device names have neither ':' nor '@'. */
static int read_cursor(struct query *q, struct str s, struct err *e)
{
	const char *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;
	const char *at = colon ? memchr(colon, '@', s.len - (size_t)(colon - s.ptr)) : NULL;
	struct str ts;

	if (at) {
		ts = (struct str){ at + 1, s.len - (size_t)(at + 1 - s.ptr) };
		if (time_rfc3339(ts, &q->after.ts)) {
			q->after.device = arena_dup(&q->targets.arena, (struct str){ s.ptr, (size_t)(colon - s.ptr) });
			q->after.datapoint =
				arena_dup(&q->targets.arena, (struct str){ colon + 1, (size_t)(at - colon - 1) });
			return q->after.device && q->after.datapoint ? 0 : err_nomem(e);
		}
	}
	return err_set(e, E_USAGE, "--after: \"%.*s\" is no cursor: DEVICE:DATAPOINT@TIME, as an earlier call said",
		       STR_ARG(s));
}

static int read_words(struct query *q, struct err *e)
{
	struct query_ask *ask = &q->ask;
	struct str list = str_of(ask->aggs ? ask->aggs : "count,min,max,avg"), part;

	q->buckets = ask->every || ask->aggs || ask->by;
	if (ask->limit < 0)
		return err_set(e, E_USAGE, "--limit: must not be negative");
	if (q->buckets && (ask->limit || ask->after))
		return err_set(e, E_USAGE, "--limit and --after are for points, not with --every, --agg or --by");
	if (ask->every && step_parse(str_of(ask->every), &q->step, e) < 0)
		return err_wrap(e, "--every");
	q->has_step = ask->every != NULL;
	while (q->buckets && list_next(&list, &part))
		if (add_agg(q, part, e) < 0)
			return -1;
	q->by_datapoint = ask->by && strcmp(ask->by, "datapoint") == 0;
	ask->of.by = q->by_datapoint ? NULL : ask->by;
	if (ask->by && strcmp(ask->by, "device") == 0)
		ask->of.by = "name";
	return ask->after ? read_cursor(q, str_of(ask->after), e) : 0;
}

/* ---- fields ---- */

static void add_fields(struct query *q, const struct field *f, size_t n)
{
	memcpy(q->field + q->nfields, f, n * sizeof(*f));
	q->nfields += n;
}

static void make_fields(struct query *q)
{
	const struct asking *of = &q->ask.of;
	struct str by = str_of(of->by);

	if (!q->buckets) {
		add_fields(q, query_point_fields, QUERY_POINT_FIELDS);
	} else {
		add_fields(q, query_bucket_fields, 1);
		if (of->by) {
			add_fields(q, device_entity.field + entity_field(&device_entity, by), 1);
			q->field[B_DEVICE].name = q->ask.by;
			q->field[B_DEVICE].flags = 0;
		} else if (!q->ask.by) {
			add_fields(q, query_bucket_fields + B_DEVICE, 1);
		}
		add_fields(q, query_bucket_fields + B_DATAPOINT, 1);
		for (size_t i = 0; i < q->naggs; i++)
			add_fields(q, query_bucket_fields + B_AGG + q->agg[i], 1);
		if (!q->ask.by)
			add_fields(q, query_bucket_fields + B_UNIT, QUERY_BUCKET_FIELDS - B_UNIT);
	}
	if (db_many(of->db) && !q->ask.by)
		q->field[q->nfields - 1].flags = 0;
}

int query_new(const struct query_ask *ask, struct query **out, struct err *e)
{
	AUTO(query_freep) struct query *q = calloc(1, sizeof(*q));

	if (!q)
		return err_nomem(e);
	q->ask = *ask;
	q->targets = (struct targets)TARGETS_INIT;
	q->cursor.max = 1024;
	q->arena.max = 1 << 20;
	if (read_words(q, e) < 0 || targets_find(&q->ask.of, &q->targets, e) < 0)
		return -1;
	make_fields(q);
	*out = q;
	q = NULL;
	return 0;
}

const struct field *query_fields(const struct query *q, size_t *n)
{
	*n = q->nfields;
	return q->field;
}

const char *query_cursor(const struct query *q)
{
	return q->cursor.len ? sb_cstr(&q->cursor) : NULL;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	targets_done(&q->targets);
	arena_done(&q->arena);
	sb_done(&q->cursor);
	free(q);
}

/* ---- points ---- */

unsigned char query_decimals(const struct definition *def)
{
	return def && def->precision >= 0 ? (unsigned char)(def->precision + 1) : 0;
}

struct cell query_text(const char *s)
{
	return s ? CELL_OF_TEXT(str_of(s)) : CELL_OF_NULL;
}

int query_enter(struct query *q, const struct target *t, struct definition *def, bool *has, struct err *e)
{
	int got;

	if (stop_requested())
		return stop_error(e);
	if (q->ref.id != t->device->id) {
		got = device_by_id(q->ask.of.db, t->device->id, &q->ref, e);
		if (got <= 0)
			return got < 0 ? -1 : err_set(e, E_NOTFOUND, "no device \"%s\" any more", t->device->name);
		q->zone = q->ask.of.when.zone;
		if (q->buckets && !q->ask.zone_given && zones_get(q->ref.tz, &q->zone, e) < 0)
			return err_wrap(e, "%s", t->device->name);
	}
	arena_clear(&q->arena);
	got = definition_named(q->ask.of.db, &q->ref, str_of(t->datapoint), &q->arena, def, e);
	*has = got > 0;
	return got < 0 ? -1 : 0;
}

/* Where in the series to begin; false when all of it was printed by an earlier call. */
static bool begins(const struct query *q, const struct target *t, struct range *r)
{
	int c;

	*r = q->ask.range;
	if (!q->after.device)
		return true;
	c = strcmp(t->device->name, q->after.device);
	if (c == 0)
		c = strcmp(t->datapoint, q->after.datapoint);
	if (c == 0 && r->from <= q->after.ts)
		r->from = q->after.ts + 1;
	return c >= 0;
}

static int set_cursor(struct query *q, const struct target *t, int64_t ts, struct err *e)
{
	struct civil c;

	civil_from_us(ts, &c);
	sb_clear(&q->cursor);
	sb_addf(&q->cursor, "%s:%s@", t->device->name, t->datapoint);
	sb_addf(&q->cursor, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month, c.day, c.hour, c.minute, c.second, c.us);
	return q->cursor.bad ? err_nomem(e) : 0;
}

/* The points of one series: 1 when the limit was reached with more to come. */
static int print_series(struct query *q, const struct target *t, const struct range *r, int64_t *left,
			struct out *out, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	struct cell cell[QUERY_POINT_FIELDS];
	struct definition def;
	unsigned char decimals;
	struct point p;
	bool has;
	int got;

	if (query_enter(q, t, &def, &has, e) < 0 || series_scan(q->ask.of.db, t->series, r, false, &s, e) < 0)
		return -1;
	decimals = query_decimals(has ? &def : NULL);
	cell[P_DEVICE] = query_text(t->device->name);
	cell[P_DATAPOINT] = query_text(t->datapoint);
	cell[P_UNIT] = query_text(has ? def.unit : NULL);
	cell[P_SITE] = query_text(t->device->site);
	cell[P_GATEWAY] = query_text(t->device->gateway);
	cell[P_ORG] = query_text(t->device->org);
	for (int64_t n = 1; (got = series_next(s, &p, e)) > 0; n++) {
		if (q->ask.limit && *left == 0)
			return 1;
		cell[P_TS] = CELL_OF_TIME(p.ts);
		cell[P_VALUE] = value_cell(&p.value, decimals);
		cell[P_QUALITY] = query_text(quality_word(p.quality));
		cell[P_RAW] = p.has_raw ? CELL_OF_REAL(p.raw) : CELL_OF_NULL;
		if (out_rec(out, cell, e) < 0)
			return -1;
		if (q->ask.limit && --*left == 0 && set_cursor(q, t, p.ts, e) < 0)
			return -1;
		if (n % STOP_EVERY == 0 && stop_requested())
			return stop_error(e);
	}
	return got;
}

static int print_points(struct query *q, struct out *out, struct err *e)
{
	int64_t left = q->ask.limit;
	struct range r;

	for (size_t i = 0; i < q->targets.n; i++) {
		const struct target *t = q->targets.target + i;
		int got = begins(q, t, &r) ? print_series(q, t, &r, &left, out, e) : 0;

		if (got)
			return got < 0 ? -1 : 0;
	}
	sb_clear(&q->cursor); /* the limit was reached by the very last point */
	return 0;
}

int query_run(struct query *q, struct out *out, struct err *e)
{
	if (!q->buckets)
		return print_points(q, out, e);
	return q->ask.by ? query_groups(q, out, e) : query_buckets(q, out, e);
}
