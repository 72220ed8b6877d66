/* SPDX-License-Identifier: MIT */
/*
 * Libcsv is fed line by line, so that a bad row is known with the line it began on. A row with a misplaced
 * quote has usually lost one, and what follows it on other lines is innocent: only its first line is given
 * up, the second is tried as a row of its own. (No line is read more than twice by that: a line with an odd
 * number of quotes ends what the one before it opened.)
 */
#include "codec/csv.h"

#include "base/sb.h"
#include "base/utf8.h"

#include <csv.h>

#define RAW_MAX 4096
#define LIBCSV_OPTIONS (CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL)

struct csv_in {
	struct csv_parser parser;
	char delimiter;
	struct sb have;
	size_t at;     /* first byte of the current row */
	size_t fed;    /* first byte that libcsv has not seen */
	size_t seen;   /* first byte that was not searched for a line end */
	uint64_t line; /* of buf[at], from 1 */
	uint64_t refused; /* of the last row that was given up */
	bool ended;
	bool skip;    /* the rest of the line is dropped */
	bool started; /* the place of a BOM is behind us */
	/* The row as libcsv reports it: ptr is an offset into text until the row is complete. */
	struct sb text;
	struct str *field;
	size_t *from;
	size_t n;
	bool row_ended;
	bool failed; /* out of memory within a callback */
};

/* For libcsv: no byte is a blank, so that blanks round a field are kept. */
static int never(unsigned char c)
{
	(void)c;
	return 0;
}

static void row_reset(struct csv_in *in)
{
	sb_clear(&in->text);
	in->n = 0;
	in->row_ended = in->failed = false;
}

/* After a fault libcsv is in the middle of a row; this is its only way out. (csv_init() cannot fail.) */
static void parser_reset(struct csv_in *in)
{
	csv_free(&in->parser);
	(void)csv_init(&in->parser, LIBCSV_OPTIONS);
	csv_set_delim(&in->parser, (unsigned char)in->delimiter);
	csv_set_space_func(&in->parser, never);
	csv_set_blk_size(&in->parser, 4096);
	row_reset(in);
}

struct csv_in *csv_in_new(char delimiter)
{
	struct csv_in *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->delimiter = delimiter;
	in->line = 1;
	in->have.max = SIZE_MAX / 4;
	in->text.max = 2 * CSV_RECORD_MAX;
	in->field = calloc(CSV_COLUMNS_MAX, sizeof(*in->field));
	in->from = calloc(CSV_COLUMNS_MAX, sizeof(*in->from));
	if (!in->field || !in->from) {
		csv_in_free(in);
		return NULL;
	}
	parser_reset(in);
	return in;
}

void csv_in_free(struct csv_in *in)
{
	if (!in)
		return;
	csv_free(&in->parser);
	sb_done(&in->text);
	free(in->field);
	free(in->from);
	sb_done(&in->have);
	free(in);
}

int csv_in_feed(struct csv_in *in, const void *bytes, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	/* The middle of a line that is skipped is not worth a copy. */
	if (in->skip && in->at == in->have.len && !memchr(bytes, '\n', n))
		return 0;
	sb_shift(&in->have, in->at);
	in->fed -= in->at;
	in->seen -= in->at;
	in->at = 0;
	return sb_add(&in->have, bytes, n) < 0 ? err_nomem(e) : 0;
}

void csv_in_end(struct csv_in *in)
{
	in->ended = true;
}

static void on_field(void *bytes, size_t n, void *arg)
{
	struct csv_in *in = arg;

	if (in->n < CSV_COLUMNS_MAX) {
		in->from[in->n] = in->text.len;
		in->field[in->n] = (struct str){ bytes ? "" : NULL, n };
		if (bytes && n && sb_add(&in->text, bytes, n) < 0)
			in->failed = true;
	}
	in->n++;
}

static void on_row(int c, void *arg)
{
	struct csv_in *in = arg;

	(void)c;
	in->row_ended = true;
}

/* Bytes of the line end at the end of a line of n bytes. */
static size_t line_end(const char *line, size_t n)
{
	size_t end = n && line[n - 1] == '\n';

	return end + (n > end && line[n - 1 - end] == '\r');
}

/* Give up the first n bytes of the row, with their line end. */
static enum csv_got give_up(struct csv_in *in, size_t n, struct str *raw)
{
	size_t text = n - line_end(in->have.buf + in->at, n);
	uint64_t lines = 0;

	*raw = (struct str){ in->have.buf + in->at, text > RAW_MAX ? RAW_MAX : text };
	for (size_t i = 0; i < n; i++)
		lines += in->have.buf[in->at + i] == '\n';
	in->at += n;
	in->fed = in->seen = in->at;
	in->refused = in->line;
	in->line += lines;
	parser_reset(in);
	return CSV_BAD;
}

/* Give up the first line of the row only. */
static enum csv_got give_up_line(struct csv_in *in, struct str *raw)
{
	const char *row = in->have.buf + in->at;
	const char *lf = memchr(row, '\n', in->have.len - in->at);

	return give_up(in, lf ? (size_t)(lf - row) + 1 : in->have.len - in->at, raw);
}

static enum csv_got refuse_parse(struct csv_in *in, size_t byte, bool first_line, struct str *raw,
				 struct err *e)
{
	if (csv_error(&in->parser) != CSV_EPARSE) {
		err_nomem(e);
		return give_up_line(in, raw);
	}
	if (first_line)
		err_set(e, E_INPUT, "not CSV at byte %zu: misplaced quote", byte + 1);
	else
		err_set(e, E_INPUT, "not CSV: a quote is not closed");
	return give_up_line(in, raw);
}

enum fed { FED, FED_STUMBLED, FED_LONE_CR };

static bool parse(struct csv_in *in, const char *p, size_t n, size_t *byte)
{
	size_t taken = csv_parse(&in->parser, p, n, on_field, on_row, in);

	*byte += taken;
	return taken == n;
}

/*
 * Hand a line of n bytes without line end to libcsv; *byte is where it stumbled. A CR that is not before an
 * LF ends a row for libcsv. Here it is not a line end, and outside quotes it is refused: a file whose lines
 * end so is better refused than read in another way than other programs read it.
 */
static enum fed feed_line(struct csv_in *in, const char *line, size_t n, size_t *byte)
{
	bool row_begun = in->fed > in->at;
	const char *cr;

	*byte = 0;
	while (*byte < n && (cr = memchr(line + *byte, '\r', n - *byte))) {
		size_t to = (size_t)(cr - line);

		if (!parse(in, line + *byte, to - *byte, byte) || !parse(in, cr, 1, byte))
			return FED_STUMBLED;
		if (in->row_ended || (to == 0 && !row_begun))
			return FED_LONE_CR;
	}
	return parse(in, line + *byte, n - *byte, byte) ? FED : FED_STUMBLED;
}

/* The row's text is complete: its fields, or why it is refused. */
static enum csv_got take_row(struct csv_in *in, size_t n, struct csv_row *row, struct str *raw, struct err *e)
{
	size_t text = n - line_end(in->have.buf + in->at, n);
	struct str all = { in->have.buf + in->at, text };
	uint64_t lines = 0;

	if (in->failed) {
		err_nomem(e);
		return give_up(in, n, raw);
	}
	if (memchr(all.ptr, '\0', all.len) || !utf8_valid(all)) {
		err_set(e, E_INPUT, "%s", memchr(all.ptr, '\0', all.len) ? "NUL byte" : "invalid UTF-8");
		return give_up(in, n, raw);
	}
	if (in->n > CSV_COLUMNS_MAX) {
		err_set(e, E_INPUT, "more than %d columns", CSV_COLUMNS_MAX);
		return give_up(in, n, raw);
	}
	for (size_t i = 0; i < in->n; i++)
		if (in->field[i].len)
			in->field[i].ptr = in->text.buf + in->from[i];
	*row = (struct csv_row){ in->field, in->n, in->line, all };
	*raw = all;
	for (const char *p = all.ptr; (p = memchr(p, '\n', (size_t)(all.ptr + n - p))); p++)
		lines++;
	in->at += n;
	in->fed = in->seen = in->at;
	in->line += lines;
	return CSV_ROW;
}

/* One more line of the row, n bytes with its line end; CSV_MORE when the row goes on. */
static enum csv_got take_line(struct csv_in *in, size_t n, struct csv_row *row, struct str *raw,
			      struct err *e)
{
	const char *line = in->have.buf + in->fed;
	size_t end = line_end(line, n), byte;
	bool first = in->fed == in->at, last = line[n - 1] != '\n';
	enum fed fed = feed_line(in, line, n - end, &byte);

	if (fed == FED_LONE_CR) {
		err_set(e, E_INPUT, "carriage return without line feed");
		return give_up_line(in, raw);
	}
	/* A line end within quotes is data and keeps its form. */
	if (fed == FED_STUMBLED || !parse(in, line + byte, end, &byte))
		return refuse_parse(in, byte, first, raw, e);
	in->fed += n;
	in->seen = in->fed;
	if (last && csv_fini(&in->parser, on_field, on_row, in) != 0)
		return refuse_parse(in, 0, false, raw, e);
	return in->row_ended ? take_row(in, in->fed - in->at, row, raw, e) : CSV_MORE;
}

static enum csv_got too_long(struct csv_in *in, struct str *raw, struct err *e)
{
	const char *row = in->have.buf + in->at;
	size_t n = in->have.len - in->at < CSV_RECORD_MAX ? in->have.len - in->at : CSV_RECORD_MAX;
	enum csv_got got;

	err_set(e, E_INPUT, "longer than 1 MiB");
	if (memchr(row, '\n', n))
		return give_up_line(in, raw);
	got = give_up(in, n, raw);
	in->skip = true;
	return got;
}

/* False when the line end is not there yet. */
static bool skip_line(struct csv_in *in)
{
	const char *lf = in->at < in->have.len ? memchr(in->have.buf + in->at, '\n', in->have.len - in->at) : NULL;

	in->at = lf ? (size_t)(lf - in->have.buf) + 1 : in->have.len;
	in->fed = in->seen = in->at;
	if (!lf)
		return in->ended;
	in->skip = false;
	in->line++;
	return true;
}

static void skip_bom(struct csv_in *in)
{
	if (!in->started && in->have.len - in->at >= 3 && memcmp(in->have.buf + in->at, "\xef\xbb\xbf", 3) == 0) {
		in->at += 3;
		in->fed = in->seen = in->at;
	}
	in->started = true;
}

/* Bytes of the next whole line from `fed`, 0 when it is not there. */
static size_t whole_line(struct csv_in *in)
{
	const char *lf = in->seen < in->have.len ? memchr(in->have.buf + in->seen, '\n', in->have.len - in->seen) : NULL;

	in->seen = lf ? in->seen : in->have.len;
	if (lf)
		return (size_t)(lf - (in->have.buf + in->fed)) + 1;
	return in->ended ? in->have.len - in->fed : 0;
}

static enum csv_got next(struct csv_in *in, struct csv_row *row, struct str *raw, struct err *e)
{
	*raw = (struct str){ "", 0 };
	if (in->row_ended)
		row_reset(in);
	if (in->skip && !skip_line(in))
		return CSV_MORE;
	for (;;) {
		size_t n = whole_line(in);
		enum csv_got got;

		if (n && !in->started) {
			skip_bom(in);
			n = whole_line(in);
		}
		/* Two more for the line end. */
		if ((n ? in->fed + n : in->have.len) - in->at > CSV_RECORD_MAX + 2)
			return too_long(in, raw, e);
		if (!n)
			break;
		/* Blank lines between rows. */
		if (in->fed == in->at && line_end(in->have.buf + in->at, n) == n) {
			in->at += n;
			in->fed = in->seen = in->at;
			in->line++;
			continue;
		}
		got = take_line(in, n, row, raw, e);
		if (got != CSV_MORE)
			return got;
	}
	if (!in->ended)
		return CSV_MORE;
	if (in->at < in->have.len) { /* the input ended within quotes, at a line end */
		if (csv_fini(&in->parser, on_field, on_row, in) != 0)
			return refuse_parse(in, 0, false, raw, e);
		return take_row(in, in->have.len - in->at, row, raw, e);
	}
	return CSV_FINISHED;
}

enum csv_got csv_in_next(struct csv_in *in, struct csv_row *row, struct str *raw, struct err *e)
{
	enum csv_got got = next(in, row, raw, e);

	if (got == CSV_BAD)
		row->line = in->refused;
	return got;
}
