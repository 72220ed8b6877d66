/* SPDX-License-Identifier: MIT */
#include "points/export.h"

#include "os/signal.h"
#include "points/chosen.h"
#include "series/series.h"

#define STOP_EVERY 4096 /* rows between two looks at the signals */
#define COLUMNS_MAX (CSV_COLUMNS_MAX - 2)

/* A series of the device at hand, with its next point. */
struct lane {
	struct series_scan *scan;
	struct point next;
	bool has;
	size_t column;
};

struct wide {
	struct db *db;
	struct out *out;
	struct chosen chosen;
	struct arena arena;
	struct field *field;
	size_t nfield;
	struct lane *lane;
	size_t nlane;
	struct cell *cell;
	bool raw;
	int64_t rows;
};

static int field_order(const void *pa, const void *pb)
{
	const struct field *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

/* ts, device, and each chosen datapoint once, by name. */
static int make_fields(struct wide *w, struct err *e)
{
	static const struct field fixed[] = { { .name = "ts", .kind = FIELD_TIME },
					     { .name = "device", .kind = FIELD_NAME } };
	size_t n = COUNT(fixed), kept = COUNT(fixed);
	struct field *f = arena_alloc(&w->arena, (w->chosen.n + n) * sizeof(*f));

	if (!f)
		return err_nomem(e);
	memcpy(f, fixed, sizeof(fixed));
	for (size_t i = 0; i < w->chosen.n; i++) {
		char *name = arena_dup(&w->arena, w->chosen.v[i].datapoint);

		if (!name)
			return err_nomem(e);
		f[n++] = (struct field){ .name = name, .kind = FIELD_VALUE };
	}
	qsort(f + kept, n - kept, sizeof(*f), field_order);
	for (size_t i = kept; i < n; i++) {
		if (strcmp(f[i].name, "ts") == 0 || strcmp(f[i].name, "device") == 0)
			return err_set(
				e, E_USAGE,
				"--wide: a datapoint called %s cannot be a column beside that of this name",
				f[i].name);
		if (kept == COUNT(fixed) || strcmp(f[i].name, f[kept - 1].name) != 0)
			f[kept++] = f[i];
	}
	if (kept - COUNT(fixed) > COLUMNS_MAX)
		return err_set(e, E_USAGE, "--wide: %zu datapoints are more than %d columns",
			       kept - COUNT(fixed), COLUMNS_MAX);
	w->field = f;
	w->nfield = kept;
	w->cell = arena_alloc(&w->arena, kept * sizeof(*w->cell));
	w->lane = arena_alloc(&w->arena, kept * sizeof(*w->lane));
	return w->cell && w->lane ? 0 : err_nomem(e);
}

static int advance(struct lane *l, struct err *e)
{
	int got = series_next(l->scan, &l->next, e);

	l->has = got > 0;
	return got < 0 ? -1 : 0;
}

static struct cell lane_cell(const struct wide *w, const struct lane *l)
{
	return w->raw && l->next.has_raw ? CELL_OF_REAL(l->next.raw) : value_cell(&l->next.value, 0);
}

/* The row of the earliest time that a lane has next; false when there is none. A text lives until its lane
 * advances. */
static bool next_row(struct wide *w, int64_t *ts)
{
	bool any = false;

	for (size_t i = 0; i < w->nlane; i++)
		if (w->lane[i].has && (!any || w->lane[i].next.ts < *ts)) {
			*ts = w->lane[i].next.ts;
			any = true;
		}
	for (size_t i = 2; i < w->nfield; i++)
		w->cell[i] = CELL_OF_NULL;
	for (size_t i = 0; any && i < w->nlane; i++)
		if (w->lane[i].has && w->lane[i].next.ts == *ts)
			w->cell[w->lane[i].column] = lane_cell(w, w->lane + i);
	w->cell[0] = CELL_OF_TIME(*ts);
	return any;
}

static int print_rows(struct wide *w, struct err *e)
{
	int64_t ts = 0;

	while (next_row(w, &ts)) {
		if (++w->rows % STOP_EVERY == 0 && stop_requested())
			return stop_error(e);
		if (out_rec(w->out, w->cell, e) < 0)
			return -1;
		for (size_t i = 0; i < w->nlane; i++)
			if (w->lane[i].has && w->lane[i].next.ts == ts && advance(w->lane + i, e) < 0)
				return -1;
	}
	return 0;
}

/* The device of series v[0] has n of them. */
static int one_device(struct wide *w, const struct query *q, const struct picked *v, size_t n, struct err *e)
{
	const struct zone *zone;
	struct range range;
	int rc = 0;

	if (stop_requested())
		return stop_error(e);
	if (query_zone(q, v->tz, &zone, &range, e) < 0)
		return -1;
	w->cell[1] = CELL_OF_TEXT(v->device_name);
	for (w->nlane = 0; w->nlane < n && rc == 0; w->nlane++) {
		struct lane *l = w->lane + w->nlane;

		*l = (struct lane){ .column = (size_t)field_find(w->field, w->nfield, v[w->nlane].datapoint) };
		rc = series_scan(w->db, v[w->nlane].series, &range, false, &l->scan, e) < 0 ? -1
											    : advance(l, e);
	}
	if (rc == 0)
		rc = print_rows(w, e);
	for (size_t i = 0; i < w->nlane; i++)
		series_scan_free(w->lane[i].scan);
	return rc;
}

static int all_devices(struct wide *w, const struct query *q, const struct export_to *to, struct err *e)
{
	struct pick_opts o = { .device = q->device, .n = q->n, .datapoints = q->datapoints, .select = q->select, .when = &q->when };

	if (chosen_find(w->db, &o, true, &w->chosen, e) < 0 || make_fields(w, e) < 0 ||
	    to->open(to->arg, w->field, w->nfield, &w->out, e) < 0)
		return -1;
	for (size_t i = 0, n; i < w->chosen.n; i += n) {
		for (n = 1; i + n < w->chosen.n && w->chosen.v[i + n].device == w->chosen.v[i].device;)
			n++;
		if (one_device(w, q, w->chosen.v + i, n, e) < 0)
			return -1;
	}
	if (to->done && to->done(to->arg, w->out, e) < 0)
		return -1;
	return out_end(&w->out, e);
}

int export_wide(struct db *db, const struct query *q, bool raw, const struct export_to *to, struct err *e)
{
	struct wide w = { .db = db, .chosen = CHOSEN_INIT, .arena = ARENA_INIT((size_t)64 << 20), .raw = raw };
	int rc;

	if (pick_ready(db, e) < 0 || series_ready(db, e) < 0 || series_spare(db, e) < 0)
		return -1;
	rc = all_devices(&w, q, to, e);
	out_drop(w.out);
	chosen_done(&w.chosen);
	arena_done(&w.arena);
	return rc;
}
