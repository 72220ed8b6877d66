/* SPDX-License-Identifier: MIT */
/* What happened and nobody was told of yet. */
#include "store/notice.h"

#include "model/rule.h"
#include "store/where.h"

#define ABOUT " d.id, COALESCE(d.gateway_id, CASE WHEN d.type = 'gateway' THEN d.id END), d.site_id, d.name, g.name, s.name, o.name"
#define AROUND(of)                                                                                                                     \
	" LEFT JOIN device d ON d.id = " of ".device_id LEFT JOIN device g ON g.id = d.gateway_id LEFT JOIN site s ON s.id = d.site_id" \
	" JOIN org o ON o.id = x.org_id WHERE x.told IS NULL AND x.org_id = $1 ORDER BY x.id LIMIT $2"

enum { Q_CHANGES, Q_EVENTS, Q_CHANGE_TOLD, Q_EVENT_TOLD, Q_CHANGES_PAST, Q_EVENTS_PAST, Q_BEFORE, Q_COUNT };

static const struct sql sql[Q_COUNT] = {
	[Q_CHANGES] = { "SELECT x.id, x.ts, x.at, 'alarm', x.severity, x.message," ABOUT ", x.change, x.value, a.threshold, a.id, a.number, a.rule, r.title,"
			" a.datapoint, a.rule_id FROM alarm_change x JOIN alarm a ON a.id = x.alarm_id LEFT JOIN rule r ON r.id = a.rule_id" AROUND("a"),
			NULL },
	[Q_EVENTS] = { "SELECT x.id, x.ts, x.at, x.kind, x.severity, x.message," ABOUT " FROM event x" AROUND("x"), NULL },
	[Q_CHANGE_TOLD] = { "UPDATE main.alarm_change SET told = $2 WHERE id = $1 AND told IS NULL", "alarm_change" },
	[Q_EVENT_TOLD] = { "UPDATE main.event SET told = $2 WHERE id = $1 AND told IS NULL", "event" },
	/* (id > 0: by the index of those that are not told, which SQLite would not take for its organisation alone.) */
	[Q_CHANGES_PAST] = { "UPDATE main.alarm_change SET told = $2 WHERE org_id = $1 AND told IS NULL AND id > 0", "alarm_change" },
	[Q_EVENTS_PAST] = { "UPDATE main.event SET told = $2 WHERE org_id = $1 AND told IS NULL AND id > 0", "event" },
	[Q_BEFORE] = { "SELECT x.severity FROM alarm_change x WHERE x.alarm_id = $1 AND x.id < $2 AND EXISTS (SELECT 1 FROM alarm_change y WHERE y.alarm_id = $1"
		       " AND y.id < $2 AND y.change IN ('raised', 'escalated', 'unshelved', 'unsuppressed') AND (y.told IS NULL OR y.told <> 0)) ORDER BY x.id DESC LIMIT 1",
		       NULL },
};

int happening_ready(struct db *db, struct err *e)
{
	return db_ready(db, sql, COUNT(sql), e);
}

static struct str keep(struct arena *a, const struct stmt *st, int col, bool *good)
{
	struct str s = stmt_is_null(st, col) ? (struct str){ NULL, 0 } : stmt_text(st, col);

	if (s.ptr && !(s.ptr = arena_dup(a, s)))
		*good = false;
	return s;
}

static int read_row(const struct stmt *st, bool event, struct arena *a, struct happening *h, struct err *e)
{
	bool good = true;

	*h = (struct happening){ .event = event, .id = stmt_int(st, 0), .ts = stmt_int(st, 1), .at = stmt_int(st, 2), .kind = keep(a, st, 3, &good),
				 .severity = keep(a, st, 4, &good), .message = keep(a, st, 5, &good), .device = stmt_int(st, 6), .gateway = stmt_int(st, 7),
				 .site = stmt_int(st, 8), .device_name = keep(a, st, 9, &good), .gateway_name = keep(a, st, 10, &good),
				 .site_name = keep(a, st, 11, &good), .org = keep(a, st, 12, &good) };
	if (event)
		return good ? 0 : err_nomem(e);
	h->change = keep(a, st, 13, &good);
	h->value = keep(a, st, 14, &good);
	h->threshold = keep(a, st, 15, &good);
	h->alarm = stmt_int(st, 16);
	h->number = stmt_int(st, 17);
	h->rule = keep(a, st, 18, &good);
	h->title = keep(a, st, 19, &good);
	h->datapoint = keep(a, st, 20, &good);
	h->rule_id = stmt_int(st, 21);
	return good ? 0 : err_nomem(e);
}

int happening_untold(struct db *db, bool events, int64_t limit, struct arena *a, struct happening **out, size_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*n = 0;
	*out = arena_alloc(a, (size_t)limit * sizeof(**out));
	if (!*out)
		return err_nomem(e);
	if (db_stmt(db, sql + (events ? Q_EVENTS : Q_CHANGES), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, db_self(db));
	stmt_bind_int(st, 2, limit);
	while ((got = stmt_step(st, e)) > 0 && *n < (size_t)limit)
		if (read_row(st, events, a, *out + (*n)++, e) < 0)
			return -1;
	return got < 0 ? -1 : 0;
}

int happening_told(struct db *db, const struct happening *h, int64_t now, bool *ours, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + (h->event ? Q_EVENT_TOLD : Q_CHANGE_TOLD), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, h->id);
	stmt_bind_int(st, 2, now);
	if (stmt_run(st, e) < 0)
		return -1;
	*ours = db_changes(db) > 0;
	return 0;
}

int happening_before(struct db *db, const struct happening *h, int *severity, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_BEFORE, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, h->alarm);
	stmt_bind_int(st, 2, h->id);
	got = stmt_step(st, e);
	*severity = got > 0 ? notify_word(severity_words, stmt_text(st, 0)) : -1;
	return got < 0 ? -1 : 0;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int happening_devices(struct db *db, const struct select_ctx *ctx, const struct select *s, const int64_t *ids, size_t n, bool *hit, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct where w = where_begin(db, ctx, 1);
	int got = where_select(&w, s, "t", e);

	sb_adds(&text, "SELECT t.id FROM device t WHERE t.id IN (0");
	for (size_t i = 0; i < n; i++)
		sb_addf(&text, ",%" PRId64, ids[i]);
	sb_addf(&text, ") AND %s", sb_cstr(&w.sql));
	if (got == 0)
		got = db_prepare(db, sb_cstr(&text), NULL, &st, e);
	if (got == 0)
		where_bind(&w, st);
	while (got >= 0 && (got = stmt_step(st, e)) > 0) {
		int64_t id = stmt_int(st, 0), *at = bsearch(&id, ids, n, sizeof(*ids), by_id);

		if (at)
			hit[at - ids] = true;
	}
	stmt_reset(st);
	where_done(&w);
	return got < 0 ? -1 : 0;
}

int happening_past(struct db *db, int64_t org, int64_t now, struct err *e)
{
	for (int q = Q_CHANGES_PAST; q <= Q_EVENTS_PAST; q++) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (db_stmt(db, sql + q, &st, e) < 0)
			return -1;
		stmt_bind_int(st, 1, org);
		stmt_bind_int(st, 2, now);
		if (stmt_run(st, e) < 0)
			return -1;
	}
	return 0;
}
