/* SPDX-License-Identifier: MIT */
#include "store/limit.h"

#include "base/time.h"

const char *const limit_words[] = { "org", "ingest", "user", "key", "device", NULL };

enum {
	Q_GET, Q_PUT, Q_RM, Q_ANY, Q_DEVICE, Q_BUCKET, Q_BUCKET_ADD, Q_BUCKET_MOVE, Q_BUCKET_RM, Q_QUOTA,
	Q_SPENT, Q_SPENT_PUT, Q_SPENT_MORE, Q_PARENT, Q_COUNTS /* one of each QUOTA_... follows */
};

#define WHOSE " WHERE org_id = $1 AND noun = $2 AND thing_id = $3"
#define LIST_SQL                                                                                                                       \
	"SELECT o.name, r.noun, COALESCE(d.name, a.name, k.prefix), r.rule, r.over, r.thing_id FROM rate_limit r JOIN org o ON o.id = r.org_id"     \
	" LEFT JOIN device d ON r.noun = 'device' AND d.id = r.thing_id LEFT JOIN account a ON r.noun = 'user' AND a.id = r.thing_id"   \
	" LEFT JOIN api_key k ON r.noun = 'key' AND k.id = r.thing_id ORDER BY o.name, r.noun, COALESCE(d.name, a.name, k.prefix)"
#define POLICIES_SQL                                                                                                                   \
	"SELECT o.name, p.name, p.message_rate, p.over, (SELECT COUNT(*) FROM device d WHERE d.policy_id = p.id AND d.retired IS NULL)" \
	" FROM policy p JOIN org o ON o.id = p.org_id WHERE p.retired IS NULL ORDER BY o.name, p.name"

/* The organisation and all below it. */
#define BELOW                                                                                                                          \
	"WITH RECURSIVE below (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT o.id FROM org o JOIN below b ON o.parent_id = b.id) "

static const struct sql sql[Q_COUNTS + QUOTA_N] = {
	[Q_GET] = { "SELECT rule, over FROM rate_limit" WHOSE, NULL },
	[Q_PUT] = { "INSERT INTO main.rate_limit (org_id, noun, thing_id, rule, over) VALUES ($1, $2, $3, $4, $5)"
		    " ON CONFLICT (org_id, noun, thing_id) DO UPDATE SET rule = excluded.rule, over = excluded.over",
		    "rate_limit" },
	[Q_RM] = { "DELETE FROM main.rate_limit" WHOSE, "rate_limit" },
	[Q_ANY] = { "SELECT 1 FROM rate_limit WHERE org_id = $1 AND noun IN ('device', 'ingest') LIMIT 1", NULL },
	[Q_DEVICE] = { "SELECT p.name, p.telemetry, p.message_size, p.message_rate, p.over, r.rule, r.over FROM device d"
		       " LEFT JOIN policy p ON p.id = d.policy_id"
		       " LEFT JOIN rate_limit r ON r.org_id = d.org_id AND r.noun = 'device' AND r.thing_id = d.id WHERE d.id = $1",
		       NULL },
	[Q_BUCKET] = { "SELECT state FROM bucket" WHOSE, NULL },
	[Q_BUCKET_ADD] = { "INSERT INTO main.bucket (org_id, noun, thing_id, state) VALUES ($1, $2, $3, $4)"
			   " ON CONFLICT (org_id, noun, thing_id) DO NOTHING",
			   "bucket" },
	[Q_BUCKET_MOVE] = { "UPDATE main.bucket SET state = $4" WHOSE " AND state = $5", "bucket" },
	[Q_BUCKET_RM] = { "DELETE FROM main.bucket" WHOSE, "bucket" },
	[Q_QUOTA] = { "SELECT tier, max_devices, max_gateways, max_sites, max_users, max_points_per_day, created, retention, parent_id FROM org WHERE id = $1", NULL },
	[Q_SPENT] = { "SELECT points FROM spent WHERE org_id = $1 AND day = $2", NULL },
	[Q_SPENT_PUT] = { "INSERT INTO main.spent (org_id, day, points) VALUES ($1, $2, $3)"
			  " ON CONFLICT (org_id, day) DO UPDATE SET points = excluded.points",
			  "spent" },
	[Q_SPENT_MORE] = { "UPDATE main.spent SET points = points + $3 WHERE org_id = $1 AND day = $2", "spent" },
	[Q_PARENT] = { "SELECT p.id, p.name FROM org o JOIN org p ON p.id = o.parent_id WHERE o.id = $1", NULL },
	[Q_COUNTS + QUOTA_DEVICES] = { BELOW "SELECT COUNT(*) FROM device WHERE org_id IN (SELECT id FROM below) AND retired IS NULL AND type <> 'gateway'", NULL },
	[Q_COUNTS + QUOTA_GATEWAYS] = { BELOW "SELECT COUNT(*) FROM device WHERE org_id IN (SELECT id FROM below) AND retired IS NULL AND type = 'gateway'", NULL },
	[Q_COUNTS + QUOTA_SITES] = { BELOW "SELECT COUNT(*) FROM site WHERE org_id IN (SELECT id FROM below) AND retired IS NULL", NULL },
	[Q_COUNTS + QUOTA_USERS] = { BELOW "SELECT COUNT(*) FROM account WHERE org_id IN (SELECT id FROM below) AND retired IS NULL", NULL },
	[Q_COUNTS + QUOTA_POINTS] = { "SELECT CAST(COALESCE(SUM(stored + corrected), 0) AS BIGINT) FROM ledger WHERE org_id = $1"
				      " AND hour >= $2 AND hour < $3",
				      NULL },
};

int limit_ready(struct db *db, struct err *e)
{
	static const struct sql lists[] = { { LIST_SQL, NULL }, { POLICIES_SQL, NULL } };

	return db_ready(db, sql, COUNT(sql), e) < 0 ? -1 : db_ready(db, lists, COUNT(lists), e);
}

/* The statement with whose it is bound. */
static int about(struct db *db, int q, const struct limit_of *of, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, of->org);
	stmt_bind_text(*st, 2, str_of(limit_words[of->noun]));
	stmt_bind_int(*st, 3, of->id);
	return 0;
}

static int text_at(const struct stmt *st, int col, struct sb *sb, struct err *e)
{
	struct str s = stmt_text(st, col);

	return s.ptr && sb_add(sb, s.ptr, s.len) < 0 ? err_nomem(e) : 0;
}

/* ---- rules ---- */

int limit_get(struct db *db, const struct limit_of *of, struct sb *rule, struct sb *over, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = about(db, Q_GET, of, &st, e) < 0 ? -1 : stmt_step(st, e);

	if (got <= 0)
		return got;
	return text_at(st, 0, rule, e) < 0 || (over && text_at(st, 1, over, e) < 0) ? -1 : 1;
}

static int forget_bucket(struct db *db, const struct limit_of *of, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	return about(db, Q_BUCKET_RM, of, &st, e) < 0 ? -1 : stmt_run(st, e);
}

int limit_put(struct db *db, const struct limit_of *of, struct str rule, const char *over, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about(db, Q_PUT, of, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 4, rule);
	stmt_bind_text(st, 5, str_of(over));
	return stmt_run(st, e);
}

int limit_rm(struct db *db, const struct limit_of *of, bool *done, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about(db, Q_RM, of, &st, e) < 0 || stmt_run(st, e) < 0)
		return -1;
	*done = db_changes(db) > 0;
	return forget_bucket(db, of, e);
}

int limit_each(struct db *db, struct stmt **out, struct err *e)
{
	return db_prepare(db, LIST_SQL, NULL, out, e);
}

int limit_any(struct db *db, int64_t org, bool *any, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_ANY, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	got = stmt_step(st, e);
	*any = got > 0;
	return got < 0 ? -1 : 0;
}

int limit_device(struct db *db, int64_t device, struct stmt **st, struct device_limit *l, struct err *e)
{
	int got;

	if (db_stmt(db, sql + Q_DEVICE, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, device);
	got = stmt_step(*st, e);
	if (got <= 0)
		return got;
	*l = (struct device_limit){ .policy = stmt_text(*st, 0), .telemetry = stmt_is_null(*st, 0) || stmt_int(*st, 1) != 0,
				    .size = stmt_int(*st, 2), .rate = stmt_int(*st, 3), .over = stmt_text(*st, 4),
				    .rule = stmt_text(*st, 5), .own = stmt_text(*st, 6) };
	return 1;
}

int limit_policies(struct db *db, struct stmt **out, struct err *e)
{
	return db_prepare(db, POLICIES_SQL, NULL, out, e);
}

/* ---- buckets ---- */

int limit_bucket(struct db *db, const struct limit_of *of, struct sb *state, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = about(db, Q_BUCKET, of, &st, e) < 0 ? -1 : stmt_step(st, e);

	return got <= 0 ? got : text_at(st, 0, state, e) < 0 ? -1 : 1;
}

int limit_bucket_swap(struct db *db, const struct limit_of *of, struct str old, struct str now, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (about(db, old.len ? Q_BUCKET_MOVE : Q_BUCKET_ADD, of, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 4, now);
	if (old.len)
		stmt_bind_text(st, 5, old);
	return stmt_run(st, e) < 0 ? -1 : db_changes(db) > 0;
}

/* ---- quotas ---- */

int quota_get(struct db *db, int64_t org, struct quota *q, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct str tier;

	if (db_stmt(db, sql + Q_QUOTA, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	if (stmt_step(st, e) <= 0) /* what cannot be looked up allows nothing */
		return e->code ? -1 : err_set(e, E_NOTFOUND, "no organisation id:%" PRId64, org);
	tier = stmt_text(st, 0);
	q->tier = *tier_find(tier);
	(void)snprintf(q->name, sizeof(q->name), "%.*s", STR_ARG(tier));
	q->created = stmt_int(st, 1 + QUOTA_N);
	q->own_retention = !stmt_is_null(st, 2 + QUOTA_N);
	q->retention = q->own_retention ? stmt_int(st, 2 + QUOTA_N) : q->tier.retention;
	q->below = !stmt_is_null(st, 3 + QUOTA_N);
	for (int i = 0; i < QUOTA_N; i++) {
		q->own[i] = !stmt_is_null(st, 1 + i);
		q->most[i] = q->own[i] ? stmt_int(st, 1 + i) : q->tier.most[i];
	}
	return 0;
}

int quota_count(struct db *db, int64_t org, enum quota_what what, int64_t day, int64_t *n, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (db_stmt(db, sql + Q_COUNTS + what, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	if (what == QUOTA_POINTS) {
		stmt_bind_int(st, 2, day);
		stmt_bind_int(st, 3, day + US_PER_DAY);
	}
	if (stmt_step(st, e) <= 0)
		return -1;
	*n = stmt_int(st, 0);
	return 0;
}

int quota_parent(struct db *db, int64_t org, int64_t *parent, char name[64], struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got;

	if (db_stmt(db, sql + Q_PARENT, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, org);
	got = stmt_step(st, e);
	if (got > 0) {
		*parent = stmt_int(st, 0);
		(void)snprintf(name, 64, "%.*s", STR_ARG(stmt_text(st, 1)));
	}
	return got;
}

/* Bind the organisation and the day. */
static int on_day(struct db *db, int q, int64_t org, int64_t day, struct stmt **st, struct err *e)
{
	if (db_stmt(db, sql + q, st, e) < 0)
		return -1;
	stmt_bind_int(*st, 1, org);
	stmt_bind_int(*st, 2, day);
	return 0;
}

int spent_get(struct db *db, int64_t org, int64_t day, int64_t *points, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	int got = on_day(db, Q_SPENT, org, day, &st, e) < 0 ? -1 : stmt_step(st, e);

	if (got < 0)
		return -1;
	if (!got)
		return quota_count(db, org, QUOTA_POINTS, day, points, e);
	*points = stmt_int(st, 0);
	return 0;
}

int spent_set(struct db *db, int64_t org, int64_t day, int64_t points, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (on_day(db, Q_SPENT_PUT, org, day, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, points);
	return stmt_post(st, e);
}

int spent_more(struct db *db, int64_t org, int64_t day, int64_t points, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;

	if (on_day(db, Q_SPENT_MORE, org, day, &st, e) < 0)
		return -1;
	stmt_bind_int(st, 3, points);
	return stmt_post(st, e);
}
