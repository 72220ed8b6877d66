/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "watch/watch.h"

static struct {
	const char *since, *idle, *datapoint;
	int64_t count;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT(0, "since", &cfg.since, "CURSOR", "go on behind the record with this cursor (default, or empty: from now on)"),
	OPT_TEXT_OF("points", 0, "datapoint", &cfg.datapoint, "DATAPOINT,...", "only these datapoints (names or patterns)"),
	OPT_NUMBER(0, "count", &cfg.count, "N", "end after N records"),
	OPT_TEXT(0, "idle", &cfg.idle, "DURATION", "end when nothing came for so long"),
	OPT_USE(select_opts),
	OPT_END
};
/* clang-format on */

static void tell_gap(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static void tell_begun(void *arg, const char *cursor)
{
	ctx_note(arg, "from %s on", cursor);
}

static int watch(struct ctx *c, enum watch_what what, int argc, char **argv, struct err *e)
{
	struct watch w = { .what = what, .select = c->opt->select, .datapoints = cfg.datapoint, .since = cfg.since, .when = { c->now, c->zone },
			   .count = cfg.count, .gap = tell_gap, .begun = c->opt->verbose ? tell_begun : NULL, .arg = c };
	AUTO(terms_done) struct terms terms = { 0 };
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[WATCH_FIELDS_MOST];
	size_t n;

	if (cfg.count < 0)
		return err_set(e, E_USAGE, "--count: 1 or more");
	if (cfg.idle && dur_parse(str_of(cfg.idle), &w.idle, e) < 0)
		return err_wrap(e, "--idle");
	if (ctx_terms(c, argc, argv, &terms, e) < 0)
		return -1;
	w.operand = terms.v;
	w.n = terms.n;
	n = watch_shown(c->db, what, fields);
	if (ctx_out(c, fields, n, &out, e) < 0 || watch_run(c->db, &w, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

/* Merges leave what they take for who follows, where the store can be told that somebody does. */
static int v_points(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct err why = { 0 };

	if (ctx_open(c, NEED_WRITE | NEED_ALL_ORGS, &why) < 0) {
		ctx_note(c, "%s; points that are merged before they are read will be a gap", why.msg);
		if (ctx_open(c, NEED_READ, e) < 0)
			return -1;
	}
	return watch(c, WATCH_POINTS, argc, argv, e);
}

static int v_alarms(struct ctx *c, int argc, char **argv, struct err *e)
{
	return watch(c, WATCH_ALARMS, argc, argv, e);
}

static int v_events(struct ctx *c, int argc, char **argv, struct err *e)
{
	return watch(c, WATCH_EVENTS, argc, argv, e);
}

static int v_status(struct ctx *c, int argc, char **argv, struct err *e)
{
	return watch(c, WATCH_STATUS, argc, argv, e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "points", "[DEVICE|FILTER...]", "print points as they are stored", v_points, NEED_READ, 0, -1 },
	{ "alarms", "[DEVICE|FILTER...]", "print what happens to alarms", v_alarms, NEED_READ, 0, -1 },
	{ "events", "[DEVICE|FILTER...]", "print events, and what happens to alarms", v_events, NEED_READ, 0, -1 },
	{ "status", "[DEVICE|FILTER...]", "print devices that go online or offline", v_status, NEED_READ, 0, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "watched point", "a point as it is stored (sit-watch points)", watch_point_fields, &watch_point_count },
	{ "watched alarm change", "something that happens to an alarm (sit-watch alarms)", watch_alarm_fields, &watch_alarm_count },
	{ "watched event", "an event as it is written (sit-watch events, status)", watch_event_fields, &watch_event_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-watch points site=plant --datapoint 'power_*'", "points of a site as they come, until stopped" },
	{ "sit-watch alarms -f jsonl --since \"$(tail -n 1 alarms.jsonl | jq -r .cursor)\" >>alarms.jsonl", "go on where the file ends; from now on while there is none" },
	{ "sit-watch status --count 1 --idle 1h", "wait for the next device to come or go" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-watch",
	.family = "read",
	.brief = "what happens, as it happens: points, alarms, events, devices that come and go",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
