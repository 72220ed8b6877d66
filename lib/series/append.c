/* SPDX-License-Identifier: MIT */
/*
 * Writing a batch: sorted by series and time, compared with what is there, then one run per lane. A point newer than everything of its series
 * costs no look-up; what is at or below the high-water is looked for. Hence the outcome of each is exact, and readers need not compare.
 */
#include "series/impl.h"

#define RUN_BYTES ((size_t)1 << 20)  /* a run is closed when it has as many */
#define PART_POINTS ((size_t)1 << 16) /* of one series in one run */
#define PART_TEXT ((size_t)1 << 19)

enum { Q_CORRECTION, Q_LANE, Q_LANES };

const struct sql append_sql[] = {
	[Q_CORRECTION] = { "INSERT INTO main.correction (org_id, series_id, ts, at, run_id, type, quality, num, txt, raw)"
			   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			   "correction" },
	[Q_LANE] = { "UPDATE main.lane SET seq = $2, points = points + $3 WHERE id = $1", "lane" },
	/* The same of many, where rows are sent together. */
	[Q_LANES] = { "UPDATE main.lane AS l SET seq = v.column2, points = l.points + v.column3 FROM (VALUES (CAST($1 AS BIGINT), CAST($2 AS BIGINT),"
		      " CAST($3 AS BIGINT))) v WHERE l.id = v.column1",
		      "lane" },
};
const size_t append_sql_n = COUNT(append_sql);

/* Points [from, to) of the block are of one series. */
struct part {
	int slot;
	bool late;
	size_t from, to;
};

struct appending {
	struct engine *en;
	const struct point *p;
	enum outcome *outcome;
	bool keep_last;
	int64_t run, now;
	struct lane *lane;
	struct late late;
	struct append_room *room;
	struct part part[LANE];
	size_t nparts;
	int64_t stored;
};

/* ---- order ---- */

struct item {
	int64_t series, ts;
	uint32_t at; /* place in the batch */
};

/* A lane that runs were added to. */
struct changed {
	int64_t lane, seq, stored;
};

/* Kept from batch to batch: memory that was just given by the kernel costs more than what is done in it. */
struct append_room {
	size_t n;
	struct item *item; /* 2 * n */
	int64_t *ts;	   /* of late points, of one series */
	struct block b, found;
	struct changed *changed;
	size_t nchanged, capchanged;
	int64_t *lanes; /* of the batch, where they are read ahead */
	size_t nlanes, caplanes;
};

void append_done(struct engine *en)
{
	if (!en->room)
		return;
	free(en->room->item);
	free(en->room->ts);
	free(en->room->changed);
	free(en->room->lanes);
	block_done(&en->room->b);
	block_done(&en->room->found);
	free(en->room);
}

static int room_for(struct engine *en, size_t n, struct append_room **out, struct err *e)
{
	struct append_room *r = en->room ? en->room : calloc(1, sizeof(*r));

	if (!r)
		return err_nomem(e);
	*out = en->room = r;
	if (n <= r->n)
		return 0;
	free(r->item);
	free(r->ts);
	r->item = malloc(2 * n * sizeof(*r->item));
	r->ts = malloc(n * sizeof(*r->ts));
	r->n = r->item && r->ts ? n : 0;
	return r->n ? 0 : err_nomem(e);
}

static int by_series(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	if (a->series != b->series)
		return a->series < b->series ? -1 : 1;
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

static bool in_order(const struct item *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (by_series(v + i - 1, v + i) > 0)
			return false;
	return true;
}

/* By the lowest, then the higher digits of series - least (a stable radix sort), so that what comes in order of time stays so. */
static struct item *sort_series(struct item *v, struct item *spare, size_t n, int64_t least, uint64_t most)
{
	for (unsigned shift = 0; shift < 64 && most >> shift; shift += 11) {
		size_t count[2049] = { 0 };
		struct item *t;

		for (size_t i = 0; i < n; i++)
			count[((uint64_t)(v[i].series - least) >> shift & 2047) + 1]++;
		for (size_t k = 1; k < COUNT(count); k++)
			count[k] += count[k - 1];
		for (size_t i = 0; i < n; i++)
			spare[count[(uint64_t)(v[i].series - least) >> shift & 2047]++] = v[i];
		t = v;
		v = spare;
		spare = t;
	}
	return v;
}

/* The batch as items in order, in one of the two halves of room. */
static struct item *arrange(const struct point *p, size_t n, struct item *room)
{
	struct item *v = room;
	int64_t least = p->series, most = least;
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		v[i] = (struct item){ p[i].series, p[i].ts, (uint32_t)i };
		least = p[i].series < least ? p[i].series : least;
		most = p[i].series > most ? p[i].series : most;
	}
	v = sort_series(v, room + n, n, least, (uint64_t)(most - least));
	for (size_t i = 1; i <= n; i++) {
		if (i < n && v[i].series == v[from].series)
			continue;
		if (!in_order(v + from, i - from))
			qsort(v + from, i - from, sizeof(*v), by_series);
		from = i;
	}
	return v;
}

/* ---- outcomes ---- */

static int keep_correction(const struct appending *a, const struct point *old, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(a->en->db, append_sql + Q_CORRECTION, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, a->lane->org);
	stmt_bind_int(st, 2, old->series);
	stmt_bind_int(st, 3, old->ts);
	stmt_bind_int(st, 4, a->now);
	stmt_bind_int(st, 5, a->run);
	bind_value(st, 6, old);
	return stmt_post_row(st, 0, e);
}

/* Points of one instant, in the order they came; old: what is in the store (NULL nothing). The one that holds in the end is written, if it is new. */
static int settle(struct appending *a, const struct item *v, size_t n, const struct point *old, struct err *e)
{
	struct point now = old ? *old : a->p[v[0].at];
	bool write = !old;
	size_t i = 0;

	if (!old) {
		a->outcome[v[i++].at] = OUTCOME_STORED;
		a->stored++;
	}
	for (; i < n; i++) {
		const struct point *p = a->p + v[i].at;
		enum outcome *out = a->outcome + v[i].at;

		if (point_same(&now, p)) {
			*out = OUTCOME_DUPLICATE;
			continue;
		}
		*out = a->keep_last ? OUTCOME_CORRECTED : OUTCOME_CONFLICT;
		if (!a->keep_last)
			continue;
		if (keep_correction(a, &now, e) < 0)
			return -1;
		now = *p;
		write = true;
	}
	return write ? block_push(&a->room->b, &now, e) : 0;
}

static size_t same_instant(const struct item *v, size_t n)
{
	size_t k = 1;

	while (k < n && v[k].ts == v[0].ts)
		k++;
	return k;
}

/* Instants at or below the high-water that must be looked up: not the newest point itself, when all of it is known. */
static size_t late_instants(const struct appending *a, const struct high *h, const struct item *v, size_t n)
{
	size_t late = 0;

	for (size_t i = 0, k; i < n && v[i].ts <= h->t; i += k) {
		k = same_instant(v + i, n - i);
		if (v[i].ts >= h->floor && !(v[i].ts == h->t && h->known))
			a->room->ts[late++] = v[i].ts;
	}
	return late;
}

/* A series of which some point is late, repeated or before the floor. */
static int judge(struct appending *a, int64_t series, const struct high *h, const struct item *v, size_t n, struct err *e)
{
	size_t late = late_instants(a, h, v, n);

	block_clear(&a->room->found);
	if (late && late_find(&a->late, series, a->room->ts, late, &a->room->found, e) < 0)
		return -1;
	for (size_t i = 0, k; i < n; i += k) {
		struct point old = { .series = series };
		bool there = false;
		size_t at;

		k = same_instant(v + i, n - i);
		if (v[i].ts < h->floor) {
			for (size_t m = i; m < i + k; m++)
				a->outcome[v[m].at] = OUTCOME_EXPIRED;
			continue;
		}
		if (v[i].ts == h->t && h->known) {
			there = true;
			old.ts = h->t;
			old.value.type = (enum value_type)(h->status & STATUS_TYPE);
			old.quality = (enum quality)(h->status >> 3 & 3);
			old.value.num = double_of(h->bits);
		} else if (v[i].ts <= h->t) {
			at = block_find(&a->room->found, v[i].ts);
			there = at < a->room->found.n && a->room->found.ts[at] == v[i].ts;
			if (there)
				block_get(&a->room->found, at, &old);
		}
		if (settle(a, v + i, k, there ? &old : NULL, e) < 0)
			return -1;
	}
	return 0;
}

static bool all_new(const struct high *h, const struct item *v, size_t n)
{
	if (v[0].ts <= h->t || v[0].ts < h->floor)
		return false;
	for (size_t i = 1; i < n; i++)
		if (v[i].ts == v[i - 1].ts)
			return false;
	return true;
}

/* The points of one series. */
static int append_series(struct appending *a, const struct item *v, size_t n, struct err *e)
{
	int slot = slot_of(v[0].series);
	struct high *h = a->lane->high + slot;
	struct part *part = a->part + a->nparts;
	size_t last;

	*part = (struct part){ .slot = slot, .from = a->room->b.n };
	if (all_new(h, v, n)) {
		for (size_t i = 0; i < n; i++) {
			if (block_push(&a->room->b, a->p + v[i].at, e) < 0)
				return -1;
			a->outcome[v[i].at] = OUTCOME_STORED;
		}
		a->stored += (int64_t)n;
	} else if (judge(a, v[0].series, h, v, n, e) < 0) {
		return -1;
	}
	part->to = a->room->b.n;
	if (part->from == part->to)
		return 0;
	a->nparts++;
	part->late = a->room->b.ts[part->from] <= h->t;
	last = part->to - 1;
	if (a->room->b.ts[last] < h->t)
		return 0;
	h->t = a->room->b.ts[last];
	h->status = a->room->b.status[last];
	h->known = (h->status & STATUS_TYPE) <= VALUE_BOOL && !(h->status & STATUS_HAS_RAW);
	h->bits = bits_of(a->room->b.num[last]);
	return 0;
}

/* ---- runs ---- */

static int close_run(struct appending *a, struct err *e)
{
	struct run_head h = { .lane = a->lane->id, .org = a->lane->org, .written = a->now };
	struct run_wr *w = &a->en->out;
	struct run_row row;

	if (w->points == 0)
		return 0;
	h.seq = ++a->en->counter; /* the store learns of them all at once, in the end */
	h.tier = tier_of(w->points);
	runblob_end(w, &h);
	if (runblob_insert(a->en->db, &h, (struct str){ (const char *)w->w.buf, w->w.len }, e) < 0)
		return -1;
	row = (struct run_row){ .seq = h.seq, .t0 = h.t0, .t1 = h.t1, .n = h.n, .tier = (int)h.tier };
	a->lane->seq = h.seq;
	return lane_add_run(a->lane, &row, e) < 0 ? -1 : runblob_begin(w, e);
}

/* How far from `from` a part goes that is not too large. */
static size_t part_end(const struct block *b, size_t from, size_t to)
{
	size_t text = 0, i = from;

	if (!b->txt)
		return to - from > PART_POINTS ? from + PART_POINTS : to;
	while (i < to && i - from < PART_POINTS && (text += b->txt[i].len) < PART_TEXT)
		i++;
	return i < to && i == from ? from + 1 : i;
}

static int write_part(struct appending *a, const struct part *p, struct err *e)
{
	struct run_wr *w = &a->en->out;

	for (size_t from = p->from, to; from < p->to; from = to) {
		struct body body = { &a->room->b, from, 0, true };

		body.to = to = part_end(&a->room->b, from, p->to);
		if ((w->w.len >= RUN_BYTES || w->slot == p->slot) && close_run(a, e) < 0)
			return -1;
		if (runblob_add(w, p->slot, p->late, &body, &a->en->scratch, e) < 0)
			return -1;
	}
	return 0;
}

static int mirror_part(const struct appending *a, const struct part *p, struct err *e)
{
	const struct body x = { &a->room->b, p->from, p->to, true };

	return a->lane->mirrored[p->slot] ? mirror_put(a->en, a->lane->org, a->lane->id * LANE + p->slot, &x, e) : 0;
}

/* What its row gets is written when all runs are: rows of one table that follow each other go together. */
static int note_changed(const struct appending *a, struct err *e)
{
	struct append_room *r = a->room;

	if (r->nchanged == r->capchanged) {
		size_t cap = r->capchanged ? r->capchanged * 2 : 64;
		struct changed *more = realloc(r->changed, cap * sizeof(*more));

		if (!more)
			return err_nomem(e);
		r->changed = more;
		r->capchanged = cap;
	}
	r->changed[r->nchanged++] = (struct changed){ a->lane->id, a->lane->seq, a->stored };
	return 0;
}

static int write_lanes(struct engine *en, struct err *e)
{
	const struct append_room *r = en->room;
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int64_t last;

	if (r->nchanged == 0)
		return 0;
	if (db_stmt(en->db, append_sql + (db_posts(en->db) ? Q_LANES : Q_LANE), &st, e) < 0)
		return -1;
	for (size_t i = 0; i < r->nchanged; i++) {
		stmt_bind_int(st, 1, r->changed[i].lane);
		stmt_bind_int(st, 2, r->changed[i].seq);
		stmt_bind_int(st, 3, r->changed[i].stored);
		if (stmt_post_row(st, 1, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < r->nchanged; i++)
		if (shard_changed(en, r->changed[i].lane, e) < 0)
			return -1;
	return engine_take(en, 0, &last, e);
}

static int write_runs(struct appending *a, struct err *e)
{
	if (a->nparts == 0)
		return 0;
	if (runblob_begin(&a->en->out, e) < 0)
		return -1;
	for (size_t i = 0; i < a->nparts; i++)
		if (write_part(a, a->part + i, e) < 0 || mirror_part(a, a->part + i, e) < 0)
			return -1;
	return close_run(a, e) < 0 ? -1 : note_changed(a, e);
}

static int append_lane(struct appending *a, const struct item *v, size_t n, struct err *e)
{
	int64_t lane = lane_of(v[0].series);
	int rc = shard_settle(a->en, lane, e) < 0 ? -1 : lane_get(a->en, lane, &a->lane, e);

	if (rc < 0)
		return -1;
	lane_touch(a->en, a->lane);
	lane_due(a->en, a->lane);
	a->en->wrote++;
	a->late = (struct late){ .en = a->en, .lane = a->lane };
	block_clear(&a->room->b);
	a->nparts = 0;
	a->stored = 0;
	for (size_t i = 0, to; i < n && rc == 0; i = to) {
		for (to = i + 1; to < n && v[to].series == v[i].series;)
			to++;
		rc = append_series(a, v + i, to - i, e);
	}
	/* The texts of what was found must live until it is written. */
	if (rc == 0)
		rc = write_runs(a, e);
	late_done(&a->late);
	return rc;
}

static int know_lanes(struct engine *en, const struct item *v, size_t n, struct err *e)
{
	struct append_room *r = en->room;

	if (!db_posts(en->db))
		return 0;
	r->nlanes = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t lane = lane_of(v[i].series);

		if (r->nlanes && r->lanes[r->nlanes - 1] == lane)
			continue;
		if (r->nlanes == r->caplanes) {
			size_t cap = r->caplanes ? r->caplanes * 2 : 64;
			int64_t *more = realloc(r->lanes, cap * sizeof(*more));

			if (!more)
				return err_nomem(e);
			r->lanes = more;
			r->caplanes = cap;
		}
		r->lanes[r->nlanes++] = lane;
	}
	return lanes_ahead(en, r->lanes, r->nlanes, e);
}

int series_append(struct db *db, const struct point *p, size_t n, bool keep_last, int64_t run, int64_t now,
		  enum outcome *outcome, struct err *e)
{
	struct appending a = { .p = p, .outcome = outcome, .keep_last = keep_last, .run = run, .now = now };
	struct item *v;
	int rc;

	if (n == 0)
		return 0;
	if (n > UINT32_MAX)
		return err_set(e, E_BUG, "a batch of %zu points", n);
	if (engine_of(db, &a.en, e) < 0 || engine_sync(a.en, e) < 0)
		return -1;
	rc = room_for(a.en, n, &a.room, e);
	if (rc == 0)
		a.room->nchanged = 0;
	v = rc == 0 ? arrange(p, n, a.room->item) : NULL;
	if (rc == 0)
		rc = know_lanes(a.en, v, n, e);
	for (size_t i = 0, to; i < n && rc == 0; i = to) {
		for (to = i + 1; to < n && lane_of(v[to].series) == lane_of(v[i].series);)
			to++;
		rc = append_lane(&a, v + i, to - i, e);
	}
	if (rc == 0)
		rc = write_lanes(a.en, e);
	if (rc == 0)
		db_notify(db, SERIES_CHANNEL);
	return rc;
}
