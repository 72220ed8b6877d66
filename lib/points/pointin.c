/* SPDX-License-Identifier: MIT */
#include "points/pointin.h"

#include "base/arena.h"
#include "base/num.h"
#include "os/signal.h"

struct reading {
	const struct pointin *in;
	const char *name;
	uint64_t line;
	bool partial;
	struct arena keep; /* of the header */
	struct str *column;
	size_t columns;
	int ts, device, datapoint, value, quality; /* columns; -1: none */
};

static int refuse(struct reading *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int refuse(struct reading *r, const char *fmt, ...)
{
	char why[400], text[700];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof(text), "%s:%" PRIu64 ": %s", r->name, r->line, why);
	r->in->complain(r->in->arg, text);
	r->partial = true;
	return 0;
}

static int put(struct reading *r, struct str device, struct str datapoint, const struct point *p, struct err *e)
{
	struct str of = device.len ? device : r->in->as;

	if (!of.len)
		return refuse(r, "no device (--as DEVICE)");
	return r->in->point(r->in->arg, of, datapoint, p, e);
}

/* ---- JSON ---- */

static struct str text_of(const json_t *v)
{
	return json_is_string(v) ? (struct str){ json_string_value(v), json_string_length(v) } : (struct str){ NULL, 0 };
}

static bool json_time(const struct reading *r, const json_t *v, int64_t *ts)
{
	struct err e;

	if (json_is_number(v))
		return json_epoch(v, ts);
	return json_is_string(v) && time_parse(text_of(v), &r->in->when, ts, &e) == 0;
}

/* False for what is no value of a point. */
static bool json_value(const json_t *v, struct value *out)
{
	*out = (struct value){ .type = VALUE_NULL };
	if (json_is_number(v))
		*out = (struct value){ .type = VALUE_NUMBER, .num = json_number_value(v) };
	else if (json_is_boolean(v))
		*out = (struct value){ .type = VALUE_BOOL, .num = json_is_true(v) };
	else if (json_is_string(v))
		*out = (struct value){ .type = VALUE_STRING, .txt = text_of(v) };
	else if (json_is_object(v))
		out->type = VALUE_LOCATION;
	return !json_is_array(v);
}

static int json_one(struct reading *r, const json_t *record, struct str datapoint, const json_t *value, struct point *p, struct err *e)
{
	const json_t *quality = json_object_get(record, "quality");

	p->quality = QUALITY_GOOD;
	if (quality && !quality_find(text_of(quality), &p->quality))
		return refuse(r, "quality: is good, suspect, bad or stale");
	if (!datapoint.len || !json_value(value, &p->value))
		return refuse(r, datapoint.len ? "the value is no value of a point" : "no datapoint");
	return put(r, text_of(json_object_get(record, "device")), datapoint, p, e);
}

static int take_json(struct reading *r, const json_t *v, struct err *e)
{
	const json_t *values = json_object_get(v, "values"), *each;
	struct point p = { 0 };
	const char *key;

	if (!json_is_object(v))
		return refuse(r, "not an object: no point");
	if (!json_time(r, json_object_get(v, "ts"), &p.ts))
		return refuse(r, "ts: is missing, or no time");
	if (!json_is_object(values))
		return json_one(r, v, text_of(json_object_get(v, "datapoint")), json_object_get(v, "value"), &p, e);
	json_object_foreach((json_t *)(uintptr_t)values, key, each)
	{
		if (json_one(r, v, str_of(key), each, &p, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- CSV ---- */

static int find(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->columns; i++)
		if (str_is(r->column[i], name))
			return (int)i;
	return -1;
}

static int take_header(struct reading *r, const struct csv_row *row, struct err *e)
{
	r->column = arena_alloc(&r->keep, row->n * sizeof(*r->column));
	if (!r->column)
		return err_nomem(e);
	for (; r->columns < row->n; r->columns++) {
		r->column[r->columns] = (struct str){ arena_dup(&r->keep, row->field[r->columns]), row->field[r->columns].len };
		if (!r->column[r->columns].ptr)
			return err_nomem(e);
	}
	r->ts = find(r, "ts");
	r->ts = r->ts < 0 ? find(r, "timestamp") : r->ts;
	r->device = find(r, "device");
	r->datapoint = find(r, "datapoint");
	r->value = r->datapoint < 0 ? -1 : find(r, "value");
	r->quality = find(r, "quality");
	if (r->ts < 0)
		return err_set(e, E_INPUT, "%s:%" PRIu64 ": no column ts", r->name, r->line);
	if (r->datapoint >= 0 && r->value < 0)
		return err_set(e, E_INPUT, "%s:%" PRIu64 ": no column value", r->name, r->line);
	return 0;
}

static int cell(struct reading *r, const struct csv_row *row, int device, struct str datapoint, struct str s, struct point *p, struct err *e)
{
	p->value = (struct value){ .type = VALUE_STRING, .txt = s };
	if (!s.len)
		p->value.type = VALUE_NULL;
	else if (num_parse(s, &p->value.num) == NUM_OK)
		p->value.type = VALUE_NUMBER;
	else if (str_is(s, "true") || str_is(s, "false"))
		p->value = (struct value){ .type = VALUE_BOOL, .num = str_is(s, "true") };
	return put(r, device < 0 ? (struct str){ NULL, 0 } : row->field[device], datapoint, p, e);
}

static int take_row(struct reading *r, const struct csv_row *row, struct err *e)
{
	struct point p = { .quality = QUALITY_GOOD };
	struct err why;

	if (!r->column)
		return take_header(r, row, e);
	if (row->n != r->columns)
		return refuse(r, "%zu cells where the header has %zu", row->n, r->columns);
	if (time_parse(row->field[r->ts], &r->in->when, &p.ts, &why) < 0)
		return refuse(r, "ts: %s", why.msg);
	if (r->quality >= 0 && row->field[r->quality].len && !quality_find(row->field[r->quality], &p.quality))
		return refuse(r, "quality: is good, suspect, bad or stale");
	if (r->datapoint >= 0)
		return cell(r, row, r->device, row->field[r->datapoint], row->field[r->value], &p, e);
	for (int i = 0; i < (int)r->columns; i++)
		if (i != r->ts && i != r->device && i != r->quality && row->field[i].len &&
		    cell(r, row, r->device, r->column[i], row->field[i], &p, e) < 0)
			return -1;
	return 0;
}

/* ---- the stream ---- */

static int take(struct reading *r, enum record_got got, struct record_in *in, struct err *e)
{
	int rc = 0;

	r->line = in->line;
	switch (got) {
	case RECORD_JSON:
		rc = take_json(r, in->json, e);
		json_decref(in->json);
		return rc;
	case RECORD_ROW:
		r->line = in->row.line;
		return take_row(r, &in->row, e);
	case RECORD_BAD:
		if (e->code == E_IO)
			return -1;
		rc = refuse(r, "%s", e->msg);
		err_clear(e);
		return rc;
	case RECORD_IDLE:
		return r->in->idle ? r->in->idle(r->in->arg, e) : 0;
	case RECORD_END:
	case RECORD_MEMBERS: /* not asked for */
	case RECORD_FAILED:
		break;
	}
	return -1;
}

int pointin_run(const struct pointin *in, struct err *e)
{
	AUTO(records_freep) struct records *records = NULL;
	struct reading r = { .in = in, .keep = ARENA_INIT((size_t)16 << 20) };
	struct record_in rec;
	enum record_got got;
	int rc = 0;

	if (records_open(in->path, in->format, 0, &records, e) < 0)
		return -1;
	r.name = records_name(records);
	while (rc == 0 && (got = records_next(records, &rec, e)) != RECORD_END) {
		rc = take(&r, got, &rec, e);
		if (rc == 0 && stop_requested())
			rc = stop_error(e);
	}
	arena_done(&r.keep);
	if (rc == 0 && r.partial)
		return err_set(e, E_PARTIAL, "some records could not be read");
	return rc;
}
