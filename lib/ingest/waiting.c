/* SPDX-License-Identifier: MIT */
#include "ingest/waiting.h"

#include "audit/pages.h"
#include "audit/trail.h"
#include "codec/json.h"
#include "ingest/shape.h"
#include "model/reason.h"
#include "store/books.h"
#include "store/waiting.h"

enum { W_ID, W_AT, W_REASON, W_SOURCE, W_PLACE, W_DEVICE, W_GATEWAY, W_EDGE, W_DATAPOINT, W_TS, W_VALUE, W_QUALITY, W_N };

static int each(struct db *db, const struct waiting *w, int (*fn)(const struct cell *cells, void *arg, struct err *e), void *arg,
		struct err *e)
{
	const struct pages pages = { &waiting_entity, waiting_fields, W_N, waiting_select };
	const struct pages_ask ask = { .term = w->term, .n = w->n, .when = w->when };

	return waiting_ready(db, e) < 0 ? -1 : pages_each(db, &pages, &ask, fn, arg, e);
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

struct adopting {
	struct ingest *g;
	bool asked; /* for those that wait for their time */
	int64_t *left;
};

/* Nobody takes in a time in 2062 by the way: by its number, or by the reason. */
static bool asks_for_times(const struct waiting *w)
{
	bool ids = w->n > 0;

	for (int i = 0; i < w->n; i++) {
		if (str_starts(str_of(w->term[i]), "reason"))
			return true;
		ids = ids && w->term[i][strspn(w->term[i], "0123456789")] == '\0';
	}
	return ids;
}

static int adopt_one(const struct cell *cells, void *arg, struct err *e)
{
	const struct adopting *a = arg;
	AUTO(sb_done) struct sb keep = SB_INIT(1 << 20);
	struct ingest *g = a->g;
	struct raw_value v;
	struct dev *d;
	json_t *json, *unit;
	int rc;

	if (!a->asked && reason_of(text_of(cells + W_REASON)) == REASON_IS_TIME) {
		++*a->left;
		return 0;
	}
	d = ingest_device(g, text_of(cells + W_DEVICE), text_of(cells + W_GATEWAY), text_of(cells + W_EDGE), e);
	if (!d)
		return -1;
	json = json_loadb(cells[W_VALUE].s.ptr, cells[W_VALUE].s.len, JSON_DECODE_ANY, NULL);
	unit = json_object_get(json, "unit");
	if (!json || !shape_value(unit ? json_object_get(json, "value") : json, &v, &keep)) {
		json_decref(json);
		return err_set(e, E_BUG, "quarantine %" PRId64 ": its value cannot be read", cells[W_ID].i);
	}
	if (unit)
		v.unit = (struct str){ json_string_value(unit), json_string_length(unit) };
	if (v.type == VALUE_STRING)
		v.typed = false; /* the text of a cell is told by what the datapoint takes */
	ingest_at(g, &(struct origin){ .line = (uint64_t)cells[W_ID].i });
	ingest_adopt(g, cells[W_ID].i);
	rc = ingest_put(g, d, text_of(cells + W_DATAPOINT), cells[W_TS].i, &v, text_of(cells + W_QUALITY), e);
	json_decref(json);
	return rc;
}

int waiting_adopt(struct db *db, const struct waiting *w, const struct ingest_opts *o, struct books *b, int64_t *left, struct err *e)
{
	AUTO(ingest_freep) struct ingest *g = NULL;
	struct adopting a = { .asked = asks_for_times(w), .left = left };
	struct ingest_opts how = *o;
	int rc;

	*left = 0;
	how.skew_past = a.asked ? INT64_MAX / 4 : INGEST_SKEW_PAST;
	how.skew_future = a.asked ? INT64_MAX / 4 : INGEST_SKEW_FUTURE;
	if (ingest_begin(db, &how, &g, e) < 0)
		return -1;
	a.g = g;
	rc = each(db, w, adopt_one, &a, e);
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
	struct trail trail = { .program = r->program };
	struct audit a = { .at = r->w->when.now, .message = str_of(r->message), .verb = STR("delete"), .noun = STR("quarantine"),
			   .name = STR("points") };
	char text[64];
	int rc;

	if (each(db, r->w, remove_one, r, e) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "{\"points\":%" PRId64 "}", *r->n);
	a.old = str_of(text);
	rc = *r->n ? trail_add(db, &trail, &a, e) : 0;
	trail_done(&trail);
	return rc;
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
