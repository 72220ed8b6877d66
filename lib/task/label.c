/* SPDX-License-Identifier: MIT */
#include "task/label.h"

#include "codec/qr.h"
#include "os/file.h"

#define SHEET_MAX ((size_t)64 << 20)
#define QUIET 4	      /* light modules around a code */
#define LINE 3	      /* modules of a line of text */
#define SHOWN_MAX 24  /* bytes of a line of text: what fits below the smallest code */

/* clang-format off */
const struct field label_fields[] = {
	{ .name = "name", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "serial", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its serial number" },
	{ .name = "key", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its name on the wire" },
	{ .name = "code", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what the QR code says" },
};
/* clang-format on */
const size_t label_count = COUNT(label_fields);

static void add_encoded(struct sb *sb, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("-._~", c));

		if (plain)
			sb_addc(sb, (char)c);
		else
			sb_addf(sb, "%%%02X", c);
	}
}

int label_text(const struct work *w, const struct device *d, struct sb *sb)
{
	static const char *const parts[] = { "serial", "key" };
	const char *slash = memchr(d->name.ptr, '/', d->name.len); /* ORG/NAME of another organisation */
	struct str name = slash ? (struct str){ slash + 1, d->name.len - (size_t)(slash + 1 - d->name.ptr) } : d->name;
	char before = '?';

	sb_adds(sb, "sit:");
	add_encoded(sb, d->org);
	sb_addc(sb, '/');
	add_encoded(sb, name);
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct str value = row_text(w->ent, d->row, parts[i]);

		if (!value.len)
			continue;
		sb_addf(sb, "%c%s=", before, parts[i]);
		add_encoded(sb, value);
		before = '&';
	}
	return sb->bad ? -1 : 0;
}

static int code_of(const struct work *w, const struct device *d, struct qr *qr, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(8192);

	if (label_text(w, d, &text) < 0)
		return err_nomem(e);
	return qr_make(sb_str(&text), qr, e) < 0 ? err_wrap(e, "%.*s", STR_ARG(d->name)) : 0;
}

/* ---- records ---- */

static int one_record(struct work *w, const struct device *d, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(8192);

	if (label_text(w, d, &text) < 0)
		return err_nomem(e);
	return out_rec(arg,
		       (struct cell[]){ CELL_OF_TEXT(d->name), *row_cell(w->ent, d->row, "serial"), *row_cell(w->ent, d->row, "key"),
					CELL_OF_TEXT(sb_str(&text)) },
		       e);
}

int label_records(struct work *w, const struct which *which, struct out *out, struct err *e)
{
	return devices_each(w, which, one_record, out, e);
}

/* ---- on a terminal ---- */

struct blocks {
	struct sb *sb;
	bool color;
};

static int one_block(struct work *w, const struct device *d, void *arg, struct err *e)
{
	const struct blocks *b = arg;
	struct qr qr;
	int rc;

	if (code_of(w, d, &qr, e) < 0)
		return -1;
	sb_addf(b->sb, "%s%.*s\n", b->sb->len ? "\n" : "", STR_ARG(d->name));
	rc = qr_blocks(&qr, b->color, b->sb);
	qr_done(&qr);
	return rc < 0 ? err_nomem(e) : 0;
}

int label_blocks(struct work *w, const struct which *which, bool color, struct sb *sb, struct err *e)
{
	struct blocks b = { sb, color };

	return devices_each(w, which, one_block, &b, e);
}

/* ---- SVG ---- */

struct sheet_of {
	struct sb body;
	int width, height; /* modules so far */
	size_t n;
};

/* Text of XML: what is markup there is escaped; control characters, which XML does not allow, are blanks. */
static void add_text(struct sb *sb, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '&' || c == '<' || c == '>')
			sb_addf(sb, "&#%d;", c);
		else
			sb_addc(sb, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

static void add_line(struct sheet_of *s, int y, struct str text, bool bold)
{
	struct str cut = text;

	while (cut.len > SHOWN_MAX || (cut.len < text.len && ((unsigned char)text.ptr[cut.len] & 0xc0) == 0x80))
		cut.len--;
	sb_addf(&s->body, "<text x=\"%d\" y=\"%d\"%s>", QUIET, y, bold ? " font-weight=\"bold\"" : "");
	add_text(&s->body, cut);
	sb_adds(&s->body, "</text>\n");
}

static int one_label(struct work *w, const struct device *d, void *arg, struct err *e)
{
	struct str title = row_text(w->ent, d->row, "title");
	struct sheet_of *s = arg;
	struct qr qr;
	int y = s->height;

	if (++s->n > LABEL_MOST)
		return err_set(e, E_USAGE, "more than %d labels on a sheet: select fewer", LABEL_MOST);
	if (code_of(w, d, &qr, e) < 0)
		return -1;
	qr_path(&qr, QUIET, y + QUIET, &s->body);
	y += qr.width + 2 * QUIET;
	if (qr.width + 2 * QUIET > s->width)
		s->width = qr.width + 2 * QUIET;
	qr_done(&qr);
	add_line(s, y, d->name, true);
	if (title.len)
		add_line(s, y + LINE, title, false);
	s->height = y + 2 * LINE;
	return s->body.bad ? err_nomem(e) : 0;
}

/* A module is half a millimetre: a code of 29 modules is 18 mm wide with its margin. */
static int write_sheet(const struct sheet_of *s, FILE *f)
{
	AUTO(sb_done) struct sb head = SB_INIT(1024);

	sb_addf(&head,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d.%dmm\" height=\"%d.%dmm\" viewBox=\"0 0 %d %d\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
		"<g font-family=\"sans-serif\" font-size=\"2.2\" shape-rendering=\"crispEdges\">\n",
		s->width / 2, s->width % 2 * 5, s->height / 2, s->height % 2 * 5, s->width, s->height, s->width, s->height);
	if (head.bad)
		return -1;
	(void)fputs(sb_cstr(&head), f); /* its errors are found by the commit */
	(void)fputs(sb_cstr(&s->body), f);
	(void)fputs("</g>\n</svg>\n", f);
	return 0;
}

int label_svg(struct work *w, const struct which *which, const char *file, struct err *e)
{
	struct sheet_of s = { .body = SB_INIT(SHEET_MAX) };
	struct file *f = NULL;
	int rc = devices_each(w, which, one_label, &s, e);

	if (rc == 0 && s.n == 0)
		rc = err_set(e, E_NOTFOUND, "no such devices");
	if (rc == 0)
		rc = file_begin(file, 0644, &f, e);
	if (rc == 0) {
		if (write_sheet(&s, file_stream(f)) < 0) {
			(void)file_drop(f);
			rc = err_nomem(e);
		} else {
			rc = file_commit(f, e);
		}
	}
	sb_done(&s.body);
	return rc;
}
