/* SPDX-License-Identifier: MIT */
/*
 * A stream of rows is the same in whatever pieces it comes. The first byte seeds the pieces, the second
 * names the delimiter.
 */
#include "base/base.h"
#include "base/sb.h"
#include "codec/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void log_row(struct sb *log, const struct csv_row *row)
{
	sb_addf(log, "%llu %zu ", (unsigned long long)row->line, row->n);
	for (size_t k = 0; k < row->n; k++) {
		sb_addf(log, "%d %zu ", row->field[k].ptr != NULL, row->field[k].len);
		sb_add(log, row->field[k].ptr, row->field[k].len);
	}
}

/* seed 0: at once. */
static void stream(struct str s, char delimiter, unsigned seed, struct sb *log)
{
	AUTO(csv_in_freep) struct csv_in *in = csv_in_new(delimiter);
	struct csv_row row;
	enum csv_got got;
	struct err e;
	struct str raw;

	for (size_t i = 0, n; i < s.len || i == 0; i += n) {
		seed = seed ? (seed * 1103515245u + 12345u) | 1 : 0;
		n = seed ? (seed >> 16) % 9 + 1 : s.len;
		n = n < s.len - i ? n : s.len - i;
		if (csv_in_feed(in, s.ptr + i, n, &e) < 0)
			abort();
		if (i + n == s.len)
			csv_in_end(in);
		while ((got = csv_in_next(in, &row, &raw, &e)) == CSV_ROW || got == CSV_BAD) {
			sb_addf(log, "%d %zu ", (int)got, raw.len);
			sb_add(log, raw.ptr, raw.len);
			if (got == CSV_ROW)
				log_row(log, &row);
			else
				sb_adds(log, e.msg);
		}
		if (got != (i + n == s.len ? CSV_FINISHED : CSV_MORE))
			abort();
		if (s.len == 0)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiter[] = ",;\t:";
	AUTO(sb_done) struct sb once = SB_INIT(1 << 26), pieces = SB_INIT(1 << 26);
	struct str text;

	if (size < 2)
		return 0;
	text = (struct str){ (const char *)data + 2, size - 2 };
	stream(text, delimiter[data[1] % 4], 0, &once);
	stream(text, delimiter[data[1] % 4], data[0] | 256u, &pieces);
	if (!str_eq(sb_str(&once), sb_str(&pieces)))
		abort();
	return 0;
}
