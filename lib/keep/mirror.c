/* SPDX-License-Identifier: MIT */
#include "keep/mirror.h"

#include "os/clock.h"
#include "os/signal.h"
#include "points/chosen.h"
#include "series/series.h"

const struct field mirror_fields[] = {
	{ .name = "org", .kind = FIELD_TEXT, .help = "organisation" },
	{ .name = "device", .kind = FIELD_TEXT, .help = "device" },
	{ .name = "datapoint", .kind = FIELD_TEXT, .help = "datapoint" },
	{ .name = "rows", .kind = FIELD_INT, .help = "points that are there as rows" },
	{ .name = "points", .kind = FIELD_INT, .help = "points of the series" },
	{ .name = "filled", .kind = FIELD_TIME, .help = "when it was filled; nothing when that was stopped before the end" },
};
const size_t mirror_count = COUNT(mirror_fields);

static int refuse(const struct db *db, struct err *e)
{
	return db_months(db) ? 0 :
			       err_set(e, E_CONFLICT, "%s: only a store in Postgres mirrors points as rows; sit-export writes them from any (-f csv)",
				       db_path(db));
}

static int begin(struct db *db, const struct mirroring *m, struct chosen *c, struct err *e)
{
	if (refuse(db, e) < 0 || pick_ready(db, e) < 0 || series_ready(db, e) < 0 || chosen_find(db, &m->which, true, c, e) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].org != db_self(db))
			return err_set(e, E_DENIED, "%.*s is of another organisation: mirror there, with --org", STR_ARG(c->v[i].device_name));
	return 0;
}

struct one {
	int64_t series;
	bool on, changed;
};

static int set(struct db *db, void *arg, struct err *e)
{
	struct one *o = arg;

	return series_mirror_set(db, o->series, o->on, &o->changed, e);
}

/* In the order of ids: those of the chosen that are mirrored; all: those filled to the end too. */
static int fill(struct db *db, const struct chosen *c, bool all, struct mirroring *m, struct err *e)
{
	struct mirrored at = MIRRORED_INIT;
	int got = 0;

	while (!stop_requested() && (got = series_mirror_next(db, &at, e)) > 0) {
		bool wanted = false;
		int64_t n;

		for (size_t i = 0; i < c->n && !wanted; i++)
			wanted = c->v[i].series == at.series;
		if (!wanted || (at.filled && !all))
			continue;
		if (series_mirror_fill(db, at.series, clock_now(), &n, e) < 0) {
			got = -1;
			break;
		}
		m->series++;
		m->rows += n;
	}
	mirrored_done(&at);
	return got < 0 ? -1 : stop_requested() ? stop_error(e) : series_damage(db, e);
}

static int set_all(struct db *db, const struct chosen *c, bool on, struct mirroring *m, struct err *e)
{
	for (size_t i = 0; i < c->n && !stop_requested(); i++) {
		struct one o = { c->v[i].series, on, false };

		if (db_write(db, false, set, &o, e) < 0)
			return -1;
		m->series += !on && o.changed;
	}
	return stop_requested() ? stop_error(e) : 0;
}

int mirror_on(struct db *db, struct mirroring *m, struct err *e)
{
	struct chosen c = CHOSEN_INIT;
	int rc = begin(db, m, &c, e) < 0 || set_all(db, &c, true, m, e) < 0 ? -1 : fill(db, &c, false, m, e);

	chosen_done(&c);
	return rc;
}

int mirror_off(struct db *db, struct mirroring *m, struct err *e)
{
	struct chosen c = CHOSEN_INIT;
	int rc = begin(db, m, &c, e) < 0 || set_all(db, &c, false, m, e) < 0 ? -1 : series_months_drop(db, NULL, NULL, e);

	chosen_done(&c);
	return rc;
}

int mirror_rebuild(struct db *db, struct mirroring *m, struct err *e)
{
	struct chosen c = CHOSEN_INIT;
	int rc = begin(db, m, &c, e) < 0 ? -1 : fill(db, &c, true, m, e);

	chosen_done(&c);
	return rc;
}

int mirror_status(struct db *db, struct out *out, struct err *e)
{
	const struct range all = { INT64_MIN, INT64_MAX };
	struct mirrored m = MIRRORED_INIT;
	int got = refuse(db, e);

	while (got >= 0 && (got = series_mirror_next(db, &m, e)) > 0) {
		struct cell cells[] = { CELL_OF_TEXT(sb_str(&m.org_name)), CELL_OF_TEXT(sb_str(&m.device)), CELL_OF_TEXT(sb_str(&m.datapoint)),
					CELL_OF_INT(m.rows), CELL_OF_NULL, m.filled ? CELL_OF_TIME(m.filled) : CELL_OF_NULL };
		int64_t n;

		if (series_count(db, m.series, &all, &n, e) < 0) {
			got = -1;
			break;
		}
		cells[4] = CELL_OF_INT(n);
		if (out_rec(out, cells, e) < 0)
			got = -1;
	}
	mirrored_done(&m);
	return got < 0 ? -1 : series_damage(db, e);
}
