/* SPDX-License-Identifier: MIT */
/* The formats for programs: jsonl, json, csv (RFC 4180, line ends LF), tsv (codec/tsv.h). */
#include "codec/guard.h"
#include "codec/tsv.h"
#include "rec/out_impl.h"

/* The first has no comma before it. */
static void json_lead(struct out *o, size_t i)
{
	sb_add(&o->line, o->label[i].ptr + !i, o->label[i].len - !i);
}

static void json_cell(struct out *o, size_t i, const struct cell *c)
{
	out_put_json(o, o->col[i], c);
}

static void json_object(struct out *o, const struct cell *cells)
{
	sb_addc(&o->line, '{');
	for (size_t i = 0; i < o->ncol; i++) {
		if (i && cells[o->col[i]].type == CELL_NULL && o->field[o->col[i]].flags & FIELD_SPARSE)
			continue;
		json_lead(o, i);
		json_cell(o, i, cells + o->col[i]);
	}
	sb_addc(&o->line, '}');
}

static void nothing(struct out *o)
{
	(void)o;
}

static void jsonl_rec(struct out *o, const struct cell *cells)
{
	json_object(o, cells);
	sb_addc(&o->line, '\n');
}

static void jsonl_lead(struct out *o, size_t i)
{
	if (!i)
		sb_addc(&o->line, '{');
	json_lead(o, i);
}

static void jsonl_tail(struct out *o)
{
	sb_adds(&o->line, "}\n");
}

const struct out_writer out_jsonl = { .begin = nothing, .rec = jsonl_rec, .end = nothing,
				      .lead = jsonl_lead, .cell = json_cell, .tail = jsonl_tail, .quotes_times = true };

static void json_begin(struct out *o)
{
	sb_addc(&o->line, '[');
}

static void json_rec(struct out *o, const struct cell *cells)
{
	sb_adds(&o->line, o->printed ? ",\n" : "\n");
	json_object(o, cells);
}

static void json_end(struct out *o)
{
	sb_adds(&o->line, o->printed ? "\n]\n" : "]\n");
}

const struct out_writer out_json = { .begin = json_begin, .rec = json_rec, .end = json_end };

/* Some byte of the text is below "-": eight at a time, because most texts are names and have none. */
static bool has_low(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	size_t i = 0;

	for (uint64_t w; i + sizeof(w) <= s.len; i += sizeof(w)) {
		memcpy(&w, s.ptr + i, sizeof(w));
		if ((w - ones * '-') & ~w & high)
			return true;
	}
	while (i < s.len && (unsigned char)s.ptr[i] >= '-')
		i++;
	return i < s.len;
}

/* Separators, quotes, line ends, blanks at an end, and the text of no length. */
static bool wants_quotes(struct str s)
{
	if (s.len == 0 || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r')
			return true;
	return false;
}

/* Quote only what must be. */
static void csv_text(struct sb *sb, struct str s)
{
	if ((s.len && !has_low(s)) || !wants_quotes(s)) {
		sb_add(sb, s.ptr, s.len);
		return;
	}
	sb_addc(sb, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			sb_addc(sb, '"');
		sb_addc(sb, s.ptr[i]);
	}
	sb_addc(sb, '"');
}

/* A text as a cell, guarded if that is asked for. */
static void text_cell(struct out *o, char sep, struct str s)
{
	if (o->opt.guard && guard_wanted(s)) {
		o->guarded.max = o->line.max;
		sb_clear(&o->guarded);
		sb_addc(&o->guarded, '\'');
		if (sb_add(&o->guarded, s.ptr, s.len) < 0)
			o->line.bad = true;
		s = sb_str(&o->guarded);
	}
	if (sep == ',')
		csv_text(&o->line, s);
	else
		tsv_cell(&o->line, s);
}

static void header(struct out *o, char sep)
{
	if (o->opt.no_header)
		return;
	for (size_t i = 0; i < o->ncol; i++) {
		if (i)
			sb_addc(&o->line, sep);
		text_cell(o, sep, str_of(o->field[o->col[i]].name));
	}
	sb_addc(&o->line, '\n');
}

static void lead(struct out *o, char sep, size_t i)
{
	if (i)
		sb_addc(&o->line, sep);
}

static void one_cell(struct out *o, char sep, size_t i, const struct cell *c)
{
	if (c->type == CELL_JSON && sep == ',')
		csv_text(&o->line, c->s);
	else if (c->type == CELL_JSON)
		tsv_cell(&o->line, c->s);
	else if (c->type == CELL_TEXT)
		text_cell(o, sep, c->s);
	else
		out_put_text(o, o->col[i], c);
}

static void line_end(struct out *o)
{
	sb_addc(&o->line, '\n');
}

static void cells_rec(struct out *o, char sep, const struct cell *cells)
{
	for (size_t i = 0; i < o->ncol; i++) {
		lead(o, sep, i);
		one_cell(o, sep, i, cells + o->col[i]);
	}
	line_end(o);
}

static void csv_begin(struct out *o)
{
	header(o, ',');
}

static void csv_rec(struct out *o, const struct cell *cells)
{
	cells_rec(o, ',', cells);
}

static void csv_lead(struct out *o, size_t i)
{
	lead(o, ',', i);
}

static void csv_cell(struct out *o, size_t i, const struct cell *c)
{
	one_cell(o, ',', i, c);
}

const struct out_writer out_csv = { .begin = csv_begin, .rec = csv_rec, .end = nothing,
				    .lead = csv_lead, .cell = csv_cell, .tail = line_end };

static void tsv_begin(struct out *o)
{
	header(o, '\t');
}

static void tsv_rec(struct out *o, const struct cell *cells)
{
	cells_rec(o, '\t', cells);
}

static void tsv_lead(struct out *o, size_t i)
{
	lead(o, '\t', i);
}

static void tsv_one(struct out *o, size_t i, const struct cell *c)
{
	one_cell(o, '\t', i, c);
}

const struct out_writer out_tsv = { .begin = tsv_begin, .rec = tsv_rec, .end = nothing,
				    .lead = tsv_lead, .cell = tsv_one, .tail = line_end };
