/* SPDX-License-Identifier: MIT */
/* A person: carried out, and gone on with without name. */
#include "audit/erased.h"
#include "base/time.h"
#include "carry/impl.h"
#include "carry/named.h"
#include "model/audit.h"
#include "os/signal.h"
#include "store/notice.h"
#include "store/user.h"
#include "task/user.h"
#include "task/work.h"

#define PAGE 256
#define TRAIL "tables/audit.jsonl.gz"

struct person {
	struct work *w;
	struct carrying *c;
	const struct target *who;
	struct db_tables tables;
	const struct db_table **order;
	size_t n;
	json_t *manifest;
	/* out of the store */
	struct named_person named;
	struct sb name, sums; /* of the user; members of the manifest */
	int64_t *field; /* ids of custom fields of users */
	size_t nfield;
	int64_t files; /* in the set */
};

/* ---- rows about them ---- */

static bool refers_here(const struct person *p, const struct db_table *t, const struct cell *row)
{
	int noun = db_column_find(t, STR("noun"));
	bool mine = false, of_user = noun >= 0 && str_is(row[noun].s, "user");

	if (strcmp(t->name, "account") == 0)
		return row[db_column_find(t, STR("id"))].i == p->who->id;
	for (size_t i = 0; i < t->n; i++) {
		const struct db_table *to = holding_refers(&p->tables, t, t->column + i);

		if (to == &refers_any)
			mine = row[i].i == p->who->id;
		else if (to && to != &refers_unknown && strcmp(to->name, "account") == 0 && row[i].type == CELL_INT && row[i].i == p->who->id)
			return true;
		for (size_t k = 0; strcmp(t->column[i].name, "field_id") == 0 && k < p->nfield; k++)
			of_user |= row[i].i == p->field[k];
	}
	return mine && of_user;
}

static bool about(const struct db_table *t, const struct cell *row, void *arg)
{
	const struct person *p = arg;

	return refers_here(p, t, row) || named_row(&p->named, t, row);
}

/* A table that can have such rows at all. */
static bool may_refer(const struct person *p, const struct db_table *t)
{
	if (t->org < 0 || holding(t->name)->how == HOLD_APART || holding(t->name)->how == HOLD_DERIVED)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		const struct db_table *to = holding_refers(&p->tables, t, t->column + i);

		if (to == &refers_any || (to && to != &refers_unknown && strcmp(to->name, "account") == 0))
			return true;
	}
	return strcmp(t->name, "account") == 0 || named_table(t);
}

static int load_fields(struct person *p, struct err *e)
{
	const struct db_table *t = db_table_find(&p->tables, STR("field"));
	AUTO(db_rows_freep) struct db_rows *rows = NULL;
	const struct cell *row;
	int got, noun = db_column_find(t, STR("noun")), id = db_column_find(t, STR("id"));

	if (db_rows_open(p->w->db, t, db_self(p->w->db), NULL, &rows, e) < 0)
		return -1;
	while ((got = db_rows_next(rows, &row, e)) > 0) {
		int64_t *more = str_is(row[noun].s, "user") ? realloc(p->field, (p->nfield + 1) * sizeof(*more)) : NULL;

		if (!str_is(row[noun].s, "user"))
			continue;
		if (!more)
			return err_nomem(e);
		p->field = more;
		p->field[p->nfield++] = row[id].i;
	}
	return got;
}

/* ---- rows of the trail ---- */

static unsigned concerns(const struct audit *a, void *arg)
{
	const struct person *p = arg;
	struct str name = sb_str(&p->name);
	unsigned bits = named_actor(a->actor, name) ? 1u << PART_WHO : 0;
	struct err ignored = { 0 };
	json_t *now;

	if ((str_is(a->noun, "user") && str_eq(a->name, name)) || named_trail(&p->named, a))
		bits |= 1u << PART_WHAT;
	if (str_is(a->noun, "key") && a->now.ptr && (now = json_read(a->now, &ignored)) != NULL) {
		const json_t *user = json_object_get(now, "user");

		if (json_is_string(user) && str_eq(name, (struct str){ json_string_value(user), json_string_length(user) }))
			bits |= 1u << PART_WHAT;
		json_decref(now);
	}
	return bits;
}

static void add_text(struct sb *sb, const char *name, struct str s, bool json)
{
	(void)sb_addf(sb, ",\"%s\":", name);
	if (!s.ptr)
		(void)sb_adds(sb, "null");
	else if (json)
		(void)sb_add(sb, s.ptr, s.len);
	else
		(void)sb_json(sb, s);
}

static void audit_json(struct sb *sb, const struct audit *a)
{
	const struct str text[] = { a->actor, a->verb, a->noun, a->name, a->old, a->now, a->message, a->origin, a->address, a->agent, a->session };
	char at[40];

	(void)time_print(a->at, NULL, at);
	(void)sb_addf(sb, "{\"seq\":%" PRId64 ",\"at\":\"%s\"", a->seq, at);
	for (size_t i = 0; i < COUNT(text); i++)
		add_text(sb, audit_fields[A_ACTOR + i].name, text[i], A_ACTOR + i == A_OLD || A_ACTOR + i == A_NEW);
	(void)sb_addc(sb, '}');
}

static int trail_rows(struct person *p, bool early, struct sink *k, struct err *e)
{
	int64_t after = 0;
	int seen = PAGE;

	while (seen == PAGE) {
		AUTO(stmt_freep) struct stmt *st = NULL;
		struct audit a;
		int got;

		if (audit_page(p->w->db, db_self(p->w->db), early, after, PAGE, &st, e) < 0)
			return -1;
		for (seen = 0; (got = audit_next(st, &a, e)) > 0; seen++) {
			after = early ? a.id : a.seq;
			if (!concerns(&a, p))
				continue;
			audit_json(&k->buf, &a);
			if (sink_line(k, e) < 0)
				return -1;
		}
		if (got < 0)
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
	return 0;
}

static int walk_trail(struct person *p, struct set *set, struct table_sum *sum, struct err *e)
{
	AUTO(sink_drop) struct sink k = { 0 };

	*sum = (struct table_sum){ .name = "audit" };
	if (sink_begin(&k, set, TRAIL, e) < 0 || trail_rows(p, true, &k, e) < 0 || trail_rows(p, false, &k, e) < 0)
		return -1;
	sum->rows = k.lines;
	return sink_end(&k, sum->sha256, e);
}

/* ---- all of it ---- */

typedef int sum_fn(struct person *p, const struct table_sum *sum, struct err *e);

static int walk(struct person *p, struct set *set, sum_fn *fn, struct err *e)
{
	struct walk w = { .db = p->w->db, .org = db_self(p->w->db), .tables = &p->tables, .set = set };
	struct table_sum sum;

	for (size_t i = 0; i < p->tables.n; i++) {
		const struct db_table *t = p->tables.table + i;

		if (may_refer(p, t) && (walk_table(&w, t, about, p, &sum, e) < 0 || fn(p, &sum, e) < 0))
			return -1;
	}
	if (walk_trail(p, set, &sum, e) < 0 || fn(p, &sum, e) < 0)
		return -1;
	p->c->rows = w.rows + sum.rows;
	return 0;
}

static int keep(struct person *p, struct str s, struct str *out, struct err *e)
{
	*out = (struct str){ arena_dup(&p->w->keep, s), s.len };
	return out->ptr ? 0 : err_nomem(e);
}

static int begin(struct person *p, struct err *e)
{
	struct row row = { 0 };
	struct str name;

	if (carry_tables(p->c->url, &p->tables, e) < 0 || holding_order(&p->tables, &p->order, &p->n, e) < 0 || load_fields(p, e) < 0 ||
	    user_ready(p->w->db, e) < 0 || user_touch(p->w, p->who->id, e) < 0 || work_load(p->w, p->who->id, &row, e) < 0)
		return -1;
	name = work_row_name(p->w, &row);
	if (sb_add(&p->name, name.ptr, name.len) < 0)
		return err_nomem(e);
	p->named.name = sb_str(&p->name);
	return keep(p, row_text(p->w->ent, &row, "email"), &p->named.email, e) < 0 ? -1 : keep(p, row_text(p->w->ent, &row, "phone"), &p->named.phone, e);
}

static void end(struct person *p)
{
	db_tables_done(&p->tables);
	free(p->order);
	free(p->field);
	json_decref(p->manifest);
	sb_done(&p->name);
	sb_done(&p->sums);
}

static int note_sum(struct person *p, const struct table_sum *sum, struct err *e)
{
	(void)sb_adds(&p->sums, p->sums.len ? ",\n" : "");
	sum_json(&p->sums, sum);
	return p->sums.bad ? err_nomem(e) : 0;
}

static int write_manifest(struct person *p, struct set *set, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 20);
	char at[40];

	(void)time_print(p->c->now, NULL, at);
	(void)sb_addf(&sb, "{\"format\":%d,\n\"kind\":\"user\",\n\"name\":", FOLDER_FORMAT);
	(void)sb_json(&sb, sb_str(&p->name));
	(void)sb_adds(&sb, ",\n\"org\":");
	(void)sb_json(&sb, str_of(db_self_name(p->w->db)));
	(void)sb_addf(&sb, ",\n\"id\":%" PRId64 ",\n\"at\":\"%s\",\n\"tables\":{%s},\n\"files\":%" PRId64 "}\n", p->who->id, at, sb_cstr(&p->sums),
		      set->files + 1);
	return sb.bad ? err_nomem(e) : set_text(set, FOLDER_MANIFEST, sb_str(&sb), e);
}

static int put(struct person *p, struct set *set, struct err *e)
{
	struct exported x = { .program = p->c->program, .message = p->c->message, .noun = "user", .name = sb_cstr(&p->name) };
	AUTO(set_drop) struct set none = { 0 };
	int rc;

	/* Counted first: the row that tells of it is one of those that are about the user. */
	if (walk(p, &none, note_sum, e) < 0)
		return -1;
	x.records = p->c->rows + 1;
	sb_clear(&p->sums);
	if (trail_export(p->w->db, &x, e) < 0 || db_read_begin(p->w->db, e) < 0)
		return -1;
	rc = walk(p, set, note_sum, e);
	db_read_end(p->w->db);
	if (rc < 0 || write_manifest(p, set, e) < 0)
		return -1;
	return set_end(set, e);
}

int carry_user_out(struct work *w, const struct target *who, struct carrying *c, struct err *e)
{
	struct person p = { .w = w, .c = c, .who = who, .name = SB_INIT(256), .sums = SB_INIT((size_t)1 << 20) };
	AUTO(set_drop) struct set set = { 0 };
	int rc = begin(&p, e);

	if (rc == 0)
		rc = set_begin(&set, c->dir, e);
	if (rc == 0)
		rc = put(&p, &set, e);
	end(&p);
	return rc;
}

/* ---- erasing ---- */

static int same_sum(struct person *p, const struct table_sum *now, struct err *e)
{
	struct table_sum was;

	(void)e;
	(void)sum_of(p->manifest, now->name, &was);
	if (was.rows != now->rows)
		hear(&p->c->hearing, "table %s has %" PRId64 " rows about %s, %s has %" PRId64, now->name, now->rows, sb_cstr(&p->name), p->c->dir, was.rows);
	else if (strcmp(was.sha256, now->sha256) != 0)
		hear(&p->c->hearing, "table %s has other rows about %s than %s", now->name, sb_cstr(&p->name), p->c->dir);
	return 0;
}

struct erasing {
	struct person *p;
	char *label;
};

static int erase_tx(struct work *w, void *arg, struct err *e)
{
	struct erasing *x = arg;
	struct person *p = x->p;
	AUTO(set_drop) struct set none = { 0 };
	struct erased gone = { 0 };
	const struct audit tell = { .at = p->c->now, .noun = STR("user"), .message = str_of(p->c->message) };

	if (walk(p, &none, same_sum, e) < 0)
		return -1;
	if (p->c->hearing.n)
		return err_set(e, E_CONFLICT, "%s is not what %s holds: nothing was erased; export them again", sb_cstr(&p->name), p->c->dir);
	if (erased_label(gone.label, e) < 0)
		return -1;
	memcpy(x->label, gone.label, sizeof(gone.label));
	if (named_erase(w->db, &p->tables, &p->named, gone.label, e) < 0 || user_erase(w->db, p->who->id, gone.label, e) < 0)
		return -1;
	return trail_erase(w->db, &w->trail, &gone, &tell, concerns, p, e);
}

/* The set is of this user. */
static int of_them(struct person *p, struct err *e)
{
	const char *name, *org;

	p->manifest = manifest_of(p->c->dir, "user", e);
	if (!p->manifest)
		return -1;
	name = json_string_value(json_object_get(p->manifest, "name"));
	org = json_string_value(json_object_get(p->manifest, "org"));
	if (!name || strcmp(name, sb_cstr(&p->name)) != 0 || !org || strcmp(org, db_self_name(p->w->db)) != 0)
		return err_set(e, E_CONFLICT, "%s: is of user \"%s\" of organisation \"%s\"", p->c->dir, name ? name : "?", org ? org : "?");
	return 0;
}

int carry_user_erase(struct work *w, const struct target *who, struct carrying *c, char label[16], struct err *e)
{
	struct person p = { .w = w, .c = c, .who = who, .name = SB_INIT(256) };
	struct erasing x = { &p, label };
	int rc = begin(&p, e);

	if (rc == 0)
		rc = carry_look(c->dir, &c->hearing, e) < 0 ? -1 : of_them(&p, e);
	if (rc == 0)
		rc = user_erase_ready(w->db, e) < 0 || notice_ready(w->db, e) < 0 ? -1 : namings_ready(w->db, e);
	if (rc == 0)
		rc = work_write(w, erase_tx, &x, e);
	end(&p);
	return rc;
}
