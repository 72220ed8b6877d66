/* SPDX-License-Identifier: MIT */
#include "model/explain.h"

#include "base/name.h"

const char *const explain_step_words[] = { "source", "resolve", "definition", "convert", "validate", "limits", "store", "latest", NULL };
const char *const verdict_words[] = { "ok", "cause", "also", "not reached", NULL };

#define ALLOWED 3 /* intervals without a point that mean nothing */

/* ---- how points came ---- */

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t explain_usual(int64_t *ts, size_t n)
{
	if (n < 3)
		return 0;
	for (size_t i = 0; i + 1 < n; i++)
		ts[i] -= ts[i + 1];
	qsort(ts, n - 1, sizeof(*ts), by_time);
	return ts[(n - 1) / 2];
}

bool explain_flow(struct explain *x)
{
	const struct flow *f = &x->flow;
	int64_t newest = f->n ? f->newest : f->before, end = x->want.to;
	struct range tail = { newest == STATE_NONE ? x->want.from : newest, end };

	x->allowed = f->usual ? ALLOWED * f->usual : x->offline_after;
	x->missing = (struct range){ end, end };
	if (x->named && f->n == 0 && (newest == STATE_NONE || end - x->want.from >= (f->usual ? f->usual : x->offline_after))) {
		x->missing = x->want;
	} else if (newest == STATE_NONE || end - newest > x->allowed) {
		x->missing = tail;
	} else if (x->named && f->gap.to - f->gap.from > x->allowed) {
		x->missing = f->gap;
	}
	return x->missing.from >= x->missing.to;
}

/* The numbers in it, without zeros before them, one after the other: whether two names differ in them. */
static bool same_numbers(struct str a, struct str b)
{
	for (size_t i = 0, j = 0;;) {
		size_t n = 0, m = 0;

		while (i < a.len && (a.ptr[i] < '1' || a.ptr[i] > '9'))
			i++;
		while (j < b.len && (b.ptr[j] < '1' || b.ptr[j] > '9'))
			j++;
		while (i + n < a.len && a.ptr[i + n] >= '0' && a.ptr[i + n] <= '9')
			n++;
		while (j + m < b.len && b.ptr[j + m] >= '0' && b.ptr[j + m] <= '9')
			m++;
		if (n != m || (n && memcmp(a.ptr + i, b.ptr + j, n) != 0))
			return false;
		if (n == 0)
			return true;
		i += n;
		j += m;
	}
}

static bool same_letters(struct str a, struct str b)
{
	for (size_t i = 0; i < a.len && a.len == b.len; i++)
		if ((a.ptr[i] | 0x20) != (b.ptr[i] | 0x20))
			return false;
	return a.len == b.len;
}

bool explain_near(struct str wire, struct str name)
{
	struct near near = { 0 };

	if (same_letters(wire, name))
		return true;
	near_offer(&near, wire, name);
	return near.best.ptr && same_numbers(wire, name);
}

/* ---- words of the checks ---- */

static void add_at(struct sb *sb, const char *before, int64_t t, const struct zone *zone)
{
	char text[40];

	(void)time_print(t, zone, text);
	sb_addf(sb, "%s%s", before, text);
}

static void add_dur(struct sb *sb, const char *before, int64_t d)
{
	char text[48];

	(void)dur_print(d >= US_PER_S ? d - d % US_PER_S : d, text);
	sb_addf(sb, "%s%s", before, text);
}

static void add_change(struct finding *f, const struct changed *c)
{
	if (!c->id)
		return;
	sb_addf(&f->evidence, "audit row %" PRId64, c->id);
	if (c->actor)
		sb_addf(&f->evidence, " of %s", c->actor);
}

/* What the held points are known from. */
static void add_held(const struct explain *x, struct finding *f, const struct held *h)
{
	f->points = h->n;
	f->since = h->first;
	if (h->id)
		sb_addf(&f->evidence, "quarantine %" PRId64 ": ", h->id);
	else
		sb_adds(&f->evidence, "ledger: ");
	sb_addf(&f->evidence, "%.300s", h->reason ? h->reason : "");
	if (h->place)
		sb_addf(&f->evidence, " (%.200s)", h->place);
	add_at(&f->evidence, ", last ", h->last, x->zone);
}

static void add_points(struct finding *f, int64_t n)
{
	sb_addf(&f->what, "%" PRId64 " point%s ", n, n == 1 ? "" : "s");
}

static const char *series_of(const struct explain *x)
{
	return x->datapoint ? x->datapoint : "its datapoints";
}

/* Something of the device came while its points are missing. */
static bool came(const struct explain *x)
{
	return x->arrived != STATE_NONE && x->arrived > x->missing.from + x->allowed;
}

static bool held_any(const struct explain *x)
{
	for (size_t i = 0; i < REASON_N; i++)
		if (x->held[i].n)
			return true;
	return x->elsewhere.n || x->elsewhere_kept;
}

static bool never(const struct explain *x)
{
	return x->flow.n == 0 && x->flow.before == STATE_NONE && x->any_newest == STATE_NONE && x->arrived == STATE_NONE;
}

/* ---- the checks: true when it is so, with words for it ---- */

static void add_run(const struct explain *x, struct sb *sb)
{
	sb_addf(sb, "run %" PRId64 " of %s from %.120s", x->run.id, x->run.program, x->run.source);
	if (x->run.ended == STATE_NONE)
		add_at(sb, " since ", x->run.started, x->zone);
	else
		add_at(sb, ", ended ", x->run.ended, x->zone);
}

static bool source_failed(const struct explain *x, struct finding *f)
{
	/* 6 is a run that went to its end, with something refused. */
	if (!x->run.id || x->run.ended == STATE_NONE || x->run.exit == 0 || x->run.exit == 6 || came(x) || held_any(x) ||
	    x->run.ended < x->missing.from - x->allowed)
		return false;
	sb_addf(&f->what, "the source stopped: %s from %.120s ended with exit %" PRId64, x->run.program, x->run.source, x->run.exit);
	add_at(&f->what, " at ", x->run.ended, x->zone);
	if (x->run.error)
		sb_addf(&f->what, ": %.300s", x->run.error);
	f->since = x->run.ended;
	add_run(x, &f->evidence);
	sb_addf(&f->todo, "start %s again", x->run.program);
	return true;
}

static bool gateway_silent(const struct explain *x, struct finding *f)
{
	if (!x->gateway || came(x) || held_any(x))
		return false;
	sb_addf(&f->what, "its gateway %s is silent", x->gateway);
	if (x->gateway_seen != STATE_NONE)
		add_at(&f->what, " since ", x->gateway_seen, x->zone);
	else
		sb_adds(&f->what, ", and was never heard of");
	f->since = x->gateway_seen;
	sb_addf(&f->evidence, "state of %s", x->gateway);
	sb_addf(&f->todo, "sit-explain %s", x->gateway);
	return true;
}

static bool never_received(const struct explain *x, struct finding *f)
{
	if (!never(x))
		return false;
	sb_adds(&f->what, "nothing was ever received");
	add_at(&f->what, ", since it was added at ", x->created, x->zone);
	f->since = x->created;
	sb_adds(&f->evidence, "no points, no quarantine, no ledger");
	sb_addf(&f->todo, "is something sending as \"%s\"?", x->device);
	return true;
}

/* It had points, and none came since; or only some of its datapoints went on. */
static bool stopped(const struct explain *x, struct finding *f)
{
	int64_t last = x->flow.n || x->flow.before != STATE_NONE ? x->missing.from : STATE_NONE;

	if (last == STATE_NONE) {
		sb_addf(&f->what, "nothing was ever received of %s", series_of(x));
		last = x->last_seen;
	} else if (x->missing.to < x->want.to) {
		add_at(&f->what, "nothing from ", last, x->zone);
		add_at(&f->what, " to ", x->missing.to, x->zone);
	} else if (x->named && x->flow.n == 0) {
		sb_adds(&f->what, "nothing then");
		if (x->flow.before != STATE_NONE)
			add_at(&f->what, ": received before, the last of ", x->flow.before, x->zone);
	} else {
		add_at(&f->what, "received before, but stopped at ", last, x->zone);
	}
	if (x->flow.usual)
		add_dur(&f->what, "; usually every ", x->flow.usual);
	f->since = last;
	if (x->last_seen != STATE_NONE)
		add_at(&f->evidence, "last heard of ", x->last_seen, x->zone);
	if (x->run.id && x->last_seen != STATE_NONE)
		sb_adds(&f->evidence, "; ");
	if (x->run.id)
		add_run(x, &f->evidence);
	return true;
}

static bool retired(const struct explain *x, struct finding *f)
{
	if (!x->retired)
		return false;
	sb_adds(&f->what, "the device is retired");
	if (x->gone.id)
		add_at(&f->what, " since ", x->gone.at, x->zone);
	f->since = x->gone.id ? x->gone.at : STATE_NONE;
	add_change(f, &x->gone);
	return true;
}

static bool disabled(const struct explain *x, struct finding *f)
{
	const struct held *h = x->held + REASON_IS_DISABLED;

	if (!x->known || x->retired || (x->enabled && !h->n))
		return false;
	if (x->enabled) {
		sb_adds(&f->what, "the device was not enabled: ");
		add_points(f, h->n);
		sb_adds(&f->what, "wait in quarantine");
		sb_addf(&f->todo, "sit-quarantine adopt device=%s", x->device);
	} else {
		sb_adds(&f->what, "the device is disabled");
		if (x->disabled.id)
			add_at(&f->what, " since ", x->disabled.at, x->zone);
		sb_addf(&f->todo, "sit-device set %s enabled=true", x->device);
	}
	add_change(f, &x->disabled);
	if (h->n && x->disabled.id)
		sb_adds(&f->evidence, "; ");
	if (h->n)
		add_held(x, f, h);
	if (x->disabled.id)
		f->since = x->disabled.at;
	return true;
}

static bool unknown_device(const struct explain *x, struct finding *f)
{
	const struct held *h = x->held + REASON_IS_NAME;
	const char *name = h->name ? h->name : "";
	bool own = strcmp(name, x->device) == 0;

	if (!h->n)
		return false;
	add_points(f, h->n);
	sb_addf(&f->what, "came as \"%.120s\"", name);
	if (x->known && own)
		sb_adds(&f->what, " before there was such a device");
	else
		sb_adds(&f->what, ", which no device is called");
	if (x->known && !own)
		sb_addf(&f->what, "; was %s meant?", x->device);
	else if (!x->known && x->nearest)
		sb_addf(&f->what, "; was %s meant?", x->nearest);
	add_held(x, f, h);
	if (!own && !strchr(name, '/'))
		sb_addf(&f->todo, "sit-device set %s key=%.120s; ", x->device, name);
	else if (!x->known && x->nearest)
		sb_addf(&f->todo, "sit-device set %s key=%.120s; ", x->nearest, name);
	if (!strchr(name, '/'))
		sb_addf(&f->todo, "sit-quarantine adopt device=%.120s", name);
	else
		sb_addf(&f->todo, "sit-quarantine list gateway=%.*s", (int)strcspn(name, "/"), name);
	return true;
}

static bool other_organisation(const struct explain *x, struct finding *f)
{
	const struct held *h = &x->elsewhere;

	if (x->held[REASON_IS_FOREIGN].n) {
		h = x->held + REASON_IS_FOREIGN;
		add_points(f, h->n);
		sb_adds(&f->what, "were brought in for another organisation than the device's");
		sb_addf(&f->todo, "sit-ingest --org, with the organisation of %s", x->device);
		add_held(x, f, h);
		return true;
	}
	if (!x->elsewhere_org)
		return false;
	if (x->elsewhere_kept) {
		sb_addf(&f->what, "points arrive in organisation %s, which has a device of that name", x->elsewhere_org);
		add_at(&f->evidence, "its state: last heard of ", h->last, x->zone);
		f->since = h->last;
	} else {
		add_points(f, h->n);
		sb_addf(&f->what, "arrived in organisation %s, which has no device of that name", x->elsewhere_org);
		add_held(x, f, h);
	}
	sb_addf(&f->todo, "sit-ingest --org, with the organisation of %s", x->device);
	return true;
}

static bool unknown_datapoint(const struct explain *x, struct finding *f)
{
	const struct held *h = x->held + REASON_IS_DATAPOINT;
	bool own = h->datapoint && x->datapoint && strcmp(h->datapoint, x->datapoint) == 0;

	if (!h->n)
		return false;
	add_points(f, h->n);
	sb_addf(&f->what, "came as \"%.120s\"", h->datapoint);
	if (own && x->defined)
		sb_adds(&f->what, " before there was such a datapoint");
	else
		sb_adds(&f->what, ", which no datapoint of the device is called");
	if (!own && x->datapoint)
		sb_addf(&f->what, "; was %s meant?", x->datapoint);
	else if (x->nearest && !x->defined)
		sb_addf(&f->what, "; was %s meant?", x->nearest);
	add_held(x, f, h);
	if (own && x->defined)
		sb_addf(&f->todo, "sit-quarantine adopt device=%s datapoint=%.120s", x->device, h->datapoint);
	else
		sb_addf(&f->todo, "sit-datapoint set ... key=%.120s; sit-quarantine adopt device=%s", h->datapoint, x->device);
	return true;
}

/* Words that fit every kind of held points. */
static bool held_back(const struct explain *x, struct finding *f, const struct held *h, const char *what)
{
	if (!h->n)
		return false;
	add_points(f, h->n);
	sb_addf(&f->what, "%s: %s", h->id ? "wait in quarantine" : "were refused", what);
	add_held(x, f, h);
	return true;
}

static bool wrong_type(const struct explain *x, struct finding *f)
{
	return held_back(x, f, x->held + REASON_IS_TYPE, "their values are of another type than the datapoint's");
}

static bool bad_value(const struct explain *x, struct finding *f)
{
	const struct held *h = x->held + REASON_IS_VALUE;

	return held_back(x, f, h, h->reason ? h->reason : "");
}

static bool time_far(const struct explain *x, struct finding *f, bool ahead)
{
	const struct held *h = x->held + REASON_IS_TIME;

	if (h->ahead != ahead || !held_back(x, f, h, ahead ? "their time is too far in the future" : "their time is too far in the past"))
		return false;
	sb_addf(&f->todo, "set the clock of %s; sit-ingest --skew", x->device);
	return true;
}

static bool time_future(const struct explain *x, struct finding *f)
{
	return time_far(x, f, true);
}

static bool time_past(const struct explain *x, struct finding *f)
{
	return time_far(x, f, false);
}

static bool over_limit(const struct explain *x, struct finding *f)
{
	const struct held *h = x->held + REASON_IS_LIMIT;

	return held_back(x, f, h, h->reason ? h->reason : "");
}

static bool deleted(const struct explain *x, struct finding *f)
{
	if (x->retired || !x->gone.id || (x->known && x->missing.from >= x->created))
		return false;
	add_at(&f->what, x->known ? "a device of that name was deleted at " : "the device was deleted at ", x->gone.at, x->zone);
	if (x->known)
		add_at(&f->what, ", with its points; this one is of ", x->created, x->zone);
	f->since = x->gone.at;
	add_change(f, &x->gone);
	return true;
}

static bool retention(const struct explain *x, struct finding *f)
{
	const struct held *h = x->held + REASON_IS_EXPIRED;

	if (x->flow.floor == STATE_NONE || (x->flow.floor <= x->missing.from && !h->n))
		return false;
	add_at(&f->what, "points before ", x->flow.floor, x->zone);
	sb_adds(&f->what, " were deleted by retention");
	f->since = x->pruned.id ? x->pruned.at : STATE_NONE;
	if (x->pruned.id)
		add_change(f, &x->pruned);
	if (h->n && x->pruned.id)
		sb_adds(&f->evidence, "; ");
	if (h->n)
		add_held(x, f, h);
	return true;
}

static bool restored(const struct explain *x, struct finding *f)
{
	if (!x->epoch.number || x->missing.from >= x->epoch.started || x->missing.to <= x->epoch.taken ||
	    x->missing.from < x->epoch.taken - x->allowed)
		return false;
	add_at(&f->what, "the store was restored at ", x->epoch.started, x->zone);
	add_at(&f->what, " from a backup of ", x->epoch.taken, x->zone);
	sb_adds(&f->what, ": what came in between is not in it");
	f->since = x->epoch.taken;
	sb_addf(&f->evidence, "epoch %" PRId64, x->epoch.number);
	sb_adds(&f->todo, "bring in again what the sources keep");
	return true;
}

static bool other_times(const struct explain *x, struct finding *f)
{
	if (!x->stored || (x->datapoint && x->any_newest != STATE_NONE && x->any_newest > x->missing.from))
		return false;
	add_points(f, x->stored);
	sb_addf(&f->what, "arrived meanwhile, but %s", x->stored == 1 ? "bears another time" : "bear other times");
	if (x->any_newest != STATE_NONE)
		add_at(&f->what, ": the newest is of ", x->any_newest, x->zone);
	f->points = x->stored;
	f->since = x->missing.from;
	sb_adds(&f->evidence, "ledger");
	sb_addf(&f->todo, "look at the clock of %s (sit-device status)", x->device);
	return true;
}

/* ---- all of them ---- */

static const struct {
	enum explain_step step;
	const char *cause;
	bool (*is)(const struct explain *x, struct finding *f);
	bool last; /* when nothing else is */
} checks[] = {
	{ STEP_SOURCE, "source_failed", source_failed, false },
	{ STEP_SOURCE, "gateway_silent", gateway_silent, false },
	{ STEP_SOURCE, "never_received", never_received, true },
	{ STEP_SOURCE, "stopped", stopped, true },
	{ STEP_RESOLVE, "retired", retired, false },
	{ STEP_RESOLVE, "disabled", disabled, false },
	{ STEP_RESOLVE, "unknown_device", unknown_device, false },
	{ STEP_RESOLVE, "other_organisation", other_organisation, false },
	{ STEP_DEFINITION, "unknown_datapoint", unknown_datapoint, false },
	{ STEP_CONVERT, "wrong_type", wrong_type, false },
	{ STEP_CONVERT, "bad_value", bad_value, false },
	{ STEP_VALIDATE, "time_future", time_future, false },
	{ STEP_VALIDATE, "time_past", time_past, false },
	{ STEP_LIMITS, "over_limit", over_limit, false },
	{ STEP_STORE, "deleted", deleted, false },
	{ STEP_STORE, "retention", retention, false },
	{ STEP_STORE, "restored", restored, false },
	{ STEP_LATEST, "other_times", other_times, false },
};

/* ---- what is to say of a step that is as it should be ---- */

static void fine(const struct explain *x, enum explain_step s, struct sb *what)
{
	if (s == STEP_SOURCE && x->run.id)
		add_run(x, what);
	else if (s == STEP_SOURCE && x->last_seen != STATE_NONE)
		add_at(what, "last heard of ", x->last_seen, x->zone);
	else if (s == STEP_RESOLVE)
		sb_addf(what, "%s is known and enabled", x->device);
	else if (s == STEP_DEFINITION && x->datapoint)
		sb_addf(what, x->defined ? "%s is defined" : "%s is defined no more", x->datapoint);
	else if (s == STEP_STORE && x->flow.n)
		sb_addf(what, "%" PRId64 " %s in the range", x->flow.n, x->flow.n == 1 ? "point" : "points");
	else if (s == STEP_LATEST && x->any_newest != STATE_NONE)
		add_at(what, "the newest is of ", x->any_newest, x->zone);
	else
		sb_adds(what, "nothing held back");
	if (s == STEP_LATEST && x->flow.usual)
		add_dur(what, ", usually every ", x->flow.usual);
}

static void finding_begin(struct finding *f)
{
	*f = (struct finding){ .what = SB_INIT(2000), .evidence = SB_INIT(2000), .todo = SB_INIT(1000), .since = STATE_NONE };
}

void finding_done(struct finding *f)
{
	sb_done(&f->what);
	sb_done(&f->evidence);
	sb_done(&f->todo);
}

/* The first check of each step that holds, of those that are `last` or not. */
static void ask(const struct explain *x, struct finding step[STEP_COUNT], bool last)
{
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct finding *f = step + checks[i].step;

		if (checks[i].last == last && !f->cause && checks[i].is(x, f))
			f->cause = checks[i].cause;
	}
}

int explain_judge(const struct explain *x, struct finding step[STEP_COUNT], int *cause, struct err *e)
{
	bool flows = x->known && !x->retired && x->missing.from >= x->missing.to, bad = false;

	*cause = -1;
	for (int s = 0; s < STEP_COUNT; s++)
		finding_begin(step + s);
	ask(x, step, false);
	for (int s = 0; s < STEP_COUNT && !flows && *cause < 0; s++)
		if (step[s].cause)
			*cause = s;
	if (!flows && *cause < 0) {
		ask(x, step, true);
		*cause = STEP_SOURCE;
	}
	for (int s = 0; s < STEP_COUNT; s++) {
		struct finding *f = step + s;

		f->verdict = s == *cause ? VERDICT_CAUSE : f->cause ? VERDICT_ALSO : *cause >= 0 && s > *cause ? VERDICT_UNREACHED : VERDICT_OK;
		if (f->verdict == VERDICT_OK)
			fine(x, (enum explain_step)s, &f->what);
		bad |= f->what.bad || f->evidence.bad || f->todo.bad;
	}
	return bad ? err_nomem(e) : 0;
}
