/* SPDX-License-Identifier: MIT */
/* Series and points of a set, brought in. */
#include "base/map.h"
#include "base/num.h"
#include "base/time.h"
#include "carry/bring.h"
#include "os/file.h"
#include "os/signal.h"
#include "rec/records.h"
#include "series/series.h"
#include "store/schema.h"

#define AT_ONCE 50000

/* The series of a device, and its points on their way. */
struct device {
	struct bring *b;
	struct db *db; /* of the organisation */
	int64_t was, is;
	char folder[160];
	struct series_wanted *want;
	int64_t *old, *floor; /* INT64_MIN: none */
	size_t n;
	struct map place; /* names to places in want */
	struct point *point;
	enum outcome *outcome;
	size_t npoint;
	struct arena a;
	int64_t points;
};

static void device_clear(struct device *d)
{
	for (size_t i = 0; i < d->n; i++)
		free((char *)(uintptr_t)d->want[i].name.ptr);
	d->n = 0;
	map_done(&d->place);
	d->place = (struct map)MAP_INIT;
}

/* ---- series ---- */

static int make_tx(struct db *db, void *arg, struct err *e)
{
	struct device *d = arg;

	return series_make(db, d->want, d->n, e);
}

static int keep_numbers(struct device *d, struct err *e)
{
	struct bring *b = d->b;
	struct series_moved *all = realloc(b->series, (b->nseries + d->n) * sizeof(*all));

	if (!all)
		return err_nomem(e);
	b->series = all;
	for (size_t i = 0; i < d->n; i++)
		all[b->nseries++] = (struct series_moved){ d->old[i], d->want[i].id };
	return 0;
}

static int take_series(struct device *d, const json_t *v, struct err *e)
{
	const json_t *name = json_object_get(v, "datapoint"), *floor = json_object_get(v, "floor");
	size_t n = d->n + 1;
	struct series_wanted *want = realloc(d->want, n * sizeof(*want));
	int64_t *old = realloc(d->old, n * sizeof(*old)), *floors = realloc(d->floor, n * sizeof(*floors));
	char *copy = name ? strndup(json_string_value(name), json_string_length(name)) : NULL;

	d->want = want ? want : d->want;
	d->old = old ? old : d->old;
	d->floor = floors ? floors : d->floor;
	if (!want || !old || !floors || !copy) {
		free(copy);
		return err_nomem(e);
	}
	want[d->n] = (struct series_wanted){ .device = d->is, .name = str_of(copy) };
	old[d->n] = json_integer_value(json_object_get(v, "id"));
	floors[d->n] = floor ? json_integer_value(floor) : INT64_MIN;
	d->n++;
	return map_put(&d->place, str_of(copy), (int64_t)d->n - 1) < 0 ? err_nomem(e) : 0;
}

/* ---- points ---- */

static int append_tx(struct db *db, void *arg, struct err *e)
{
	struct device *d = arg;

	return series_append(db, d->point, d->npoint, false, 0, d->b->c->now, d->outcome, e);
}

static int append(struct device *d, struct err *e)
{
	if (d->npoint == 0)
		return 0;
	if (db_write(d->db, false, append_tx, d, e) < 0 || series_tend(d->db, e) < 0)
		return -1;
	for (size_t i = 0; i < d->npoint; i++)
		if (d->outcome[i] != OUTCOME_STORED)
			return err_set(e, E_INPUT, "%s: a point is there twice", d->folder);
	d->points += (int64_t)d->npoint;
	d->npoint = 0;
	arena_clear(&d->a);
	return stop_requested() ? stop_error(e) : 0;
}

static bool number(struct str s, double *v)
{
	enum num_verdict is = num_parse(s, v);

	return is == NUM_OK || is == NUM_INEXACT;
}

/* Value by its type: as points.c writes it. */
static bool read_value(struct device *d, struct str type, struct str text, struct value *v)
{
	*v = (struct value){ .type = VALUE_NULL };
	if (str_is(type, "null"))
		return text.len == 0;
	if (str_is(type, "number")) {
		v->type = VALUE_NUMBER;
		return number(text, &v->num);
	}
	if (str_is(type, "boolean")) {
		v->type = VALUE_BOOL;
		v->num = str_is(text, "true");
		return v->num != 0 || str_is(text, "false");
	}
	v->type = str_is(type, "string") ? VALUE_STRING : VALUE_LOCATION;
	v->txt = (struct str){ arena_dup(&d->a, text), text.len };
	return v->txt.ptr && (v->type == VALUE_STRING || str_is(type, "location"));
}

static int take_point(struct device *d, const struct csv_row *row, struct err *e)
{
	struct point *p = d->point + d->npoint;
	const struct str *f = row->field;
	int64_t *at = row->n == 7 ? map_find(&d->place, f[2]) : NULL;

	*p = (struct point){ 0 };
	if (!at || !time_rfc3339(f[0], &p->ts) || !quality_find(f[4], &p->quality) || !read_value(d, f[6], f[3], &p->value))
		return err_set(e, E_INPUT, "is no point of a set");
	p->series = d->want[*at].id;
	p->has_raw = f[5].len > 0;
	if (p->has_raw && !number(f[5], &p->raw))
		return err_set(e, E_INPUT, "raw is no number");
	return ++d->npoint == AT_ONCE ? append(d, e) : 0;
}

static int read_month(const char *path, void *arg, struct err *e)
{
	AUTO(records_freep) struct records *r = NULL;
	struct record_in in = { 0 };
	enum record_got got;
	struct device *d = arg;
	bool header = true;

	if (records_open(path, RECORDS_CSV, 0, &r, e) < 0)
		return -1;
	while ((got = records_next(r, &in, e)) != RECORD_END) {
		if (got == RECORD_IDLE)
			continue;
		if (got != RECORD_ROW)
			return err_wrap(e, "%s:%" PRIu64, path, in.line);
		if (!header && take_point(d, &in.row, e) < 0)
			return e->code == E_INPUT ? err_wrap(e, "%s:%" PRIu64, path, in.row.line) : -1;
		header = false;
	}
	return 0;
}

static int floor_tx(struct db *db, void *arg, struct err *e)
{
	struct device *d = arg;

	for (size_t i = 0; i < d->n; i++)
		if (d->floor[i] != INT64_MIN && series_floor(db, d->want[i].id, d->floor[i], e) < 0)
			return -1;
	return 0;
}

static int finish_device(struct device *d, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int rc = 0;

	if (d->n == 0)
		return 0;
	if (sb_addf(&path, "%s/points/%s", d->b->c->dir, d->folder) < 0)
		return err_nomem(e);
	if (db_write(d->db, false, make_tx, d, e) < 0 || keep_numbers(d, e) < 0 ||
	    folder_each(sb_cstr(&path), ".csv.gz", read_month, d, e) < 0 || append(d, e) < 0)
		rc = -1;
	if (rc == 0)
		rc = db_write(d->db, false, floor_tx, d, e);
	device_clear(d);
	return rc;
}

/* A folder of the set, never one outside of it. */
static bool good_folder(const char *s)
{
	return s && *s && *s != '.' && !strchr(s, '/') && strlen(s) < 160;
}

static int next_series(struct device *d, const json_t *v, struct err *e)
{
	const char *folder = json_string_value(json_object_get(v, "folder"));
	int64_t device = json_integer_value(json_object_get(v, "device_id"));

	if (!good_folder(folder) || !json_is_string(json_object_get(v, "datapoint")))
		return err_set(e, E_INPUT, FOLDER_SERIES ": is no series of a set");
	if (device != d->was) {
		const struct db_table *t = db_table_find(&d->b->tables, STR("device"));

		if (finish_device(d, e) < 0)
			return -1;
		d->was = device;
		d->is = device + d->b->shift[t - d->b->tables.table];
		(void)snprintf(d->folder, sizeof(d->folder), "%s", folder);
	}
	return take_series(d, v, e);
}

static int read_series(struct device *d, struct err *e)
{
	AUTO(lines_freep) struct lines *l = NULL;
	struct str raw;
	json_t *v;
	int got;

	if (lines_open(d->b->c->dir, FOLDER_SERIES, &l, e) < 0)
		return -1;
	while ((got = lines_next(l, &v, &raw, e)) > 0) {
		int rc = next_series(d, v, e);

		json_decref(v);
		if (rc < 0)
			return -1;
	}
	return got < 0 ? -1 : finish_device(d, e);
}

static int by_was(const void *pa, const void *pb)
{
	const struct series_moved *a = pa, *b = pb;

	return a->was < b->was ? -1 : a->was > b->was;
}

static int all_points(struct device *d, struct err *e)
{
	int64_t want = json_integer_value(json_object_get(d->b->manifest, "points"));
	const char *name = json_string_value(json_object_get(d->b->manifest, "name"));

	if (db_open(d->b->c->url, DB_WRITE, &store_schema, &d->db, e) < 0 ||
	    db_scope_set(d->db, d->b->org, name ? name : "?", &d->b->org, 1, e) < 0 || series_ready(d->db, e) < 0 || read_series(d, e) < 0)
		return -1;
	if (d->b->nseries)
		qsort(d->b->series, d->b->nseries, sizeof(*d->b->series), by_was);
	d->b->c->points = d->points;
	return d->points == want ? 0 : err_set(e, E_INPUT, "%" PRId64 " points, not %" PRId64, d->points, want);
}

int bring_points(struct bring *b, struct err *e)
{
	struct device d = { .b = b, .place = MAP_INIT, .a = ARENA_INIT((size_t)1 << 30) };
	int rc;

	d.point = calloc(AT_ONCE, sizeof(*d.point));
	d.outcome = calloc(AT_ONCE, sizeof(*d.outcome));
	rc = d.point && d.outcome ? all_points(&d, e) : err_nomem(e);
	device_clear(&d);
	map_done(&d.place);
	arena_done(&d.a);
	free(d.want);
	free(d.old);
	free(d.floor);
	free(d.point);
	free(d.outcome);
	db_close(d.db);
	return rc;
}
