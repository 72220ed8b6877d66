/* SPDX-License-Identifier: MIT */
#include "ingest/feed.h"

#include "ingest/shape.h"
#include "model/term.h"
#include "os/signal.h"

static int take_row(struct ingest *g, struct sheet **sheet, const struct feed_opts *o, const struct record_in *in, struct err *e)
{
	struct origin at = { .line = in->line, .text = in->row.raw };

	if (!*sheet)
		return sheet_begin(&o->sheet, &in->row, sheet, e);
	at.header = sheet_header(*sheet);
	ingest_at(g, &at);
	return sheet_row(g, *sheet, &in->row, e);
}

static int take_json(struct ingest *g, const struct feed_opts *o, const struct record_in *in, struct err *e)
{
	const struct voice as = { .device = o->sheet.as };
	int rc;

	ingest_at(g, &(struct origin){ .line = in->line, .text = in->raw });
	rc = in->members ? shape_members(g, in->members, &as, e) : shape_record(g, in->json, &as, e);
	json_decref(in->json);
	return rc;
}

static int take_bad(struct ingest *g, const struct sheet *sheet, const struct record_in *in, struct err *e)
{
	struct err why = *e;

	ingest_at(g, &(struct origin){ .line = in->line, .text = in->raw,
				       .header = sheet ? sheet_header(sheet) : (struct str){ NULL, 0 } });
	err_clear(e);
	if (why.code == E_IO) {
		*e = why;
		return -1;
	}
	return ingest_reject(g, NULL, 1, why.msg, e);
}

static int take(struct ingest *g, enum record_got got, struct sheet **sheet, const struct feed_opts *o, struct record_in *in,
		struct err *e)
{
	switch (got) {
	case RECORD_IDLE:
		return ingest_flush(g, e) < 0 ? -1 : ingest_idle(g, e);
	case RECORD_ROW:
		return take_row(g, sheet, o, in, e);
	case RECORD_JSON:
	case RECORD_MEMBERS:
		return take_json(g, o, in, e);
	case RECORD_BAD:
	case RECORD_END:
	case RECORD_FAILED:
		break;
	}
	return take_bad(g, *sheet, in, e);
}

/* The input broke off: what was read of it is kept. */
static int failed_input(struct ingest *g, const char *name, struct err *e)
{
	struct err why = { 0 };

	if (ingest_flush(g, &why) < 0)
		*e = why;
	return strstr(e->msg, name) ? -1 : err_wrap(e, "%s", name);
}

int feed_file(struct ingest *g, const char *path, const struct feed_opts *o, struct err *e)
{
	AUTO(records_freep) struct records *r = NULL;
	AUTO(sheet_freep) struct sheet *sheet = NULL;
	struct record_in in;
	enum record_got got;
	uint64_t done, size, turn = 0;

	sheet_options(&o->sheet);
	if (records_open(path, o->format, o->sheet.delimiter, &r, e) < 0)
		return -1;
	records_members(r, SHAPE_INNER);
	while ((got = records_next(r, &in, e)) != RECORD_END) {
		if (got == RECORD_FAILED)
			return failed_input(g, records_name(r), e);
		if (take(g, got, &sheet, o, &in, e) < 0)
			return err_wrap(e, "%s", records_name(r));
		if (stop_requested())
			return ingest_flush(g, e) < 0 ? -1 : stop_error(e);
		if ((++turn & 63) == 0 && ingest_tick(g, e) < 0)
			return -1;
		if (o->progress && (turn & 1023) == 0) {
			source_progress(records_source(r), &done, &size);
			o->progress(o->arg, done, size);
		}
	}
	return 0;
}

int feed_terms(struct ingest *g, struct str device, char **terms, int n, const char *at, struct err *e)
{
	struct str none = { NULL, 0 }, name, op, value;
	struct dev *d = ingest_device(g, device, none, none, e);
	int64_t ts = ingest_now(g);

	if (!d)
		return -1;
	if (at && ingest_time(g, d, str_of(at), &ts, e) < 0)
		return err_set(e, E_USAGE, "--at: \"%s\" is not a time, see sit-time(7)", at);
	for (int i = 0; i < n; i++) {
		struct raw_value v = { 0 };

		if (!term_split(str_of(terms[i]), &name, &op, &value) || op.ptr)
			return err_set(e, E_USAGE, "\"%s\": write datapoint=value", terms[i]);
		v.txt = value;
		ingest_at(g, &(struct origin){ .text = str_of(terms[i]) });
		if (value.len == 0)
			ingest_empty(g, d);
		else if (ingest_put(g, d, name, ts, &v, none, e) < 0)
			return -1;
	}
	return 0;
}
