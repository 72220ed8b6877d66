/* SPDX-License-Identifier: MIT */
/* An organisation, erased: first what the set holds is compared with what is there, in the transaction that removes it. */
#include "audit/erased.h"
#include "carry/bring.h"
#include "store/audit.h"
#include "store/org.h"

struct erasing {
	struct carrying *c;
	struct db *db;
	int64_t org;
	const char *name;
	struct db_tables tables;
	const struct db_table **order;
	size_t n;
	json_t *manifest;
	/* Series of the set, beside those of the store as they go by. */
	struct lines *lines;
	json_t *next;
};

int carry_owned(const struct db *db, struct err *e)
{
	return db_owner(db) ? 0 : err_set(e, E_DENIED, "%s: bringing organisations in and erasing them is for the owner of the store", db_path(db));
}

/* ---- comparing ---- */

static int same_table(const struct table_sum *now, void *arg, struct err *e)
{
	struct erasing *x = arg;
	struct table_sum was;

	(void)e;
	(void)sum_of(x->manifest, now->name, &was);
	if (now->rows != was.rows)
		hear(&x->c->hearing, "table %s has %" PRId64 " rows, %s has %" PRId64, now->name, now->rows, x->c->dir, was.rows);
	else if (strcmp(now->sha256, was.sha256) != 0)
		hear(&x->c->hearing, "table %s has other rows than %s", now->name, x->c->dir);
	return 0;
}

static int next_line(struct erasing *x, struct err *e)
{
	struct str raw;

	json_decref(x->next);
	x->next = NULL;
	return lines_next(x->lines, &x->next, &raw, e) < 0 ? -1 : 0;
}

static int64_t number(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

/* Order of the series of the set at hand and one of the store: by device, then by name. */
static int order_of(const json_t *v, const struct series_sum *s)
{
	const char *name = json_string_value(json_object_get(v, "datapoint"));

	if (number(v, "device_id") != s->device)
		return number(v, "device_id") < s->device ? -1 : 1;
	return strcmp(name ? name : "", s->datapoint);
}

static void gone_since(struct erasing *x)
{
	const char *device = json_string_value(json_object_get(x->next, "device")), *name = json_string_value(json_object_get(x->next, "datapoint"));

	hear(&x->c->hearing, "%s:%s: is in %s and not in the store", device ? device : "?", name ? name : "?", x->c->dir);
}

static int same_series(const struct series_sum *s, void *arg, struct err *e)
{
	struct erasing *x = arg;
	const char *hex;

	while (x->next && order_of(x->next, s) < 0) {
		gone_since(x);
		if (next_line(x, e) < 0)
			return -1;
	}
	if (!x->next || order_of(x->next, s) != 0) {
		hear(&x->c->hearing, "%s:%s: %" PRId64 " points that are not in %s", s->device_name, s->datapoint, s->points, x->c->dir);
		return 0;
	}
	hex = json_string_value(json_object_get(x->next, "sha256"));
	if (number(x->next, "points") != s->points)
		hear(&x->c->hearing, "%s:%s: %" PRId64 " points, %" PRId64 " in %s", s->device_name, s->datapoint, s->points,
		     number(x->next, "points"), x->c->dir);
	else if (!hex || strcmp(hex, s->sha256) != 0)
		hear(&x->c->hearing, "%s:%s: its points are not those in %s", s->device_name, s->datapoint, x->c->dir);
	return next_line(x, e);
}

static int same_trail(struct erasing *x, struct err *e)
{
	const json_t *was = json_object_get(x->manifest, "audit");
	const char *hash = json_string_value(json_object_get(was, "hash"));
	struct audit_head head;
	char hex[SHA256_HEX + 1];

	if (audit_head(x->db, x->org, &head, e) < 0)
		return -1;
	hash_hex(head.hash, AUDIT_HASH, hex);
	if (head.seq != number(was, "seq"))
		hear(&x->c->hearing, "the trail has %" PRId64 " rows, %s has %" PRId64, head.seq, x->c->dir, number(was, "seq"));
	else if (!hash || strcmp(hash, hex) != 0)
		hear(&x->c->hearing, "the trail is another than in %s", x->c->dir);
	return 0;
}

static int compare(struct erasing *x, struct err *e)
{
	AUTO(set_drop) struct set none = { 0 };
	struct walk w = { .db = x->db, .org = x->org, .tables = &x->tables, .set = &none, .table = same_table, .series = same_series, .arg = x };

	if (lines_open(x->c->dir, FOLDER_SERIES, &x->lines, e) < 0 || next_line(x, e) < 0 || walk_tables(&w, e) < 0 || walk_points(&w, e) < 0)
		return -1;
	while (x->next) {
		gone_since(x);
		if (next_line(x, e) < 0)
			return -1;
	}
	x->c->rows = w.rows;
	x->c->points = w.points;
	if (same_trail(x, e) < 0)
		return -1;
	return x->c->hearing.n ? err_set(e, E_CONFLICT, "%s is not what %s holds: nothing was erased; export it again", x->name, x->c->dir) : 0;
}

/* ---- removing ---- */

int carry_wipe(struct db *db, const struct db_table *const *order, size_t n, int64_t org, bool trail, int64_t *rows, struct err *e)
{
	/* Before what it refers to. */
	for (size_t i = n; i-- > 0;) {
		const char *name = order[i]->name;
		int64_t gone;

		if (strcmp(name, "org") == 0 || (!trail && (strcmp(name, "audit") == 0 || strcmp(name, "audit_head") == 0)))
			continue;
		if (db_rows_clear(db, order[i], org, &gone, e) < 0)
			return err_wrap(e, "table %s", name);
		*rows += gone;
	}
	return holding_clear_mirror(db, org, e);
}

/* Its row stays, for the trail, without what it said. */
static int clear_org(struct erasing *x, struct err *e)
{
	static const char *const clear[] = { "title", "logo", "color", "domain", "footer" };
	const struct db_table *t = db_table_find(&x->tables, STR("org"));

	for (size_t i = 0; i < COUNT(clear); i++) {
		int column = db_column_find(t, str_of(clear[i]));

		if (column >= 0 && db_row_set(x->db, t, x->org, (size_t)column, &CELL_OF_NULL, e) < 0)
			return -1;
	}
	return holding_retire(x->db, x->org, x->c->now, e);
}

static unsigned everything(const struct audit *a, void *arg)
{
	(void)a;
	(void)arg;
	return 1u << PART_WHO | 1u << PART_WHAT;
}

/* Who is above it, or has the store, is told too. */
static int tell_above(struct erasing *x, struct trail *trail, int64_t parent, const struct erased *gone, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	AUTO(sb_done) struct sb first = SB_INIT(256);
	struct audit a = { .org = parent, .at = x->c->now, .verb = STR(ERASED_VERB), .noun = STR("org"), .name = str_of(x->name),
			   .message = str_of(x->c->message) };

	if (!parent && (meta_get(x->db, "default_org", &first, e) < 0 || org_find(x->db, sb_str(&first), &a.org, e) < 0))
		return -1;
	if (sb_addf(&text, "{\"rows\":%" PRId64 ",\"points\":%" PRId64 ",\"trail\":\"%s\"}", x->c->rows, x->c->points, gone->label) < 0)
		return err_nomem(e);
	a.now = sb_str(&text);
	return trail_add(x->db, trail, &a, e);
}

static int erase_trail(struct erasing *x, int64_t parent, struct err *e)
{
	struct trail trail = { .program = x->c->program };
	const struct audit tell = { .org = x->org, .at = x->c->now, .noun = STR("org"), .message = str_of(x->c->message) };
	struct erased gone = { 0 };
	int rc = erased_label(gone.label, e);

	if (rc == 0)
		rc = trail_erase(x->db, &trail, &gone, &tell, everything, NULL, e);
	if (rc == 0)
		rc = tell_above(x, &trail, parent, &gone, e);
	trail_done(&trail);
	return rc;
}

static int erase_tx(struct db *db, void *arg, struct err *e)
{
	struct erasing *x = arg;
	int64_t parent, rows = 0;
	bool lives;

	if (holding_org(db, x->org, &parent, &lives, e) < 0 || compare(x, e) < 0)
		return -1;
	if (carry_wipe(db, x->order, x->n, x->org, false, &rows, e) < 0 || clear_org(x, e) < 0)
		return -1;
	return erase_trail(x, parent, e);
}

/* ---- what must hold before ---- */

static int may_go(struct erasing *x, struct err *e)
{
	AUTO(sb_done) struct sb first = SB_INIT(256);
	const char *was = json_string_value(json_object_get(x->manifest, "name"));
	int64_t below;

	if (!was || strcmp(was, x->name) != 0)
		return err_set(e, E_CONFLICT, "%s: is of organisation \"%s\"", x->c->dir, was ? was : "?");
	if (meta_get(x->db, "default_org", &first, e) < 0)
		return -1;
	if (strcmp(sb_cstr(&first), x->name) == 0)
		return err_set(e, E_CONFLICT, "%s is the organisation that the store began with; it stays", x->name);
	if (holding_below(x->db, x->org, &below, e) < 0)
		return -1;
	return below == 0 ? 0 : err_set(e, E_CONFLICT, "%s has %" PRId64 " organisations below it: erase those first", x->name, below);
}

static int erase(struct erasing *x, struct err *e)
{
	x->manifest = manifest_of(x->c->dir, "org", e);
	if (!x->manifest || org_find(x->db, str_of(x->name), &x->org, e) < 0 || may_go(x, e) < 0 || db_tables(x->db, &x->tables, e) < 0 ||
	    holding_order(&x->tables, &x->order, &x->n, e) < 0 || audit_ready(x->db, e) < 0)
		return -1;
	return db_write(x->db, x->c->dry, erase_tx, x, e);
}

int carry_org_erase(struct db *db, struct carrying *c, const char *name, struct err *e)
{
	struct erasing x = { .c = c, .db = db, .name = name };
	int rc = carry_owned(db, e) < 0 || carry_look(c->dir, &c->hearing, e) < 0 ? -1 : erase(&x, e);

	json_decref(x.manifest);
	json_decref(x.next);
	lines_free(x.lines);
	db_tables_done(&x.tables);
	free(x.order);
	return rc;
}
