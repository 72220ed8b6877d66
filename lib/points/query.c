/* SPDX-License-Identifier: MIT */
#include "points/query.h"

#include "base/map.h"
#include "base/name.h"
#include "os/signal.h"
#include "os/zones.h"
#include "points/chosen.h"
#include "series/series.h"
#include "store/definition.h"
#include "store/state.h"

#define STOP_EVERY 4096 /* points between two looks at the signals */
#define AHEAD 256	/* series that are read in one go */

/* Places among them. */
enum { POINT_TS = 0, POINT_VALUE = 3, POINT_QUALITY = 4, POINT_RAW = 8 };

/* clang-format off */
const struct field query_point_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was measured" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "datapoint", .kind = FIELD_IDENT, .flags = FIELD_LIST, .help = "the datapoint" },
	{ .name = "value", .kind = FIELD_VALUE, .flags = FIELD_LIST, .help = "number, boolean, text or location; null only when bad or stale" },
	{ .name = "quality", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "good, suspect, bad or stale" },
	{ .name = "unit", .kind = FIELD_TEXT, .flags = FIELD_HIDDEN, .help = "unit of the datapoint" },
	{ .name = "site", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "site of the device" },
	{ .name = "gateway", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "gateway of the device" },
	{ .name = "raw", .kind = FIELD_REAL, .flags = FIELD_HIDDEN, .help = "the value before scale and offset, where it differs" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "organisation of the device" },
};
const size_t query_point_count = COUNT(query_point_fields), query_point_plain = 5;

const struct field latest_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was measured" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "datapoint", .kind = FIELD_IDENT, .flags = FIELD_LIST, .help = "the datapoint" },
	{ .name = "value", .kind = FIELD_VALUE, .flags = FIELD_LIST, .help = "the newest value" },
	{ .name = "unit", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "unit of the datapoint" },
	{ .name = "quality", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "good, suspect, bad or stale" },
	{ .name = "age", .kind = FIELD_DUR, .flags = FIELD_HIDDEN, .help = "time since then" },
	{ .name = "site", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "site of the device" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "organisation of the device" },
};
const size_t latest_count = COUNT(latest_fields);

/* What a bucket stands for: a device, or one of query_by_words. The aggregates come behind, in their order. */
enum { BUCKET_TS, BUCKET_DEVICE, BUCKET_BY, BUCKET_DATAPOINT = BUCKET_BY + 5, BUCKET_AGG, BUCKET_N = BUCKET_AGG + AGG_N };

const struct field query_bucket_fields[] = {
	[BUCKET_TS] = { .name = "ts", .kind = FIELD_TIME, .help = "start of the bucket" },
	[BUCKET_DEVICE] = { .name = "device", .kind = FIELD_NAME, .help = "the device" },
	[BUCKET_BY] = { .name = "site", .kind = FIELD_NAME, .help = "the site whose devices are added up" },
	{ .name = "gateway", .kind = FIELD_NAME, .help = "likewise the gateway" },
	{ .name = "model", .kind = FIELD_NAME, .help = "likewise the model" },
	{ .name = "type", .kind = FIELD_NAME, .help = "likewise the type" },
	{ .name = "org", .kind = FIELD_NAME, .help = "likewise the organisation" },
	[BUCKET_DATAPOINT] = { .name = "datapoint", .kind = FIELD_IDENT, .help = "the datapoint" },
	[BUCKET_AGG + AGG_COUNT] = { .name = "count", .kind = FIELD_INT, .help = "number of good and suspect values" },
	[BUCKET_AGG + AGG_SUM] = { .name = "sum", .kind = FIELD_REAL, .help = "their sum" },
	[BUCKET_AGG + AGG_MIN] = { .name = "min", .kind = FIELD_REAL, .help = "the smallest" },
	[BUCKET_AGG + AGG_MAX] = { .name = "max", .kind = FIELD_REAL, .help = "the largest" },
	[BUCKET_AGG + AGG_AVG] = { .name = "avg", .kind = FIELD_REAL, .help = "sum divided by count" },
	[BUCKET_AGG + AGG_FIRST] = { .name = "first", .kind = FIELD_REAL, .help = "the first in time" },
	[BUCKET_AGG + AGG_LAST] = { .name = "last", .kind = FIELD_REAL, .help = "the last in time" },
	[BUCKET_AGG + AGG_DELTA] = { .name = "delta", .kind = FIELD_REAL, .help = "last minus the last value before the bucket" },
};
/* clang-format on */
const size_t query_bucket_count = COUNT(query_bucket_fields);

void query_shown(const struct db *db, const struct field *f, size_t n, struct field *out)
{
	int org = field_find(f, n, STR("org"));

	memcpy(out, f, n * sizeof(*f));
	if (org >= 0 && db_many(db))
		out[org].flags = FIELD_LIST;
}

const char *const query_by_words[] = { "site", "gateway", "model", "type", "org", "datapoint", NULL };

size_t query_bucket_shown(const struct query *q, struct field out[AGG_N + 3])
{
	size_t n = 0;
	int by = q->by ? field_find(query_bucket_fields, BUCKET_AGG, str_of(q->by)) : BUCKET_DEVICE;

	out[n++] = query_bucket_fields[BUCKET_TS];
	if (by >= 0 && by != BUCKET_DATAPOINT)
		out[n++] = query_bucket_fields[by];
	out[n++] = query_bucket_fields[BUCKET_DATAPOINT];
	for (size_t i = 0; i < q->nagg; i++)
		out[n++] = query_bucket_fields[BUCKET_AGG + (int)q->agg[i]];
	return n;
}

int query_aggs(const char *list, struct query *q, struct err *e)
{
	struct near near = { 0 };
	char hint[96];

	q->nagg = 0;
	for (const char *p = list; *p;) {
		struct str word = { p, strcspn(p, ",") };

		if (q->nagg == AGG_N)
			return err_set(e, E_USAGE, "--agg: each aggregate once");
		if (!agg_find(word, q->agg + q->nagg)) {
			for (int i = 0; i < AGG_N; i++)
				near_offer(&near, word, str_of(agg_word((enum agg)i)));
			return err_set(e, E_USAGE, "--agg: \"%.*s\" is none of count, sum, min, max, avg, first, last, delta%s",
				       STR_ARG(word), near_text(&near, hint, sizeof(hint)));
		}
		for (size_t i = 0; i < q->nagg; i++)
			if (q->agg[i] == q->agg[q->nagg])
				return err_set(e, E_USAGE, "--agg: %.*s twice", STR_ARG(word));
		q->nagg++;
		p += word.len;
		p += *p == ',';
	}
	return q->nagg ? 0 : err_set(e, E_USAGE, "--agg: needs a word");
}

/* ---- one series after the other ---- */

struct asking {
	struct db *db;
	const struct query *q;
	struct out *out;
	/* definitions of models as they were met: "MODEL:NAME" to index */
	struct arena names, fresh; /* texts of those, and of the one at hand */
	struct map known;
	struct definition *definition;
	size_t ndefinition, capdefinition;
	struct groups *groups;
	/* the series at hand */
	size_t group; /* index of its group */
	struct picked s;
	struct definition def;
	unsigned char decimals;
	const struct zone *zone;
	struct range range;
	/* limit and cursor */
	int64_t left;
	struct sb *cursor;
};

static struct cell name_cell(struct str s)
{
	return s.len ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

int query_zone(const struct query *q, struct str tz, const struct zone **zone, struct range *r, struct err *e)
{
	*r = q->range;
	if (q->zone_given) {
		*zone = q->when.zone;
		return 0;
	}
	if (zones_get(tz.len ? tz.ptr : "UTC", zone, e) < 0)
		return -1;
	return q->range_in ? q->range_in(q->range_arg, *zone, r, e) : 0;
}

/* The value before scale and offset. */
static struct cell raw_cell(const struct asking *a, const struct point *p)
{
	if (p->has_raw)
		return CELL_OF_REAL(p->raw);
	return a->q->whole && a->def.has_scale && p->value.type == VALUE_NUMBER ? CELL_OF_REAL(p->value.num) : CELL_OF_NULL;
}

/* *def in the list of those that are known. */
static int keep_definition(struct asking *a, struct str key, const struct definition *def, struct err *e)
{
	if (a->ndefinition == a->capdefinition) {
		size_t cap = a->capdefinition ? a->capdefinition * 2 : 16;
		struct definition *v = realloc(a->definition, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		a->definition = v;
		a->capdefinition = cap;
	}
	a->definition[a->ndefinition] = *def;
	return map_put(&a->known, key, (int64_t)a->ndefinition++) < 0 ? err_nomem(e) : 0;
}

/* What the series' datapoint is; that of a model is looked up once, unless the device has something of its own to say. */
static int find_definition(struct asking *a, struct err *e)
{
	struct device_ref ref = { .id = a->s.own ? a->s.device : 0, .model = a->s.model_id };
	char key[NAME_MAX_LEN + 32];
	const int64_t *at;
	struct str name;

	(void)snprintf(key, sizeof(key), "%" PRId64 ":%.*s", ref.model, STR_ARG(a->s.datapoint));
	name = str_of(key);
	at = a->s.own ? NULL : map_find(&a->known, name);
	if (at && a->definition) {
		a->def = a->definition[*at];
		return 0;
	}
	arena_clear(&a->fresh);
	a->def = (struct definition){ .precision = -1 };
	if (definition_named(a->db, &ref, a->s.datapoint, a->s.own ? &a->fresh : &a->names, &a->def, e) < 0)
		return -1;
	return a->s.own ? 0 : keep_definition(a, name, &a->def, e);
}

static void forget_definitions(struct asking *a)
{
	map_done(&a->known);
	free(a->definition);
	arena_done(&a->names);
	arena_done(&a->fresh);
}

static int look_up(struct asking *a, struct err *e)
{
	if (stop_requested())
		return stop_error(e);
	if (find_definition(a, e) < 0)
		return -1;
	a->decimals = a->def.precision < 0 ? 0 : (unsigned char)(a->def.precision + 1);
	return query_zone(a->q, a->s.tz, &a->zone, &a->range, e);
}

/* Start of a bucket as it is printed: without a step and a range it is the time of the first point. */
static struct cell start_cell(const struct bucket *b)
{
	return CELL_OF_TIME(b->start == TIME_MIN ? b->first_ts : b->start);
}

/* The points that come next, as many as are alike: 1, 0 when the next one is to be looked at by itself, -1. */
static int alike_points(struct asking *a, struct series_scan *scan, struct cell *cells, struct err *e)
{
	struct out_column v[3] = { { .field = POINT_TS }, { .field = POINT_VALUE }, { .field = POINT_RAW } };
	struct series_numbers some;

	if (a->q->limit)
		return 0;
	if (stop_requested())
		return stop_error(e);
	if (series_numbers(scan, &some, e) < 0)
		return -1;
	if (!some.n)
		return 0;
	v[0].time = some.ts;
	v[1].real = v[2].real = some.num;
	cells[POINT_VALUE].decimals = a->decimals;
	cells[POINT_QUALITY] = CELL_OF_TEXT(quality_text(some.quality));
	cells[POINT_RAW] = CELL_OF_NULL;
	return out_rows(a->out, cells, v, a->q->whole && a->def.has_scale ? 3 : 2, some.n, e) < 0 ? -1 : 1;
}

static int one_point(struct asking *a, const struct point *p, struct cell *cells, struct err *e)
{
	char ts[40];

	cells[POINT_TS] = CELL_OF_TIME(p->ts);
	cells[POINT_VALUE] = value_cell(&p->value, a->decimals);
	cells[POINT_QUALITY] = CELL_OF_TEXT(quality_text(p->quality));
	cells[POINT_RAW] = raw_cell(a, p);
	if (out_rec(a->out, cells, e) < 0)
		return -1;
	if (a->q->limit && --a->left == 0) {
		(void)time_print(p->ts, NULL, ts);
		sb_clear(a->cursor);
		sb_addf(a->cursor, "%.*s:%.*s@%s", STR_ARG(a->s.device_name), STR_ARG(a->s.datapoint), ts);
	}
	return 0;
}

/* 1: the limit is reached, and there is more. */
static int raw_points(struct asking *a, struct series_scan *scan, struct err *e)
{
	struct cell cells[COUNT(query_point_fields)] = {
		[1] = CELL_OF_TEXT(a->s.device_name), CELL_OF_TEXT(a->s.datapoint), [5] = name_cell(str_of(a->def.unit)),
		name_cell(a->s.site), name_cell(a->s.gateway), [9] = CELL_OF_TEXT(a->s.org_name) };
	struct point p;
	int64_t seen = 0;
	int got = 0;

	for (;;) {
		do
			got = alike_points(a, scan, cells, e);
		while (got > 0);
		if (got == 0)
			got = series_next(scan, &p, e);
		if (got <= 0)
			return got;
		if (++seen % STOP_EVERY == 0 && stop_requested())
			return stop_error(e);
		if (a->q->limit && a->left == 0)
			return 1;
		if (one_point(a, &p, cells, e) < 0)
			return -1;
	}
}

static int print_bucket(const struct bucket *b, void *arg, struct err *e)
{
	struct asking *a = arg;
	struct cell cells[AGG_N + 3] = { start_cell(b), CELL_OF_TEXT(a->s.device_name), CELL_OF_TEXT(a->s.datapoint) };

	if (stop_requested())
		return stop_error(e);
	for (size_t i = 0; i < a->q->nagg; i++)
		cells[3 + i] = bucket_cell(b, a->q->agg[i], a->decimals);
	return out_rec(a->out, cells, e);
}

/* ---- --by: series added up in groups ---- */

/* Buckets of one (group, datapoint), sorted by start; deltas are added up by themselves, as first and last do not give theirs. */
struct group_bucket {
	struct bucket b, delta;
};

struct group {
	struct str key, datapoint;
	struct group_bucket *bucket;
	size_t n, cap, hint;
	unsigned char decimals;
};

struct groups {
	struct group *v;
	size_t n, cap;
	struct arena text;
};

static struct str group_key(const struct asking *a)
{
	const char *by = a->q->by;
	struct str s = strcmp(by, "site") == 0	    ? a->s.site :
		       strcmp(by, "gateway") == 0   ? a->s.gateway :
		       strcmp(by, "model") == 0	    ? a->s.model :
		       strcmp(by, "type") == 0	    ? a->s.type :
		       strcmp(by, "org") == 0	    ? a->s.org_name :
							(struct str){ "", 0 };

	return s.ptr ? s : STR("");
}

/* Find the group of the series at hand, or make it. */
static int find_group(struct asking *a, struct err *e)
{
	struct groups *g = a->groups;
	struct str key = group_key(a);
	struct group *new;

	for (a->group = 0; a->group < g->n; a->group++) {
		new = g->v + a->group;
		if (!str_eq(new->key, key) || !str_eq(new->datapoint, a->s.datapoint))
			continue;
		/* As exact as the most exact of them; as it is, when one is. */
		if (!new->decimals || !a->decimals)
			new->decimals = 0;
		else if (a->decimals > new->decimals)
			new->decimals = a->decimals;
		return 0;
	}
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;

		new = realloc(g->v, cap * sizeof(*new));
		if (!new)
			return err_nomem(e);
		g->v = new;
		g->cap = cap;
	}
	new = g->v + g->n;
	*new = (struct group){ .key = { arena_dup(&g->text, key), key.len },
			       .datapoint = { arena_dup(&g->text, a->s.datapoint), a->s.datapoint.len },
			       .decimals = a->decimals };
	if (!new->key.ptr || !new->datapoint.ptr)
		return err_nomem(e);
	g->n++;
	return 0;
}

/* Where the bucket belongs: at the first that does not begin before it. Without a step there is one, from the earliest start on. */
static size_t bucket_place(const struct asking *a, struct group *g, int64_t start)
{
	size_t i = g->hint < g->n && g->bucket[g->hint].b.start <= start ? g->hint : 0;

	if (!a->q->has_step && g->n) {
		if (start < g->bucket->b.start)
			g->bucket->b.start = start;
		return 0;
	}
	while (i < g->n && g->bucket[i].b.start < start)
		i++;
	g->hint = i;
	return i;
}

static int group_bucket(const struct bucket *b, void *arg, struct err *e)
{
	struct asking *a = arg;
	struct group *g = a->groups->v + a->group;
	struct point delta = { .value = { .type = VALUE_NUMBER, .num = b->last - (b->has_before ? b->before : b->first) } };
	size_t i = bucket_place(a, g, b->start);

	if (stop_requested())
		return stop_error(e);
	if (i < g->n && (!a->q->has_step || g->bucket[i].b.start == b->start)) {
		bucket_merge(&g->bucket[i].b, b);
		bucket_add(&g->bucket[i].delta, &delta);
		return 0;
	}
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 64;
		struct group_bucket *p = realloc(g->bucket, cap * sizeof(*p));

		if (!p)
			return err_nomem(e);
		g->bucket = p;
		g->cap = cap;
	}
	memmove(g->bucket + i + 1, g->bucket + i, (g->n - i) * sizeof(*g->bucket));
	g->bucket[i] = (struct group_bucket){ .b = *b };
	bucket_begin(&g->bucket[i].delta, b->start, false, 0);
	bucket_add(&g->bucket[i].delta, &delta);
	g->n++;
	return 0;
}

static int group_order(const void *pa, const void *pb)
{
	const struct group *a = pa, *b = pb;
	int c = str_cmp(a->key, b->key);

	return c ? c : str_cmp(a->datapoint, b->datapoint);
}

static int print_groups(struct asking *a, struct err *e)
{
	bool has_key = strcmp(a->q->by, "datapoint") != 0;

	if (a->groups->n)
		qsort(a->groups->v, a->groups->n, sizeof(*a->groups->v), group_order);
	for (size_t i = 0; i < a->groups->n; i++) {
		const struct group *g = a->groups->v + i;

		for (size_t k = 0; k < g->n; k++) {
			struct cell cells[AGG_N + 3] = { start_cell(&g->bucket[k].b) };
			size_t n = 1;

			if (has_key)
				cells[n++] = name_cell(g->key);
			cells[n++] = CELL_OF_TEXT(g->datapoint);
			for (size_t j = 0; j < a->q->nagg; j++) {
				bool delta = a->q->agg[j] == AGG_DELTA;

				cells[n++] = delta ? bucket_cell(&g->bucket[k].delta, AGG_SUM, g->decimals) :
						     bucket_cell(&g->bucket[k].b, a->q->agg[j], g->decimals);
			}
			if (out_rec(a->out, cells, e) < 0)
				return -1;
		}
	}
	return 0;
}

static void free_groups(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->v[i].bucket);
	free(g->v);
	arena_done(&g->text);
}

/* ---- the query ---- */

/* "DEVICE:DATAPOINT@TS": rows up to there were printed before. */
struct after {
	struct str device, datapoint;
	int64_t ts;
};

static int read_after(const char *text, struct after *out, struct err *e)
{
	const char *colon = strchr(text, ':'), *at = strchr(text, '@');

	if (!colon || !at || at < colon || !time_rfc3339(str_of(at + 1), &out->ts))
		return err_set(e, E_USAGE, "--after: \"%s\" is no cursor (DEVICE:DATAPOINT@TIME)", text);
	out->device = (struct str){ text, (size_t)(colon - text) };
	out->datapoint = (struct str){ colon + 1, (size_t)(at - colon - 1) };
	return 0;
}

static int buckets(struct asking *a, struct err *e)
{
	const struct query *q = a->q;
	bool delta = false;

	for (size_t i = 0; i < q->nagg; i++)
		delta |= q->agg[i] == AGG_DELTA;
	if (q->by && find_group(a, e) < 0)
		return -1;
	return series_aggregate(a->db, a->s.series, &a->range, q->has_step ? &q->step : NULL, a->zone, delta,
				q->by ? group_bucket : print_bucket, a, e);
}

/* What the series at hand is to be read of; nothing when it all lies before the cursor. */
static struct range raw_range(const struct asking *a, const struct after *after)
{
	struct range r = a->range;
	int c;

	if (!after->device.ptr)
		return r;
	c = str_cmp(a->s.device_name, after->device);
	if (c == 0)
		c = str_cmp(a->s.datapoint, after->datapoint);
	if (c < 0)
		r.from = r.to;
	else if (c == 0 && after->ts >= r.from)
		r.from = after->ts + 1;
	return r;
}

/* Points of n series, of which there are at most AHEAD: 1, the limit is reached. */
static int raw_series(struct asking *a, const struct picked *v, size_t n, const struct after *after, struct err *e)
{
	struct series_scan *scan[AHEAD] = { NULL };
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct range r;

		a->s = v[i];
		if (look_up(a, e) < 0) {
			rc = -1;
			break;
		}
		r = raw_range(a, after);
		if (r.from >= r.to)
			r.to = r.from;
		rc = series_scan(a->db, a->s.series, &r, false, scan + i, e);
	}
	if (rc == 0 && n > 1)
		rc = series_ahead(scan, n, e);
	for (size_t i = 0; i < n && rc == 0; i++) {
		a->s = v[i];
		rc = look_up(a, e) < 0 ? -1 : raw_points(a, scan[i], e);
		series_scan_free(scan[i]);
		scan[i] = NULL;
	}
	for (size_t i = 0; i < n; i++)
		series_scan_free(scan[i]);
	return rc;
}

static int all_series(struct asking *a, struct err *e)
{
	struct pick_opts o = { .device = a->q->device, .n = a->q->n, .datapoints = a->q->datapoints, .select = a->q->select,
			       .when = &a->q->when };
	AUTO(chosen_done) struct chosen chosen = CHOSEN_INIT;
	struct after after = { 0 };
	int rc = 0;

	if (a->q->after && read_after(a->q->after, &after, e) < 0)
		return -1;
	if (chosen_find(a->db, &o, true, &chosen, e) < 0)
		return -1;
	for (size_t i = 0, n; i < chosen.n && rc == 0; i += n) {
		n = a->q->nagg || a->q->limit ? 1 : chosen.n - i < AHEAD ? chosen.n - i : AHEAD;
		if (!a->q->nagg) {
			rc = raw_series(a, chosen.v + i, n, &after, e);
			continue;
		}
		a->s = chosen.v[i];
		rc = look_up(a, e) < 0 ? -1 : buckets(a, e);
	}
	if (rc == 0) /* the limit, if it was reached, cut nothing */
		sb_clear(a->cursor);
	return rc < 0 ? -1 : 0;
}

int query_run(struct db *db, const struct query *q, struct out *out, struct sb *cursor, struct err *e)
{
	struct groups groups = { .text = ARENA_INIT((size_t)64 << 20) };
	struct asking a = { .db = db, .q = q, .out = out, .names = ARENA_INIT((size_t)64 << 20), .fresh = ARENA_INIT(1 << 20), .known = MAP_INIT, .groups = &groups, .left = q->limit,
			    .cursor = cursor };
	int rc = pick_ready(db, e) < 0 || definition_ready(db, e) < 0 || series_ready(db, e) < 0 || series_spare(db, e) < 0 ? -1 : 0;

	if (rc == 0)
		rc = all_series(&a, e);
	if (rc == 0 && q->by)
		rc = print_groups(&a, e);
	free_groups(&groups);
	forget_definitions(&a);
	return rc;
}

/* ---- latest ---- */

static int print_value(struct asking *a, int64_t ts, const struct cell *value, enum quality quality, const char *unit, struct err *e)
{
	return out_rec(a->out,
		       (struct cell[COUNT(latest_fields)]){ CELL_OF_TIME(ts), CELL_OF_TEXT(a->s.device_name), CELL_OF_TEXT(a->s.datapoint),
							    *value, name_cell(str_of(unit)), CELL_OF_TEXT(str_of(quality_word(quality))),
							    CELL_OF_INT(a->q->when.now - ts), name_cell(a->s.site),
							    CELL_OF_TEXT(a->s.org_name) },
		       e);
}

/* One that is computed from the state of the device. */
static int print_builtin(struct asking *a, size_t *rows, struct err *e)
{
	struct device_state s;
	enum builtin b = BUILTIN_N;
	struct cell value;
	int64_t ts;
	int got = state_read(a->db, a->s.device, &s, e);

	if (got <= 0)
		return got;
	if (!builtin_find(a->s.datapoint, &b) || !builtin_value(b, &s, a->q->when.now, &ts, &value))
		return 0;
	++*rows;
	return print_value(a, ts, &value, QUALITY_GOOD, builtin_unit(b), e);
}

struct newest {
	bool has;
	struct point p;
	size_t text; /* where its text is, if it has one */
};

/* The newest points of n series, in one snapshot, which ends before anything is printed. */
static int read_newest(struct asking *a, const struct picked *v, size_t n, struct newest *out, struct sb *text, struct err *e)
{
	int got = 0;

	if (series_read_begin(a->db, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct newest){ .text = text->len };
		got = v[i].series ? series_latest(a->db, v[i].series, &out[i].p, text, e) : 0;
		if (got < 0)
			break;
		out[i].has = got > 0;
	}
	db_read_end(a->db);
	return got < 0 ? -1 : 0;
}

static int print_newest(struct asking *a, const struct newest *x, const struct sb *text, size_t *rows, struct err *e)
{
	struct point p = x->p;
	struct cell value;

	if (look_up(a, e) < 0)
		return -1;
	if (!x->has)
		return 0;
	if (p.value.txt.ptr) /* more text has moved it */
		p.value.txt.ptr = sb_cstr(text) + x->text;
	++*rows;
	value = value_cell(&p.value, a->decimals);
	return print_value(a, p.ts, &value, p.quality, a->def.unit, e);
}

static int latest_some(struct asking *a, const struct picked *v, size_t n, size_t *rows, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)2 * VALUE_STRING_MAX * AHEAD);
	struct newest newest[AHEAD];

	if (read_newest(a, v, n, newest, &text, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		a->s = v[i];
		if ((v[i].series ? print_newest(a, newest + i, &text, rows, e) : print_builtin(a, rows, e)) < 0)
			return -1;
	}
	return 0;
}

int latest_run(struct db *db, const struct query *q, struct out *out, size_t *rows, struct err *e)
{
	struct pick_opts o = { .device = q->device, .n = q->n, .datapoints = q->datapoints, .select = q->select, .when = &q->when };
	struct asking a = { .db = db, .q = q, .out = out, .names = ARENA_INIT((size_t)64 << 20), .fresh = ARENA_INIT(1 << 20), .known = MAP_INIT };
	AUTO(chosen_done) struct chosen chosen = CHOSEN_INIT;
	int rc = 0;

	if (pick_ready(db, e) < 0 || definition_ready(db, e) < 0 || series_ready(db, e) < 0 || series_spare(db, e) < 0 ||
	    chosen_find(db, &o, false, &chosen, e) < 0 || chosen_builtins(db, &o, &chosen, e) < 0)
		return -1;
	for (size_t i = 0, n; i < chosen.n && rc == 0; i += n) {
		n = chosen.n - i < AHEAD ? chosen.n - i : AHEAD;
		rc = latest_some(&a, chosen.v + i, n, rows, e);
	}
	forget_definitions(&a);
	return rc;
}

int query_left_out(struct db *db, void (*tell)(void *arg, const char *line), void *arg, struct err *e)
{
	return series_left_out(db, tell, arg, e);
}
