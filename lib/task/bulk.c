/* SPDX-License-Identifier: MIT */
/* add --file: what a file lists, record by record; a bad one is noted and costs nothing but itself. */
#include "os/signal.h"
#include "task/work.h"

#define PROGRESS_EVERY 256 /* records between two looks at the progress */

struct bulk {
	struct work *w;
	const struct work_file *f;
	struct records *in;
	const struct row *base;
	struct str *header;
	size_t nheader;
	uint64_t done;
	size_t bad;
	bool end;
};

static int row_of_json(struct bulk *b, const json_t *json, struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	const char *key;
	json_t *v;

	if (!json_is_object(json))
		return err_set(e, E_INPUT, "not a JSON object");
	json_object_foreach((json_t *)(uintptr_t)json, key, v)
	{
		sb_clear(&text);
		if (json_term_text(v, &text) < 0)
			return err_nomem(e);
		if (work_assign_record(b->w, row, str_of(key), sb_str(&text), e) < 0)
			return -1;
	}
	return 0;
}

static int read_header(struct bulk *b, const struct csv_row *csv, struct err *e)
{
	struct arena *a = &b->w->keep;

	if (csv->n == 1 && memchr(csv->field[0].ptr, ';', csv->field[0].len))
		return err_set(e, E_USAGE, "there is one column, \"%.*s\": is --delimiter ';' meant?", STR_ARG(csv->field[0]));
	b->nheader = csv->n;
	b->header = arena_alloc(a, csv->n * sizeof(*b->header));
	if (!b->header)
		return err_nomem(e);
	for (size_t i = 0; i < csv->n; i++) {
		b->header[i] = (struct str){ arena_dup(a, csv->field[i]), csv->field[i].len };
		if (entity_field(b->w->ent, b->header[i]) < 0 && !str_is(b->header[i], "id") && !str_is(b->header[i], "org"))
			return entity_unknown(b->w->ent, b->header[i], e);
		for (size_t k = 0; k < i; k++)
			if (str_eq(b->header[k], b->header[i]))
				return err_set(e, E_USAGE, "column \"%.*s\" is there twice", STR_ARG(b->header[i]));
	}
	return 0;
}

static int row_of_csv(struct bulk *b, const struct csv_row *csv, struct row *row, struct err *e)
{
	if (csv->n != b->nheader)
		return err_set(e, E_INPUT, "%zu cells where the header has %zu", csv->n, b->nheader);
	for (size_t i = 0; i < csv->n; i++)
		if (work_assign_record(b->w, row, b->header[i], csv->field[i], e) < 0)
			return -1;
	return 0;
}

struct one {
	struct work *w;
	const struct work_file *f;
	struct row *row;
	enum did did;
};

static int add_one(struct db *db, void *arg, struct err *e)
{
	struct one *o = arg;

	(void)db;
	if (o->f->row)
		return o->f->row(o->w, o->row, o->f->row_arg, &o->did, e);
	return work_add_row(o->w, o->row, &o->did, e);
}

static int one_record(struct bulk *b, enum record_got got, struct record_in *in, struct err *e)
{
	char place[320];
	struct row row = *b->base;
	struct err why = { 0 };
	struct one o = { b->w, b->f, &row, DID_NOTHING };
	int rc = -1;

	(void)snprintf(place, sizeof(place), "%s:%" PRIu64, records_name(b->in), in->line);
	if (got == RECORD_BAD)
		why = *e;
	else if (got == RECORD_JSON)
		rc = row_of_json(b, in->json, &row, &why);
	else
		rc = row_of_csv(b, &in->row, &row, &why);
	if (rc == 0)
		rc = db_savepoint(b->w->db, add_one, &o, &why);
	b->f->note(b->f->arg, place, work_row_name(b->w, &row), o.did, &why);
	if (rc < 0 && b->f->rejected)
		b->f->rejected(b->f->arg, place, got == RECORD_ROW ? in->row.raw : in->raw, &why);
	json_decref(in->json);
	err_clear(e);
	b->done++;
	if (rc == 0)
		return 0;
	b->bad++;
	if (err_is_fatal(&why)) {
		*e = why;
		return -1;
	}
	return 0;
}

static void tell_progress(const struct bulk *b)
{
	uint64_t done, size;

	if (!b->f->progress || b->done % PROGRESS_EVERY)
		return;
	source_progress(records_source(b->in), &done, &size);
	b->f->progress(b->f->arg, done, size);
}

static int add_some(struct work *w, void *arg, struct err *e)
{
	struct bulk *b = arg;
	struct record_in in;
	enum record_got got;
	int64_t n = 0;

	while ((!b->f->chunk || n < b->f->chunk) && (got = records_next(b->in, &in, e)) != RECORD_END) {
		arena_clear(&w->arena);
		if (stop_requested())
			return stop_error(e);
		if (got == RECORD_FAILED)
			return -1;
		if (got == RECORD_IDLE)
			continue;
		if (got == RECORD_ROW && !b->header) {
			if (read_header(b, &in.row, e) < 0)
				return err_wrap(e, "%s:%" PRIu64, records_name(b->in), in.line);
			continue;
		}
		if (one_record(b, got, &in, e) < 0)
			return -1;
		n++;
		tell_progress(b);
	}
	b->end = !b->f->chunk || n < b->f->chunk;
	return 0;
}

int work_add_file(struct work *w, const struct work_file *f, const struct row *base, struct err *e)
{
	AUTO(records_freep) struct records *in = NULL;
	struct bulk b = { .w = w, .f = f, .base = base };
	struct arena assigned = w->arena; /* the defaults live as long as the file is read */
	int rc = records_open(f->path, f->format, f->delimiter, &in, e);

	w->arena = (struct arena)ARENA_INIT((size_t)64 << 20);
	b.in = in;
	while (rc == 0 && !b.end)
		rc = work_write(w, add_some, &b, e);
	arena_done(&assigned);
	if (rc < 0 && b.done && f->chunk)
		return err_wrap(e, "stopped behind record %" PRIu64, b.done);
	if (rc == 0 && b.bad)
		return err_set(e, E_PARTIAL, "%zu records refused", b.bad);
	return rc;
}
