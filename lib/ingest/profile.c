/* SPDX-License-Identifier: MIT */
/* Telemetry of devices that were made for other servers. */
#include "ingest/body.h"

static const struct str none = { NULL, 0 };

/* The object's member under one of two names. */
static const json_t *either(const json_t *o, const char *a, const char *b)
{
	const json_t *v = json_object_get(o, a);

	return v ? v : json_object_get(o, b);
}

static int time_in(struct ingest *g, struct dev *d, const struct body *b, const json_t *ts, int64_t n, int64_t *at, struct err *e)
{
	struct json_member m = { .kind = JSON_KIND_NULL };

	if (ts)
		m = json_member_of(ts);
	return shape_time(g, d, ts ? &m : NULL, &b->voice, n, at, e);
}

static int put(struct ingest *g, struct dev *d, int64_t at, const char *name, const json_t *v, struct err *e)
{
	struct json_member m = json_member_of(v);

	m.key = str_of(name);
	return shape_put(g, d, at, &m, e);
}

/* All members but those named in skip (ends with NULL) are values of the device at one time. */
static int put_all(struct ingest *g, struct dev *d, const struct body *b, json_t *o, const json_t *ts, const char *const *skip, struct err *e)
{
	int64_t n = (int64_t)json_object_size(o), at;
	const char *key;
	json_t *v;
	int got;

	for (size_t i = 0; skip[i]; i++)
		n -= json_object_get(o, skip[i]) != NULL;
	if (n == 0)
		ingest_empty(g, d);
	got = time_in(g, d, b, ts, n, &at, e);
	if (got <= 0)
		return got;
	json_object_foreach (o, key, v) {
		size_t i = 0;

		while (skip[i] && strcmp(skip[i], key) != 0)
			i++;
		if (!skip[i] && put(g, d, at, key, v, e) < 0)
			return -1;
	}
	return 0;
}

static int not_object(struct ingest *g, const struct body *b, struct err *e)
{
	struct dev *d = body_device(g, b, e);

	return d ? ingest_reject(g, d, 1, "the payload is no object of names and values", e) : -1;
}

/* ---- saveit: {"NAME":VALUE,...}, with timestamp and edge_key among them ---- */

static int saveit(struct ingest *g, struct body *b, json_t *o, struct err *e)
{
	static const char *const skip[] = { "timestamp", "ts", "edge_key", "edgeKey", NULL };
	const char *edge = json_string_value(either(o, "edge_key", "edgeKey"));
	struct dev *d;

	if (!json_is_object(o))
		return not_object(g, b, e);
	if (edge && b->voice.edge.ptr && !str_is(b->voice.edge, edge))
		return ingest_reject(g, NULL, 1, "the record names another device than its topic", e);
	if (edge)
		b->voice.edge = str_of(edge);
	d = body_device(g, b, e);
	return d ? put_all(g, d, b, o, either(o, "timestamp", "ts"), skip, e) : -1;
}

/* ---- zoho: {"data_ts":MS,"NAME":VALUE,"EDGE":{"NAME":VALUE,...}}; "<ERROR>" is a value that could not be read ---- */

static int zoho_value(struct ingest *g, struct dev *d, int64_t at, const char *name, const json_t *v, struct err *e)
{
	static const struct raw_value null = { .typed = true };
	const char *text = json_string_value(v);

	if (text && strcmp(text, "<ERROR>") == 0)
		return ingest_put(g, d, str_of(name), at, &null, STR("bad"), e);
	return put(g, d, at, name, v, e);
}

/* Of a device behind this one, else values of this one called EDGE.NAME. */
static int zoho_inner(struct ingest *g, const struct body *b, int64_t at, const char *edge, json_t *inner, struct err *e)
{
	struct dev *d = ingest_device(g, none, b->voice.device, str_of(edge), e);
	bool there = d && ingest_knows(d);
	const char *key;
	json_t *v;

	if (d && !there)
		d = body_device(g, b, e);
	if (!d)
		return -1;
	json_object_foreach (inner, key, v) {
		AUTO(sb_done) struct sb name = SB_INIT(1024);

		if (sb_addf(&name, "%s%s%s", there ? "" : edge, there ? "" : ".", key) < 0) {
			if (ingest_reject(g, d, 1, "a datapoint's name has 1 to 255 bytes", e) < 0)
				return -1;
		} else if (zoho_value(g, d, at, sb_cstr(&name), v, e) < 0) {
			return -1;
		}
	}
	return 0;
}

static int zoho_member(struct ingest *g, const struct body *b, int64_t at, const char *key, json_t *v, struct err *e)
{
	struct dev *d;

	if (json_is_object(v) && !json_object_get(v, "lat"))
		return zoho_inner(g, b, at, key, v, e);
	d = body_device(g, b, e); /* a look-up of another may have forgotten it */
	return d ? zoho_value(g, d, at, key, v, e) : -1;
}

static int zoho(struct ingest *g, const struct body *b, json_t *o, struct err *e)
{
	const json_t *ts = json_object_get(o, "data_ts");
	int64_t n = (int64_t)json_object_size(o) - (ts != NULL), at;
	struct dev *d = body_device(g, b, e);
	const char *key;
	json_t *v;
	int got;

	if (!d)
		return -1;
	if (!json_is_object(o))
		return not_object(g, b, e);
	if (n == 0)
		ingest_empty(g, d);
	got = time_in(g, d, b, ts, n, &at, e);
	if (got <= 0)
		return got;
	json_object_foreach (o, key, v)
		if (strcmp(key, "data_ts") != 0 && zoho_member(g, b, at, key, v, e) < 0)
			return -1;
	return 0;
}

/* ---- thingsboard: {"NAME":VALUE,...}, {"ts":MS,"values":{...}}, arrays of them; of a gateway {"DEVICE":[...],...} ---- */

static int thingsboard_one(struct ingest *g, struct dev *d, const struct body *b, json_t *o, struct err *e)
{
	static const char *const skip[] = { NULL };
	json_t *values = json_object_get(o, "values");

	if (!json_is_object(o))
		return ingest_reject(g, d, 1, "the payload is no object of names and values", e);
	return json_is_object(values) ? put_all(g, d, b, values, json_object_get(o, "ts"), skip, e) : put_all(g, d, b, o, NULL, skip, e);
}

static int thingsboard_list(struct ingest *g, struct dev *d, const struct body *b, json_t *v, struct err *e)
{
	json_t *each;
	size_t i;

	if (!json_is_array(v))
		return thingsboard_one(g, d, b, v, e);
	json_array_foreach (v, i, each)
		if (thingsboard_one(g, d, b, each, e) < 0)
			return -1;
	return 0;
}

static int thingsboard(struct ingest *g, const struct body *b, json_t *v, struct err *e)
{
	const char *key;
	struct dev *d;
	json_t *list;

	if (!b->topic.many) {
		d = body_device(g, b, e);
		return d ? thingsboard_list(g, d, b, v, e) : -1;
	}
	if (!json_is_object(v))
		return not_object(g, b, e);
	json_object_foreach (v, key, list) {
		d = ingest_device(g, none, b->voice.device, str_of(key), e);
		if (!d || thingsboard_list(g, d, b, list, e) < 0)
			return -1;
	}
	return 0;
}

int profile_telemetry(struct ingest *g, struct body *b, json_t *json, struct err *e)
{
	switch (b->profile) {
	case TOPIC_SAVEIT:
		return saveit(g, b, json, e);
	case TOPIC_ZOHO:
		return zoho(g, b, json, e);
	case TOPIC_THINGSBOARD:
		return thingsboard(g, b, json, e);
	case TOPIC_SIT:
	case TOPIC_PROFILES:
		break;
	}
	return err_set(e, E_BUG, "telemetry of no profile");
}
