/* SPDX-License-Identifier: MIT */
#include "task/latest.h"

#include "os/signal.h"
#include "series/series.h"
#include "store/definition.h"

enum { L_TS, L_DEVICE, L_DATAPOINT, L_VALUE, L_UNIT, L_QUALITY, L_AGE, L_SITE, L_GATEWAY, L_RAW, L_ORG };

static const char *const quality_words[] = { "good", "suspect", "bad", "stale", NULL };

#define HELP(text) NULL, NULL, 0, 0, NULL, text

const struct field latest_fields[LATEST_FIELDS] = {
	[L_TS] = { "ts", FIELD_TIME, 0, HELP("when it was measured") },
	[L_DEVICE] = { "device", FIELD_NAME, 0, HELP("the device; ORG/NAME when it is another organisation's") },
	[L_DATAPOINT] = { "datapoint", FIELD_IDENT, 0, HELP("what was measured") },
	[L_VALUE] = { "value", FIELD_VALUE, 0, HELP("the newest value") },
	[L_UNIT] = { "unit", FIELD_TEXT, 0, HELP("unit of the value") },
	[L_QUALITY] = { "quality", FIELD_ENUM, 0, NULL, quality_words, 0, 0, NULL, "how far it can be trusted" },
	[L_AGE] = { "age", FIELD_DUR, FIELD_HIDDEN, HELP("how long ago that was") },
	[L_SITE] = { "site", FIELD_NAME, FIELD_HIDDEN, HELP("the device's site") },
	[L_GATEWAY] = { "gateway", FIELD_NAME, FIELD_HIDDEN, HELP("the gateway it is behind") },
	[L_RAW] = { "raw", FIELD_REAL, FIELD_HIDDEN, HELP("the number as it came, where scale or offset changed it") },
	[L_ORG] = { "org", FIELD_NAME, FIELD_HIDDEN, HELP("the device's organisation; shown when there are several") },
};

void latest_shown(const struct db *db, struct field out[LATEST_FIELDS])
{
	memcpy(out, latest_fields, sizeof(latest_fields));
	if (db_many(db))
		out[L_ORG].flags = 0;
}

static struct cell text(const char *s)
{
	return s ? CELL_OF_TEXT(str_of(s)) : CELL_OF_NULL;
}

/* What a device's series share. */
struct latest {
	const struct asking *ask;
	struct device_ref ref;
	struct arena arena;
	struct sb text;
};

/* 1 printed, 0 no value yet. */
static int print_one(struct latest *l, const struct target *t, struct out *out, struct err *e)
{
	struct cell cell[LATEST_FIELDS];
	struct definition def = { .precision = -1 };
	struct point p;
	int got;

	sb_clear(&l->text);
	arena_clear(&l->arena);
	got = series_latest(l->ask->db, t->series, &p, &l->text, e);
	if (got <= 0)
		return got;
	if (l->ref.id != t->device->id && device_by_id(l->ask->db, t->device->id, &l->ref, e) < 0)
		return -1;
	if (definition_named(l->ask->db, &l->ref, str_of(t->datapoint), &l->arena, &def, e) < 0)
		return -1;
	cell[L_TS] = CELL_OF_TIME(p.ts);
	cell[L_DEVICE] = text(t->device->name);
	cell[L_DATAPOINT] = text(t->datapoint);
	cell[L_VALUE] = value_cell(&p.value, (unsigned char)(def.precision + 1));
	cell[L_UNIT] = text(def.unit);
	cell[L_QUALITY] = text(quality_word(p.quality));
	cell[L_AGE] = CELL_OF_INT(l->ask->when.now - p.ts);
	cell[L_SITE] = text(t->device->site);
	cell[L_GATEWAY] = text(t->device->gateway);
	cell[L_RAW] = p.has_raw ? CELL_OF_REAL(p.raw) : CELL_OF_NULL;
	cell[L_ORG] = text(t->device->org);
	return out_rec(out, cell, e) < 0 ? -1 : 1;
}

int latest_run(const struct asking *ask, struct out *out, size_t *rows, struct err *e)
{
	AUTO(targets_done) struct targets t = TARGETS_INIT;
	struct latest l = { .ask = ask, .arena = ARENA_INIT(1 << 20), .text = SB_INIT(1 << 16) };
	int got = targets_find(ask, &t, e);

	for (size_t i = 0; i < t.n && got >= 0; i++) {
		got = stop_requested() ? stop_error(e) : print_one(&l, t.target + i, out, e);
		*rows += got > 0;
	}
	arena_done(&l.arena);
	sb_done(&l.text);
	return got < 0 ? -1 : 0;
}
