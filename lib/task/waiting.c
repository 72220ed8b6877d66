/* SPDX-License-Identifier: MIT */
#include "task/waiting.h"

#include "base/arena.h"
#include "base/num.h"
#include "codec/json.h"
#include "os/actor.h"
#include "store/audit.h"
#include "store/books.h"
#include "store/waiting.h"
#include "task/shape.h"

#define PAGE 1000

enum { W_ID, W_AT, W_REASON, W_SOURCE, W_PLACE, W_DEVICE, W_GATEWAY, W_EDGE, W_DATAPOINT, W_TS, W_VALUE, W_QUALITY, W_N };

/* Bare integers are ids. */
static int read_filters(const struct waiting *w, const struct select_ctx *ctx, const struct select **out, struct err *e)
{
	char term[64];
	int64_t id;

	*out = NULL;
	for (int i = 0; i < w->n; i++) {
		const struct select *one;
		struct str t = str_of(w->term[i]);

		if (num_parse_int(t, &id)) {
			(void)snprintf(term, sizeof(term), "id=%" PRId64, id);
			t = str_of(term);
		}
		if (select_operand(ctx, t, &one, e) < 0 || select_and(ctx, *out, one, out, e) < 0)
			return -1;
	}
	return 0;
}

/* fn gets each row's cells; a page is copied before fn sees it, because fn may write. */
static int each(struct db *db, const struct waiting *w, int (*fn)(const struct cell *cells, void *arg, struct err *e), void *arg,
		struct err *e)
{
	AUTO(arena_done) struct arena filters = ARENA_INIT((size_t)16 << 20);
	AUTO(arena_done) struct arena page = ARENA_INIT((size_t)64 << 20);
	struct select_ctx ctx = { .ent = &waiting_entity, .when = w->when, .arena = &filters };
	const struct select *select;
	int64_t after = 0;
	size_t n = PAGE;

	if (waiting_ready(db, e) < 0 || read_filters(w, &ctx, &select, e) < 0)
		return -1;
	while (n == PAGE) {
		AUTO(stmt_freep) struct stmt *st = NULL;
		struct cell(*rows)[W_N];
		int got;

		arena_clear(&page);
		rows = arena_alloc(&page, PAGE * sizeof(*rows));
		if (!rows)
			return err_nomem(e);
		if (waiting_select(db, &ctx, select, after, PAGE, &st, e) < 0)
			return -1;
		for (n = 0; (got = stmt_step(st, e)) > 0; n++)
			for (int c = 0; c < W_N; c++) {
				rows[n][c] = stmt_cell(st, c);
				if (rows[n][c].type == CELL_TEXT && !(rows[n][c].s.ptr = arena_dup(&page, rows[n][c].s)))
					return err_nomem(e);
				if (c == W_AT || c == W_TS)
					rows[n][c].type = CELL_TIME;
				if (c == W_VALUE)
					rows[n][c].type = CELL_JSON;
			}
		if (got < 0)
			return -1;
		stmt_reset(st);
		for (size_t i = 0; i < n; i++) {
			if (fn(rows[i], arg, e) < 0)
				return -1;
			after = rows[i][W_ID].i;
		}
	}
	return 0;
}

/* ---- list ---- */

struct listing {
	struct out *out;
	size_t *rows;
};

static int list_one(const struct cell *cells, void *arg, struct err *e)
{
	struct listing *l = arg;

	++*l->rows;
	return out_rec(l->out, cells, e);
}

int waiting_list(struct db *db, const struct waiting *w, struct out *out, size_t *rows, struct err *e)
{
	struct listing l = { out, rows };

	return each(db, w, list_one, &l, e);
}

/* ---- adopt ---- */

static struct str text_of(const struct cell *c)
{
	return c->type == CELL_TEXT ? c->s : (struct str){ NULL, 0 };
}

static int adopt_one(const struct cell *cells, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb keep = SB_INIT(1 << 20);
	struct ingest *g = arg;
	struct raw_value v;
	struct dev *d = ingest_device(g, text_of(cells + W_DEVICE), text_of(cells + W_GATEWAY), text_of(cells + W_EDGE), e);
	json_t *json;
	int rc;

	if (!d)
		return -1;
	json = json_loadb(cells[W_VALUE].s.ptr, cells[W_VALUE].s.len, JSON_DECODE_ANY, NULL);
	if (!json || !shape_value(json, &v, &keep)) {
		json_decref(json);
		return err_set(e, E_BUG, "quarantine %" PRId64 ": its value cannot be read", cells[W_ID].i);
	}
	if (v.type == VALUE_STRING)
		v.typed = false; /* the text of a cell is told by what the datapoint takes */
	ingest_at(g, &(struct origin){ .line = (uint64_t)cells[W_ID].i });
	ingest_adopt(g, cells[W_ID].i);
	rc = ingest_put(g, d, text_of(cells + W_DATAPOINT), cells[W_TS].i, &v, text_of(cells + W_QUALITY), e);
	json_decref(json);
	return rc;
}

int waiting_adopt(struct db *db, const struct waiting *w, const struct ingest_opts *o, struct books *b, struct err *e)
{
	AUTO(ingest_freep) struct ingest *g = NULL;
	int rc;

	if (ingest_begin(db, o, &g, e) < 0)
		return -1;
	rc = each(db, w, adopt_one, g, e);
	return rc < 0 ? -1 : ingest_end(g, b, e);
}

/* ---- rm ---- */

struct removing {
	const struct waiting *w;
	const char *program, *message;
	int64_t *n;
	struct db *db;
};

static int remove_one(const struct cell *cells, void *arg, struct err *e)
{
	struct removing *r = arg;

	++*r->n;
	return quarantine_rm(r->db, cells[W_ID].i, e);
}

static int remove_tx(struct db *db, void *arg, struct err *e)
{
	struct removing *r = arg;
	char actor[128], origin[256], text[64];
	struct audit a = { .at = r->w->when.now, .actor = actor, .origin = origin, .message = r->message, .verb = "delete",
			   .noun = "quarantine", .name = STR("points") };

	if (each(db, r->w, remove_one, r, e) < 0)
		return -1;
	actor_name(actor, sizeof(actor));
	actor_origin(r->program, origin, sizeof(origin));
	(void)snprintf(text, sizeof(text), "{\"points\":%" PRId64 "}", *r->n);
	a.old = str_of(text);
	return *r->n ? audit_add(db, &a, e) : 0;
}

int waiting_remove(struct db *db, const struct waiting *w, const char *program, const char *message, bool dry, int64_t *n,
		   struct err *e)
{
	struct removing r = { w, program, message, n, db };

	*n = 0;
	if (waiting_ready(db, e) < 0 || audit_ready(db, e) < 0 || books_ready(db, e) < 0)
		return -1;
	return db_write(db, dry, remove_tx, &r, e);
}
