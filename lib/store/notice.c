/* SPDX-License-Identifier: MIT */
#include "store/notice.h"

#include "store/where.h"

#define NOTICE_COLUMNS                                                                                                                               \
	"SELECT id, channel_id, \"to\", route_id, \"key\", token, kind, device_id, alarm, severity, bucket, record, created, due, state, tries, most," \
	" again, answer FROM notice"

enum { Q_ADD, Q_ATTACH, Q_DUE, Q_NEXT, Q_FIND, Q_ONLY, Q_READ, Q_TOLD, Q_ESCALATED, Q_CLAIM, Q_GROUP, Q_RECORDS, Q_FILES, Q_FINISH, Q_TOGETHER, Q_HOLD, Q_AGAIN, Q_AGAIN_WITH, Q_DROP, Q_NEVER, Q_SECRET, Q_SECRET_SET, Q_BEREFT, Q_DISABLE, Q_ORGS, Q_SOONEST, Q_COUNT };

/* As the index notice_due has them, with all that it orders by. */
#define WAITING "(n.state = 'waiting' OR n.state = 'sending') AND n.due >= 0"

static const struct sql sql[Q_COUNT] = {
	[Q_ADD] = { "INSERT INTO main.notice (org_id, channel_id, \"to\", route_id, \"key\", token, kind, device_id, alarm, severity, bucket, record, created,"
		    " due, state, tries, most, again) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17)"
		    " ON CONFLICT (org_id, \"key\") DO NOTHING",
		    "notice" },
	[Q_ATTACH] = { "INSERT INTO main.notice_file (org_id, notice_id, name, data) VALUES ($1, $2, $3, $4)", "notice_file" },
	/* By channel (CROSS JOIN: first, to SQLite) and due: an organisation has very many notices, few of which wait. */
	[Q_DUE] = { "SELECT c.id, MIN(n.due) FROM channel c CROSS JOIN notice n WHERE n.channel_id = c.id AND c.org_id = $1 AND c.enabled = 1"
		    " AND n.org_id = $1 AND " WAITING " AND n.due <= $2 AND (n.lease IS NULL OR n.lease <= $2) GROUP BY c.id ORDER BY 2, 1",
		    NULL },
	[Q_NEXT] = { "SELECT MIN(CASE WHEN n.lease > n.due THEN n.lease ELSE n.due END) FROM channel c CROSS JOIN notice n WHERE n.channel_id = c.id AND c.org_id = $1"
		     " AND c.enabled = 1 AND n.org_id = $1 AND " WAITING,
		     NULL },
	[Q_ORGS] = { "SELECT o.name FROM org o WHERE o.retired IS NULL AND (EXISTS (SELECT 1 FROM alarm_change x WHERE x.org_id = o.id AND x.told IS NULL"
		     " AND x.id > 0) OR EXISTS (SELECT 1 FROM event x WHERE x.org_id = o.id AND x.told IS NULL AND x.id > 0) OR EXISTS (SELECT 1 FROM channel c"
		     " CROSS JOIN notice n WHERE n.channel_id = c.id AND c.org_id = o.id AND c.enabled = 1 AND " WAITING " AND n.due <= $1"
		     " AND (n.lease IS NULL OR n.lease <= $1))) ORDER BY o.id",
		     NULL },
	[Q_SOONEST] = { "SELECT MIN(CASE WHEN n.lease > n.due THEN n.lease ELSE n.due END) FROM channel c CROSS JOIN notice n WHERE n.channel_id = c.id AND c.enabled = 1"
			" AND " WAITING,
			NULL },
	[Q_FIND] = { NOTICE_COLUMNS " WHERE channel_id = $1 AND (state = 'waiting' OR state = 'sending') AND due <= $2 AND (lease IS NULL OR lease <= $2)"
				    " ORDER BY due, id LIMIT 1",
		     NULL },
	[Q_ONLY] = { NOTICE_COLUMNS " WHERE id = $1 AND state = 'waiting'", NULL },
	[Q_READ] = { NOTICE_COLUMNS " WHERE id = $1", NULL },
	[Q_TOLD] = { "SELECT 1 FROM notice WHERE org_id = $1 AND alarm = $2 AND route_id = $3 AND kind = 'alarm' LIMIT 1", NULL },
	[Q_ESCALATED] = { "SELECT 1 FROM notice WHERE org_id = $1 AND alarm = $2 AND channel_id = $3 AND kind = 'escalation'"
			  " AND state IN ('delivered', 'sending') LIMIT 1",
			  NULL },
	[Q_CLAIM] = { "UPDATE main.notice SET state = 'sending', lease = $2, tries = tries + 1 WHERE id = $1 AND (state = 'waiting' OR (state = 'sending'"
		      " AND lease <= $3))",
		      "notice" },
	[Q_GROUP] = { "UPDATE main.notice SET state = 'grouped', \"into\" = $1 WHERE channel_id = $2 AND state = 'waiting' AND bucket = $3 AND tries = 0"
		      " AND id <> $1 AND COALESCE(\"to\", '') = $4 AND (lease IS NULL OR lease <= $5) AND NOT (" NOTICE_HUSHED("notice", "$5") ")",
		      "notice" },
	/* Not with OR, for which all notices of the organisation would be gone through. */
	[Q_RECORDS] = { "SELECT x.record FROM (SELECT n.id, n.record FROM notice n WHERE n.id = $1 UNION ALL"
			" SELECT n.id, n.record FROM notice n WHERE n.\"into\" = $1) x ORDER BY x.id",
			NULL },
	[Q_FILES] = { "SELECT name, data FROM notice_file WHERE notice_id = $1 ORDER BY id", NULL },
	[Q_FINISH] = { "UPDATE main.notice SET state = $2, answer = $3, ended = $4, due = $5, lease = NULL WHERE id = $1 AND state = 'sending' AND tries = $6",
		       "notice" },
	[Q_TOGETHER] = { "UPDATE main.notice SET state = $2, answer = $3, ended = $4 WHERE \"into\" = $1", "notice" },
	[Q_HOLD] = { "UPDATE main.notice SET state = 'held', lease = NULL WHERE created < $1 AND (state = 'waiting' OR state = 'sending') AND org_id = $2"
		     " AND tries < 1000000",
		     "notice" },
	[Q_AGAIN] = { "UPDATE main.notice SET state = 'waiting', due = $3, tries = 0, created = CASE WHEN EXISTS (SELECT 1 FROM epoch"
		      " WHERE started > $3) THEN (SELECT MAX(started) FROM epoch) ELSE $3 END, lease = NULL, ended = NULL WHERE ($1 = 0 OR id = $1)"
		      " AND state = $2 AND org_id = $4 AND \"into\" IS NULL",
		      "notice" },
	[Q_AGAIN_WITH] = { "UPDATE main.notice SET state = 'grouped', ended = NULL WHERE state <> 'grouped' AND org_id = $1 AND \"into\" IN"
			   " (SELECT n.id FROM notice n WHERE n.state = 'waiting')",
			   "notice" },
	[Q_DROP] = { "UPDATE main.notice SET state = 'dropped', ended = $3 WHERE ($1 = 0 OR id = $1) AND state = $2 AND org_id = $4 AND \"into\" IS NULL",
		     "notice" },
	[Q_NEVER] = { "UPDATE main.notice SET state = 'dropped', lease = NULL WHERE id = $1 AND state IN ('waiting', 'sending', 'held', 'dead')", "notice" },
	[Q_SECRET] = { "SELECT secret FROM channel WHERE id = $1", NULL },
	[Q_SECRET_SET] = { "UPDATE main.channel SET secret = $2, secret_since = $3 WHERE id = $1", "channel" },
	[Q_BEREFT] = { "SELECT name FROM channel WHERE org_id = $1 AND secret_since IS NOT NULL AND secret IS NULL AND retired IS NULL ORDER BY name", NULL },
	[Q_DISABLE] = { "UPDATE main.channel SET enabled = 0, secret_since = NULL WHERE org_id = $1 AND secret_since IS NOT NULL AND secret IS NULL", "channel" },
};

int notice_ready(struct db *db, struct err *e)
{
	return happening_ready(db, e) < 0 || reminder_ready(db, e) < 0 ? -1 : db_ready(db, sql, COUNT(sql), e);
}

static int begin(struct db *db, int q, int64_t a, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, a);
	return 0;
}

static void bind_id(struct stmt *st, int i, int64_t id)
{
	if (id)
		stmt_bind_int(st, i, id);
	else
		stmt_bind_null(st, i);
}

int notice_add(struct db *db, const struct notice *n, int64_t *id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	const struct str texts[] = { n->key, n->token, n->kind };

	if (begin(db, Q_ADD, db_self(db), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 2, n->channel);
	stmt_bind_text(st, 3, n->to);
	bind_id(st, 4, n->route);
	for (int i = 0; i < 3; i++)
		stmt_bind_text(st, 5 + i, texts[i]);
	bind_id(st, 8, n->device);
	bind_id(st, 9, n->alarm);
	stmt_bind_text(st, 10, n->severity);
	stmt_bind_text(st, 11, n->bucket);
	stmt_bind_text(st, 12, n->record);
	stmt_bind_int(st, 13, n->created);
	stmt_bind_int(st, 14, n->due);
	stmt_bind_text(st, 15, str_of(notice_words[n->state]));
	bind_id(st, 16, n->most);
	bind_id(st, 17, n->again);
	if (stmt_run(st, e) < 0)
		return -1;
	*id = db_changes(db) ? db_last_id(db) : 0;
	return 0;
}

int notice_attach(struct db *db, int64_t notice, struct str name, struct str data, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_ATTACH, db_self(db), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 2, notice);
	stmt_bind_text(st, 3, name);
	stmt_bind_blob(st, 4, data.ptr, data.len);
	return stmt_run(st, e);
}

/* There is one of the alarm, by the route or channel: 1, 0, -1. */
static int about(struct db *db, int q, int64_t alarm, int64_t by, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, q, db_self(db), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 2, alarm);
	stmt_bind_int(st, 3, by);
	return stmt_step(st, e);
}

int notice_told(struct db *db, int64_t route, int64_t alarm, struct err *e)
{
	return about(db, Q_TOLD, alarm, route, e);
}

int notice_escalated(struct db *db, int64_t alarm, int64_t channel, struct err *e)
{
	return about(db, Q_ESCALATED, alarm, channel, e);
}

int notice_due(struct db *db, int64_t now, int64_t *channel, size_t most, size_t *n, int64_t *next, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	AUTO(stmt_resetp) struct stmt *later = NULL;
	int got;

	*n = 0;
	*next = INT64_MAX;
	if (begin(db, Q_DUE, db_self(db), &st, e) < 0)
		return -1;
	stmt_bind_int(st, 2, now);
	while ((got = stmt_step(st, e)) > 0 && *n < most)
		channel[(*n)++] = stmt_int(st, 0);
	if (got < 0 || begin(db, Q_NEXT, db_self(db), &later, e) < 0 || (got = stmt_step(later, e)) < 0)
		return -1;
	if (got > 0 && !stmt_is_null(later, 0))
		*next = stmt_int(later, 0);
	return 0;
}

int notice_orgs(struct db *db, int64_t now, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (begin(db, Q_ORGS, now, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_text(st, 0), arg, e) < 0)
			return -1;
	return got;
}

int notice_soonest(struct db *db, int64_t *next, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	*next = INT64_MAX;
	if (db_stmt(db, sql + Q_SOONEST, &st, e) < 0 || (got = stmt_step(st, e)) < 0)
		return -1;
	if (got > 0 && !stmt_is_null(st, 0))
		*next = stmt_int(st, 0);
	return 0;
}

/* ---- one of them ---- */

static struct str keep(struct arena *a, const struct stmt *st, int col, bool *good)
{
	struct str s = stmt_is_null(st, col) ? (struct str){ NULL, 0 } : stmt_text(st, col);

	if (s.ptr && !(s.ptr = arena_dup(a, s)))
		*good = false;
	return s;
}

static int read_row(const struct stmt *st, struct arena *a, struct notice *out, struct err *e)
{
	bool good = true;

	*out = (struct notice){ .id = stmt_int(st, 0), .channel = stmt_int(st, 1), .to = keep(a, st, 2, &good), .route = stmt_int(st, 3),
				.key = keep(a, st, 4, &good), .token = keep(a, st, 5, &good), .kind = keep(a, st, 6, &good), .device = stmt_int(st, 7),
				.alarm = stmt_int(st, 8), .severity = keep(a, st, 9, &good), .bucket = keep(a, st, 10, &good), .record = keep(a, st, 11, &good),
				.created = stmt_int(st, 12), .due = stmt_int(st, 13), .tries = (int)stmt_int(st, 15), .most = (int)stmt_int(st, 16),
				.again = stmt_int(st, 17), .answer = keep(a, st, 18, &good) };
	out->state = (enum notice_state)notify_word(notice_words, stmt_text(st, 14));
	return good ? 0 : err_nomem(e);
}

static int find(struct db *db, const struct notice_take *t, struct arena *a, struct notice *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (begin(db, t->only ? Q_ONLY : Q_FIND, t->only ? t->only : t->channel, &st, e) < 0)
		return -1;
	if (!t->only)
		stmt_bind_int(st, 2, t->now);
	got = stmt_step(st, e);
	if (got > 0 && read_row(st, a, out, e) < 0)
		return -1;
	return got;
}

int notice_claim(struct db *db, const struct notice_take *take, struct arena *a, struct notice *out, struct err *e)
{
	int got = 0;

	/* Another process may take it first: then the next one. */
	while ((got = find(db, take, a, out, e)) > 0) {
		AUTO(stmt_resetp) struct stmt *st = NULL;

		if (begin(db, Q_CLAIM, out->id, &st, e) < 0)
			return -1;
		stmt_bind_int(st, 2, take->lease);
		stmt_bind_int(st, 3, take->now);
		if (stmt_run(st, e) < 0)
			return -1;
		if (!db_changes(db))
			continue;
		out->tries++;
		return 1;
	}
	return got;
}

int notice_gather(struct db *db, const struct notice *n, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (!n->bucket.len || begin(db, Q_GROUP, n->id, &st, e) < 0)
		return n->bucket.len ? -1 : 0;
	stmt_bind_int(st, 2, n->channel);
	stmt_bind_text(st, 3, n->bucket);
	stmt_bind_text(st, 4, n->to.ptr ? n->to : STR(""));
	stmt_bind_int(st, 5, now);
	return stmt_run(st, e);
}

int notice_read(struct db *db, int64_t id, struct arena *a, struct notice *out, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (begin(db, Q_READ, id, &st, e) < 0 || (got = stmt_step(st, e)) < 0)
		return -1;
	return got ? read_row(st, a, out, e) : err_set(e, E_BUG, "no notice %" PRId64, id);
}

int notice_records(struct db *db, int64_t id, struct arena *a, struct str **out, size_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	size_t cap = 0;
	int got;

	*n = 0;
	*out = NULL;
	if (begin(db, Q_RECORDS, id, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		bool good = true;

		if (*n == cap) {
			struct str *more = arena_alloc(a, (cap = cap ? 2 * cap : 16) * sizeof(*more));

			if (!more)
				return err_nomem(e);
			if (*n)
				memcpy(more, *out, *n * sizeof(*more));
			*out = more;
		}
		(*out)[(*n)++] = keep(a, st, 0, &good);
		if (!good)
			return err_nomem(e);
	}
	return got;
}

int notice_files(struct db *db, int64_t id, int (*fn)(struct str name, struct str data, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (begin(db, Q_FILES, id, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_text(st, 0), stmt_blob(st, 1), arg, e) < 0)
			return -1;
	return got;
}

/* Those that went out with it end with it. */
static int end_together(struct db *db, const struct notice *n, const struct notice_end *end, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_TOGETHER, n->id, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 2, str_of(notice_words[end->state]));
	stmt_bind_text(st, 3, end->answer);
	stmt_bind_int(st, 4, end->now);
	return stmt_run(st, e);
}

int notice_finish(struct db *db, const struct notice *n, const struct notice_end *end, bool *ours, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_FINISH, n->id, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 2, str_of(notice_words[end->state]));
	stmt_bind_text(st, 3, end->answer);
	if (end->state == NOTICE_WAITING)
		stmt_bind_null(st, 4);
	else
		stmt_bind_int(st, 4, end->now);
	stmt_bind_int(st, 5, end->state == NOTICE_WAITING ? end->due : n->due);
	stmt_bind_int(st, 6, n->tries);
	if (stmt_run(st, e) < 0)
		return -1;
	*ours = db_changes(db) > 0;
	return *ours && end->state != NOTICE_WAITING ? end_together(db, n, end, e) : 0;
}

int notice_hold(struct db *db, int64_t before, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_HOLD, before, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 2, db_self(db));
	if (stmt_run(st, e) < 0)
		return -1;
	*n = db_changes(db);
	return 0;
}

int notice_turn(struct db *db, int64_t id, enum notice_state from, enum notice_state to, int64_t now, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	AUTO(stmt_resetp) struct stmt *with = NULL;

	if (begin(db, to == NOTICE_DROPPED ? Q_DROP : Q_AGAIN, id, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 2, str_of(notice_words[from]));
	stmt_bind_int(st, 3, now);
	stmt_bind_int(st, 4, db_self(db));
	if (stmt_run(st, e) < 0)
		return -1;
	*n = db_changes(db);
	if (to == NOTICE_DROPPED)
		return 0;
	return begin(db, Q_AGAIN_WITH, db_self(db), &with, e) < 0 ? -1 : stmt_run(with, e);
}

int notice_drop(struct db *db, int64_t id, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return begin(db, Q_NEVER, id, &st, e) < 0 ? -1 : stmt_run(st, e);
}

/* ---- lists ---- */

static void column(const struct field *f, struct sb *sb)
{
	if (f->kind == FIELD_REF)
		sb_addf(sb, "(SELECT x.name FROM %s x WHERE x.id = q.%s_id)", f->ref, f->name);
	else
		sb_addf(sb, "q.\"%s\"", f->name);
}

int notice_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out,
		  struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);

	for (size_t i = 0; i < notice_count; i++) {
		sb_adds(&text, i ? ", " : "SELECT ");
		column(notice_fields + i, &text);
	}
	sb_adds(&text, " FROM notice q WHERE ");
	db_add_rare(db, &text, "q.id > $1");
	if (where_prepare(db, &(struct where_ask){ ctx, select, "q", 3 }, &text, " ORDER BY q.id LIMIT $2", out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, after);
	stmt_bind_int(*out, 2, limit);
	return 0;
}

/* ---- secrets ---- */

int channel_secret(struct db *db, int64_t channel, struct sb *sb, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str s;
	int got;

	if (begin(db, Q_SECRET, channel, &st, e) < 0 || (got = stmt_step(st, e)) < 0)
		return -1;
	s = got && !stmt_is_null(st, 0) ? stmt_text(st, 0) : (struct str){ NULL, 0 };
	return s.len && sb_add(sb, s.ptr, s.len) < 0 ? err_nomem(e) : 0;
}

int channel_secret_set(struct db *db, int64_t channel, struct str secret, int64_t now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (begin(db, Q_SECRET_SET, channel, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 2, secret);
	if (secret.ptr)
		stmt_bind_int(st, 3, now);
	else
		stmt_bind_null(st, 3);
	return stmt_run(st, e);
}

int channels_bereft(struct db *db, int64_t org, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	AUTO(stmt_resetp) struct stmt *off = NULL;
	int got;

	if (begin(db, Q_BEREFT, org, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (fn(stmt_text(st, 0), arg, e) < 0)
			return -1;
	return got < 0 || begin(db, Q_DISABLE, org, &off, e) < 0 ? -1 : stmt_run(off, e);
}
