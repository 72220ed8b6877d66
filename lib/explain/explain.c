/* SPDX-License-Identifier: MIT */
#include "explain/explain.h"

#include "base/name.h"
#include "explain/impl.h"
#include "os/zones.h"
#include "series/series.h"
#include "store/entity.h"
#include "store/state.h"

#define LOOK_BACK US_PER_DAY /* without a range */

/* clang-format off */
const struct field explain_fields[] = {
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "the organisation of the device" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "datapoint", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the datapoint that was looked at; none: all of them" },
	{ .name = "step", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "source, resolve, definition, convert, validate, limits, store, latest" },
	{ .name = "verdict", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "ok, cause, also (true besides), not reached" },
	{ .name = "cause", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "the cause in a word, as listed in sit-explain(1)" },
	{ .name = "what", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what there is to say" },
	{ .name = "since", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "since when" },
	{ .name = "points", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "how many points it is about" },
	{ .name = "evidence", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what it is known from" },
	{ .name = "todo", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what may help" },
};
/* clang-format on */
const size_t explain_count = COUNT(explain_fields);

void explained_done(struct explained *x)
{
	for (int s = 0; s < STEP_COUNT; s++)
		finding_done(x->step + s);
	arena_done(&x->text);
}

const char *explain_keep(struct explained *x, struct str s, struct err *e)
{
	const char *copy = arena_dup(&x->text, s.ptr ? s : STR(""));

	if (!copy)
		err_nomem(e);
	return copy;
}

/* ---- what it is about ---- */

/* "id:42:power": the colon behind the device. */
static void split(const char *what, struct str *device, struct str *datapoint)
{
	const char *colon = strchr(strncmp(what, "id:", 3) == 0 ? what + 3 : what, ':');

	*device = colon ? (struct str){ what, (size_t)(colon - what) } : str_of(what);
	*datapoint = colon ? str_of(colon + 1) : (struct str){ NULL, 0 };
}

static const char *text_at(struct explained *x, const struct stmt *st, int col, struct err *e)
{
	return stmt_is_null(st, col) ? NULL : explain_keep(x, stmt_text(st, col), e);
}

static int load_device(struct db *db, int64_t id, struct subject *s, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct explain *f = &x->facts;
	char shown[200];
	int got = explain_device(db, id, &st, e) < 0 ? -1 : stmt_step(st, e);

	if (got <= 0)
		return got < 0 ? -1 : err_set(e, E_NOTFOUND, "no device id:%" PRId64, id);
	s->device = id;
	s->org = stmt_int(st, 0);
	(void)snprintf(x->org, sizeof(x->org), "%.*s", STR_ARG(stmt_text(st, 1)));
	s->name = text_at(x, st, 2, e);
	s->key = text_at(x, st, 3, e);
	s->edge_key = text_at(x, st, 4, e);
	s->gateway = stmt_int(st, 5);
	s->gateway_name = text_at(x, st, 6, e);
	s->gateway_key = text_at(x, st, 7, e);
	f->known = true;
	f->enabled = stmt_int(st, 8) != 0;
	f->created = stmt_int(st, 9);
	f->retired = !stmt_is_null(st, 10);
	(void)snprintf(shown, sizeof(shown), s->org == db_self(db) ? "%.0s%s" : "%s/%s", x->org, s->name ? s->name : "");
	f->device = explain_keep(x, str_of(shown), e);
	return e->code ? -1 : 0;
}

/* No such device lives: one that was retired, or of which trail or quarantine still know something; *missing is why not else. */
static int find_dead(struct db *db, struct str name, struct subject *s, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct near near = { 0 };
	int64_t id;
	int got = explain_retired(db, db_self(db), name, &id, e);

	if (got)
		return got < 0 ? -1 : load_device(db, id, s, x, e);
	s->org = db_self(db);
	s->name = x->facts.device = explain_keep(x, name, e);
	(void)snprintf(x->org, sizeof(x->org), "%s", db_self_name(db) ? db_self_name(db) : "");
	if (!s->name || explain_names(db, s->org, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		struct str one = stmt_text(st, 0);
		const char *was = near.best.ptr;

		near_offer(&near, name, one);
		if (near.best.ptr != was && !(near.best.ptr = x->facts.nearest = explain_keep(x, one, e)))
			return -1;
	}
	return got;
}

static int find_device(struct db *db, struct str name, struct subject *s, struct explained *x, struct err *missing, struct err *e)
{
	int64_t id;

	if (entity_resolve(db, &device_entity, name, &id, missing) == 0)
		return load_device(db, id, s, x, e);
	if (missing->code != E_NOTFOUND) {
		*e = *missing;
		return -1;
	}
	return find_dead(db, name, s, x, e);
}

static int near_datapoint(struct db *db, const struct subject *s, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct near near = { 0 };
	int got = explain_datapoints(db, s->device, s->ref.model, &st, e) < 0 ? -1 : 1;

	while (got > 0 && (got = stmt_step(st, e)) > 0) {
		struct str one = stmt_text(st, 0);
		const char *was = near.best.ptr;

		near_offer(&near, s->datapoint, one);
		if (near.best.ptr != was && !(near.best.ptr = x->facts.nearest = explain_keep(x, one, e)))
			return -1;
	}
	return got;
}

static int find_datapoint(struct db *db, struct subject *s, struct explained *x, struct err *e)
{
	struct definition def;
	enum builtin computed;
	int got;

	if (!s->datapoint.ptr)
		return 0;
	if (builtin_find(s->datapoint, &computed))
		return err_set(e, E_USAGE, "%.*s is computed, not received", STR_ARG(s->datapoint));
	got = definition_lookup(db, &s->ref, s->datapoint, &x->text, &def, e);
	if (got < 0)
		return -1;
	x->facts.defined = got > 0;
	x->facts.datapoint = got ? def.name : explain_keep(x, s->datapoint, e);
	if (!x->facts.datapoint || series_find(db, s->device, str_of(x->facts.datapoint), &s->series, e) < 0)
		return -1;
	return got ? 0 : near_datapoint(db, s, x, e);
}

/* ---- finding out ---- */

static int set_range(const struct explain_ask *ask, const struct subject *s, struct explained *x, struct err *e)
{
	const struct zone *zone = ask->when.zone;

	x->facts.now = ask->when.now;
	x->facts.zone = zone;
	x->facts.named = ask->given;
	x->facts.want = ask->given ? ask->range : (struct range){ ask->when.now - LOOK_BACK, TIME_MAX };
	if (ask->given && !zone && s->device) {
		if (zones_get(s->ref.tz, &zone, e) < 0 || ask->range_in(ask->range_arg, zone, &x->facts.want, e) < 0)
			return -1;
	}
	if (x->facts.want.to > x->facts.now)
		x->facts.want.to = x->facts.now + 1; /* what came at this very moment counts */
	return x->facts.want.from <= x->facts.now && x->facts.want.from < x->facts.want.to ? 0 : err_set(e, E_USAGE, "the range has not begun yet");
}

static int set_state(struct db *db, const struct subject *s, struct explain *x, struct err *e)
{
	struct device_state state = { .last_seen = STATE_NONE };
	int got = s->device ? state_read(db, s->device, &state, e) : 0;

	x->last_seen = got > 0 ? state.last_seen : STATE_NONE;
	x->offline_after = got > 0 ? state.offline_after : 10 * US_PER_MIN;
	return got < 0 ? -1 : 0;
}

/* Nothing anywhere says that there was such a thing. */
static bool unheard(const struct explain *x)
{
	bool held = false;

	for (size_t i = 0; i < REASON_N; i++)
		held |= x->held[i].n > 0;
	return !held && !x->gone.id;
}

static int look(struct db *db, const struct explain_ask *ask, struct subject *s, struct explained *x, const char **stalled, struct err *e)
{
	if (find_datapoint(db, s, x, e) < 0 || set_range(ask, s, x, e) < 0 || set_state(db, s, &x->facts, e) < 0 ||
	    gather_flow(db, s, x, stalled, &x->others, e) < 0)
		return -1;
	/* What nothing is known of yet may have waited for longer. */
	if (!s->device || (x->facts.flow.n == 0 && x->facts.flow.before == STATE_NONE && !ask->given))
		x->facts.missing = (struct range){ TIME_MIN, x->facts.now + 1 };
	return gather_books(db, s, x, e);
}

int explain_find(struct db *db, const struct explain_ask *ask, struct explained *x, struct err *e)
{
	struct subject s = { .shared = db_many(db) };
	struct err missing = { 0 };
	const char *stalled = NULL;
	struct str device;

	split(ask->what, &device, &s.datapoint);
	if (explain_ready(db, e) < 0 || entity_ready(db, e) < 0 || definition_ready(db, e) < 0 || series_ready(db, e) < 0 || state_ready(db, e) < 0)
		return -1;
	if (find_device(db, device, &s, x, &missing, e) < 0 || (s.device && device_by_id(db, s.device, &s.ref, e) < 0) ||
	    look(db, ask, &s, x, &stalled, e) < 0)
		return -1;
	if (stalled) {
		s.datapoint = str_of(stalled);
		if (look(db, ask, &s, x, &(const char *){ NULL }, e) < 0)
			return -1;
	}
	if (!x->facts.known && unheard(&x->facts)) {
		*e = missing;
		return -1;
	}
	if (s.datapoint.ptr && s.device && !x->facts.defined && !s.series && unheard(&x->facts))
		return err_set(e, E_NOTFOUND, "no datapoint \"%s\" of %s%s%s%s", x->facts.datapoint, x->facts.device,
			       x->facts.nearest ? " (did you mean \"" : "", x->facts.nearest ? x->facts.nearest : "", x->facts.nearest ? "\"?)" : "");
	return explain_judge(&x->facts, x->step, &x->cause, e);
}

/* ---- what is printed ---- */

static int flow_line(const struct explained *x, struct sb *sb)
{
	char at[40], every[48];

	sb_adds(sb, "points flow");
	if (x->facts.flow.newest != STATE_NONE || x->facts.flow.before != STATE_NONE) {
		(void)time_print(x->facts.flow.n ? x->facts.flow.newest : x->facts.flow.before, x->facts.zone, at);
		sb_addf(sb, ", the newest of %s", at);
	}
	if (x->facts.flow.usual) {
		(void)dur_print(x->facts.flow.usual, every);
		sb_addf(sb, ", usually every %s", every);
	}
	return sb->bad ? -1 : 0;
}

int explain_line(const struct explained *x, struct sb *sb, struct err *e)
{
	const struct finding *f = x->step + (x->cause < 0 ? 0 : x->cause);

	sb_addf(sb, "%s%s%s: ", x->facts.device, x->facts.datapoint ? ":" : "", x->facts.datapoint ? x->facts.datapoint : "");
	if (x->cause < 0)
		return flow_line(x, sb) < 0 ? err_nomem(e) : 0;
	sb_adds(sb, sb_cstr(&f->what));
	if (f->evidence.len)
		sb_addf(sb, " (%s)", sb_cstr(&f->evidence));
	if (f->todo.len)
		sb_addf(sb, "; %s", sb_cstr(&f->todo));
	if (x->others)
		sb_addf(sb, "; %zu more datapoint%s stopped", x->others, x->others == 1 ? " has" : "s have");
	return sb->bad ? err_nomem(e) : 0;
}

static struct cell text_cell(const struct sb *sb)
{
	return sb->len ? CELL_OF_TEXT(sb_str(sb)) : CELL_OF_NULL;
}

static int print_one(const struct explained *x, int s, struct str what, struct out *out, struct err *e)
{
	const struct finding *f = x->step + s;
	struct cell c[] = { CELL_OF_TEXT(str_of(x->org)),
			    CELL_OF_TEXT(str_of(x->facts.device)),
			    x->facts.datapoint ? CELL_OF_TEXT(str_of(x->facts.datapoint)) : CELL_OF_NULL,
			    CELL_OF_TEXT(str_of(explain_step_words[s])),
			    CELL_OF_TEXT(str_of(verdict_words[f->verdict])),
			    f->cause ? CELL_OF_TEXT(str_of(f->cause)) : CELL_OF_NULL,
			    CELL_OF_TEXT(what),
			    f->since == STATE_NONE ? CELL_OF_NULL : CELL_OF_TIME(f->since),
			    f->points ? CELL_OF_INT(f->points) : CELL_OF_NULL,
			    text_cell(&f->evidence),
			    text_cell(&f->todo) };

	return out_rec(out, c, e);
}

int explain_print(const struct explained *x, bool all, struct out *out, struct err *e)
{
	AUTO(sb_done) struct sb line = SB_INIT(400);

	if (!all && x->cause >= 0)
		return print_one(x, x->cause, sb_str(&x->step[x->cause].what), out, e);
	if (!all)
		return flow_line(x, &line) < 0 ? err_nomem(e) : print_one(x, STEP_LATEST, sb_str(&line), out, e);
	for (int s = 0; s < STEP_COUNT; s++)
		if (print_one(x, s, sb_str(&x->step[s].what), out, e) < 0)
			return -1;
	return 0;
}
