/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "os/clock.h"
#include "os/signal.h"
#include "store/alarm.h"
#include "store/epoch.h"
#include "watch/impl.h"

#define LOOK (600 * US_PER_S) /* at most between two looks */

static const char letters[] = { [WATCH_POINTS] = 'p', [WATCH_ALARMS] = 'a', [WATCH_EVENTS] = 'e', [WATCH_STATUS] = 's' };

/* clang-format off */
#define GAP_FIELDS \
	{ .name = "gap", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "no record: something is missing here, and why" }, \
	{ .name = "from", .kind = FIELD_TIME, .flags = FIELD_SPARSE, .help = "of a gap: it arrived after this" }, \
	{ .name = "to", .kind = FIELD_TIME, .flags = FIELD_SPARSE, .help = "and up to this" }, \
	{ .name = "cursor", .kind = FIELD_TEXT, .help = "what --since takes to go on behind this record" }

const struct field watch_point_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was measured" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the device" },
	{ .name = "datapoint", .kind = FIELD_IDENT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the datapoint" },
	{ .name = "value", .kind = FIELD_VALUE, .flags = FIELD_LIST, .help = "number, boolean, text or location; null only when bad or stale" },
	{ .name = "quality", .kind = FIELD_ENUM, .flags = FIELD_LIST | FIELD_SPARSE, .help = "good, suspect, bad or stale" },
	{ .name = "site", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "site of the device" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "organisation of the device" },
	GAP_FIELDS,
};
const size_t watch_point_count = COUNT(watch_point_fields);

const struct field watch_alarm_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it happened, by the device's clock" },
	{ .name = "alarm", .kind = FIELD_INT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "number of the alarm" },
	{ .name = "rule", .kind = FIELD_NAME, .flags = FIELD_LIST | FIELD_SPARSE, .help = "its rule" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the device" },
	{ .name = "datapoint", .kind = FIELD_IDENT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the datapoint; of an expression none" },
	{ .name = "change", .kind = FIELD_TEXT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "what happened: raised, escalated, acknowledged, shelved, cleared, ..." },
	{ .name = "severity", .kind = FIELD_ENUM, .flags = FIELD_LIST | FIELD_SPARSE, .words = severity_words, .help = "how bad it is from then on" },
	{ .name = "value", .kind = FIELD_VALUE, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the newest value" },
	{ .name = "threshold", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "the rule's threshold" },
	{ .name = "why", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "why it was cleared" },
	{ .name = "flaps", .kind = FIELD_INT, .flags = FIELD_SPARSE, .help = "times that it came back while it was flapping" },
	{ .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the rule's message" },
	{ .name = "who", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "who did it, if a person" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "organisation of the device" },
	GAP_FIELDS,
};
const size_t watch_alarm_count = COUNT(watch_alarm_fields);

const struct field watch_event_fields[] = {
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it happened" },
	{ .name = "id", .kind = FIELD_INT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "its number; none of what happens to an alarm" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST | FIELD_SPARSE, .help = "the device it is about" },
	{ .name = "kind", .kind = FIELD_ENUM, .flags = FIELD_LIST | FIELD_SPARSE, .words = event_kind_words, .help = "state_change, alarm, maintenance, system or user_action" },
	{ .name = "severity", .kind = FIELD_ENUM, .flags = FIELD_LIST | FIELD_SPARSE, .words = severity_words, .help = "info, warning, error or critical" },
	{ .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST | FIELD_SPARSE, .help = "what happened; of status online or offline" },
	{ .name = "source", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "who noticed" },
	{ .name = "who", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "who said or did it, if a person" },
	{ .name = "data", .kind = FIELD_JSON, .flags = FIELD_SPARSE, .help = "more of it, for programs" },
	{ .name = "at", .kind = FIELD_TIME, .flags = FIELD_SPARSE, .help = "when it was written down" },
	{ .name = "alarm", .kind = FIELD_INT, .flags = FIELD_SPARSE, .help = "number of the alarm that this happened to" },
	{ .name = "change", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "what happened to it" },
	{ .name = "rule", .kind = FIELD_TEXT, .flags = FIELD_SPARSE, .help = "its rule" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "the organisation" },
	GAP_FIELDS,
};
/* clang-format on */
const size_t watch_event_count = COUNT(watch_event_fields);

static size_t count_of(enum watch_what what)
{
	return what == WATCH_POINTS ? watch_point_count : what == WATCH_ALARMS ? watch_alarm_count : watch_event_count;
}

size_t watch_shown(const struct db *db, enum watch_what what, struct field out[WATCH_FIELDS_MOST])
{
	const struct field *f = what == WATCH_POINTS ? watch_point_fields : what == WATCH_ALARMS ? watch_alarm_fields : watch_event_fields;
	size_t n = count_of(what);

	memcpy(out, f, n * sizeof(*f));
	for (size_t i = 0; i < n && db_many(db); i++)
		if (strcmp(out[i].name, "org") == 0)
			out[i].flags = FIELD_LIST | FIELD_SPARSE;
	return n;
}

/* ---- cursors ---- */

struct cell watch_cursor(struct watching *x)
{
	const struct watch_at *a = &x->at;

	sb_clear(&x->cursor);
	sb_addf(&x->cursor, "%c%" PRId64 ".%" PRId64, letters[x->w->what], a->epoch, a->at);
	if (x->w->what == WATCH_POINTS)
		sb_addf(&x->cursor, ".%" PRId64 ".%" PRId64 ".%" PRId64, a->feed.seq, a->feed.slot, a->feed.ts);
	else
		sb_addf(&x->cursor, ".%" PRId64 ".%" PRId64, a->event, a->change);
	return CELL_OF_TEXT(sb_str(&x->cursor));
}

/* Numbers with dots between; false: it is none. */
static bool read_numbers(const char *s, int64_t *const *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str word = { s, strcspn(s, ".") };

		if (!num_parse_int(word, to[i]))
			return false;
		s += word.len;
		if (*s != (i + 1 < n ? '.' : '\0'))
			return false;
		s += i + 1 < n;
	}
	return true;
}

static int read_cursor(struct watching *x, struct err *e)
{
	struct watch_at *a = &x->at;
	int64_t *const points[] = { &a->epoch, &a->at, &a->feed.seq, &a->feed.slot, &a->feed.ts };
	int64_t *const rest[] = { &a->epoch, &a->at, &a->event, &a->change };
	const char *s = x->w->since;
	bool is_point = x->w->what == WATCH_POINTS;

	if (*s == letters[x->w->what] && read_numbers(s + 1, is_point ? points : rest, is_point ? COUNT(points) : COUNT(rest)) &&
	    a->feed.slot >= 0 && a->feed.slot <= FEED_WHOLE)
		return 0;
	return err_set(e, E_USAGE, "--since: \"%.100s\" is no cursor of these records", s);
}

/* From now on; after a restore from where the store then is. The cursor may be kept for longer than what gave out its number, so that is durable first. */
static int read_end(struct watching *x, struct err *e)
{
	x->at.at = clock_now();
	return feed_end(x->db, &x->at.feed, e) < 0 || event_newest(x->db, &x->at.event, &x->at.change, e) < 0 ? -1 : db_sync(x->db, e);
}

static int begin_at(struct watching *x, struct err *e)
{
	struct epoch now;
	int64_t was;

	if (epoch_now(x->db, &now, e) < 0)
		return -1;
	x->at.epoch = now.number;
	if (!x->w->since || !*x->w->since) /* the first run of a script has none yet */
		return read_end(x, e);
	if (read_cursor(x, e) < 0)
		return -1;
	was = x->at.at;
	if (x->at.epoch == now.number)
		return 0;
	/* Numbers were given anew since. */
	if (read_end(x, e) < 0)
		return -1;
	x->at.epoch = now.number;
	x->at.at = was;
	return watch_gap(x, "restored", clock_now(), e);
}

/* ---- records ---- */

int watch_printed(struct watching *x, struct err *e)
{
	x->records++;
	if (stop_requested())
		return stop_error(e);
	return x->w->count && x->records >= x->w->count;
}

int watch_gap(struct watching *x, const char *why, int64_t to, struct err *e)
{
	struct cell cells[WATCH_FIELDS_MOST] = { CELL_OF_NULL };
	char line[200], from_text[40], to_text[40];
	int64_t from = x->at.at;
	size_t n = count_of(x->w->what);

	x->at.at = to;
	cells[n - 4] = CELL_OF_TEXT(str_of(why));
	cells[n - 3] = CELL_OF_TIME(from);
	cells[n - 2] = CELL_OF_TIME(to);
	cells[n - 1] = watch_cursor(x);
	(void)time_print(from, NULL, from_text);
	(void)time_print(to, NULL, to_text);
	(void)snprintf(line, sizeof(line), "a gap (%s): of what arrived from %s to %s something is missing", why, from_text, to_text);
	x->w->gap(x->w->arg, line);
	return out_rec(x->out, cells, e);
}

/* Until nothing more comes: 1 the end, 0 go on waiting, -1. */
static int wait_more(const struct watching *x, int64_t last, struct err *e)
{
	int64_t left = x->w->idle ? last + x->w->idle - clock_monotonic() : LOOK;
	int got = db_wait(x->db, left < 0 ? 0 : left < LOOK ? left : LOOK, e);

	return got < 0 ? -1 : got == 0 && x->w->idle && clock_monotonic() >= last + x->w->idle;
}

static int follow(struct watching *x, const struct watch_kind *k, void *of, struct err *e)
{
	int64_t last = clock_monotonic();
	int rc = 0;

	(void)watch_cursor(x);
	if (x->w->begun)
		x->w->begun(x->w->arg, sb_cstr(&x->cursor));
	while (rc == 0) {
		int64_t before = x->records;

		rc = k->drain(x, of, e);
		if (rc >= 0 && out_flush(x->out, e) < 0)
			return -1;
		if (x->records > before)
			last = clock_monotonic();
		if (rc == 0)
			rc = wait_more(x, last, e);
	}
	return rc < 0 ? -1 : 0;
}

int watch_run(struct db *db, const struct watch *w, struct out *out, struct err *e)
{
	const struct watch_kind *k = w->what == WATCH_POINTS ? &watch_points : w->what == WATCH_ALARMS ? &watch_alarms : &watch_events;
	struct watching x = { .db = db, .w = w, .out = out, .cursor = SB_INIT(200) };
	void *of = NULL;
	int rc = -1;

	if (series_ready(db, e) == 0 && event_ready(db, e) == 0 && alarm_ready(db, e) == 0 && db_watch(db, k->channel, e) == 0 && k->begin(&x, &of, e) == 0 &&
	    begin_at(&x, e) == 0)
		rc = follow(&x, k, of, e);
	k->done(of);
	sb_done(&x.cursor);
	return rc;
}
