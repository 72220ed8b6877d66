/* SPDX-License-Identifier: MIT */
#include "ingest/send.h"

#include "base/num.h"
#include "base/time.h"
#include "os/signal.h"

#define AHEAD 1000	       /* messages without an answer at most */
#define AHEAD_BYTES (4 << 20) /* and about so many bytes of them */

struct sending {
	struct send *opt;
	struct mqtt *m;
	const char *name; /* of the file at hand */
	uint64_t line;
	size_t bytes; /* since there was no message without an answer */
	struct sb topic;
};

static void complain(struct sending *s, const char *why)
{
	char line[900];

	s->opt->refused++;
	(void)snprintf(line, sizeof(line), "%s:%" PRIu64 ": %s", s->name, s->line, why);
	s->opt->complain(s->opt->arg, line);
}

static void on_answer(void *arg, int mid, const char *why)
{
	struct sending *s = arg;
	char text[300];

	if (!why) {
		s->opt->sent++;
		return;
	}
	s->opt->refused++;
	(void)snprintf(text, sizeof(text), "the broker refuses message %d: %s", mid, why);
	s->opt->complain(s->opt->arg, text);
}

static const char *text_in(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Whose topic it is; the members that say so are not part of the body. */
static int topic_of(struct sending *s, const json_t *o, struct err *e)
{
	const char *device = text_in(o, "device"), *gateway = text_in(o, "gateway"), *edge = text_in(o, "edge_key");
	struct topic t = { .kind = TOPIC_TELEMETRY, .org = str_of(s->opt->org) };

	sb_clear(&s->topic);
	if (s->opt->topic)
		return sb_adds(&s->topic, s->opt->topic) < 0 ? err_nomem(e) : 0;
	if (device || !edge)
		t.device = str_of(device ? device : s->opt->as);
	else {
		t.device = str_of(gateway);
		t.edge = str_of(edge);
	}
	if (!t.device.ptr)
		return err_set(e, E_INPUT, "the record names no device (device, or gateway and edge_key; --as DEVICE gives one)");
	return topic_format(s->opt->broker.profile, &t, &s->topic, e);
}

/* Milliseconds since 1970, as other servers have it. */
static int millis(const json_t *ts, int64_t *ms, struct err *e)
{
	struct time_ctx utc = { 0, NULL };
	int64_t us = 0;

	if (json_is_string(ts) ? time_parse(str_of(json_string_value(ts)), &utc, &us, e) < 0 : !json_epoch(ts, &us))
		return err_set(e, E_INPUT, "ts is no time");
	*ms = us / US_PER_MS;
	return 0;
}

/* The record's values, {"NAME":VALUE,...}, the caller's. */
static json_t *values_of(const json_t *o)
{
	const char *name = text_in(o, "datapoint");
	json_t *values = json_object_get(o, "values");

	if (json_is_object(values))
		return json_copy(values);
	if (!name || !json_object_get(o, "value"))
		return NULL;
	values = json_object();
	(void)json_object_set(values, name, json_object_get(o, "value"));
	return values;
}

/* As the profile has it: the time beside the values, or among them. */
static json_t *dress(struct sending *s, json_t *o, struct err *e)
{
	static const char *const key[] = { [TOPIC_SIT] = "ts", [TOPIC_SAVEIT] = "timestamp", [TOPIC_ZOHO] = "data_ts", [TOPIC_THINGSBOARD] = "ts" };
	enum topic_profile p = s->opt->broker.profile;
	bool outside = p == TOPIC_SIT || p == TOPIC_THINGSBOARD;
	json_t *values = values_of(o), *ts = json_object_get(o, "ts"), *body;
	int64_t ms = 0;

	if (!values) {
		err_set(e, E_INPUT, "neither a point (datapoint, value) nor a message (values)");
		return NULL;
	}
	if (p == TOPIC_SIT && json_object_get(o, "quality")) { /* what only a point has */
		body = json_pack("{s:O,s:O,s:O}", "datapoint", json_object_get(o, "datapoint"), "value", json_object_get(o, "value"), "quality",
				 json_object_get(o, "quality"));
		json_decref(values);
	} else {
		body = outside ? json_pack("{s:o}", "values", values) : values;
	}
	if (!ts || json_is_null(ts))
		return body;
	if (p != TOPIC_SIT && p != TOPIC_SAVEIT && millis(ts, &ms, e) < 0) {
		json_decref(body);
		return NULL;
	}
	(void)json_object_set_new(body, key[p], p == TOPIC_SIT || p == TOPIC_SAVEIT ? json_incref(ts) : json_integer(ms));
	return body;
}

static int wait_until(struct sending *s, size_t unanswered, struct err *e)
{
	while (mqtt_unanswered(s->m) > unanswered)
		if (mqtt_flush(s->m, e) < 0 || mqtt_read(s->m, US_PER_S, 1000, e) < 0)
			return -1;
	return 0;
}

static int one(struct sending *s, json_t *o, struct err *e)
{
	struct err why = { 0 };
	json_t *body = json_is_object(o) && topic_of(s, o, &why) == 0 ? s->opt->topic ? json_incref(o) : dress(s, o, &why) : NULL;
	char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	int mid, rc = 0;

	json_decref(body);
	if (text) {
		s->bytes += strlen(text);
		rc = mqtt_publish(s->m, sb_cstr(&s->topic), str_of(text), 1, s->opt->retain, &mid, &why);
	}
	free(text);
	if (!text || rc < 0) {
		if (why.code && why.code != E_INPUT) {
			*e = why;
			return -1;
		}
		complain(s, why.code ? why.msg : "not an object");
		return 0;
	}
	if (s->bytes < AHEAD_BYTES)
		return wait_until(s, AHEAD - 1, e);
	s->bytes = 0;
	return wait_until(s, 0, e);
}

static int all(struct sending *s, const char *path, struct err *e)
{
	AUTO(records_freep) struct records *r = NULL;
	struct record_in in;
	enum record_got got;
	int rc = 0;

	if (records_open(path, RECORDS_JSONL, 0, &r, e) < 0)
		return -1;
	s->name = records_name(r);
	while (rc == 0 && (got = records_next(r, &in, e)) != RECORD_END) {
		s->line = in.line;
		if (stop_requested())
			rc = stop_error(e);
		else if (got == RECORD_FAILED || (got == RECORD_BAD && e->code == E_IO))
			return -1;
		else if (got == RECORD_BAD)
			complain(s, e->msg), err_clear(e);
		else if (got == RECORD_IDLE)
			rc = wait_until(s, 0, e);
		else
			rc = one(s, in.json, e);
		if (got == RECORD_JSON)
			json_decref(in.json);
	}
	return rc;
}

int send_run(struct send *o, char *const *file, int n, struct err *e)
{
	struct sending s = { .opt = o, .topic = SB_INIT(4 * TOPIC_MAX) };
	struct mqtt_opts mqtt = { .id = o->broker.client_id, .published = on_answer, .arg = &s };
	struct mqtt_url url;
	int rc;

	if (mqtt_url_parse(o->url, &url, e) < 0)
		return -1;
	mqtt.url = &url;
	signals_pipe_ignore(true); /* a broker that hangs up is an error, not an end */
	rc = connect_client(&o->broker, &mqtt, &s.m, e);
	if (rc == 0)
		rc = connect_now(s.m, o->url, e);
	for (int i = 0; rc == 0 && (i < n || (n == 0 && i == 0)); i++)
		rc = all(&s, n ? file[i] : "-", e);
	if (rc == 0)
		rc = wait_until(&s, 0, e);
	if (rc == 0)
		mqtt_leave(s.m);
	mqtt_free(s.m);
	sb_done(&s.topic);
	if (rc == 0 && o->refused)
		return err_set(e, E_PARTIAL, "%" PRId64 " of %" PRId64 " refused", o->refused, o->refused + o->sent);
	return rc;
}
