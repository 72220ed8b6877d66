/* SPDX-License-Identifier: MIT */
/*
 * Many records that differ in few fields: what stays the same is rendered once, and between those pieces each record's own values are
 * printed straight into the line buffer.
 */
#include "base/num.h"
#include "rec/out_impl.h"

#define VALUE_MOST 40	 /* bytes of a number or an instant */
#define SHORT 32
#define BATCH 128	 /* records between two looks at how full the buffer is */

/* Everything up to the next value, then that of a column (NULL: the end of the record). */
struct piece {
	size_t end; /* in the text of all pieces */
	const struct out_column *column;
};

struct template {
	struct sb text;
	struct piece *piece;
	size_t n;
};

static const struct out_column *column_of(const struct out_column *v, size_t n, size_t field)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].field == field)
			return v + i;
	return NULL;
}

/* Render a record into the line buffer, cut it where values come, and take it out again. */
static int make_template(struct out *o, const struct cell *cells, const struct out_column *v, size_t nv, struct template *t, struct err *e)
{
	const struct out_writer *w = o->writer;
	size_t from = o->line.len;

	t->piece = calloc(o->ncol + 1, sizeof(*t->piece));
	if (!t->piece)
		return err_nomem(e);
	for (size_t i = 0; i < o->ncol; i++) {
		const struct out_column *c = column_of(v, nv, o->col[i]);
		bool quoted = c && c->time && w->quotes_times;

		w->lead(o, i);
		if (!c) {
			w->cell(o, i, cells + o->col[i]);
			continue;
		}
		if (quoted)
			sb_addc(&o->line, '"');
		t->piece[t->n++] = (struct piece){ o->line.len - from, c };
		if (quoted)
			sb_addc(&o->line, '"');
	}
	w->tail(o);
	t->piece[t->n++] = (struct piece){ o->line.len - from, NULL };
	if (o->line.bad || sb_add(&t->text, o->line.buf + from, o->line.len - from) < 0 || sb_grow(&t->text, SHORT) < 0)
		return err_nomem(e);
	memset(t->text.buf + t->text.len, 0, SHORT);
	o->line.len = from;
	return 0;
}

static size_t put_value(struct out *o, struct out_column *c, size_t i, char *p)
{
	if (c->real)
		return num_print_like(c->real[i], &c->decimals, p);
	return o->opt.zone ? time_print(c->time[i], o->opt.zone, p) : time_print_day(c->time[i], &o->day, p);
}

/* Records [from, to), for which there is room. */
static void put_rows(struct out *o, const struct template *t, struct out_column *v, const struct out_column *first, size_t from, size_t to)
{
	char *begin = o->line.buf + o->line.len, *p = begin;
	const char *text = t->text.buf;

	for (size_t i = from; i < to; i++) {
		size_t at = 0;

		for (size_t k = 0; k < t->n; k++) {
			const struct piece *x = t->piece + k;

			if (x->end - at <= SHORT)
				memcpy(p, text + at, SHORT); /* of one size: no call; what is too much is overwritten */
			else
				memcpy(p, text + at, x->end - at);
			p += x->end - at;
			at = x->end;
			if (x->column)
				p += put_value(o, v + (x->column - first), i, p);
		}
	}
	sb_took(&o->line, (size_t)(p - begin));
}

/* One by one, for formats and sorts that must see each record. */
static int row_by_row(struct out *o, const struct cell *cells, const struct out_column *v, size_t nv, size_t n, struct err *e)
{
	struct cell *own = malloc(o->n * sizeof(*own));
	int rc = own ? 0 : err_nomem(e);

	if (own)
		memcpy(own, cells, o->n * sizeof(*own));
	for (size_t i = 0; i < n && rc == 0; i++) {
		for (size_t k = 0; k < nv; k++) {
			unsigned char decimals = cells[v[k].field].decimals;

			own[v[k].field] = v[k].time ? CELL_OF_TIME(v[k].time[i]) : CELL_OF_REAL(v[k].real[i]);
			own[v[k].field].decimals = decimals;
		}
		rc = out_rec(o, own, e);
	}
	free(own);
	return rc;
}

int out_rows(struct out *o, const struct cell *cells, struct out_column *v, size_t nv, size_t n, struct err *e)
{
	struct template t = { .text = SB_INIT((size_t)64 << 20) };
	int rc = 0;

	if (o->sort >= 0 || !o->writer->lead || n < 4)
		return row_by_row(o, cells, v, nv, n, e);
	out_start(o);
	if (make_template(o, cells, v, nv, &t, e) < 0)
		rc = -1;
	for (size_t i = 0; i < n && rc == 0; i += BATCH) {
		size_t m = n - i < BATCH ? n - i : BATCH;

		if (!sb_room(&o->line, m * (t.text.len + nv * VALUE_MOST) + SHORT)) {
			rc = err_nomem(e);
			break;
		}
		put_rows(o, &t, v, v, i, i + m);
		o->printed += m;
		rc = out_drain(o, false, e);
	}
	sb_done(&t.text);
	free(t.piece);
	return rc;
}
