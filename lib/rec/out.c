/* SPDX-License-Identifier: MIT */
#include "rec/out.h"

#include "base/name.h"
#include "os/clock.h"
#include "os/signal.h"
#include "rec/out_impl.h"

#define LINE_WORTH 65536	 /* bytes of a write */
#define LINE_ROOM (LINE_WORTH + 16384)
#define LOOKAHEAD 1000		 /* records a table measures before it streams */
#define LOOKAHEAD_US 200000	 /* or so long */
#define SORT_MAX ((size_t)2 << 30) /* bytes a sort may keep */

static const struct {
	const char *name;
	const struct out_writer *writer;
} formats[] = {
	[OUT_TABLE] = { "table", &out_table }, [OUT_JSONL] = { "jsonl", &out_jsonl },
	[OUT_JSON] = { "json", &out_json },    [OUT_CSV] = { "csv", &out_csv },
	[OUT_TSV] = { "tsv", &out_tsv },
};

int out_format_name(const char *name, enum out_format *f, struct err *e)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, name) == 0) {
			*f = (enum out_format)i;
			return 0;
		}
	return err_set(e, E_USAGE, "unknown format \"%s\" (table, jsonl, json, csv or tsv)", name);
}

bool out_format_suffix(const char *file, enum out_format *f)
{
	const char *dot = strrchr(file, '.');
	struct err ignored = { 0 };

	if (dot && strcmp(dot, ".txt") == 0) {
		*f = OUT_TABLE;
		return true;
	}
	return dot && out_format_name(dot + 1, f, &ignored) == 0;
}

static int unknown_column(const struct out *o, struct str name, struct err *e)
{
	struct near near = { 0 };
	char hint[96];

	for (size_t i = 0; i < o->n; i++)
		near_offer(&near, name, str_of(o->field[i].name));
	return err_set(e, E_USAGE, "no column \"%.*s\" here%s", STR_ARG(name), near_text(&near, hint, sizeof(hint)));
}

static int pick_columns(struct out *o, struct err *e)
{
	const char *p = o->opt.columns;
	unsigned any = 0;

	while (p && *p) {
		struct str name = { p, strcspn(p, ",") };
		int i = field_find(o->field, o->n, name);

		if (i < 0)
			return unknown_column(o, name, e);
		for (size_t k = 0; k < o->ncol; k++)
			if (o->col[k] == (size_t)i)
				return err_set(e, E_USAGE, "--columns: %.*s twice", STR_ARG(name));
		o->col[o->ncol++] = (size_t)i;
		p += name.len;
		p += *p == ',';
	}
	if (o->ncol)
		return 0;
	for (size_t i = 0; i < o->n; i++)
		any |= o->field[i].flags & FIELD_LIST;
	for (size_t i = 0; i < o->n; i++) {
		unsigned fl = o->field[i].flags;
		bool all = o->opt.format != OUT_TABLE || !any;

		if (!(fl & FIELD_HIDDEN) && (all || fl & FIELD_LIST))
			o->col[o->ncol++] = i;
	}
	return 0;
}

static int pick_sort(struct out *o, struct err *e)
{
	const char *s = o->opt.sort;

	o->sort = -1;
	if (!s)
		return 0;
	o->descending = *s == '-';
	s += o->descending;
	o->sort = field_find(o->field, o->n, str_of(s));
	return o->sort < 0 ? unknown_column(o, str_of(s), e) : 0;
}

/* ,"name": as JSON; names of records that only pass through may be anything. */
static int label_column(struct out *o, size_t i, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	const char *name = o->field[o->col[i]].name;
	char *kept;

	o->width[i] = strlen(name);
	sb_addc(&text, ',');
	sb_json(&text, str_of(name));
	kept = sb_addc(&text, ':') < 0 ? NULL : strdup(sb_cstr(&text));
	if (!kept)
		return err_nomem(e);
	o->label[i] = str_of(kept);
	return 0;
}

int out_open(const struct out_opts *opts, const struct field *fields, size_t n, struct out **out, struct err *e)
{
	AUTO(out_dropp) struct out *o = calloc(1, sizeof(*o));

	if (!o)
		return err_nomem(e);
	o->opt = *opts;
	o->writer = formats[opts->format].writer;
	o->field = fields;
	o->n = n;
	o->line.max = (size_t)64 << 20;
	o->arena.max = SORT_MAX;
	o->col = calloc(n + 1, sizeof(*o->col));
	o->width = calloc(n + 1, sizeof(*o->width));
	o->label = calloc(n + 1, sizeof(*o->label));
	/* At once, so that it is not moved as it grows: what is not used costs nothing. */
	if (!o->col || !o->width || !o->label || sb_grow(&o->line, LINE_ROOM) < 0)
		return err_nomem(e);
	if (pick_columns(o, e) < 0 || pick_sort(o, e) < 0)
		return -1;
	for (size_t i = 0; i < o->ncol; i++)
		if (label_column(o, i, e) < 0)
			return -1;
	if (opts->file && strcmp(opts->file, "-") != 0) {
		if (file_begin(opts->file, 0644, &o->file, e) < 0)
			return -1;
		o->stream = file_stream(o->file);
	} else {
		o->stream = stdout;
	}
	*out = o;
	o = NULL;
	return 0;
}

bool out_wants(const struct out *o, size_t i)
{
	for (size_t c = 0; c < o->ncol; c++)
		if (o->col[c] == i)
			return true;
	return o->sort >= 0 && (size_t)o->sort == i;
}

/* A reader that went away (| head) is no failure: what follows is thrown away. Readers die of SIGPIPE before this. */
static int write_failed(struct out *o, struct err *e)
{
	if (errno == EINTR && stop_requested())
		return stop_error(e);
	if (errno == EPIPE) {
		o->closed = true;
		return 0;
	}
	return err_set(e, E_IO, "%s: write failed: %s", o->file ? o->opt.file : "standard output", strerror(errno));
}

int out_drain(struct out *o, bool all, struct err *e)
{
	size_t n = o->line.len;

	if (o->line.bad)
		return err_nomem(e);
	if (!all && n < LINE_WORTH)
		return 0;
	if (n && !o->closed && fwrite(o->line.buf, 1, n, o->stream) != n && write_failed(o, e) < 0)
		return -1;
	sb_clear(&o->line);
	return 0;
}

void out_start(struct out *o)
{
	if (o->streaming)
		return;
	o->writer->begin(o);
	o->streaming = true;
}

static int print_rec(struct out *o, const struct cell *cells, struct err *e)
{
	out_start(o);
	o->writer->rec(o, cells);
	o->printed++;
	return out_drain(o, false, e);
}

static int keep(struct out *o, const struct cell *cells, struct err *e)
{
	struct cell *copy = arena_alloc(&o->arena, o->n * sizeof(*copy));

	if (o->nkept == o->capkept) {
		size_t cap = o->capkept ? o->capkept * 2 : 256;
		struct kept *p = realloc(o->kept, cap * sizeof(*p));

		if (!p)
			return err_nomem(e);
		o->kept = p;
		o->capkept = cap;
	}
	if (!copy)
		return err_set(e, E_IO, "too many records to hold in memory");
	for (size_t i = 0; i < o->n; i++) {
		copy[i] = cells[i];
		if (copy[i].type != CELL_TEXT && copy[i].type != CELL_JSON)
			continue;
		copy[i].s.ptr = arena_dup(&o->arena, cells[i].s);
		if (!copy[i].s.ptr)
			return err_set(e, E_IO, "too many records to hold in memory");
	}
	o->kept[o->nkept++].cell = copy;
	return 0;
}

/* NULL first, then by value; numbers before text. */
static int cell_order(const struct cell *a, const struct cell *b)
{
	bool na = a->type == CELL_INT || a->type == CELL_REAL, nb = b->type == CELL_INT || b->type == CELL_REAL;

	if (na && nb) {
		double x = a->type == CELL_INT ? (double)a->i : a->r, y = b->type == CELL_INT ? (double)b->i : b->r;

		return (x > y) - (x < y);
	}
	if (a->type != b->type)
		return (a->type > b->type) - (a->type < b->type);
	if (a->type == CELL_TEXT || a->type == CELL_JSON)
		return str_cmp(a->s, b->s);
	return a->type == CELL_NULL ? 0 : (a->i > b->i) - (a->i < b->i);
}

static int kept_order(const void *pa, const void *pb, void *arg)
{
	const struct out *o = arg;
	const struct kept *a = pa, *b = pb;
	int c = cell_order(a->cell + o->sort, b->cell + o->sort);

	return o->descending ? -c : c;
}

/* Stable, because equal keys must come out as they came in. */
static void merge_sort(struct out *o, struct kept *v, size_t n, struct kept *tmp)
{
	size_t h = n / 2, i = 0, j = h, k = 0;

	if (n < 2)
		return;
	merge_sort(o, v, h, tmp);
	merge_sort(o, v + h, n - h, tmp);
	while (i < h && j < n)
		tmp[k++] = kept_order(v + i, v + j, o) <= 0 ? v[i++] : v[j++];
	while (i < h)
		tmp[k++] = v[i++];
	while (j < n)
		tmp[k++] = v[j++];
	memcpy(v, tmp, n * sizeof(*v));
}

static int release(struct out *o, struct err *e)
{
	if (o->sort >= 0 && o->nkept > 1) {
		struct kept *tmp = malloc(o->nkept * sizeof(*tmp));

		if (!tmp)
			return err_nomem(e);
		merge_sort(o, o->kept, o->nkept, tmp);
		free(tmp);
	}
	if (o->opt.format == OUT_TABLE)
		for (size_t i = 0; i < o->nkept; i++)
			out_table_measure(o, o->kept[i].cell);
	for (size_t i = 0; i < o->nkept; i++)
		if (print_rec(o, o->kept[i].cell, e) < 0)
			return -1;
	o->nkept = 0;
	arena_done(&o->arena);
	return 0;
}

int out_rec(struct out *o, const struct cell *cells, struct err *e)
{
	bool table = o->opt.format == OUT_TABLE;

	if (o->sort < 0 && (!table || o->streaming))
		return print_rec(o, cells, e);
	if (keep(o, cells, e) < 0)
		return -1;
	if (o->sort >= 0)
		return 0;
	if (o->nkept == 1)
		o->since = clock_monotonic();
	if (o->nkept >= LOOKAHEAD || clock_monotonic() - o->since > LOOKAHEAD_US)
		return release(o, e);
	return 0;
}

uint64_t out_count(const struct out *o)
{
	return o->printed + o->nkept;
}

int out_flush(struct out *o, struct err *e)
{
	if (o->sort < 0 && release(o, e) < 0)
		return -1;
	if (out_drain(o, true, e) < 0)
		return -1;
	return o->closed || fflush(o->stream) == 0 ? 0 : write_failed(o, e);
}

int out_close(struct out *o, struct err *e)
{
	AUTO(out_dropp) struct out *own = o;
	int rc;

	if (release(o, e) < 0)
		return -1;
	if (!o->streaming && (o->opt.format != OUT_TABLE || !o->opt.no_header))
		o->writer->begin(o);
	o->writer->end(o);
	if (out_drain(o, true, e) < 0)
		return -1;
	if (!own->file)
		return o->closed || fflush(o->stream) == 0 ? 0 : write_failed(o, e);
	rc = file_commit(o->file, e);
	o->file = NULL;
	return rc;
}

void out_drop(struct out *o)
{
	if (!o)
		return;
	if (o->file)
		(void)file_drop(o->file);
	sb_done(&o->line);
	sb_done(&o->guarded);
	arena_done(&o->arena);
	free(o->kept);
	for (size_t i = 0; o->label && i < o->ncol; i++)
		free((char *)(uintptr_t)o->label[i].ptr);
	free(o->label);
	free(o->col);
	free(o->width);
	free(o);
}

int out_end(struct out **o, struct err *e)
{
	struct out *done = *o;

	*o = NULL;
	return out_close(done, e);
}
