/* SPDX-License-Identifier: MIT */
#include "ingest/body.h"

#include "base/utf8.h"
#include "codec/json.h"

static const struct str none = { NULL, 0 };

void body_done(struct body *b)
{
	json_members_done(&b->m);
}

struct dev *body_device(struct ingest *g, const struct body *b, struct err *e)
{
	const struct voice *v = &b->voice;

	return v->edge.ptr ? ingest_device(g, none, v->device, v->edge, e) : ingest_device(g, v->device, none, none, e);
}

static int refuse(struct ingest *g, const struct body *b, const char *reason, struct err *e)
{
	struct dev *d = body_device(g, b, e);

	return d ? ingest_reject(g, d, 1, reason, e) : -1;
}

/* ---- points ---- */

static int own_telemetry(struct ingest *g, const struct body *b, json_t *json, struct err *e)
{
	json_t *each;
	size_t i;

	if (!json_is_array(json))
		return json_is_object(json) ? shape_record(g, json, &b->voice, e) :
					      refuse(g, b, "the payload is neither an object nor an array of objects", e);
	if (json_array_size(json) == 0)
		return refuse(g, b, "the payload is an empty array", e);
	json_array_foreach (json, i, each)
		if (shape_record(g, each, &b->voice, e) < 0)
			return -1;
	return 0;
}

static int telemetry(struct ingest *g, struct body *b, struct str payload, struct err *e)
{
	struct err why = { 0 };
	json_t *json;
	int rc;

	if (b->profile == TOPIC_SIT && json_scan(payload, SHAPE_INNER, &b->m) == payload.len)
		return shape_members(g, &b->m, &b->voice, e);
	json = json_read(payload, &why);
	if (!json)
		return refuse(g, b, why.msg, e);
	rc = b->profile == TOPIC_SIT ? own_telemetry(g, b, json, e) : profile_telemetry(g, b, json, e);
	json_decref(json);
	return rc;
}

/* A place is the value of the datapoint "location", if the device has it. */
static int location(struct ingest *g, const struct body *b, struct str payload, struct err *e)
{
	struct err why = { 0 };
	json_t *json = json_read(payload, &why), *ts;
	struct json_member m;
	struct dev *d;
	int64_t at;
	int rc;

	if (!json)
		return refuse(g, b, why.msg, e);
	d = body_device(g, b, e);
	ts = json_object_get(json, "ts");
	m = json_member_of(ts ? ts : json);
	rc = d ? shape_time(g, d, ts ? &m : NULL, &b->voice, 1, &at, e) : -1;
	if (rc > 0) {
		m = (struct json_member){ .key = STR("location"), .kind = JSON_KIND_TREE, .tree = json };
		if (ts)
			(void)json_object_del(json, "ts");
		rc = json_is_object(json) ? shape_put(g, d, at, &m, e) : ingest_reject(g, d, 1, "a location is {\"lat\":…,\"lon\":…}", e);
	}
	json_decref(json);
	return rc;
}

/* ---- there or gone ---- */

/* "online", "offline", also as a JSON text, as {"status":…} or {"online":true}: 1, 0; -1 something else. */
static int says_online(struct str payload)
{
	struct err ignored = { 0 };
	json_t *json, *v;
	int says = -1;

	if (str_is(payload, "online") || str_is(payload, "offline"))
		return payload.len == 6;
	json = json_read(payload, &ignored);
	v = json_is_object(json) ? json_object_get(json, "status") : json;
	if (json_is_object(json) && !v)
		v = json_object_get(json, "online");
	if (json_is_boolean(v))
		says = json_is_true(v);
	else if (json_is_string(v) && (strcmp(json_string_value(v), "online") == 0 || strcmp(json_string_value(v), "offline") == 0))
		says = strcmp(json_string_value(v), "online") == 0;
	json_decref(json);
	return says;
}

/* Of ThingsBoard's gateways the body names the device behind them. */
static int of_whom(struct body *b, struct str payload, json_t **keep)
{
	struct err ignored = { 0 };
	const char *name;

	if (b->profile != TOPIC_THINGSBOARD)
		return 0;
	*keep = json_read(payload, &ignored);
	name = json_string_value(json_object_get(*keep, "device"));
	if (!name)
		return -1;
	b->voice.edge = str_of(name);
	return 0;
}

static int status(struct ingest *g, struct body *b, const struct broker_message *m, struct err *e)
{
	bool plain = !b->topic.alive && !b->topic.gone;
	int online = plain ? says_online(m->payload) : b->topic.alive, rc;
	json_t *keep = NULL;
	struct dev *d;

	if (online < 0)
		return refuse(g, b, "a status is \"online\" or \"offline\"", e);
	if (!plain && of_whom(b, m->payload, &keep) < 0) {
		json_decref(keep);
		return refuse(g, b, "the message names no device", e);
	}
	d = body_device(g, b, e);
	/* One that lies at the broker says what was so when it was said: for being there that is too little. */
	rc = !d ? -1 : online && m->retained ? 0 : ingest_status(g, d, online, e);
	json_decref(keep);
	return rc;
}

/* ---- events and answers ---- */

/* When it was said and what it answers, if the body says so. */
static void look_into(struct ingest *g, struct dev *d, json_t *json, struct told_message *t)
{
	static const char *const when[] = { "ts", "timestamp", "event_timestamp", "data_ts" };
	static const struct voice anybody = { .bound = false };
	const json_t *ts = NULL;
	const char *ref = json_string_value(json_object_get(json, "correlation_id"));
	struct json_member m;
	struct err ignored = { 0 };

	if (ref && !t->ref.ptr)
		t->ref = str_of(ref);
	for (size_t i = 0; i < COUNT(when) && !ts; i++)
		ts = json_object_get(json, when[i]);
	if (!ts)
		return;
	m = json_member_of(ts);
	t->has_ts = shape_time(g, d, &m, &anybody, 0, &t->ts, &ignored) > 0;
}

static int keep_message(struct ingest *g, const struct body *b, struct str payload, struct err *e)
{
	struct told_message t = { .kind = topic_word(b->topic.kind), .ref = b->topic.ref, .payload = payload };
	struct err ignored = { 0 };
	json_t *json;
	struct dev *d;
	int rc;

	if (payload.len > BODY_TEXT_MAX)
		return refuse(g, b, "an event or an answer has at most 64 KiB", e);
	if (!utf8_valid(payload))
		return refuse(g, b, "an event or an answer is text: this is not UTF-8", e);
	d = body_device(g, b, e);
	if (!d)
		return -1;
	json = json_read(payload, &ignored);
	if (json_is_object(json))
		look_into(g, d, json, &t);
	rc = ingest_message(g, d, &t, e);
	json_decref(json);
	return rc;
}

/* ---- all ---- */

static struct str trim(struct str s)
{
	while (s.len && strchr(" \t\r\n", s.ptr[s.len - 1]) && s.ptr[s.len - 1])
		s.len--;
	while (s.len && strchr(" \t\r\n", *s.ptr) && *s.ptr)
		s.ptr++, s.len--;
	return s;
}

static int by_kind(struct ingest *g, struct body *b, const struct broker_message *m, struct err *e)
{
	struct str payload = trim(m->payload);
	struct broker_message trimmed = { m->topic, payload, m->arrived, m->id, m->retained };

	if (m->payload.len > JSON_RECORD_MAX)
		return refuse(g, b, "the payload is longer than 1 MiB", e);
	if (payload.len == 0 && !b->topic.alive)
		return refuse(g, b, "the payload is empty", e);
	switch (b->topic.kind) {
	case TOPIC_TELEMETRY:
		return telemetry(g, b, payload, e);
	case TOPIC_LOCATION:
		return location(g, b, payload, e);
	case TOPIC_STATUS:
		return status(g, b, &trimmed, e);
	case TOPIC_EVENT:
	case TOPIC_COMMAND_ACK:
	case TOPIC_CONFIG_ACK:
	case TOPIC_OTA_PROGRESS:
	case TOPIC_SCRIPT_LOG:
		return keep_message(g, b, payload, e);
	case TOPIC_COMMAND:
	case TOPIC_CONFIG:
	case TOPIC_OTA:
	case TOPIC_SCRIPT:
	case TOPIC_KINDS:
		break; /* to devices: not for us */
	}
	return 0;
}

int body_take(struct ingest *g, struct body *b, const struct broker_message *m, struct err *e)
{
	struct err why = { 0 };

	ingest_at(g, &(struct origin){ .arrived = m->arrived, .id = m->id, .topic = m->topic, .text = m->payload });
	if (topic_parse(b->profile, m->topic, &b->topic, &why) < 0)
		return ingest_reject(g, NULL, 1, why.msg, e);
	if (!topic_is_upward(b->topic.kind))
		return 0;
	if (ingest_for_all(g)) {
		int got = ingest_turn(&g, b->topic.org, 1, e);

		if (got <= 0)
			return got;
	}
	if (b->topic.org.ptr && ingest_org(g).ptr && !str_eq(b->topic.org, ingest_org(g)))
		return ingest_reject(g, NULL, 1, "the topic is another organisation's", e);
	b->voice = (struct voice){ .device = b->topic.device.ptr ? b->topic.device : b->as, .edge = b->topic.edge, .bound = true,
				   .dated = m->retained };
	if (!b->voice.device.ptr)
		return ingest_reject(g, NULL, 1, "the topic names no device (--as DEVICE gives one)", e);
	return by_kind(g, b, m, e);
}
