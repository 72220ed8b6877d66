/* SPDX-License-Identifier: MIT */
#include "ingest/shape.h"

#include "base/name.h"
#include "codec/json.h"
#include "ingest/sheet.h"

/* Keys with a meaning; those of a flat point first. */
enum key {
	KEY_TS,
	KEY_DEVICE,
	KEY_DATAPOINT,
	KEY_VALUE,
	KEY_QUALITY,
	KEY_RAW,
	KEY_UNIT,
	KEY_SITE,
	KEY_GATEWAY,
	KEY_ORG,
	KEY_FLAT, /* how many a flat point may have */
	KEY_VALUES = KEY_FLAT,
	KEY_EDGE,
	KEY_REJECT,
	KEY_TEXT,
	KEY_HEADER,
	KEY_N
};

static const struct str key_names[KEY_N] = {
	[KEY_TS] = { "ts", 2 },		  [KEY_DEVICE] = { "device", 6 }, [KEY_DATAPOINT] = { "datapoint", 9 },
	[KEY_VALUE] = { "value", 5 },	  [KEY_QUALITY] = { "quality", 7 }, [KEY_RAW] = { "raw", 3 },
	[KEY_UNIT] = { "unit", 4 },	  [KEY_SITE] = { "site", 4 },	  [KEY_GATEWAY] = { "gateway", 7 },
	[KEY_ORG] = { "org", 3 },	  [KEY_VALUES] = { "values", 6 }, [KEY_EDGE] = { "edge_key", 8 },
	[KEY_REJECT] = { "reject", 6 },	  [KEY_TEXT] = { "text", 4 },	  [KEY_HEADER] = { "header", 6 },
};

/* Whose points they are: device, or gateway and edge; without pointer where not said. */
struct speaker {
	struct str device, gateway, edge;
};

/* A record's members by their keys, NULL where there is none. */
struct record {
	const struct json_members *all;
	const struct json_member *at[KEY_N];
	size_t odd; /* members that a flat point may not have */
};

/* By length first, because this is asked for every key of every record. */
static enum key key_of(struct str name)
{
	static const signed char first[] = { -1, -1, KEY_TS, KEY_RAW, KEY_UNIT, KEY_VALUE, KEY_DEVICE, KEY_QUALITY, KEY_EDGE, KEY_DATAPOINT };
	static const enum key next[KEY_N] = {
		[KEY_TS] = KEY_N,      [KEY_RAW] = KEY_ORG,	  [KEY_ORG] = KEY_N,	 [KEY_UNIT] = KEY_SITE,	     [KEY_SITE] = KEY_TEXT,
		[KEY_TEXT] = KEY_N,    [KEY_VALUE] = KEY_N,	  [KEY_DEVICE] = KEY_VALUES, [KEY_VALUES] = KEY_REJECT, [KEY_REJECT] = KEY_HEADER,
		[KEY_HEADER] = KEY_N,  [KEY_QUALITY] = KEY_GATEWAY, [KEY_GATEWAY] = KEY_N, [KEY_EDGE] = KEY_N,	     [KEY_DATAPOINT] = KEY_N,
	};
	enum key k = name.len < COUNT(first) && first[name.len] >= 0 ? (enum key)first[name.len] : KEY_N;

	while (k < KEY_N && !bytes_eq(key_names[k].ptr, name.ptr, name.len))
		k = next[k];
	return k;
}

static void find_keys(const struct json_members *m, struct record *r)
{
	const struct json_member *end = m->m + m->n;

	*r = (struct record){ .all = m };
	for (const struct json_member *p = m->m; p < end; p += p->kind == JSON_KIND_INNER ? 1 + p->inner : 1) {
		enum key k = key_of(p->key);

		r->odd += k >= KEY_FLAT && k != KEY_EDGE;
		if (k < KEY_N)
			r->at[k] = p;
	}
}

/* The member's text; without pointer when there is none. */
static struct str text_at(const struct record *r, enum key k)
{
	const struct json_member *m = r->at[k];

	return m && m->kind == JSON_KIND_TEXT ? m->txt : (struct str){ NULL, 0 };
}

/* What can be told without the text of a location. */
static bool plain_value(const struct json_member *m, struct raw_value *out)
{
	*out = (struct raw_value){ .typed = true };
	switch (m->kind) {
	case JSON_KIND_NULL:
		out->type = VALUE_NULL;
		return true;
	case JSON_KIND_BOOL:
		out->type = VALUE_BOOL;
		out->num = m->num;
		return true;
	case JSON_KIND_NUMBER:
		out->type = VALUE_NUMBER;
		out->num = m->num;
		return true;
	case JSON_KIND_TEXT:
		out->type = VALUE_STRING;
		out->txt = m->txt;
		return true;
	case JSON_KIND_WHOLE:
	case JSON_KIND_INNER:
	case JSON_KIND_TREE:
		break;
	}
	return false;
}

bool shape_value(const json_t *v, struct raw_value *out, struct sb *keep)
{
	struct json_member m = json_member_of(v);
	char *dump;

	if (plain_value(&m, out))
		return true;
	if (!json_is_object(v) || !json_object_get(v, "lat") || !json_object_get(v, "lon"))
		return false;
	dump = json_dumps(v, JSON_COMPACT);
	sb_clear(keep);
	if (!dump || sb_adds(keep, dump) < 0) {
		free(dump);
		return false;
	}
	free(dump);
	out->type = VALUE_LOCATION;
	out->txt = sb_str(keep);
	return true;
}

/* The raw value that a flat point says, if it says one: both are numbers. */
static bool takes_raw(const struct record *of, struct raw_value *v)
{
	const struct json_member *raw = of ? of->at[KEY_RAW] : NULL;

	if (!raw || raw->kind == JSON_KIND_NULL)
		return true;
	if (raw->kind != JSON_KIND_NUMBER || v->type != VALUE_NUMBER)
		return false;
	v->has_raw = true;
	v->raw = raw->num;
	return true;
}

static int put_tree(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct json_member *m, struct str quality,
		    struct err *e)
{
	AUTO(sb_done) struct sb keep = SB_INIT(1 << 20);
	struct raw_value raw;

	if (m->kind == JSON_KIND_WHOLE)
		return ingest_reject(g, d, 1, "the value is an integer that does not fit a double exactly", e);
	if (m->kind != JSON_KIND_TREE || !shape_value(m->tree, &raw, &keep))
		return ingest_reject(g, d, 1, "value is neither number, text, boolean nor location", e);
	return ingest_put(g, d, name, ts, &raw, quality, e);
}

/* of: the whole of a flat point, NULL for a value of a message. */
static int put_value(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct json_member *m, const struct record *of,
		     struct err *e)
{
	struct str quality = of ? text_at(of, KEY_QUALITY) : (struct str){ NULL, 0 };
	struct raw_value raw;
	bool plain;

	if (name.len == 0 || name.len > 255)
		return ingest_reject(g, d, 1, "a datapoint's name has 1 to 255 bytes", e);
	plain = plain_value(m, &raw);
	if (of)
		raw.unit = text_at(of, KEY_UNIT);
	if (!takes_raw(of, &raw))
		return ingest_reject(g, d, 1, "raw goes with a value, and both are numbers", e);
	return plain ? ingest_put(g, d, name, ts, &raw, quality, e) : put_tree(g, d, name, ts, m, quality, e);
}

/* ts: text, an epoch number, or missing (then the time of arrival). 1, or 0 with n points refused; -1. */
static int odd_time(struct ingest *g, struct dev *d, const struct json_member *ts, int64_t n, int64_t *out, struct err *e)
{
	struct err why = { 0 };

	if (!ts || ts->kind == JSON_KIND_NULL) {
		*out = ingest_now(g);
		return 1;
	}
	if (ts->kind == JSON_KIND_TEXT && ingest_time(g, d, ts->txt, out, &why) == 0)
		return 1;
	if (ts->kind == JSON_KIND_NUMBER ? time_epoch(ts->num, out) : ts->kind == JSON_KIND_WHOLE && time_epoch_whole(ts->whole, out))
		return 1;
	if (ts->kind == JSON_KIND_NUMBER || ts->kind == JSON_KIND_WHOLE)
		err_set(&why, E_INPUT, "ts is outside the years 0 to 9999");
	else if (ts->kind != JSON_KIND_TEXT)
		err_set(&why, E_INPUT, "ts is neither a text nor a number");
	return n && ingest_reject(g, d, n, why.msg, e) < 0 ? -1 : 0;
}

int shape_time(struct ingest *g, struct dev *d, const struct json_member *ts, const struct voice *v, int64_t n, int64_t *out, struct err *e)
{
	if (ts && ts->kind == JSON_KIND_TEXT && ingest_time_known(g, ts->txt, out))
		return 1;
	if (v->dated && (!ts || ts->kind == JSON_KIND_NULL))
		return n && ingest_reject(g, d, n, "a retained message without ts: nobody knows when it was said", e) < 0 ? -1 : 0;
	return odd_time(g, d, ts, n, out, e);
}

int shape_put(struct ingest *g, struct dev *d, int64_t ts, const struct json_member *m, struct err *e)
{
	return put_value(g, d, m->key, ts, m, NULL, e);
}

/* The first key that does not belong to a flat point. */
static int odd_key(struct ingest *g, const struct record *r, struct err *e)
{
	const struct json_member *p = r->all->m;
	struct near near = { 0 };
	char reason[300], hint[96];

	for (;; p += p->kind == JSON_KIND_INNER ? 1 + p->inner : 1) {
		size_t i = 0;

		while (i < KEY_FLAT && !str_eq(p->key, key_names[i]))
			near_offer(&near, p->key, key_names[i++]);
		if (i == KEY_FLAT && !str_eq(p->key, key_names[KEY_EDGE]))
			break;
	}
	(void)snprintf(reason, sizeof(reason), "unknown key \"%.*s\" of a point%s", (int)(p->key.len > 80 ? 80 : p->key.len), p->key.ptr,
		       near_text(&near, hint, sizeof(hint)));
	return ingest_reject(g, NULL, 1, reason, e);
}

/*
 * Whom a record is of: what it says, else whose voice it is. Who speaks under a topic of its own may name itself and what is behind it: a reason
 * why not, or NULL.
 */
static const char *whom(const struct record *r, const struct voice *v, struct speaker *s)
{
	*s = (struct speaker){ text_at(r, KEY_DEVICE), text_at(r, KEY_GATEWAY), text_at(r, KEY_EDGE) };
	if (v->bound) {
		if (s->device.ptr && !str_eq(s->device, v->device))
			return "the record names another device than its topic";
		if (s->gateway.ptr && !str_eq(s->gateway, v->device))
			return "the record names another gateway than its topic";
		if (v->edge.ptr && (s->device.ptr || (s->edge.ptr && !str_eq(s->edge, v->edge))))
			return "the record names another device than its topic";
		if (v->edge.ptr)
			s->edge = v->edge;
		s->gateway = s->edge.ptr ? v->device : (struct str){ NULL, 0 };
		if (s->edge.ptr)
			s->device.ptr = NULL;
	}
	if (!s->device.ptr && !s->gateway.ptr)
		s->device = v->device;
	if (s->device.ptr)
		s->gateway = s->edge = (struct str){ NULL, 0 };
	return NULL;
}

/* The ingest of the organisation that the record, of n points, names, where each names one: 1, 0 refused, -1. Its topic has named it before. */
static int turn(struct ingest **g, const struct record *r, const struct voice *v, int64_t n, struct err *e)
{
	struct str org = text_at(r, KEY_ORG);

	if (!ingest_for_all(*g))
		return 1;
	if (!v->bound)
		return ingest_turn(g, org, n, e);
	return !r->at[KEY_ORG] || str_eq(org, ingest_org(*g)) ? 1 :
		ingest_reject(*g, NULL, n, "the record names another organisation than its topic", e);
}

static int flat_point(struct ingest *g, const struct record *r, const struct voice *v, struct err *e)
{
	struct speaker s;
	const char *why = whom(r, v, &s);
	struct dev *d;
	int64_t ts;
	int got = turn(&g, r, v, 1, e);

	if (got <= 0)
		return got;
	if (r->odd)
		return odd_key(g, r, e);
	if (why)
		return ingest_reject(g, NULL, 1, why, e);
	if (!v->bound && !s.device.ptr && !(s.gateway.len && s.edge.len)) /* the gateway of a point is only told, as its unit is */
		s = (struct speaker){ .device = v->device };
	if (!s.device.len && !(s.gateway.len && s.edge.len))
		return ingest_reject(g, NULL, 1, "a point has no device (--as DEVICE gives one)", e);
	if (!r->at[KEY_VALUE])
		return ingest_reject(g, NULL, 1, "a point has no value", e);
	d = ingest_device(g, s.device, s.gateway, s.edge, e);
	if (!d)
		return -1;
	got = shape_time(g, d, r->at[KEY_TS], v, 1, &ts, e);
	if (got <= 0)
		return got;
	return put_value(g, d, text_at(r, KEY_DATAPOINT), ts, r->at[KEY_VALUE], r, e);
}

static int message(struct ingest *g, const struct record *r, const struct voice *v, struct err *e)
{
	const struct json_member *values = r->at[KEY_VALUES];
	struct speaker s;
	const char *why = whom(r, v, &s);
	int64_t n, ts;
	struct dev *d;
	int got;

	if (values->kind != JSON_KIND_INNER)
		return ingest_reject(g, NULL, 1, "values is not an object", e);
	n = (int64_t)values->inner;
	got = turn(&g, r, v, n ? n : 1, e);
	if (got <= 0)
		return got;
	if (!why && !s.device.len && !(s.gateway.len && s.edge.len))
		why = "a message names no device (device, or gateway and edge_key)";
	if (why)
		return ingest_reject(g, NULL, n ? n : 1, why, e);
	d = ingest_device(g, s.device, s.gateway, s.edge, e);
	if (!d)
		return -1;
	if (n == 0)
		ingest_empty(g, d);
	got = shape_time(g, d, r->at[KEY_TS], v, n, &ts, e);
	if (got <= 0)
		return got;
	for (const struct json_member *m = values + 1; m <= values + n; m++)
		if (put_value(g, d, m->key, ts, m, NULL, e) < 0)
			return -1;
	return 0;
}

/* A line of a rejects file, mended: what its text says, under the options in force. */
static int mended(struct ingest *g, const struct record *r, const struct voice *v, struct err *e)
{
	struct str text = text_at(r, KEY_TEXT), header = text_at(r, KEY_HEADER);
	struct err why = { 0 };
	json_t *inner;
	int rc;

	if (v->bound) /* its text may name anybody */
		return ingest_reject(g, NULL, 1, "a reject is read from files", e);
	if (!text.ptr)
		return ingest_reject(g, NULL, 1, "a reject without text", e);
	if (header.ptr)
		return sheet_single(g, header, text, e);
	inner = json_read(text, &why);
	if (!inner)
		return ingest_reject(g, NULL, 1, why.msg, e);
	rc = json_object_get(inner, "reject") ? ingest_reject(g, NULL, 1, "a reject of a reject", e) :
						shape_record(g, inner, v, e);
	json_decref(inner);
	return rc;
}

int shape_members(struct ingest *g, const struct json_members *m, const struct voice *v, struct err *e)
{
	struct record r;

	find_keys(m, &r);
	if (r.at[KEY_VALUES])
		return message(g, &r, v, e);
	if (r.at[KEY_DATAPOINT])
		return flat_point(g, &r, v, e);
	if (r.at[KEY_REJECT])
		return mended(g, &r, v, e);
	return ingest_reject(g, NULL, 1, "neither a point (datapoint, value) nor a message (values)", e);
}

int shape_record(struct ingest *g, json_t *json, const struct voice *v, struct err *e)
{
	struct json_members m = { NULL, 0, 0 };
	int rc;

	if (!json_is_object(json))
		return ingest_reject(g, NULL, 1, "not an object: neither a point nor a message", e);
	rc = json_members_of(json, SHAPE_INNER, &m, e) < 0 ? -1 : shape_members(g, &m, v, e);
	json_members_done(&m);
	return rc;
}
