/* SPDX-License-Identifier: MIT */
#include "codec/tsv.h"

#include "base/utf8.h"

#define RAW_MAX 4096

struct tsv_in {
	struct sb buf; /* what was fed and not taken yet, from `at` on */
	size_t at;
	size_t seen; /* bytes from `at` on without a line end */
	uint64_t line;
	bool ended, started, skip;
	struct sb text; /* of the row's cells */
	struct str *field;
	size_t *from, n;
};

struct tsv_in *tsv_in_new(void)
{
	struct tsv_in *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->line = 1;
	in->buf.max = 16 * CSV_RECORD_MAX;
	in->text.max = 2 * CSV_RECORD_MAX;
	in->field = calloc(CSV_COLUMNS_MAX, sizeof(*in->field));
	in->from = calloc(CSV_COLUMNS_MAX, sizeof(*in->from));
	if (!in->field || !in->from) {
		tsv_in_free(in);
		return NULL;
	}
	return in;
}

void tsv_in_free(struct tsv_in *in)
{
	if (!in)
		return;
	sb_done(&in->buf);
	sb_done(&in->text);
	free(in->field);
	free(in->from);
	free(in);
}

int tsv_in_feed(struct tsv_in *in, const void *bytes, size_t n, struct err *e)
{
	sb_shift(&in->buf, in->at);
	in->at = 0;
	return sb_add(&in->buf, bytes, n) < 0 ? err_nomem(e) : 0;
}

void tsv_in_end(struct tsv_in *in)
{
	in->ended = true;
}

static char meaning(char c)
{
	return c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == '\\' || c == '"' ? c : '\0';
}

/* One cell with its escapes undone, behind the others. */
static int take_cell(struct tsv_in *in, struct str cell, struct err *e)
{
	if (in->n == CSV_COLUMNS_MAX)
		return err_set(e, E_INPUT, "more than %d columns", CSV_COLUMNS_MAX);
	in->from[in->n] = in->text.len;
	in->field[in->n] = (struct str){ cell.len ? "" : NULL, 0 };
	for (size_t i = 0; i < cell.len && !str_is(cell, "\"\""); i++) {
		char c = cell.ptr[i];

		if (c == '\\') {
			c = i + 1 < cell.len ? meaning(cell.ptr[++i]) : '\0';
			if (!c)
				return err_set(e, E_INPUT,
					       "a backslash stands before t, n, r, \" or another one only "
					       "(CSV with tabs: --delimiter tab)");
		}
		sb_addc(&in->text, c);
	}
	in->field[in->n].len = in->text.len - in->from[in->n];
	in->n++;
	return in->text.bad ? err_nomem(e) : 0;
}

static int take_cells(struct tsv_in *in, struct str line, struct err *e)
{
	sb_clear(&in->text);
	in->n = 0;
	if (memchr(line.ptr, '\0', line.len) || !utf8_valid(line))
		return err_set(e, E_INPUT, "%s",
			       memchr(line.ptr, '\0', line.len) ? "NUL byte" : "invalid UTF-8");
	for (size_t at = 0;; at++) {
		const char *tab = memchr(line.ptr + at, '\t', line.len - at);
		size_t end = tab ? (size_t)(tab - line.ptr) : line.len;

		if (take_cell(in, (struct str){ line.ptr + at, end - at }, e) < 0)
			return -1;
		if (!tab)
			break;
		at = end;
	}
	for (size_t i = 0; i < in->n; i++)
		if (in->field[i].len)
			in->field[i].ptr = in->text.buf + in->from[i];
	return 0;
}

/* The next line with its end, if it is there: its bytes, 0 when it is not. */
static size_t whole_line(struct tsv_in *in)
{
	size_t left = in->buf.len - in->at;
	const char *p = in->buf.buf + in->at,
		   *lf = left > in->seen ? memchr(p + in->seen, '\n', left - in->seen) : NULL;

	if (lf)
		return (size_t)(lf - p) + 1;
	in->seen = left;
	return in->ended ? left : 0;
}

static void pass(struct tsv_in *in, size_t n, bool line_ended)
{
	in->at += n;
	in->seen = 0;
	in->line += line_ended;
}

enum csv_got tsv_in_next(struct tsv_in *in, struct csv_row *row, struct str *raw, struct err *e)
{
	*raw = (struct str){ "", 0 };
	for (;;) {
		size_t n = in->buf.len > in->at ? whole_line(in) : 0, end;
		struct str line;
		uint64_t number = in->line;

		row->line = number;
		if (!n &&
		    in->buf.len - in->at >
			    CSV_RECORD_MAX + 2) { /* too long already: its rest is dropped as it comes */
			pass(in, in->buf.len - in->at, false);
			if (in->skip)
				return CSV_MORE;
			in->skip = true;
			err_set(e, E_INPUT, "longer than 1 MiB");
			return CSV_BAD;
		}
		if (!n)
			return in->ended ? CSV_FINISHED : CSV_MORE;
		line = (struct str){ in->buf.buf + in->at, n };
		end = line.ptr[n - 1] == '\n';
		pass(in, n, end);
		line.len -= end;
		line.len -= line.len && line.ptr[line.len - 1] == '\r';
		if (in->skip) {
			in->skip = false;
			continue;
		}
		if (!in->started && line.len >= 3 && memcmp(line.ptr, "\xef\xbb\xbf", 3) == 0)
			line = (struct str){ line.ptr + 3, line.len - 3 };
		in->started = true;
		if (line.len == 0)
			continue;
		*raw = (struct str){ line.ptr, line.len > RAW_MAX ? RAW_MAX : line.len };
		if (line.len > CSV_RECORD_MAX) {
			err_set(e, E_INPUT, "longer than 1 MiB");
			return CSV_BAD;
		}
		if (take_cells(in, line, e) < 0)
			return CSV_BAD;
		*row = (struct csv_row){ in->field, in->n, number, line };
		*raw = line;
		return CSV_ROW;
	}
}

void tsv_cell(struct sb *sb, struct str s)
{
	if (s.len == 0)
		sb_adds(sb, "\"\"");
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '\t')
			sb_adds(sb, "\\t");
		else if (c == '\n')
			sb_adds(sb, "\\n");
		else if (c == '\r')
			sb_adds(sb, "\\r");
		else if (c == '\\' || (c == '"' && i == 0))
			sb_addf(sb, "\\%c", c);
		else
			sb_addc(sb, c);
	}
}
