/* SPDX-License-Identifier: MIT */
/* An organisation, carried out. */
#include "audit/audit.h"
#include "base/time.h"
#include "carry/impl.h"
#include "estate/estate.h"
#include "store/audit.h"

#define AUDIT_FILE "audit.jsonl"

struct out_walk {
	struct carrying *c;
	struct set *set;
	struct sb tables; /* members of the manifest */
};

void sum_json(struct sb *sb, const struct table_sum *t)
{
	(void)sb_json(sb, str_of(t->name));
	(void)sb_addf(sb, ":{\"rows\":%" PRId64 ",\"least\":%" PRId64 ",\"most\":%" PRId64 ",\"sha256\":\"%s\"}", t->rows, t->least, t->most,
		      t->sha256);
}

static int note_table(const struct table_sum *t, void *arg, struct err *e)
{
	struct out_walk *o = arg;

	(void)sb_adds(&o->tables, o->tables.len ? ",\n" : "");
	sum_json(&o->tables, t);
	return o->tables.bad ? err_nomem(e) : 0;
}

static int note_series(const struct series_sum *s, void *arg, struct err *e)
{
	(void)s;
	(void)arg;
	(void)e;
	return 0;
}

/* What people read, and another organisation may be made of: sit-estate apply. */
static int write_estate(struct walk *w, struct work *work, struct err *e)
{
	struct estate_docs docs = { 0 };
	int rc = estate_export(work, false, NULL, &docs, e);

	if (rc == 0)
		rc = set_text(w->set, "estate.json", sb_str(&docs.v[0].text), e);
	estate_docs_done(&docs);
	return rc;
}

/* All but the trail is of one moment. */
static int write_snapshot(struct walk *w, struct carrying *c, struct err *e)
{
	struct work work = { .db = w->db, .program = c->program, .when = { c->now, NULL } };
	int rc;

	if (work_begin(&work, &site_entity, e) < 0)
		return -1;
	rc = db_read_begin(w->db, e);
	if (rc == 0) {
		rc = walk_tables(w, e);
		if (rc == 0)
			rc = walk_points(w, e);
		if (rc == 0)
			rc = write_estate(w, &work, e);
		db_read_end(w->db);
	}
	work_end(&work);
	return rc;
}

static int write_audit(struct db *db, struct set *set, const struct exported *x, int64_t *rows, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	AUTO(out_dropp) struct out *out = NULL;
	struct out_opts opts = { .format = OUT_JSONL };
	struct field fields[A_ALL];

	for (size_t i = 0; i < A_ALL; i++) {
		fields[i] = audit_fields[i];
		fields[i].flags = 0; /* all are printed */
	}
	if (set_path(set, AUDIT_FILE, &path, e) < 0)
		return -1;
	opts.file = sb_cstr(&path);
	if (out_open(&opts, fields + A_SEQ, A_ALL - A_SEQ, &out, e) < 0 || audit_print(db, x->head.seq, out, rows, e) < 0 || out_end(&out, e) < 0)
		return -1;
	return set_add(set, AUDIT_FILE, e);
}

static void add_left_out(struct sb *sb)
{
	const char *glue = "";

	for (const struct held *h = holdings; h->table; h++) {
		if (!h->why)
			continue;
		(void)sb_addf(sb, "%s\"%s\":", glue, h->table);
		(void)sb_json(sb, str_of(h->why));
		glue = ",";
	}
}

static int write_manifest(struct walk *w, struct out_walk *o, const struct exported *x, int64_t audit_rows, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)64 << 20);
	char at[40], hex[SHA256_HEX + 1];
	int have, known;

	if (db_version(w->db, &have, &known, e) < 0)
		return -1;
	(void)time_print(o->c->now, NULL, at);
	hash_hex(x->head.hash, AUDIT_HASH, hex);
	(void)sb_addf(&sb, "{\"format\":%d,\n\"kind\":\"org\",\n\"name\":", FOLDER_FORMAT);
	(void)sb_json(&sb, str_of(db_self_name(w->db)));
	(void)sb_addf(&sb, ",\n\"at\":\"%s\",\n\"schema\":%d,\n\"series\":%" PRId64 ",\n\"points\":%" PRId64 ",\n\"rows\":%" PRId64 ",\n", at, have,
		      w->nseries, w->points, w->rows);
	(void)sb_addf(&sb, "\"audit\":{\"rows\":%" PRId64 ",\"seq\":%" PRId64 ",\"hash\":\"%s\"},\n\"tables\":{", audit_rows, x->head.seq, hex);
	(void)sb_add(&sb, sb_cstr(&o->tables), o->tables.len);
	(void)sb_adds(&sb, "},\n\"left_out\":{");
	add_left_out(&sb);
	(void)sb_addf(&sb, "},\n\"files\":%" PRId64 "}\n", w->set->files + 1);
	return sb.bad ? err_nomem(e) : set_text(w->set, FOLDER_MANIFEST, sb_str(&sb), e);
}

static int carry(struct walk *w, struct out_walk *o, struct err *e)
{
	struct carrying *c = o->c;
	struct exported x = { .program = c->program, .message = c->message, .noun = "org", .name = db_self_name(w->db) };
	int64_t rows;

	if (write_snapshot(w, c, e) < 0)
		return -1;
	c->rows = w->rows;
	c->points = x.records = w->points;
	if (trail_export(w->db, &x, e) < 0 || write_audit(w->db, w->set, &x, &rows, e) < 0 || write_manifest(w, o, &x, rows, e) < 0)
		return -1;
	return set_end(w->set, e);
}

int carry_org_out(struct db *db, struct carrying *c, struct err *e)
{
	AUTO(db_tables_done) struct db_tables tables = { 0 };
	AUTO(set_drop) struct set set = { 0 };
	struct out_walk o = { .c = c, .set = &set, .tables = SB_INIT((size_t)16 << 20) };
	struct walk w = { .db = db, .org = db_self(db), .tables = &tables, .set = &set, .table = note_table, .series = note_series, .arg = &o };
	int rc = carry_tables(c->url, &tables, e);

	if (rc == 0)
		rc = set_begin(&set, c->dir, e);
	if (rc == 0)
		rc = carry(&w, &o, e);
	sb_done(&o.tables);
	return rc;
}
