/* SPDX-License-Identifier: MIT */
#include "codec/qr.h"

#include <qrencode.h>

#define TEXT_QUIET 2 /* light modules around a code on a terminal: enough there, and it stays small */

int qr_make(struct str text, struct qr *qr, struct err *e)
{
	QRcode *code = NULL;
	size_t n;

	*qr = (struct qr){ 0 };
	if (text.len && text.len <= QR_TEXT_MAX)
		code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
	if (!code)
		return err_set(e, E_INPUT, "%zu bytes do not go into a code (1 to %d do)", text.len, QR_TEXT_MAX);
	n = (size_t)code->width * (size_t)code->width;
	qr->width = code->width;
	qr->dark = malloc(n);
	for (size_t i = 0; qr->dark && i < n; i++)
		qr->dark[i] = code->data[i] & 1;
	QRcode_free(code);
	return qr->dark ? 0 : err_nomem(e);
}

void qr_done(struct qr *qr)
{
	free(qr->dark);
	qr->dark = NULL;
}

static bool is_dark(const struct qr *qr, int x, int y)
{
	return x >= 0 && y >= 0 && x < qr->width && y < qr->width && qr->dark[y * qr->width + x];
}

int qr_blocks(const struct qr *qr, bool color, struct sb *sb)
{
	static const char *const half[] = { " ", "▄", "▀", "█" }; /* upper drawn: 2, lower drawn: 1 */
	int end = qr->width + TEXT_QUIET;

	for (int y = -TEXT_QUIET; y < end; y += 2) {
		sb_adds(sb, color ? "\033[30;107m" : "");
		for (int x = -TEXT_QUIET; x < end; x++) {
			bool upper = is_dark(qr, x, y) == color, lower = is_dark(qr, x, y + 1) == color;

			sb_adds(sb, half[upper * 2 + (lower && (color || y + 1 < end))]);
		}
		sb_adds(sb, color ? "\033[0m\n" : "\n");
	}
	return sb->bad ? -1 : 0;
}

int qr_path(const struct qr *qr, int x, int y, struct sb *sb)
{
	sb_adds(sb, "<path d=\"");
	for (int row = 0; row < qr->width; row++)
		for (int from = 0; from < qr->width; from++) {
			int to = from;

			while (is_dark(qr, to, row))
				to++;
			if (to > from)
				sb_addf(sb, "M%d %dh%dv1h-%dz", x + from, y + row, to - from, to - from);
			from = to;
		}
	return sb_adds(sb, "\"/>\n");
}
