/* SPDX-License-Identifier: MIT */
/* Records from standard input to another format: export_records(). */
#include "base/arena.h"
#include "base/num.h"
#include "base/time.h"
#include "os/signal.h"
#include "points/export.h"

struct passage {
	const struct export_to *to;
	const char *name; /* of the input */
	struct field *field;
	size_t n;
	size_t *from; /* columns of the rows: index into field, n: none */
	size_t nfrom;
	struct cell *cell;
	struct arena keep, row;
	struct out *out;
	bool partial;
};

/* Words of our own records that are text whatever they look like. */
static bool is_text(struct str name)
{
	static const char *const words[] = {"device", "datapoint", "quality", "unit",  "site",	  "gateway",
					    "org",    "model",	   "name",    "title", "message", "type"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (str_is(name, words[i]))
			return true;
	return false;
}

static int add_field(struct passage *p, struct str name, struct err *e)
{
	if (p->n == CSV_COLUMNS_MAX)
		return err_set(e, E_INPUT, "%s: more than %d columns", p->name, CSV_COLUMNS_MAX);
	p->field[p->n] = (struct field){ .name = arena_dup(&p->keep, name),
					.kind = str_is(name, "ts") ? FIELD_TIME
						: is_text(name)	   ? FIELD_NAME
								   : FIELD_VALUE};
	return p->field[p->n++].name ? 0 : err_nomem(e);
}

/* The fields are known: those of the list, if there is one, else what add_field() got. */
static int begin(struct passage *p, const char *columns, struct err *e)
{
	p->n = columns ? 0 : p->n;
	for (const char *c = columns; c && *c;) {
		struct str name = { c, strcspn(c, ",") };

		if (field_find(p->field, p->n, name) < 0 && add_field(p, name, e) < 0)
			return -1;
		c += name.len;
		c += *c == ',';
	}
	p->cell = arena_alloc(&p->keep, (p->n + 1) * sizeof(*p->cell));
	if (!p->cell)
		return err_nomem(e);
	return p->to->open(p->to->arg, p->field, p->n, &p->out, e);
}

static int complain(struct passage *p, uint64_t line, const char *why)
{
	char text[900];

	(void)snprintf(text, sizeof(text), "%s:%" PRIu64 ": %s", p->name, line, why);
	p->to->complain(p->to->arg, text);
	p->partial = true;
	return 0;
}

/* ---- JSON ---- */

static int json_cell(struct passage *p, const struct field *f, const json_t *v, struct cell *out,
		     struct err *e)
{
	int64_t ts;
	char *text;

	*out = CELL_OF_NULL;
	if (json_is_string(v))
		*out = CELL_OF_TEXT(((struct str){ json_string_value(v), json_string_length(v) }));
	else if (json_is_boolean(v))
		*out = CELL_OF_BOOL(json_is_true(v));
	else if (json_is_integer(v))
		*out = CELL_OF_INT(json_integer_value(v));
	else if (json_is_real(v))
		*out = CELL_OF_REAL(json_real_value(v));
	if (f->kind == FIELD_TIME &&
	    (json_is_string(v) ? time_rfc3339(out->s, &ts) : json_epoch(v, &ts)))
		*out = CELL_OF_TIME(ts);
	if (!json_is_object(v) && !json_is_array(v))
		return 0;
	text = json_dumps(v, JSON_COMPACT);
	if (text)
		*out = CELL_OF_JSON(((struct str){ arena_dup(&p->row, str_of(text)), strlen(text) }));
	free(text);
	return text && out->s.ptr ? 0 : err_nomem(e);
}

static int json_begin(struct passage *p, const json_t *v, const char *columns, struct err *e)
{
	const char *key;
	json_t *each;

	json_object_foreach((json_t *)(uintptr_t)v, key, each)
	{
		if (!columns && add_field(p, str_of(key), e) < 0)
			return -1;
	}
	return begin(p, columns, e);
}

static int take_json(struct passage *p, uint64_t line, const json_t *v, const char *columns, struct err *e)
{
	const char *key;
	json_t *each;

	if (!json_is_object(v))
		return complain(p, line, "not an object: no record");
	if (!p->out && json_begin(p, v, columns, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		p->cell[i] = CELL_OF_NULL;
	json_object_foreach((json_t *)(uintptr_t)v, key, each)
	{
		int i = field_find(p->field, p->n, str_of(key));

		if (i < 0 && !columns)
			return err_set(e, E_INPUT,
				       "%s:%" PRIu64 ": \"%.80s\" was no field of the first record: "
						     "--columns names all that there are",
				       p->name, line, key);
		if (i >= 0 && json_cell(p, p->field + i, each, p->cell + i, e) < 0)
			return -1;
	}
	return out_rec(p->out, p->cell, e);
}

/* ---- CSV and TSV ---- */

/* A cell of a row as what it looks like; an integer beyond a double passes as it is written. */
static struct cell row_cell(const struct field *f, struct str s)
{
	enum num_verdict verdict;
	int64_t ts;
	double num;

	if (!s.ptr)
		return CELL_OF_NULL;
	if (f->kind == FIELD_TIME && time_rfc3339(s, &ts))
		return CELL_OF_TIME(ts);
	if (f->kind == FIELD_NAME || f->kind == FIELD_TIME)
		return CELL_OF_TEXT(s);
	if (str_is(s, "true") || str_is(s, "false"))
		return CELL_OF_BOOL(str_is(s, "true"));
	verdict = num_parse(s, &num);
	return verdict == NUM_OK	? CELL_OF_REAL(num)
	       : verdict == NUM_INEXACT ? CELL_OF_JSON(s)
					: CELL_OF_TEXT(s);
}

static int row_begin(struct passage *p, const struct csv_row *row, const char *columns, struct err *e)
{
	p->nfrom = row->n;
	p->from = arena_alloc(&p->keep, row->n * sizeof(*p->from));
	if (!p->from)
		return err_nomem(e);
	for (size_t i = 0; i < row->n && !columns; i++) {
		if (field_find(p->field, p->n, row->field[i]) >= 0)
			return err_set(e, E_INPUT, "%s: two columns are called \"%.*s\"", p->name,
				       STR_ARG(row->field[i]));
		if (add_field(p, row->field[i], e) < 0)
			return -1;
	}
	if (begin(p, columns, e) < 0)
		return -1;
	for (size_t i = 0; i < row->n; i++) {
		int at = field_find(p->field, p->n, row->field[i]);

		p->from[i] = at < 0 ? p->n : (size_t)at;
	}
	return 0;
}

static int take_row(struct passage *p, const struct csv_row *row, const char *columns, struct err *e)
{
	char why[80];

	if (!p->out)
		return row_begin(p, row, columns, e);
	if (row->n != p->nfrom) {
		(void)snprintf(why, sizeof(why), "%zu cells where the header has %zu", row->n, p->nfrom);
		return complain(p, row->line, why);
	}
	for (size_t i = 0; i < p->n; i++)
		p->cell[i] = CELL_OF_NULL;
	for (size_t i = 0; i < row->n; i++)
		if (p->from[i] < p->n)
			p->cell[p->from[i]] = row_cell(p->field + p->from[i], row->field[i]);
	return out_rec(p->out, p->cell, e);
}

/* ---- the stream ---- */

static int pass_on(struct passage *p, struct records *in, const char *columns, struct err *e)
{
	struct record_in r;
	int rc = 0;

	while (rc == 0) {
		arena_clear(&p->row);
		switch (records_next(in, &r, e)) {
		case RECORD_JSON:
			rc = take_json(p, r.line, r.json, columns, e);
			json_decref(r.json);
			break;
		case RECORD_ROW:
			rc = take_row(p, &r.row, columns, e);
			break;
		case RECORD_BAD:
			if (e->code == E_IO)
				return -1;
			rc = complain(p, r.line, e->msg);
			err_clear(e);
			break;
		case RECORD_IDLE:
			rc = p->out ? out_flush(p->out, e) : 0;
			break;
		case RECORD_MEMBERS: /* not asked for */
		case RECORD_FAILED:
			return -1;
		case RECORD_END:
			/* Nothing came: the header of points, so that what reads the file finds one. */
			for (size_t i = 0; !p->out && !columns && i < query_point_count; i++)
				if (query_point_fields[i].flags & FIELD_LIST &&
				    add_field(p, str_of(query_point_fields[i].name), e) < 0)
					return -1;
			if (!p->out && begin(p, columns, e) < 0)
				return -1;
			return out_end(&p->out, e);
		}
	}
	return rc;
}

int export_records(struct records *in, const char *columns, const struct export_to *to, struct err *e)
{
	struct passage p = { .to = to,
			    .name = records_name(in),
			    .keep = ARENA_INIT((size_t)16 << 20),
			    .row = ARENA_INIT((size_t)16 << 20)};
	int rc;

	p.field = arena_alloc(&p.keep, CSV_COLUMNS_MAX * sizeof(*p.field));
	rc = p.field ? pass_on(&p, in, columns, e) : err_nomem(e);
	out_drop(p.out);
	arena_done(&p.keep);
	arena_done(&p.row);
	if (rc == 0 && p.partial)
		return err_set(e, E_PARTIAL, "some records could not be read");
	return rc;
}
