/* SPDX-License-Identifier: MIT */
/*
 * Raw points of chosen series as rows, for those who ask in SQL: where the backend has the table (db_months()). Whatever changes a point changes its row in the
 * same transaction; what was there before is copied by series_mirror_fill(). A row of `mirror` says that a series is mirrored, and with `filled` that all of it is.
 */
#include "series/impl.h"

#include "base/num.h"

#define AT_ONCE 4096	   /* points in a statement */
#define FILL_AT_ONCE 16384 /* in a transaction, and a page of the scan more */

enum { Q_ANY, Q_OF_LANE, Q_IS, Q_PUT, Q_CUT, Q_ON, Q_OFF, Q_FILLED, Q_NEXT, Q_COUNT, Q_TRIM };

static const struct sql mirror_sql[] = {
	[Q_ANY] = { "SELECT 1 FROM mirror LIMIT 1", NULL },
	[Q_OF_LANE] = { "SELECT series_id FROM mirror WHERE series_id >= $1 AND series_id < $2", NULL },
	[Q_IS] = { "SELECT org_id FROM mirror WHERE series_id = $1", NULL },
	/* Arrays go as text, whose form both sides know. */
	[Q_PUT] = { "INSERT INTO main.mirror_point (series_id, org_id, ts, quality, value, text, raw)"
		    " SELECT $1, $2, main.instant(t), q, v, x, r FROM unnest(CAST(CAST($3 AS TEXT) AS BIGINT[]), CAST(CAST($4 AS TEXT) AS SMALLINT[]),"
		    " CAST(CAST($5 AS TEXT) AS DOUBLE PRECISION[]), CAST(CAST($6 AS TEXT) AS TEXT[]), CAST(CAST($7 AS TEXT) AS DOUBLE PRECISION[]))"
		    " p (t, q, v, x, r) ON CONFLICT (series_id, ts) DO UPDATE SET quality = excluded.quality, value = excluded.value,"
		    " text = excluded.text, raw = excluded.raw",
		    "mirror_point" },
	[Q_CUT] = { "DELETE FROM main.mirror_point WHERE series_id = $1 AND ts >= main.instant($2) AND ts < main.instant($3)", "mirror_point" },
	[Q_ON] = { "INSERT INTO main.mirror (series_id, org_id) VALUES ($1, $2) ON CONFLICT (series_id) DO NOTHING", "mirror" },
	[Q_OFF] = { "DELETE FROM main.mirror WHERE series_id = $1", "mirror" },
	[Q_FILLED] = { "UPDATE main.mirror SET filled = $2 WHERE series_id = $1", "mirror" },
	[Q_NEXT] = { "SELECT m.series_id, m.org_id, m.filled, o.name, d.name, s.name FROM mirror m JOIN series s ON s.id = m.series_id"
		     " JOIN device d ON d.id = s.device_id JOIN org o ON o.id = m.org_id WHERE m.series_id > $1 ORDER BY m.series_id LIMIT 1",
		     NULL },
	[Q_COUNT] = { "SELECT COUNT(*) FROM mirror_point WHERE series_id = $1", NULL },
	[Q_TRIM] = { "SELECT main.mirror_trim()", NULL },
};

/* ---- rows ---- */

/* Instant t as one that a timestamp can be. */
static int64_t bounded(int64_t t)
{
	return t < TIME_MIN ? TIME_MIN : t > TIME_MAX ? TIME_MAX + 1 : t;
}

enum { A_TS, A_QUALITY, A_VALUE, A_TEXT, A_RAW, ARRAYS };

static void add_real(struct sb *sb, bool there, double v)
{
	char num[32];

	if (there)
		(void)sb_add(sb, num, num_print(v, num));
	else
		(void)sb_adds(sb, "NULL");
}

/* NUL, which no text of a point has, would end it. */
static void add_text(struct sb *sb, struct str s)
{
	if (!s.ptr) {
		(void)sb_adds(sb, "NULL");
		return;
	}
	(void)sb_addc(sb, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\')
			(void)sb_addc(sb, '\\');
		(void)sb_addc(sb, s.ptr[i]);
	}
	(void)sb_addc(sb, '"');
}

static int put(struct engine *en, int64_t org, int64_t series, const struct block *b, struct range at, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct sb a[ARRAYS] = { SB_INIT(1 << 20), SB_INIT(1 << 20), SB_INIT(1 << 20), SB_INIT((size_t)1 << 28), SB_INIT(1 << 20) };
	bool bad = false;
	int rc;

	for (size_t i = (size_t)at.from; i < (size_t)at.to; i++) {
		struct point p = { 0 };

		block_get(b, i, &p);
		for (int k = 0; k < ARRAYS; k++)
			(void)sb_addc(a + k, i == (size_t)at.from ? '{' : ',');
		(void)sb_addf(a + A_TS, "%" PRId64, p.ts);
		(void)sb_addf(a + A_QUALITY, "%d", (int)p.quality);
		add_real(a + A_VALUE, p.value.type == VALUE_NUMBER || p.value.type == VALUE_BOOL, p.value.num);
		add_text(a + A_TEXT, p.value.type == VALUE_STRING || p.value.type == VALUE_LOCATION ? p.value.txt : (struct str){ NULL, 0 });
		add_real(a + A_RAW, p.has_raw, p.raw);
	}
	rc = db_stmt(en->db, mirror_sql + Q_PUT, &st, e);
	for (int k = 0; k < ARRAYS; k++) {
		bad |= sb_addc(a + k, '}') < 0;
		if (rc == 0)
			stmt_bind_text(st, 3 + k, sb_str(a + k));
	}
	if (rc == 0 && bad)
		rc = err_nomem(e);
	if (rc == 0) {
		stmt_bind_int(st, 1, series);
		stmt_bind_int(st, 2, org);
		rc = stmt_run(st, e);
	}
	for (int k = 0; k < ARRAYS; k++)
		sb_done(a + k);
	return rc;
}

int mirror_put(struct engine *en, int64_t org, int64_t series, const struct body *x, struct err *e)
{
	for (size_t i = x->from, to; i < x->to; i = to) {
		to = x->to - i > AT_ONCE ? i + AT_ONCE : x->to;
		for (size_t k = i; k < to; k++)
			if ((k == i || x->b->ts[k] >= month_end(x->b->ts[k - 1])) && month_make(en, MONTHS_MIRROR, x->b->ts[k], e) < 0)
				return -1;
		if (put(en, org, series, x->b, (struct range){ (int64_t)i, (int64_t)to }, e) < 0)
			return -1;
	}
	return 0;
}

static int run_with(struct engine *en, int query, const int64_t *arg, int n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(en->db, mirror_sql + query, &st, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		stmt_bind_int(st, i + 1, arg[i]);
	return stmt_run(st, e);
}

/* The organisation of a mirrored series: 1, 0 it is none, -1. */
static int mirrored(struct engine *en, int64_t series, int64_t *org, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (!month_there(en, e))
		return e->code ? -1 : 0;
	if (db_stmt(en->db, mirror_sql + Q_IS, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, series);
	got = stmt_step(st, e);
	if (got > 0)
		*org = stmt_int(st, 0);
	return got;
}

int mirror_cut(struct engine *en, int64_t series, const struct range *r, struct err *e)
{
	const int64_t arg[] = { series, bounded(r->from), bounded(r->to) };
	int64_t org;
	int got = mirrored(en, series, &org, e);

	return got > 0 ? run_with(en, Q_CUT, arg, COUNT(arg), e) : got;
}

/* Mostly no series is: that is asked once for all lanes. 1, 0, -1. */
static int any_mirrored(struct engine *en, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (en->epoch && en->mirrorless == en->epoch)
		return 0;
	if (db_stmt(en->db, mirror_sql + Q_ANY, &st, e) < 0)
		return -1;
	got = stmt_step(st, e);
	en->mirrorless = got == 0 ? en->epoch : 0;
	return got;
}

int mirror_load(struct engine *en, struct lane *l, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	memset(l->mirrored, 0, sizeof(l->mirrored));
	if (!month_there(en, e))
		return e->code ? -1 : 0;
	got = any_mirrored(en, e);
	if (got <= 0)
		return got;
	if (db_stmt(en->db, mirror_sql + Q_OF_LANE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, l->id * LANE);
	stmt_bind_int(st, 2, (l->id + 1) * LANE);
	while ((got = stmt_step(st, e)) > 0)
		l->mirrored[slot_of(stmt_int(st, 0))] = true;
	return got;
}

int mirror_trim(struct engine *en, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return db_stmt(en->db, mirror_sql + Q_TRIM, &st, e) < 0 ? -1 : stmt_run(st, e);
}

/* ---- choosing ---- */

int series_mirror_set(struct db *db, int64_t series, bool on, bool *changed, struct err *e)
{
	const struct range all = { TIME_MIN, INT64_MAX };
	const int64_t arg[] = { series, db_self(db) };
	struct engine *en;

	if (engine_of(db, &en, e) < 0 || engine_sync(en, e) < 0 || (!on && mirror_cut(en, series, &all, e) < 0) ||
	    run_with(en, on ? Q_ON : Q_OFF, arg, on ? 2 : 1, e) < 0)
		return -1;
	*changed = db_changes(db) > 0;
	en->mirrorless = 0;
	/* So that who writes to the lane hears of it. */
	return *changed ? lane_change(en, lane_of(series), 0, e) : 0;
}

struct filling {
	struct engine *en;
	int64_t series, now;
	int64_t from, n;	  /* what is done */
	int64_t next, more; /* what this transaction adds to it */
	bool end;
};

/* A stretch from f->from on: what the mirror has of it goes, what the engine has comes. May be run again when it came to nothing. */
static int fill_some(struct db *db, void *arg, struct err *e)
{
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	struct filling *f = arg;
	const struct range left = { f->from, INT64_MAX };
	const struct block *page;
	int64_t org;
	int got = engine_sync(f->en, e) < 0 ? -1 : mirrored(f->en, f->series, &org, e);

	f->more = 0;
	f->end = got == 0;
	if (got <= 0 || series_scan(db, f->series, &left, false, &scan, e) < 0)
		return got == 0 ? 0 : -1;
	for (f->next = f->from; f->more < FILL_AT_ONCE && (got = scan_page(scan, &page, e)) > 0;) {
		const int64_t cut[] = { f->series, bounded(f->next), bounded(page->ts[page->n - 1] + 1) };

		if (run_with(f->en, Q_CUT, cut, 3, e) < 0 || mirror_put(f->en, org, f->series, &(struct body){ page, 0, page->n, true }, e) < 0)
			return -1;
		f->next = page->ts[page->n - 1] + 1;
		f->more += (int64_t)page->n;
	}
	f->end = got == 0;
	if (got != 0)
		return got < 0 ? -1 : 0;
	if (run_with(f->en, Q_CUT, (const int64_t[]){ f->series, bounded(f->next), bounded(INT64_MAX) }, 3, e) < 0)
		return -1;
	return run_with(f->en, Q_FILLED, (const int64_t[]){ f->series, f->now }, 2, e);
}

int series_mirror_fill(struct db *db, int64_t series, int64_t now, int64_t *n, struct err *e)
{
	struct filling f = { .series = series, .now = now, .from = INT64_MIN };
	int rc = engine_of(db, &f.en, e);

	while (rc == 0 && !f.end) {
		rc = db_write(db, false, fill_some, &f, e);
		f.n += f.more;
		f.from = f.next;
	}
	*n = f.n;
	return rc;
}

int series_mirror_next(struct db *db, struct mirrored *m, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL, *count = NULL;
	struct sb *const name[] = { &m->org_name, &m->device, &m->datapoint };
	int got;

	if (db_stmt(db, mirror_sql + Q_NEXT, &st, e) < 0 || db_stmt(db, mirror_sql + Q_COUNT, &count, e) < 0)
		return -1;
	stmt_bind_int(st, 1, m->series);
	got = stmt_step(st, e);
	if (got <= 0)
		return got;
	m->series = stmt_int(st, 0);
	m->org = stmt_int(st, 1);
	m->filled = stmt_is_null(st, 2) ? 0 : stmt_int(st, 2);
	for (int i = 0; i < 3; i++) {
		struct str s = stmt_text(st, 3 + i);

		sb_clear(name[i]);
		if (sb_add(name[i], s.ptr, s.len) < 0)
			return err_nomem(e);
	}
	stmt_bind_int(count, 1, m->series);
	if (stmt_step(count, e) < 0)
		return -1;
	m->rows = stmt_int(count, 0);
	return 1;
}

void mirrored_done(struct mirrored *m)
{
	sb_done(&m->org_name);
	sb_done(&m->device);
	sb_done(&m->datapoint);
}
