/* SPDX-License-Identifier: MIT */
#include "task/orgs.h"

#include "store/model.h"
#include "task/work.h"

#define DEPTH_MAX 64

static int furnish(struct db *db, void *arg, struct err *e)
{
	return policy_ship(db, *(int64_t *)arg, e);
}

int orgs_furnish(struct db *db, int64_t since, struct err *e)
{
	return model_ready(db, e) < 0 ? -1 : db_write(db, false, furnish, &since, e);
}

/* ---- tree ---- */

/* clang-format off */
const struct field org_tree_fields[] = {
	{ .name = "name", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the organisation" },
	{ .name = "title", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "free text for people" },
	{ .name = "tier", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "what it may use" },
	{ .name = "depth", .kind = FIELD_INT, .flags = 0, .help = "levels below the first" },
	{ .name = "parent", .kind = FIELD_NAME, .flags = 0, .help = "the organisation it belongs to" },
};
/* clang-format on */
const size_t org_tree_count = COUNT(org_tree_fields);

struct leaf {
	struct str name, title, tier, parent;
};

struct forest {
	struct leaf *v;
	size_t n;
	bool table;
	struct out *out;
};

static int keep(struct work *w, const struct row *row, const char *field, struct str *out)
{
	struct str s = row_text(w->ent, row, field);

	*out = (struct str){ s.ptr ? arena_dup(&w->keep, s) : "", s.len };
	return out->ptr ? 0 : -1;
}

static int read_all(struct work *w, struct forest *f, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = work_select(w);
	struct entity_ask ask = { .ctx = &ctx };
	struct row row;
	int got;

	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, &row, e)) > 0) {
		struct leaf *v = realloc(f->v, (f->n + 1) * sizeof(*v));

		if (!v)
			return err_nomem(e);
		f->v = v;
		v += f->n++;
		if (keep(w, &row, "name", &v->name) < 0 || keep(w, &row, "title", &v->title) < 0 ||
		    keep(w, &row, "tier", &v->tier) < 0 || keep(w, &row, "parent", &v->parent) < 0)
			return err_nomem(e);
	}
	return got;
}

static bool is_there(const struct forest *f, struct str name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->v[i].name, name))
			return true;
	return false;
}

static struct cell text_cell(struct str s)
{
	return s.len ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

static int print_below(const struct forest *f, struct str parent, int depth, struct err *e)
{
	for (size_t i = 0; i < f->n && depth < DEPTH_MAX; i++) {
		AUTO(sb_done) struct sb name = SB_INIT(1024);
		const struct leaf *l = f->v + i;
		bool root = depth == 0 && (!l->parent.len || !is_there(f, l->parent));

		if (depth == 0 ? !root : !str_eq(l->parent, parent))
			continue;
		if (sb_addf(&name, "%*s%.*s", f->table ? 2 * depth : 0, "", STR_ARG(l->name)) < 0)
			return err_nomem(e);
		if (out_rec(f->out,
			    (struct cell[]){ CELL_OF_TEXT(sb_str(&name)), text_cell(l->title), text_cell(l->tier), CELL_OF_INT(depth),
					     text_cell(l->parent) },
			    e) < 0 ||
		    print_below(f, l->name, depth + 1, e) < 0)
			return -1;
	}
	return 0;
}

int orgs_tree(struct work *w, bool table, struct out *out, struct err *e)
{
	struct forest f = { .table = table, .out = out };
	int rc = read_all(w, &f, e);

	if (rc == 0)
		rc = print_below(&f, (struct str){ "", 0 }, 0, e);
	free(f.v);
	return rc;
}
