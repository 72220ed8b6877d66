/* SPDX-License-Identifier: MIT */
/*
 * An organisation, brought in. It does not live while rows and points come, in several transactions, so that nobody works in half of it; a setting of the store
 * remembers which it is, and what is there of it is removed when the work is begun again.
 */
#include "audit/impl.h"
#include "base/num.h"
#include "carry/bring.h"
#include "store/audit.h"
#include "store/notice.h"
#include "store/org.h"

#define MARK "importing."

static void mark_of(const char *name, char mark[96])
{
	(void)snprintf(mark, 96, MARK "%s", name);
}

/* ---- the empty organisation ---- */

/* What every organisation begins with does not count, nor its trail: that is looked at apart. */
static bool counts(const struct db_table *t)
{
	return strcmp(t->name, "org") != 0 && strcmp(t->name, "policy") != 0 && strcmp(t->name, "audit") != 0 && strcmp(t->name, "audit_head") != 0;
}

static int is_empty(struct bring *b, const char *name, struct err *e)
{
	struct audit_head head;

	for (size_t i = 0; i < b->n; i++) {
		AUTO(db_rows_freep) struct db_rows *rows = NULL;
		const struct cell *row;
		int got;

		if (!counts(b->order[i]))
			continue;
		if (db_rows_open(b->db, b->order[i], b->org, NULL, &rows, e) < 0 || (got = db_rows_next(rows, &row, e)) < 0)
			return -1;
		if (got > 0)
			return err_set(e, E_CONFLICT, "%s is not empty: it has rows in table %s", name, b->order[i]->name);
	}
	if (audit_head(b->db, b->org, &head, e) < 0)
		return -1;
	return head.seq == 0 ? 0 : err_set(e, E_CONFLICT, "%s has a trail of its own already: make a new organisation (sit-org add)", name);
}

/* One that was begun before goes on being it. */
static int find(struct bring *b, const char *name, bool *again, struct err *e)
{
	AUTO(sb_done) struct sb known = SB_INIT(64);
	char mark[96];

	mark_of(name, mark);
	if (meta_get(b->db, mark, &known, e) < 0)
		return -1;
	*again = known.len > 0 && num_parse_int(sb_str(&known), &b->org);
	if (*again)
		return 0;
	return org_find(b->db, str_of(name), &b->org, e) < 0 ? -1 : is_empty(b, name, e);
}

/* ---- the steps ---- */

struct bringing {
	struct bring *b;
	const char *name;
	bool again;
};

static bool refers_series(const struct bring *b, const struct db_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct db_table *to = holding_refers(&b->tables, t, t->column + i);

		if (to && to != &refers_any && to != &refers_unknown && strcmp(to->name, "series") == 0)
			return true;
	}
	return false;
}

/* Ids of the set begin behind those that the store has; nobody else writes meanwhile. */
static int set_shift(struct bring *b, const struct db_table *t, struct err *e)
{
	int64_t least, most;
	struct table_sum sum;

	if (db_column_find(t, STR("id")) < 0 || !sum_of(b->manifest, t->name, &sum) || !sum.rows)
		return 0;
	if (db_table_ids(b->db, t, 0, &least, &most, e) < 0)
		return -1;
	b->shift[t - b->tables.table] = most + 1 - sum.least;
	return 0;
}

static int put_tables(struct bring *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++)
		if (refers_series(b, b->order[i]) == b->late && holding(b->order[i]->name)->how == HOLD_ROWS && strcmp(b->order[i]->name, "org") != 0 &&
		    set_shift(b, b->order[i], e) < 0)
			return -1;
	for (size_t i = 0; i < b->n; i++)
		if (refers_series(b, b->order[i]) == b->late && holding(b->order[i]->name)->how == HOLD_ROWS && bring_table(b, b->order[i], e) < 0)
			return -1;
	return db_rows_numbered(b->db, e);
}

static int begin_tx(struct db *db, void *arg, struct err *e)
{
	struct bringing *s = arg;
	struct bring *b = s->b;
	char mark[96], id[32];
	int64_t rows = 0;

	mark_of(s->name, mark);
	(void)num_print_int(b->org, id);
	if (carry_wipe(db, b->order, b->n, b->org, s->again, &rows, e) < 0 || meta_put(db, mark, id, e) < 0 ||
	    holding_retire(db, b->org, b->c->now, e) < 0)
		return -1;
	b->late = false;
	return put_tables(b, e);
}

static int put_trail(struct bring *b, struct err *e)
{
	AUTO(lines_freep) struct lines *l = NULL;
	struct audit_head head = { .org = b->org };
	unsigned char bytes[3][AUDIT_HASH];
	struct audit a;
	struct str raw;
	json_t *v;
	int got;

	if (lines_open(b->c->dir, "audit.jsonl", &l, e) < 0)
		return -1;
	while ((got = lines_next(l, &v, &raw, e)) > 0) {
		int rc = audit_row_read(v, raw, &a, bytes) ? 0 : err_set(e, E_INPUT, "audit.jsonl: is no export of a trail");

		a.org = b->org;
		if (rc == 0)
			rc = audit_put(b->db, &a, e);
		if (rc == 0 && a.hash.len == AUDIT_HASH) {
			head.seq = a.seq;
			memcpy(head.hash, a.hash.ptr, AUDIT_HASH);
		}
		json_decref(v);
		if (rc < 0)
			return -1;
	}
	return got < 0 || head.seq == 0 ? -1 : audit_head_put(b->db, &head, e);
}

struct bereaving {
	struct bring *b;
	struct trail *trail;
};

/* A secret never leaves its store: the channel waits for another. */
static int disable(struct str name, void *arg, struct err *e)
{
	struct bereaving *x = arg;
	const struct audit a = { .org = x->b->org, .at = x->b->c->now, .verb = STR("set"), .noun = STR("channel"), .name = name, .now = STR("{\"enabled\":false}"),
				 .message = STR("its secret was not brought along") };

	sb_add(&x->b->bereft, name.ptr, name.len);
	return sb_addc(&x->b->bereft, '\0') < 0 ? err_nomem(e) : trail_add(x->b->db, x->trail, &a, e);
}

static int tell(struct bring *b, const char *name, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	struct trail trail = { .program = b->c->program };
	struct bereaving bereaving = { b, &trail };
	struct audit a = { .org = b->org, .at = b->c->now, .verb = STR("import"), .noun = STR("org"), .name = str_of(name),
			   .message = str_of(b->c->message) };
	const char *was = json_string_value(json_object_get(b->manifest, "name"));
	int rc;

	(void)sb_adds(&text, "{\"was\":");
	(void)sb_json(&text, str_of(was ? was : ""));
	if (sb_addf(&text, ",\"rows\":%" PRId64 ",\"points\":%" PRId64 "}", b->c->rows, b->c->points) < 0)
		return err_nomem(e);
	a.now = sb_str(&text);
	sb_clear(&b->bereft);
	rc = trail_add(b->db, &trail, &a, e);
	if (rc == 0)
		rc = channels_bereft(b->db, b->org, disable, &bereaving, e);
	if (rc == 0) /* that was for the store that it comes from */
		rc = happening_past(b->db, b->org, b->c->now, e);
	trail_done(&trail);
	return rc;
}

static int end_tx(struct db *db, void *arg, struct err *e)
{
	struct bringing *s = arg;
	struct bring *b = s->b;
	char mark[96];

	mark_of(s->name, mark);
	b->late = true;
	if (put_tables(b, e) < 0 || put_trail(b, e) < 0 || tell(b, s->name, e) < 0 || meta_rm(db, mark, e) < 0)
		return -1;
	return holding_retire(db, b->org, 0, e);
}

/* ---- all of it ---- */

static void chain_bad(void *arg, const char *what)
{
	hear(arg, "%s", what);
}

/* The files are what was written, and the trail in them is whole. */
static int look(struct carrying *c, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct audit_verify v = { .bad = chain_bad, .arg = &c->hearing };

	if (carry_look(c->dir, &c->hearing, e) < 0)
		return -1;
	if (sb_addf(&path, "%s/audit.jsonl", c->dir) < 0)
		return err_nomem(e);
	v.file = sb_cstr(&path);
	if (audit_verify(NULL, &v, e) < 0)
		return -1;
	return v.findings ? err_set(e, E_ANSWER, "%s: its trail is not what was written", c->dir) : 0;
}

static int known_schema(struct bring *b, struct err *e)
{
	int64_t is = json_integer_value(json_object_get(b->manifest, "schema"));
	int have, known;

	if (db_version(b->db, &have, &known, e) < 0)
		return -1;
	return is <= have ? 0 :
			    err_set(e, E_CONFLICT, "%s: is of a store of version %" PRId64 ", this one is of %d: sit-db migrate", b->c->dir, is, have);
}

static int bring(struct bring *b, const char *name, struct err *e)
{
	struct bringing s = { .b = b, .name = name };

	b->manifest = manifest_of(b->c->dir, "org", e);
	if (!b->manifest || known_schema(b, e) < 0 || db_tables(b->db, &b->tables, e) < 0 || holding_order(&b->tables, &b->order, &b->n, e) < 0)
		return -1;
	b->shift = calloc(b->tables.n + 1, sizeof(*b->shift));
	if (!b->shift)
		return err_nomem(e);
	if (audit_ready(b->db, e) < 0 || notice_ready(b->db, e) < 0 || find(b, name, &s.again, e) < 0)
		return -1;
	if (b->c->dry) {
		b->c->rows = json_integer_value(json_object_get(b->manifest, "rows"));
		b->c->points = json_integer_value(json_object_get(b->manifest, "points"));
		return 0;
	}
	return db_write(b->db, false, begin_tx, &s, e) < 0 || bring_points(b, e) < 0 ? -1 : db_write(b->db, false, end_tx, &s, e);
}

int carry_org_in(struct db *db, struct carrying *c, const char *name, struct err *e)
{
	struct bring b = { .db = db, .c = c, .bereft = SB_INIT(1 << 20) };
	int rc = carry_owned(db, e) < 0 || look(c, e) < 0 ? -1 : bring(&b, name, e);

	for (size_t at = 0; rc == 0 && at < b.bereft.len; at += strlen(b.bereft.buf + at) + 1)
		hear(&c->hearing, "channel %s is disabled, its secret was not in the set: sit-notify channel secret %s, then channel set %s enabled=true",
		     b.bereft.buf + at, b.bereft.buf + at, b.bereft.buf + at);
	sb_done(&b.bereft);
	json_decref(b.manifest);
	db_tables_done(&b.tables);
	free(b.order);
	free(b.shift);
	free(b.series);
	free(b.field);
	return rc;
}
