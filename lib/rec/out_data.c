/* SPDX-License-Identifier: MIT */
/* The formats for programs: jsonl, json, csv (RFC 4180, line ends LF), tsv (tab, newline and backslash escaped). */
#include "rec/out_impl.h"

static void json_object(struct out *o, const struct cell *cells)
{
	sb_addc(&o->line, '{');
	for (size_t i = 0; i < o->ncol; i++) {
		sb_add(&o->line, o->label[i].ptr + !i, o->label[i].len - !i); /* the first has no comma before it */
		out_put_json(o, o->col[i], cells + o->col[i]);
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

const struct out_writer out_jsonl = { nothing, jsonl_rec, nothing };

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

const struct out_writer out_json = { json_begin, json_rec, json_end };

static void header(struct out *o, char sep)
{
	if (o->opt.no_header)
		return;
	for (size_t i = 0; i < o->ncol; i++) {
		if (i)
			sb_addc(&o->line, sep);
		sb_adds(&o->line, o->field[o->col[i]].name);
	}
	sb_addc(&o->line, '\n');
}

/* Quote only what must be: separators, quotes, line ends, blanks at an end, and "" for the text of no length. */
static void csv_text(struct sb *sb, struct str s)
{
	bool quote = s.len == 0 || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ';

	for (size_t i = 0; i < s.len && !quote; i++)
		quote = s.ptr[i] <= ',' && (s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r');
	if (!quote) {
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

static void csv_begin(struct out *o)
{
	header(o, ',');
}

static void csv_rec(struct out *o, const struct cell *cells)
{
	for (size_t i = 0; i < o->ncol; i++) {
		const struct cell *c = cells + o->col[i];

		if (i)
			sb_addc(&o->line, ',');
		if (c->type == CELL_TEXT || c->type == CELL_JSON)
			csv_text(&o->line, c->s);
		else
			out_put_text(o, o->col[i], c);
	}
	sb_addc(&o->line, '\n');
}

const struct out_writer out_csv = { csv_begin, csv_rec, nothing };

static void tsv_text(struct sb *sb, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c != '\t' && c != '\n' && c != '\r' && c != '\\')
			continue;
		sb_add(sb, s.ptr + from, i - from);
		from = i + 1;
		if (c == '\t')
			sb_adds(sb, "\\t");
		else if (c == '\n')
			sb_adds(sb, "\\n");
		else if (c == '\r')
			sb_adds(sb, "\\r");
		else
			sb_adds(sb, "\\\\");
	}
	sb_add(sb, s.ptr + from, s.len - from);
}

static void tsv_begin(struct out *o)
{
	header(o, '\t');
}

static void tsv_rec(struct out *o, const struct cell *cells)
{
	for (size_t i = 0; i < o->ncol; i++) {
		const struct cell *c = cells + o->col[i];

		if (i)
			sb_addc(&o->line, '\t');
		if (c->type == CELL_TEXT || c->type == CELL_JSON)
			tsv_text(&o->line, c->s);
		else
			out_put_text(o, o->col[i], c);
	}
	sb_addc(&o->line, '\n');
}

const struct out_writer out_tsv = { tsv_begin, tsv_rec, nothing };
