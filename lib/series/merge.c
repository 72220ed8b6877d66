/* SPDX-License-Identifier: MIT */
#include "series/merge.h"

enum { Q_LANE, Q_OLDEST, Q_INPUTS };

const struct sql merge_sql[] = {
	[Q_LANE] = { "SELECT org_id, gen FROM lane WHERE id = $1", NULL },
	[Q_OLDEST] = { "SELECT MIN(seq) FROM point_run WHERE lane = $1", NULL },
	[Q_INPUTS] = { "SELECT " RUN_COLUMNS " FROM point_run WHERE lane = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq", NULL },
};
const size_t merge_sql_n = COUNT(merge_sql);

/* ---- inputs ---- */

int merge_lane(struct engine *en, int64_t lane, int64_t *org, int64_t *gen, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(en->db, merge_sql + Q_LANE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, lane);
	got = stmt_step(st, e);
	if (got > 0) {
		*org = stmt_int(st, 0);
		*gen = stmt_int(st, 1);
	}
	return got;
}

static int add_input(struct merge *m, const struct stmt *st, struct err *e)
{
	struct input *more = realloc(m->in, (m->nin + 1) * sizeof(*more)), *in;
	struct str blob;

	if (!more)
		return err_nomem(e);
	m->in = more;
	in = m->in + m->nin++;
	*in = (struct input){ .blob = SB_INIT(SIZE_MAX / 2) };
	runblob_row_read(st, &in->h, &blob);
	if (sb_add(&in->blob, blob.ptr, blob.len) < 0)
		return err_nomem(e);
	in->damaged = !runblob_intact(&in->h, blob) || !runblob_open(&in->r, sb_str(&in->blob));
	in->part = in->damaged ? 0 : runblob_next(&in->r);
	return 0;
}

static int read_inputs(struct merge *m, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL, *old = NULL;
	int got;

	if (db_stmt(m->en->db, merge_sql + Q_INPUTS, &st, e) < 0 || db_stmt(m->en->db, merge_sql + Q_OLDEST, &old, e) < 0)
		return -1;
	stmt_bind_int(st, 1, m->lane);
	stmt_bind_int(st, 2, m->from);
	stmt_bind_int(st, 3, m->to);
	while ((got = stmt_step(st, e)) > 0)
		if (add_input(m, st, e) < 0)
			return -1;
	if (got < 0 || m->nin == 0)
		return got;
	stmt_bind_int(old, 1, m->lane);
	if (stmt_step(old, e) < 0)
		return -1;
	m->oldest = stmt_int(old, 0) == m->in[0].h.seq;
	return 1;
}

/* ---- one series ---- */

/* The newest of what it does not know goes to `latest`. */
static void raise(struct merge *m, int64_t series, const struct run_part *part)
{
	struct raised *r = m->nraise ? m->raise + m->nraise - 1 : NULL;
	const struct block *b = &m->tmp;
	size_t i = b->n;

	if (!r || r->series != series) {
		r = m->raise + m->nraise++;
		*r = (struct raised){ .series = series, .t = INT64_MIN };
	}
	r->t = b->ts[b->n - 1] > r->t ? b->ts[b->n - 1] : r->t;
	while (i > 0 && (b->status[i - 1] & STATUS_TYPE) == VALUE_NULL)
		i--;
	/* A value that was taken back may have been the newest. */
	for (size_t k = 0; part->late && k < b->n; k++)
		r->renew |= (b->status[k] & STATUS_TYPE) == VALUE_NULL;
	if (i == 0 || (r->has && b->ts[i - 1] < r->p.ts))
		return;
	r->has = true;
	r->p.series = series;
	block_get(b, i - 1, &r->p);
}

/* All points that the inputs have of the slot, in m->b. 1, 0 an input turned out to be damaged, -1. */
static int gather(struct merge *m, int slot, bool *late, struct err *e)
{
	block_clear(&m->b);
	*late = false;
	for (size_t i = 0; i < m->nin; i++) {
		struct input *in = m->in + i;
		int rc;

		if (in->part <= 0 || in->r.part.slot != slot)
			continue;
		block_clear(&m->tmp);
		rc = runblob_read(&in->r.part, &m->tmp, &m->text, &m->en->scratch, e);
		if (rc > 0 && block_merge(&m->b, &m->tmp, e) < 0)
			rc = -1;
		if (rc > 0) {
			*late |= in->r.part.late;
			if (in->h.merged != RUN_RAISED)
				raise(m, m->lane * LANE + slot, &in->r.part);
			in->part = runblob_next(&in->r);
		}
		if (rc < 0)
			return -1;
		if (rc == 0 || in->part < 0) {
			in->damaged = true;
			return 0;
		}
	}
	return 1;
}

/* 1, 0 an input is damaged behind a checksum that is right, -1. */
static int merge_series(struct merge *m, struct err *e)
{
	bool late;
	int rc;

	for (int slot = 0; slot < LANE; slot++) {
		rc = gather(m, slot, &late, e);
		if (rc <= 0)
			return rc;
		if (merge_full(m) && (late || m->b.n >= m->threshold))
			m->more = true;
		else if (m->b.n && m->oldest && m->threshold && seal(m, m->lane * LANE + slot, &late, e) < 0)
			return -1;
		if (m->b.n &&
		    runblob_add(&m->w, slot, late, &(struct body){ &m->b, 0, m->b.n, true }, &m->en->scratch, e) < 0)
			return -1;
	}
	return 1;
}

/* Begin anew, without what is known to be damaged. */
static int restart(struct merge *m, struct err *e)
{
	m->nadd = m->ndel = m->nraise = 0;
	m->more = false;
	m->bytes.len = 0;
	arena_clear(&m->text);
	for (size_t i = 0; i < m->nin; i++) {
		struct input *in = m->in + i;

		in->damaged |= !runblob_open(&in->r, sb_str(&in->blob));
		in->part = in->damaged ? 0 : runblob_next(&in->r);
		in->damaged |= in->part < 0;
	}
	return runblob_begin(&m->w, e);
}

/*
 * `latest` has a row for each series, and raising them all is most of what the smallest merges cost: it is left to the next one, of eight times as many points.
 */
static bool leaves_latest(const struct merge *m)
{
	bool fresh = m->tier == 0 && m->nadd == 0 && m->ndel == 0;

	for (size_t i = 0; i < m->nin; i++)
		fresh &= m->in[i].h.merged == RUN_FRESH && !m->in[i].damaged;
	return fresh;
}

static void make_head(struct merge *m)
{
	const struct run_head *newest = &m->in[m->nin - 1].h;

	m->h = (struct run_head){ .lane = m->lane, .seq = newest->seq, .org = m->org, .merged = RUN_RAISED };
	if (leaves_latest(m)) {
		m->h.merged = RUN_UNRAISED;
		m->nraise = 0;
	}
	for (size_t i = 0; i < m->nin; i++)
		m->h.written = m->in[i].h.written > m->h.written ? m->in[i].h.written : m->h.written;
	/* What is left after sealing is small again. */
	m->h.tier = m->tier < 0 || m->nadd ? tier_of(m->w.points) : m->tier + 1;
	runblob_end(&m->w, &m->h);
	m->idle = m->nin == 1 && m->in[0].h.merged == RUN_RAISED && !m->in[0].damaged && m->nadd == 0 && m->ndel == 0;
}

static int work_out(struct merge *m, struct err *e)
{
	int rc = merge_lane(m->en, m->lane, &m->org, &m->gen, e);

	if (rc <= 0)
		return rc;
	rc = read_inputs(m, e);
	if (rc <= 0)
		return rc;
	m->text.max = (size_t)4 << 30;
	do {
		rc = restart(m, e) < 0 ? -1 : merge_series(m, e);
	} while (rc == 0);
	if (rc > 0)
		make_head(m);
	return rc < 0 ? -1 : !m->idle;
}

int merge_prepare(struct merge *m, struct err *e)
{
	int rc;

	if (series_read_begin(m->en->db, e) < 0)
		return -1;
	rc = work_out(m, e);
	db_read_end(m->en->db);
	return rc;
}

/* ---- apply ---- */

int merge_add_chunks(struct merge *m, struct err *e)
{
	for (size_t i = 0; i < m->nadd; i++) {
		const struct added *a = m->add + i;

		if (chunk_insert(m->en->db, &a->h, (struct str){ (const char *)m->bytes.buf + a->at, a->len }, e) < 0)
			return -1;
	}
	return 0;
}

static int apply_chunks(struct merge *m, struct err *e)
{
	for (size_t i = 0; i < m->ndel; i++)
		if ((m->del[i].damaged ? chunk_set_aside : chunk_delete)(m->en->db, m->del[i].series, m->del[i].t0, e) < 0)
			return -1;
	return merge_add_chunks(m, e);
}

static int apply_latest(struct merge *m, struct err *e)
{
	for (size_t i = 0; i < m->nraise; i++) {
		const struct raised *r = m->raise + i;

		if (latest_raise(m->en, m->org, r->t, r->has ? &r->p : NULL, r->series, e) < 0 ||
		    (r->renew && latest_renew(m->en, m->org, r->series, e) < 0))
			return -1;
	}
	return 0;
}

/* The lane as this connection knows it: the same high-waters, other runs. */
static int keep_known(const struct merge *m, struct lane *l, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nrun; i++)
		if (l->run[i].seq < m->in[0].h.seq || l->run[i].seq > m->h.seq)
			l->run[n++] = l->run[i];
	l->nrun = n;
	if (m->w.points == 0)
		return 0;
	if (lane_add_run(l, &(struct run_row){ m->h.seq, m->h.t0, m->h.t1, m->h.n, (int)m->h.tier }, e) < 0)
		return -1;
	for (size_t i = l->nrun - 1; i > 0 && l->run[i - 1].seq > l->run[i].seq; i--) {
		struct run_row r = l->run[i];

		l->run[i] = l->run[i - 1];
		l->run[i - 1] = r;
	}
	return 0;
}

int merge_apply(struct merge *m, struct err *e)
{
	struct lane *l = lane_known(m->en, m->lane);
	int64_t org, gen;
	bool damaged = false;
	int rc = shard_settle(m->en, m->lane, e) < 0 ? -1 : merge_lane(m->en, m->lane, &org, &gen, e);

	if (rc < 0)
		return -1;
	if (rc == 0 || gen != m->gen)
		return 0;
	for (size_t i = 0; i < m->nin; i++) {
		const struct input *in = m->in + i;

		if (in->damaged)
			aside_note(m->en, m->lane * LANE, "run of the lane", &(struct range){ in->h.t0, in->h.t1 });
		damaged |= in->damaged;
		if ((in->damaged ? runblob_set_aside : runblob_delete)(m->en->db, m->lane, in->h.seq, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->ndel; i++) {
		if (m->del[i].damaged)
			aside_note(m->en, m->del[i].series, "chunk", &(struct range){ m->del[i].t0, m->del[i].t0 });
		damaged |= m->del[i].damaged;
	}
	if (feed_merged(m, e) < 0)
		return -1;
	if (apply_chunks(m, e) < 0)
		return -1;
	if (m->w.points && runblob_insert(m->en->db, &m->h, (struct str){ (const char *)m->w.w.buf, m->w.w.len }, e) < 0)
		return -1;
	if (apply_latest(m, e) < 0)
		return -1;
	if (damaged) {
		if (lane_change(m->en, m->lane, 0, e) < 0)
			return -1;
		return lane_repair(m->en, m->lane, e);
	}
	if (lane_bump(m->en, m->lane, 0, e) < 0)
		return -1;
	return m->nin && l && l->epoch == m->en->epoch ? keep_known(m, l, e) : 0;
}

void merge_done(struct merge *m)
{
	for (size_t i = 0; i < m->nin; i++)
		sb_done(&m->in[i].blob);
	free(m->in);
	free(m->add);
	free(m->del);
	runblob_wr_done(&m->w);
	wr_done(&m->bytes);
	wr_done(&m->chunk);
	block_done(&m->b);
	block_done(&m->tmp);
	arena_done(&m->text);
	if (m->fd >= 0)
		db_part_drop(m->en->db, m->fd);
	m->fd = -1;
}
