/* SPDX-License-Identifier: MIT */
#include "ingest/listen.h"

#include <poll.h>

#include "base/utf8.h"
#include "ingest/body.h"
#include "os/clock.h"
#include "os/signal.h"

const struct field listen_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was measured, else when it came" },
	{ .name = "device", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the device by name or key; empty behind a gateway" },
	{ .name = "gateway", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the gateway that the device is behind" },
	{ .name = "edge_key", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its name there" },
	{ .name = "datapoint", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the name on the wire" },
	{ .name = "value", .kind = FIELD_VALUE, .flags = FIELD_LIST, .help = "number, boolean, text or location, not scaled" },
	{ .name = "quality", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "good, suspect, bad or stale" },
};
const size_t listen_count = COUNT(listen_fields);

const struct field listen_raw_fields[] = {
	{ .name = "at", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it came" },
	{ .name = "topic", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the topic" },
	{ .name = "payload", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the body; bytes that are no UTF-8 become U+FFFD" },
	{ .name = "qos", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "0 or 1" },
	{ .name = "retained", .kind = FIELD_BOOL, .flags = FIELD_LIST, .help = "it lay at the broker before" },
};
const size_t listen_raw_count = COUNT(listen_raw_fields);

struct listening {
	const struct listen *opt;
	struct ingest *g;
	struct body body;
	struct mqtt *m;
	int64_t printed;
};

static bool is_enough(const struct listening *l)
{
	return l->opt->count && l->printed >= l->opt->count;
}

/* What it does not say is null, not a text without letters. */
static struct cell said(struct str s)
{
	return s.ptr ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

static int pass(void *arg, const struct passing *p, struct err *e)
{
	struct listening *l = arg;
	const struct raw_value *v = p->value;
	const struct value value = { v->type, v->num, v->txt };
	const struct cell cells[] = { CELL_OF_TIME(p->ts), said(p->device), said(p->gateway), said(p->edge),
				      CELL_OF_TEXT(p->datapoint), value_cell(&value, 0), CELL_OF_TEXT(quality_text(p->quality)) };

	if (is_enough(l))
		return 0;
	l->printed++;
	return out_rec(l->opt->out, cells, e);
}

static void complain(void *arg, const char *line)
{
	const struct listening *l = arg;

	l->opt->complain(l->opt->arg, line);
}

static int on_message(void *arg, const struct mqtt_message *m, struct err *e)
{
	struct listening *l = arg;
	const struct cell cells[] = { CELL_OF_TIME(clock_now()), CELL_OF_TEXT(m->topic), CELL_OF_TEXT(m->payload), CELL_OF_INT(m->qos),
				      CELL_OF_BOOL(m->retained) };
	const struct broker_message b = { .topic = m->topic, .payload = m->payload };
	struct topic t;
	struct err ignored = { 0 };

	if (is_enough(l))
		return 0;
	if (l->opt->raw) {
		l->printed++;
		return out_rec(l->opt->out, cells, e);
	}
	/* What is no point has no record here: --raw prints it. */
	if (topic_parse(l->body.profile, m->topic, &t, &ignored) == 0 && t.kind != TOPIC_TELEMETRY && t.kind != TOPIC_LOCATION)
		return 0;
	return body_take(l->g, &l->body, &b, e);
}

static int add_filters(struct listening *l, const struct mqtt_url *u, struct err *e)
{
	const struct listen *o = l->opt;
	int rc = 0;

	for (size_t i = 0; i < o->ntopic && rc == 0; i++)
		if ((rc = topic_filter_check(str_of(o->topic[i]), e)) == 0)
			rc = mqtt_subscribe(l->m, o->topic[i], 0, true, e);
	if (rc < 0 || o->ntopic)
		return rc;
	if (u->filter[0])
		return topic_filter_check(str_of(u->filter), e) < 0 ? -1 : mqtt_subscribe(l->m, u->filter, 0, true, e);
	for (size_t i = 0;; i++) {
		AUTO(sb_done) struct sb sb = SB_INIT(TOPIC_MAX);

		if (!topic_filter(o->broker.profile, str_of(o->org), i, &sb))
			return i ? 0 : err_nomem(e);
		if (mqtt_subscribe(l->m, sb_cstr(&sb), 0, true, e) < 0)
			return -1;
	}
}

/* Connection lost: wait and go on, or that was it. */
static int again(struct listening *l, struct err *e)
{
	if (!l->opt->stay || e->code != E_IO)
		return -1;
	l->opt->complain(l->opt->arg, e->msg);
	err_clear(e);
	(void)poll(NULL, 0, (int)(mqtt_backoff(l->m) / 1000));
	return 0;
}

static int loop(struct listening *l, struct err *e)
{
	bool connected = false;

	while (!is_enough(l)) {
		if (stop_requested())
			return stop_error(e);
		if (!connected) {
			connected = connect_now(l->m, l->opt->url, e) == 0;
			if (!connected && again(l, e) < 0)
				return -1;
			continue;
		}
		if (mqtt_flush(l->m, e) < 0 || mqtt_read(l->m, US_PER_S, 1000, e) < 0) {
			connected = false;
			mqtt_cut(l->m);
			if (again(l, e) < 0)
				return -1;
		}
		if (out_flush(l->opt->out, e) < 0)
			return -1;
	}
	return 0;
}

int listen_run(const struct listen *o, struct err *e)
{
	AUTO(sb_done) struct sb shown = SB_INIT(600);
	struct listening l = { .opt = o, .body = { .profile = o->broker.profile, .as = str_of(o->as) } };
	struct mqtt_opts mqtt = { .id = o->broker.client_id, .message = on_message, .arg = &l };
	struct mqtt_url url;
	int rc;

	if (mqtt_url_parse(o->url, &url, e) < 0 || connect_shown(o->url, &shown, e) < 0)
		return -1;
	mqtt.url = &url;
	signals_pipe_ignore(true); /* a broker that hangs up is an error, not an end */
	rc = ingest_begin(NULL, &(struct ingest_opts){ .source = sb_cstr(&shown), .batch = 1, .complain = complain, .pass = pass, .arg = &l },
			  &l.g, e);
	if (rc == 0)
		rc = connect_client(&o->broker, &mqtt, &l.m, e);
	if (rc == 0)
		rc = add_filters(&l, &url, e);
	if (rc == 0)
		rc = loop(&l, e);
	if (l.m && rc == 0)
		mqtt_leave(l.m);
	mqtt_free(l.m);
	ingest_free(l.g);
	body_done(&l.body);
	return rc;
}
