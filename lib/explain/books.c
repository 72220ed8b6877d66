/* SPDX-License-Identifier: MIT */
/* What quarantine, ledger, runs, trail and states say of the time that points are missing. */
#include "base/name.h"
#include "codec/json.h"
#include "db/caller.h"
#include "explain/impl.h"
#include "model/role.h"
#include "store/state.h"

static bool is(struct str s, const char *name)
{
	return name && s.ptr && str_is(s, name);
}

static bool near_one(struct str s, const char *name)
{
	return name && s.ptr && explain_near(s, str_of(name));
}

static void heard(struct explain *x, int64_t t)
{
	if (t != STATE_NONE && t > x->arrived)
		x->arrived = t;
}

/* ---- quarantine ---- */

/* A group of held points. */
struct group {
	int64_t org, n, first, last, id;
	bool ahead;
	struct str org_name, device, gateway, edge_key, datapoint, reason, place;
};

static void read_group(const struct stmt *st, struct group *g)
{
	*g = (struct group){ .org = stmt_int(st, 0), .org_name = stmt_text(st, 1), .device = stmt_text(st, 2), .gateway = stmt_text(st, 3),
			     .edge_key = stmt_text(st, 4), .datapoint = stmt_text(st, 5), .reason = stmt_text(st, 6), .n = stmt_int(st, 7),
			     .first = stmt_int(st, 8), .last = stmt_int(st, 9), .id = stmt_int(st, 10), .ahead = stmt_int(st, 11) != 0,
			     .place = stmt_text(st, 12) };
}

/* They name the device, as it is called on the wire. */
static bool names(const struct subject *s, const struct group *g)
{
	if (g->device.ptr)
		return is(g->device, s->name) || is(g->device, s->key);
	return (is(g->gateway, s->gateway_name) || is(g->gateway, s->gateway_key)) && is(g->edge_key, s->edge_key);
}

static bool nearly_names(const struct subject *s, const struct group *g)
{
	if (!s->device) /* nothing is called so: only what came under the very name says something */
		return false;
	if (g->device.ptr)
		return near_one(g->device, s->name) || near_one(g->device, s->key);
	return (is(g->gateway, s->gateway_name) || is(g->gateway, s->gateway_key)) && near_one(g->edge_key, s->edge_key);
}

/* The datapoint they name is the one asked about, or may be meant for it. 1, 0, -1. */
static int of_datapoint(struct db *db, const struct subject *s, const struct explained *x, const struct group *g, struct err *e)
{
	AUTO(arena_done) struct arena a = ARENA_INIT((size_t)1 << 20);
	struct definition def;
	int got;

	if (!s->datapoint.ptr || is(g->datapoint, x->facts.datapoint))
		return 1;
	if (!s->device)
		return 0;
	got = definition_lookup(db, &s->ref, g->datapoint, &a, &def, e);
	if (got < 0)
		return -1;
	return got ? strcmp(def.name, x->facts.datapoint) == 0 : near_one(g->datapoint, x->facts.datapoint);
}

/* Add them to what is known of the kind; the words are those of the most of them. */
static int add_group(struct explained *x, struct held *h, const struct group *g, struct err *e)
{
	char name[300];
	bool first = h->n == 0;

	if (g->device.ptr)
		(void)snprintf(name, sizeof(name), "%.250s", g->device.ptr);
	else
		(void)snprintf(name, sizeof(name), "%.140s/%.140s", g->gateway.ptr ? g->gateway.ptr : "", g->edge_key.ptr ? g->edge_key.ptr : "");
	h->first = first || g->first < h->first ? g->first : h->first;
	h->last = first || g->last > h->last ? g->last : h->last;
	if (first || g->n > h->n) {
		h->id = g->id;
		h->ahead = g->ahead;
		if (!(h->name = explain_keep(x, str_of(name), e)) || !(h->datapoint = explain_keep(x, g->datapoint, e)) ||
		    !(h->reason = explain_keep(x, g->reason, e)) || (g->place.ptr && !(h->place = explain_keep(x, g->place, e))))
			return -1;
	}
	h->n += g->n;
	return 0;
}

static int judge_group(struct db *db, const struct subject *s, struct explained *x, const struct group *g, struct err *e)
{
	enum reason why = reason_of(g->reason);
	bool named = names(s, g);
	int fits;

	if (g->org != s->org) {
		if (!named || why != REASON_IS_NAME || x->facts.elsewhere.n)
			return 0;
		x->facts.elsewhere_org = explain_keep(x, g->org_name, e);
		return x->facts.elsewhere_org ? add_group(x, &x->facts.elsewhere, g, e) : -1;
	}
	if (!named && (why != REASON_IS_NAME || !nearly_names(s, g)))
		return 0;
	fits = why == REASON_IS_NAME ? 1 : of_datapoint(db, s, x, g, e);
	if (fits <= 0)
		return fits;
	if (named)
		heard(&x->facts, g->last);
	return add_group(x, x->facts.held + why, g, e);
}

/* Groups are copied before anything else is asked, because of one connection's one stream. */
static int read_waiting(struct db *db, const struct subject *s, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(arena_done) struct arena text = ARENA_INIT((size_t)256 << 20);
	struct group *v = NULL;
	size_t n = 0, cap = 0;
	int got = explain_waiting(db, x->facts.missing.from, x->facts.missing.to, &st, e) < 0 ? -1 : 1;

	while (got > 0 && (got = stmt_step(st, e)) > 0) {
		struct group g;
		struct str *const texts[] = { &g.org_name, &g.device, &g.gateway, &g.edge_key, &g.datapoint, &g.reason, &g.place };

		read_group(st, &g);
		if (!names(s, &g) && !nearly_names(s, &g))
			continue;
		for (size_t i = 0; i < COUNT(texts) && got > 0; i++)
			if (texts[i]->ptr && !(texts[i]->ptr = arena_dup(&text, *texts[i])))
				got = err_nomem(e);
		if (n == cap && got > 0) {
			struct group *more = realloc(v, (cap = cap ? cap * 2 : 16) * sizeof(*more));

			got = more ? got : err_nomem(e);
			v = more ? more : v;
		}
		if (got > 0)
			v[n++] = g;
	}
	stmt_reset(st);
	for (size_t i = 0; i < n && got == 0; i++)
		got = judge_group(db, s, x, v + i, e);
	free(v);
	return got < 0 ? -1 : 0;
}

/* ---- ledger ---- */

/* Refused in this hour: also while points were missing? The hour in which they stopped counts when it refused as many as are missing in it. */
static bool meanwhile(const struct explain *x, int64_t hour, int64_t n)
{
	int64_t end = hour + US_PER_HOUR < x->missing.to ? hour + US_PER_HOUR : x->missing.to;
	int64_t from = hour > x->missing.from ? hour : x->missing.from;

	if (hour > x->missing.from || (x->flow.n == 0 && x->flow.before == STATE_NONE))
		return true;
	return end > from && x->flow.usual && n >= (end - from) / x->flow.usual / 2 && n > 0;
}

static int add_refused(struct explained *x, const struct stmt *st, struct err *e)
{
	struct explain *f = &x->facts;
	struct str reason = stmt_text(st, 4), place = stmt_text(st, 5);
	int64_t hour = stmt_int(st, 0), n = stmt_int(st, 2);
	enum reason why = reason_of(reason);
	struct held *h;
	const char *text;

	if (n == 0 || !reason.ptr || !meanwhile(f, hour, n))
		return 0;
	/* The first reason of the hour may be that of points held back: what was refused is not known to be for it. */
	if (why != REASON_IS_FOREIGN && why != REASON_IS_EXPIRED && why != REASON_IS_LIMIT && why != REASON_IS_VALUE)
		return 0;
	text = explain_keep(x, reason, e);
	if (!text)
		return -1;
	if (f->datapoint && strstr(text, "datapoint") && !strstr(text, f->datapoint))
		return 0;
	h = f->held + why;
	h->first = h->n == 0 || hour < h->first ? hour : h->first;
	h->last = h->n == 0 || hour > h->last ? hour : h->last;
	if (!h->reason) {
		h->reason = text;
		h->place = explain_keep(x, place, e);
		if (!h->place)
			return -1;
	}
	h->n += n;
	return 0;
}

/* Rows of one source; *newest is the hour of the newest. */
static int read_source(struct db *db, const struct subject *s, struct explained *x, int64_t org, struct str source, int64_t *newest, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = explain_ledger(db, org, source, s->device, x->facts.missing.to, &st, e) < 0 ? -1 : 1;

	*newest = STATE_NONE;
	while (got > 0 && (got = stmt_step(st, e)) > 0) {
		int64_t hour = stmt_int(st, 0);

		if (*newest == STATE_NONE)
			*newest = hour;
		if (hour + US_PER_HOUR <= x->facts.missing.from)
			break;
		if (hour > x->facts.missing.from) { /* the hour of the last point has good ones */
			x->facts.stored += stmt_int(st, 1);
			heard(&x->facts, hour);
		}
		if (add_refused(x, st, e) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int read_run(struct db *db, int64_t org, struct str source, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct explain *f = &x->facts;
	struct str counters;
	json_t *json;
	int got = explain_run(db, org, source, f->missing.to, &st, e) < 0 ? -1 : stmt_step(st, e);

	if (got <= 0)
		return got;
	f->run.id = stmt_int(st, 0);
	f->run.program = explain_keep(x, stmt_text(st, 1), e);
	f->run.source = explain_keep(x, source, e);
	f->run.started = stmt_int(st, 2);
	f->run.ended = stmt_is_null(st, 3) ? STATE_NONE : stmt_int(st, 3);
	f->run.exit = stmt_int(st, 4);
	if (!f->run.program || !f->run.source)
		return -1;
	counters = stmt_text(st, 5);
	json = counters.ptr ? json_loadb(counters.ptr, counters.len, 0, NULL) : NULL;
	if (json && json_string_value(json_object_get(json, "error")))
		f->run.error = explain_keep(x, str_of(json_string_value(json_object_get(json, "error"))), e);
	json_decref(json);
	return e->code ? -1 : 0;
}

/* Every source of the organisation that the device is in the books of; its run is that of the one that brought something last. */
static int read_ledger(struct db *db, const struct subject *s, struct explained *x, int64_t org, int64_t *best, struct err *e)
{
	AUTO(sb_done) struct sb source = SB_INIT(1 << 16);
	int got;

	while ((got = explain_source(db, org, &source, e)) > 0) {
		int64_t newest;

		if (read_source(db, s, x, org, sb_str(&source), &newest, e) < 0)
			return -1;
		if (newest != STATE_NONE && newest >= *best) {
			*best = newest;
			if (read_run(db, org, sb_str(&source), x, e) < 0)
				return -1;
		}
	}
	return got;
}

/* ---- trail and states ---- */

static int read_trail(struct db *db, const struct subject *s, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	const struct caller *who = db_caller(db);
	bool tell = !who || who->rights & RIGHT_ADMIN; /* the trail is for them */
	int got = explain_trail(db, s->org, str_of(s->name), &st, e) < 0 ? -1 : 1;

	while (got > 0 && (got = stmt_step(st, e)) > 0) {
		struct changed c = { .id = stmt_int(st, 0), .at = stmt_int(st, 1) };
		struct str verb = stmt_text(st, 3), now = stmt_text(st, 4);
		struct changed *to = NULL;
		const char *text = now.ptr ? explain_keep(x, now, e) : "";

		if (!text)
			return -1;
		if (str_is(verb, "retire") || str_is(verb, "delete") || str_is(verb, "erase"))
			to = &x->facts.gone;
		else if (str_is(verb, "prune"))
			to = &x->facts.pruned;
		else if (strstr(text, "\"enabled\":false"))
			to = &x->facts.disabled;
		if (!to || to->id)
			continue;
		if (tell && !(c.actor = explain_keep(x, stmt_text(st, 2), e)))
			return -1;
		*to = c;
	}
	return got;
}

static int read_twins(struct db *db, const struct subject *s, struct explained *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct explain *f = &x->facts;
	int got;

	if (f->elsewhere_org || !s->shared)
		return 0;
	got = explain_twins(db, s->org, str_of(s->name), f->missing.from + f->allowed, &st, e) < 0 ? -1 : stmt_step(st, e);
	if (got <= 0)
		return got;
	f->elsewhere_kept = true;
	f->elsewhere.last = stmt_int(st, 1);
	f->elsewhere_org = explain_keep(x, stmt_text(st, 0), e);
	return f->elsewhere_org ? 0 : -1;
}

/* A gateway that is late now says something of points that are missing now. */
static int read_gateway(struct db *db, const struct subject *s, struct explain *x, struct err *e)
{
	struct device_state g;
	int got;

	if (!s->gateway || x->missing.to < x->want.to || x->want.to < x->now)
		return 0;
	got = state_read(db, s->gateway, &g, e);
	if (got > 0 && state_late(&g, x->now)) {
		x->gateway = s->gateway_name;
		x->gateway_seen = g.last_seen;
	}
	return got < 0 ? -1 : 0;
}

int gather_books(struct db *db, const struct subject *s, struct explained *x, struct err *e)
{
	int64_t best = STATE_NONE;
	int got;

	x->facts.arrived = x->facts.last_seen;
	if (read_waiting(db, s, x, e) < 0 || read_trail(db, s, x, e) < 0)
		return -1;
	if (!s->device)
		return 0;
	if (read_ledger(db, s, x, s->org, &best, e) < 0)
		return -1;
	if (db_self(db) && db_self(db) != s->org && read_ledger(db, s, x, db_self(db), &best, e) < 0)
		return -1;
	got = explain_epoch(db, &x->facts.epoch.number, &x->facts.epoch.taken, &x->facts.epoch.started, e);
	return got < 0 || read_twins(db, s, x, e) < 0 ? -1 : read_gateway(db, s, &x->facts, e);
}
