/* SPDX-License-Identifier: MIT */
#include "ingest/sheet.h"

#include "base/arena.h"
#include "base/name.h"
#include "base/num.h"
#include "codec/guard.h"

#define TIME_COLUMNS_MAX 4

/* What a column is. */
struct column {
	enum { COL_IGNORED, COL_TIME, COL_DEVICE, COL_NAME, COL_VALUE, COL_QUALITY, COL_RAW, COL_UNIT, COL_ORG, COL_POINT } role;
	struct str name; /* COL_POINT: the datapoint, or its name on the wire */
};

struct sheet {
	struct sheet_opts opt;
	struct arena arena;
	struct column *col;
	size_t n;
	size_t time[TIME_COLUMNS_MAX], ntime;
	int device, name, value, quality, raw, unit, org; /* column numbers, -1 none */
	bool is_long;
	struct str header;
};

/* Options of the run, for rows that come back out of a rejects file. */
static struct sheet_opts options;

void sheet_options(const struct sheet_opts *o)
{
	options = *o;
}

/* Column by name, or by number from 1. */
static int find(const struct csv_row *h, struct str name)
{
	int64_t number;

	for (size_t i = 0; i < h->n; i++)
		if (str_eq(h->field[i], name) && name.len)
			return (int)i;
	if (num_parse_int(name, &number) && number >= 1 && (size_t)number <= h->n)
		return (int)number - 1;
	return -1;
}

static int need(const struct csv_row *h, struct str name, const char *option, struct err *e)
{
	struct near near = { 0 };
	char hint[96];
	int i = find(h, name);

	if (i >= 0)
		return i;
	for (size_t k = 0; k < h->n; k++)
		near_offer(&near, name, h->field[k]);
	(void)near_text(&near, hint, sizeof(hint));
	/* All in one cell: it is something else that separates them. */
	if (h->n == 1 && !*hint && memchr(h->field[0].ptr, ';', h->field[0].len))
		return err_set(e, E_USAGE, "%s: there is no column \"%.*s\", only \"%.*s\": is --delimiter ';' meant?", option, STR_ARG(name), STR_ARG(h->field[0]));
	return err_set(e, E_USAGE, "%s: there is no column \"%.*s\"%s", option, STR_ARG(name), hint);
}

static int time_columns(struct sheet *s, const struct csv_row *h, struct err *e)
{
	const char *p = s->opt.time ? s->opt.time : "ts";

	while (*p) {
		struct str name = { p, strcspn(p, ",") };
		int i = need(h, name, s->opt.time ? "--time" : "the time (--time COLUMN)", e);

		if (i < 0)
			return -1;
		if (s->ntime == TIME_COLUMNS_MAX)
			return err_set(e, E_USAGE, "--time: at most %d columns", TIME_COLUMNS_MAX);
		s->time[s->ntime++] = (size_t)i;
		s->col[i].role = COL_TIME;
		p += name.len;
		p += *p == ',';
	}
	return 0;
}

static int mapped_columns(struct sheet *s, const struct csv_row *h, struct err *e)
{
	for (const char *p = s->opt.map; *p;) {
		struct str part = { p, strcspn(p, ",") };
		const char *eq = memchr(part.ptr, '=', part.len);
		struct str from = { p, eq ? (size_t)(eq - p) : part.len };
		struct str to = eq ? (struct str){ eq + 1, part.len - from.len - 1 } : from;
		int i = need(h, from, "--map", e);

		if (i < 0)
			return -1;
		s->col[i] = (struct column){ COL_POINT, to };
		p += part.len;
		p += *p == ',';
	}
	return 0;
}

/* Long when it names datapoint and value, else every other column with a name is a datapoint. */
static int other_columns(struct sheet *s, const struct csv_row *h, struct err *e)
{
	int unused;

	s->name = find(h, STR("datapoint"));
	s->value = find(h, STR("value"));
	s->quality = find(h, STR("quality"));
	s->raw = find(h, STR("raw"));
	s->unit = find(h, STR("unit"));
	s->is_long = !s->opt.map && s->name >= 0 && s->value >= 0;
	if (s->is_long) {
		s->col[s->name].role = COL_NAME;
		s->col[s->value].role = COL_VALUE;
		if (s->quality >= 0)
			s->col[s->quality].role = COL_QUALITY;
		if (s->raw >= 0)
			s->col[s->raw].role = COL_RAW;
		if (s->unit >= 0)
			s->col[s->unit].role = COL_UNIT;
		unused = 0;
	} else if (s->opt.map) {
		unused = mapped_columns(s, h, e);
	} else {
		for (size_t i = 0; i < h->n; i++)
			if (s->col[i].role == COL_IGNORED && h->field[i].len)
				s->col[i] = (struct column){ COL_POINT, { arena_dup(&s->arena, h->field[i]), h->field[i].len } };
		unused = 0;
	}
	if (unused < 0)
		return -1;
	return s->is_long || s->device >= 0 || s->opt.as.len ? 0 :
		err_set(e, E_USAGE, "whose values are these? --as DEVICE or --device-column COLUMN says");
}

int sheet_begin(const struct sheet_opts *o, const struct csv_row *header, struct sheet **out, struct err *e)
{
	AUTO(sheet_freep) struct sheet *s = calloc(1, sizeof(*s));

	if (!s)
		return err_nomem(e);
	s->opt = *o;
	s->arena.max = (size_t)16 << 20;
	s->n = header->n;
	s->col = arena_alloc(&s->arena, header->n * sizeof(*s->col));
	s->header = (struct str){ arena_dup(&s->arena, header->raw), header->raw.len };
	if (!s->col || !s->header.ptr)
		return err_nomem(e);
	if (time_columns(s, header, e) < 0)
		return -1;
	s->device = o->device_column ? need(header, str_of(o->device_column), "--device-column", e) : find(header, STR("device"));
	if (o->device_column && s->device < 0)
		return -1;
	if (s->device >= 0)
		s->col[s->device].role = COL_DEVICE;
	s->org = o->orgs ? need(header, STR("org"), "the organisation (--org '*')", e) : -1;
	if (o->orgs && s->org < 0)
		return -1;
	if (s->org >= 0)
		s->col[s->org].role = COL_ORG;
	if (other_columns(s, header, e) < 0)
		return -1;
	*out = s;
	s = NULL;
	return 0;
}

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	free(s);
}

struct str sheet_header(const struct sheet *s)
{
	return s->header;
}

/* The time columns joined by a blank. */
static int joined_time(struct ingest *g, const struct sheet *s, const struct dev *d, const struct csv_row *row, int64_t *ts, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);

	if (s->ntime == 1)
		return ingest_time(g, d, row->field[s->time[0]], ts, e);
	for (size_t i = 0; i < s->ntime; i++) {
		if (i)
			sb_addc(&text, ' ');
		sb_add(&text, row->field[s->time[i]].ptr, row->field[s->time[i]].len);
	}
	return text.bad ? err_set(e, E_INPUT, "the time is too long") : ingest_time(g, d, sb_str(&text), ts, e);
}

/* How many points the row would be, for the books. */
static int64_t points_in(const struct sheet *s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->col[i].role == COL_POINT;
	return n ? n : 1;
}

static int odd_time(struct ingest *g, const struct sheet *s, struct dev *d, const struct csv_row *row, int64_t *ts, struct err *e)
{
	struct err why = { 0 };

	if (joined_time(g, s, d, row, ts, &why) == 0)
		return 1;
	return ingest_reject(g, d, points_in(s), why.msg, e);
}

/* The time of the row: 1, or 0 with its points refused; -1. */
static int row_time(struct ingest *g, const struct sheet *s, struct dev *d, const struct csv_row *row, int64_t *ts, struct err *e)
{
	if (s->ntime == 1 && ingest_time_known(g, row->field[s->time[0]], ts))
		return 1;
	return odd_time(g, s, d, row, ts, e);
}

/* A cell and what goes with it. */
struct entry {
	struct str name, cell, quality, raw, unit;
	int64_t ts;
};

/* "" in quotes is a text of no length, not an empty cell. */
static bool is_empty(const struct sheet *s, struct str cell)
{
	return !cell.ptr || (s->opt.null && str_is(cell, s->opt.null));
}

/* A number of a cell, the decimal sign made a point; *text keeps it then. 0: where numbers have a comma, 1.234 may be a thousand times what it looks like. */
static int with_point(const struct sheet *s, struct str *cell, struct sb *text, struct err *e)
{
	double unused;

	if (s->opt.decimal != ',')
		return 1;
	if (memchr(cell->ptr, '.', cell->len))
		return num_parse(*cell, &unused) != NUM_OK;
	if (!memchr(cell->ptr, ',', cell->len))
		return 1;
	if (sb_add(text, cell->ptr, cell->len) < 0)
		return err_nomem(e);
	*(char *)memchr(text->buf, ',', text->len) = '.';
	*cell = sb_str(text);
	return 1;
}

static int put_cell(struct ingest *g, const struct sheet *s, struct dev *d, const struct entry *c, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(CSV_RECORD_MAX);
	AUTO(sb_done) struct sb raw_text = SB_INIT(CSV_RECORD_MAX);
	struct raw_value v = { .txt = c->cell, .unit = c->unit };
	struct str raw = c->raw;
	int got = 1;

	if (is_empty(s, c->cell)) {
		bool blank_is_bad = str_is(c->quality, "bad") || str_is(c->quality, "stale");

		if (!blank_is_bad || c->cell.len) {
			ingest_empty(g, d);
			return 0;
		}
		v.typed = true;
	} else if (s->opt.unguard && guard_is(v.txt)) {
		v.txt = (struct str){ v.txt.ptr + 1, v.txt.len - 1 };
	} else {
		got = with_point(s, &v.txt, &text, e);
	}
	if (got > 0 && raw.len) {
		v.has_raw = true;
		got = with_point(s, &raw, &raw_text, e);
	}
	if (got < 0)
		return -1;
	if (got == 0)
		return ingest_reject(g, d, 1, "a number with a point, where --decimal says that they have a comma", e);
	if (raw.len) {
		if (v.typed || num_parse(raw, &v.raw) != NUM_OK)
			return ingest_reject(g, d, 1, "raw goes with a value, and both are numbers", e);
	}
	return ingest_put(g, d, c->name, c->ts, &v, c->quality, e);
}

static int odd_width(struct ingest *g, const struct sheet *s, const struct csv_row *row, struct err *e)
{
	char reason[120];

	(void)snprintf(reason, sizeof(reason), "%zu cells where the header has %zu", row->n, s->n);
	return ingest_reject(g, NULL, 1, reason, e);
}

int sheet_row(struct ingest *g, struct sheet *s, const struct csv_row *row, struct err *e)
{
	struct str none = { NULL, 0 }, device = s->opt.as;
	struct entry c = { 0 };
	struct dev *d;
	int got;

	if (row->n != s->n)
		return odd_width(g, s, row, e);
	if (s->org >= 0 && (got = ingest_turn(&g, row->field[s->org], points_in(s), e)) <= 0)
		return got;
	if (s->device >= 0)
		device = row->field[s->device];
	if (device.len == 0)
		return ingest_reject(g, NULL, points_in(s), "the row names no device", e);
	d = ingest_device(g, device, none, none, e);
	if (!d)
		return -1;
	got = row_time(g, s, d, row, &c.ts, e);
	if (got <= 0)
		return got;
	if (s->is_long) {
		if (s->quality >= 0 && row->field[s->quality].len)
			c.quality = row->field[s->quality];
		if (s->raw >= 0)
			c.raw = row->field[s->raw];
		if (s->unit >= 0)
			c.unit = row->field[s->unit];
		c.name = row->field[s->name];
		c.cell = row->field[s->value];
		return c.name.len ? put_cell(g, s, d, &c, e) : ingest_reject(g, d, 1, "the row names no datapoint", e);
	}
	for (size_t i = 0; i < s->n; i++) {
		c.name = s->col[i].name;
		c.cell = row->field[i];
		if (s->col[i].role == COL_POINT && put_cell(g, s, d, &c, e) < 0)
			return -1;
	}
	return 0;
}

/* The one row of a text; false when it is none. */
static bool read_one(struct csv_in *in, struct str text, struct csv_row *row, struct err *e)
{
	struct str raw;

	if (csv_in_feed(in, text.ptr, text.len, e) < 0)
		return false;
	csv_in_end(in);
	return csv_in_next(in, row, &raw, e) == CSV_ROW;
}

int sheet_single(struct ingest *g, struct str header, struct str text, struct err *e)
{
	char delimiter = options.delimiter ? options.delimiter : ',';
	AUTO(csv_in_freep) struct csv_in *first = csv_in_new(delimiter);
	AUTO(csv_in_freep) struct csv_in *second = csv_in_new(delimiter);
	AUTO(sheet_freep) struct sheet *s = NULL;
	struct csv_row head, row;
	struct err why = { 0 };

	if (!first || !second)
		return err_nomem(e);
	if (!read_one(first, header, &head, &why) || sheet_begin(&options, &head, &s, &why) < 0 ||
	    !read_one(second, text, &row, &why))
		return ingest_reject(g, NULL, 1, why.msg[0] ? why.msg : "not a row", e);
	return sheet_row(g, s, &row, e);
}
