/* SPDX-License-Identifier: MIT */
/* The table for people: numbers to the right, control characters escaped, widths from the first records. */
#include "base/utf8.h"
#include "rec/out_impl.h"

/* Text from devices is hostile: nothing that moves a cursor or turns the writing direction leaves here. */
static void shown_text(struct sb *sb, struct str s)
{
	for (size_t i = 0, n; i < s.len; i += n) {
		uint32_t c;

		n = utf8_len(s.ptr + i, s.len - i);
		if (n == 0) {
			n = 1;
			sb_addf(sb, "\\x%02x", (unsigned char)s.ptr[i]);
			continue;
		}
		c = utf8_code(s.ptr + i, n);
		if (!utf8_is_hostile(c))
			sb_add(sb, s.ptr + i, n);
		else
			sb_addf(sb, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
	}
}

static void shown(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone)
{
	if (c->type == CELL_TEXT || c->type == CELL_JSON)
		shown_text(sb, c->s);
	else if (c->type == CELL_REAL && c->decimals)
		sb_addf(sb, "%.*f", c->decimals - 1, c->r);
	else
		cell_text(sb, f, c, zone);
}

static size_t width_of(const struct field *f, const struct cell *c, const struct zone *zone)
{
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);

	shown(&sb, f, c, zone);
	return utf8_width(sb_str(&sb));
}

void out_table_measure(struct out *o, const struct cell *cells)
{
	for (size_t i = 0; i < o->ncol; i++) {
		size_t w = width_of(o->field + o->col[i], cells + o->col[i], o->opt.zone);

		if (w > o->width[i])
			o->width[i] = w;
	}
}

static bool is_numeric(const struct cell *c)
{
	return c->type == CELL_INT || c->type == CELL_REAL;
}

static void pad(struct sb *sb, size_t n)
{
	while (n--)
		sb_addc(sb, ' ');
}

static bool column_numeric(const struct field *f)
{
	return f->kind == FIELD_INT || f->kind == FIELD_REAL || f->kind == FIELD_VALUE;
}

static void table_begin(struct out *o)
{
	if (o->opt.no_header)
		return;
	if (o->opt.color)
		sb_adds(&o->line, "\033[1m");
	for (size_t i = 0; i < o->ncol; i++) {
		const struct field *f = o->field + o->col[i];
		size_t w = strlen(f->name), gap = w < o->width[i] ? o->width[i] - w : 0;

		if (i)
			sb_adds(&o->line, "  ");
		if (column_numeric(f))
			pad(&o->line, gap);
		sb_adds(&o->line, f->name);
		if (!column_numeric(f) && i + 1 < o->ncol)
			pad(&o->line, gap);
	}
	if (o->opt.color)
		sb_adds(&o->line, "\033[0m");
	sb_addc(&o->line, '\n');
}

static void table_rec(struct out *o, const struct cell *cells)
{
	for (size_t i = 0; i < o->ncol; i++) {
		const struct field *f = o->field + o->col[i];
		const struct cell *c = cells + o->col[i];
		size_t w = width_of(f, c, o->opt.zone), gap = w < o->width[i] ? o->width[i] - w : 0;

		if (i)
			sb_adds(&o->line, "  ");
		if (is_numeric(c))
			pad(&o->line, gap);
		shown(&o->line, f, c, o->opt.zone);
		if (!is_numeric(c) && i + 1 < o->ncol)
			pad(&o->line, gap);
	}
	while (o->line.len && o->line.buf[o->line.len - 1] == ' ')
		o->line.len--;
	sb_addc(&o->line, '\n');
}

static void table_end(struct out *o)
{
	(void)o;
}

const struct out_writer out_table = { .begin = table_begin, .rec = table_rec, .end = table_end };
