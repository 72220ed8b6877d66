/* SPDX-License-Identifier: MIT */
/*
 * What devices may send: a message is judged by its first value, from memory; what was taken goes into the store in the transaction of the points. And what
 * the organisation may store in a day, counted in that transaction.
 */
#include "base/name.h"
#include "ingest/impl.h"
#include "model/reason.h"
#include "os/clock.h"
#include "store/books.h"

#define KIB 1024

/* ---- what is in force ---- */

/* What all devices of the organisation may send together, and whether any has a limit of its own. */
static int know_limits(struct ingest *g, struct err *e)
{
	const struct limit_of all = { db_self(g->db), LIMIT_INGEST, 0 };
	struct gauge found;
	int got;

	if (g->limits_known)
		return 0;
	g->limits_known = true;
	if (limit_any(g->db, db_self(g->db), &g->limited, e) < 0)
		return -1;
	if (!g->limited)
		return 0;
	got = gauge_find(g->db, &all, &found, e);
	if (got <= 0)
		return got;
	g->all = arena_alloc(&g->keep, sizeof(*g->all));
	if (!g->all) {
		gauge_done(&found);
		return err_nomem(e);
	}
	g->all->gauge = found;
	g->all->rated = true;
	return 0;
}

/* Where buckets are kept is asked for by the first that is limited. */
static int look(struct ingest *g, struct allowance *a, struct err *e)
{
	if (!g->buckets.db && buckets_open(&g->buckets, g->db, db_self(g->db), e) < 0)
		return -1;
	a->looked = true;
	return gauge_look(&g->buckets, &a->gauge, g->opt.now, e);
}

int ingest_allowance(struct ingest *g, struct dev *d, struct err *e)
{
	const struct limit_of of = { d->ref.org, LIMIT_DEVICE, d->ref.id };
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct device_limit l;
	struct allowance *a;
	int got;

	if (know_limits(g, e) < 0)
		return -1;
	if (!d->known || d->foreign || !d->ref.enabled || (!d->ref.policy && !g->limited))
		return 0;
	got = limit_device(g->db, d->ref.id, &st, &l, e);
	if (got <= 0 || (!l.policy.ptr && !l.rule.ptr))
		return got < 0 ? -1 : 0;
	d->allowance = a = arena_alloc(&g->keep, sizeof(*a));
	if (!a)
		return err_nomem(e);
	a->mute = !l.telemetry;
	a->size = l.policy.ptr ? l.size * KIB : 0;
	a->policy = arena_dup(&g->keep, l.policy);
	if (!a->policy)
		return err_nomem(e);
	a->rated = gauge_of_device(&of, &l, &a->gauge, e) > 0;
	return a->rated ? 0 : -1;
}

void ingest_allowances_forget(struct ingest *g)
{
	for (size_t i = 0; i < g->ndev; i++)
		if (g->dev[i]->allowance)
			gauge_done(&g->dev[i]->allowance->gauge);
	if (g->all)
		gauge_done(&g->all->gauge);
	g->all = g->drawn = NULL;
	g->limits_known = g->limited = false;
	g->judged = NULL;
}

/* ---- a message ---- */

static void draw(struct ingest *g, struct allowance *a, const struct bucket_load *load)
{
	if (!gauge_take(&a->gauge, load, g->opt.now) || a->drawn)
		return;
	a->drawn = true;
	a->next = g->drawn;
	g->drawn = a;
}

/* Microseconds until it may pass; 0: now. */
static int wait_for(struct ingest *g, struct allowance *a, const struct bucket_load *load, int64_t *wait, struct err *e)
{
	*wait = 0;
	if (!a || !a->rated)
		return 0;
	if (!a->looked && look(g, a, e) < 0)
		return -1;
	*wait = bucket_wait(&a->gauge.rule, &a->gauge.bucket, load, g->opt.now);
	return 0;
}

static int hold(struct ingest *g)
{
	g->verdict = VERDICT_HOLD;
	return 0;
}

/* By what its policy says of the message itself. */
static bool misfits(struct ingest *g, const struct allowance *a)
{
	int64_t bytes = (int64_t)g->at.text.len;

	sb_clear(&g->over);
	if (a && a->mute)
		sb_addf(&g->over, "policy %s does not let it send points", a->policy);
	else if (a && a->size && bytes > a->size)
		sb_addf(&g->over, REASON_LIMIT ": a message of %" PRId64 " bytes, at most %" PRId64 " KiB (policy %s)", bytes, a->size / KIB, a->policy);
	return g->over.len > 0;
}

/* The verdict about the message at hand, and until when it waits. */
static int decide(struct ingest *g, struct dev *d, int64_t *until, struct err *e)
{
	const struct bucket_load load = { 1, (int64_t)g->at.text.len };
	struct allowance *own = d->allowance, *late;
	int64_t wait, all;

	if (misfits(g, own))
		return hold(g);
	if (wait_for(g, own, &load, &wait, e) < 0 || wait_for(g, g->all, &load, &all, e) < 0)
		return -1;
	if (!wait && !all) {
		if (own && own->rated)
			draw(g, own, &load);
		if (g->all)
			draw(g, g->all, &load);
		g->message = (uint32_t)(load.bytes ? load.bytes : 1);
		g->verdict = VERDICT_PASS;
		return 0;
	}
	late = wait > all ? own : g->all;
	gauge_say(&late->gauge, "message", &load, g->opt.now, &g->over);
	wait = wait > all ? wait : all;
	if (wait == BUCKET_NEVER || late->gauge.quarantine)
		return hold(g);
	g->verdict = VERDICT_DELAY;
	*until = g->opt.now + wait;
	return 0;
}

/* What is read so far is stored first, so that it is not kept waiting as well. */
static int wait_until(struct ingest *g, struct dev *d, int64_t until, struct err *e)
{
	char line[640];

	if (!d->delayed) {
		(void)snprintf(line, sizeof(line), "%s: %s: %s: waiting", g->opt.source, d->shown, sb_cstr(&g->over));
		g->opt.complain(g->opt.arg, line);
	}
	d->delayed = true;
	if (ingest_flush(g, e) < 0 || clock_wait(until, e) < 0)
		return -1;
	(void)ingest_now(g);
	return 0;
}

int ingest_judge(struct ingest *g, struct dev *d, struct err *e)
{
	int64_t until = 0;

	g->message = 0;
	while (decide(g, d, &until, e) == 0 && g->verdict == VERDICT_DELAY) {
		if (g->opt.dry)
			g->verdict = VERDICT_PASS;
		/* A broker is not kept waiting: what others sent is behind this message. */
		else if (g->opt.acks)
			g->verdict = VERDICT_HOLD;
		else if (wait_until(g, d, until, e) < 0)
			return -1;
		if (g->verdict != VERDICT_DELAY)
			break;
	}
	if (e->code)
		return -1;
	g->judged = d;
	return 0;
}

/* A point that was taken goes where those wait that are not. */
static int put_aside(struct ingest *g, const struct point *p, const struct mark *m, const char *reason, struct err *e)
{
	const struct raw_value v = { .type = p->value.type, .num = p->value.num, .txt = p->value.txt, .typed = true, .has_raw = p->has_raw, .raw = p->raw };
	const struct holding h = { .name = m->dev->slot[m->slot].wire, .ts = p->ts, .id = m->quarantine, .v = &v, .q = p->quality, .reason = reason };

	return ingest_hold_back(g, m->dev, &h, e);
}

/* ---- in the transaction ---- */

int ingest_draw(struct ingest *g, struct err *e)
{
	bool over = false;

	for (struct allowance *a = g->opt.dry ? NULL : g->drawn; a; a = a->next) {
		/* (Messages of which no point is stored are owed.) */
		if (gauge_keep(&g->buckets, &a->gauge, clock_now(), g->n ? &a->over : NULL, e) < 0)
			return -1;
		over |= g->n && a->over;
	}
	if (!over)
		return 0;
	g->overdrawn = true;
	return err_set(e, E_DENIED, "others took what was left of a limit");
}

/* ---- when others were quicker ---- */

struct paying {
	struct ingest *g;
	struct gauge *gauge;
	int64_t wait;
};

static int pay_tx(struct db *db, void *arg, struct err *e)
{
	struct paying *p = arg;

	(void)db;
	return gauge_pay(&p->g->buckets, p->gauge, clock_now(), &p->wait, e);
}

/* The batch waits until the bucket has given what it takes. */
static int pay(struct ingest *g, struct allowance *a, struct err *e)
{
	struct paying p = { .g = g, .gauge = &a->gauge };
	struct bucket_load left;

	do {
		if (db_write(g->db, false, pay_tx, &p, e) < 0)
			return -1;
		left = a->gauge.taken;
		gauge_kept(&a->gauge, true);
		a->gauge.taken = left;
		if (p.wait && clock_wait(clock_now() + p.wait, e) < 0)
			return -1;
	} while (p.wait);
	a->over = false;
	return 0;
}

static bool holds_back(const struct ingest *g, const struct allowance *a)
{
	return a && a->over && (a->gauge.quarantine || g->opt.acks);
}

/* The bucket gives for this message, too; or g->over says why not. */
static bool gives(struct ingest *g, struct allowance *a, uint32_t bytes)
{
	const struct bucket_load load = { 1, bytes };

	if (!holds_back(g, a) || gauge_take(&a->gauge, &load, clock_now()))
		return true;
	sb_clear(&g->over);
	gauge_say(&a->gauge, "message", &load, clock_now(), &g->over);
	return false;
}

/* Messages that the buckets as they are now do not give for. */
static int hold_beyond(struct ingest *g, struct err *e)
{
	const struct origin at = g->at;
	bool pass = true;
	size_t n = 0;
	int rc = 0;

	g->at.line = 0; /* of another record */
	for (size_t i = 0; i < g->n && rc == 0; i++) {
		const struct mark *m = g->mark + i;
		struct allowance *own = m->dev->allowance && m->dev->allowance->rated ? m->dev->allowance : NULL;

		if (m->message || (i && m->dev != g->mark[i - 1].dev))
			pass = !m->message || (gives(g, own, m->message) && gives(g, g->all, m->message));
		if (!pass) {
			rc = put_aside(g, g->point + i, m, sb_cstr(&g->over), e);
			continue;
		}
		g->point[n] = g->point[i];
		g->mark[n++] = g->mark[i];
	}
	g->n = n;
	g->at = at;
	return rc;
}

int ingest_redraw(struct ingest *g, struct err *e)
{
	bool hold = false;

	for (struct allowance *a = g->drawn; a; a = a->next) {
		if (!a->over)
			continue;
		if (!holds_back(g, a)) {
			if (pay(g, a, e) < 0)
				return -1;
			continue;
		}
		a->gauge.taken = (struct bucket_load){ 0, 0 };
		hold = true;
	}
	if (hold && hold_beyond(g, e) < 0)
		return -1;
	for (struct allowance *a = g->drawn; a; a = a->next)
		a->over = false;
	return 0;
}

void ingest_drawn(struct ingest *g, bool committed)
{
	for (struct allowance *a = g->drawn; a; a = a->next) {
		gauge_kept(&a->gauge, committed);
		if (committed)
			a->drawn = false;
	}
	if (committed)
		g->drawn = NULL;
}

/* ---- points of a day ---- */

int ingest_quota(struct ingest *g, struct err *e)
{
	struct quota q;

	g->day = clock_now();
	g->day -= g->day % US_PER_DAY;
	if (quota_get(g->db, db_self(g->db), &q, e) < 0)
		return -1;
	g->most = q.most[QUOTA_POINTS];
	return g->most == QUOTA_NONE ? 0 : spent_get(g->db, db_self(g->db), g->day, &g->spent, e);
}

static void spent_line(const struct ingest *g, char *line, size_t size)
{
	(void)snprintf(line, size, "organisation %s has stored %" PRId64 " of the %" PRId64 " points that it may store today", db_self_name(g->db),
		       g->spent, g->most);
}

/* An event when most of it is used up; once a day it is looked at whether that is over. */
static int say_spent(struct ingest *g, struct err *e)
{
	char line[200];
	const struct trouble t = { "quota of points", SEVERITY_WARNING, line, db_self(g->db), clock_now() };
	bool full = quota_warns(g->spent, g->most), news;

	if (!full && g->unwarned == g->day)
		return 0;
	g->unwarned = full ? 0 : g->day;
	spent_line(g, line, sizeof(line));
	return full ? trouble_on(g->db, &t, &news, e) : trouble_off(g->db, &t, &news, e);
}

int ingest_spend(struct ingest *g, struct err *e)
{
	int64_t points = 0;

	for (size_t i = 0; i < g->n; i++)
		points += g->outcome[i] <= OUTCOME_CORRECTED;
	if (!points)
		return 0;
	if (g->most == QUOTA_NONE)
		return spent_more(g->db, db_self(g->db), g->day, points, e);
	if (g->spent + points > g->most) {
		g->excess = true;
		return err_set(e, E_DENIED, "more than %" PRId64 " points today", g->most);
	}
	g->spent += points;
	return spent_set(g->db, db_self(g->db), g->day, g->spent, e) < 0 ? -1 : say_spent(g, e);
}

/* Somebody should hear of it once a run. */
void ingest_quota_warn(struct ingest *g)
{
	char line[200];

	if (g->most == QUOTA_NONE || g->warned || !quota_warns(g->spent, g->most))
		return;
	g->warned = true;
	spent_line(g, line, sizeof(line));
	g->opt.complain(g->opt.arg, line);
}

int ingest_put_aside(struct ingest *g, struct err *e)
{
	const struct origin at = g->at;
	int64_t room = g->most > g->spent ? g->most - g->spent : 0;
	char reason[160];
	size_t n = 0;
	int rc = 0;

	(void)snprintf(reason, sizeof(reason), REASON_LIMIT ": %" PRId64 " points a day (organisation %s)", g->most, db_self_name(g->db));
	g->at.line = 0; /* of another record */
	for (size_t i = 0; i < g->n && rc == 0; i++) {
		bool adds = g->outcome[i] <= OUTCOME_CORRECTED;

		if (adds && room == 0) {
			rc = put_aside(g, g->point + i, g->mark + i, reason, e);
			g->beyond++;
			continue;
		}
		room -= adds;
		g->point[n] = g->point[i];
		g->mark[n++] = g->mark[i];
	}
	g->n = n;
	g->at = at;
	return rc;
}

/* ---- what nobody knows ---- */

/* One more may wait: 1, 0, -1. */
static int room_for_unknown(struct ingest *g, struct err *e)
{
	if (!g->unknown_known && quarantine_unknown(g->db, g->opt.source, INGEST_UNKNOWN_MOST, &g->unknown, e) < 0)
		return -1;
	g->unknown_known = true;
	if (g->unknown >= INGEST_UNKNOWN_MOST)
		return 0;
	g->unknown++;
	return 1;
}

int ingest_hold_unknown(struct ingest *g, struct dev *d, struct slot *s, int64_t ts, const struct raw_value *v, enum quality q, struct err *e)
{
	char reason[400], full[500];
	const char *near;
	bool first = d->known ? !s->reported : !d->reported;
	enum builtin computed;
	int room = 1;

	if (d->foreign)
		return ingest_refuse(g, d, REASON_FOREIGN, e);
	near = resolve_near(g, d, s, e);
	if (!near)
		return -1;
	if (d->known && !s->name && builtin_find(s->wire, &computed))
		(void)snprintf(reason, sizeof(reason), "%s is computed, not stored: a datapoint of another name with key=%s takes it",
			       builtin_word(computed), builtin_word(computed));
	else if (d->known && !s->name)
		(void)snprintf(reason, sizeof(reason), REASON_DATAPOINT " \"%.*s\" of device \"%s\"%s", (int)(s->wire.len > 80 ? 80 : s->wire.len),
			       s->wire.ptr, d->shown, near);
	else if (d->unmade)
		(void)snprintf(reason, sizeof(reason), REASON_LIMIT ": unknown device \"%.*s\": %s", (int)(d->name.len > 80 ? 80 : d->name.len),
			       d->name.ptr, d->unmade);
	else if (d->name.ptr)
		(void)snprintf(reason, sizeof(reason), REASON_DEVICE " \"%.*s\"%s", (int)(d->name.len > 80 ? 80 : d->name.len), d->name.ptr, near);
	else
		(void)snprintf(reason, sizeof(reason), REASON_EDGE " \"%.*s\" behind gateway \"%.*s\"",
			       (int)(d->edge_key.len > 80 ? 80 : d->edge_key.len), d->edge_key.ptr,
			       (int)(d->gateway.len > 80 ? 80 : d->gateway.len), d->gateway.ptr);
	d->reported = true;
	s->reported = true;
	if (g->opt.dry && g->opt.create_site && d->name.ptr && name_valid(d->name)) { /* a real run would have made it */
		g->books.read++;
		g->books.stored++;
		return 0;
	}
	if (!g->adopting)
		room = room_for_unknown(g, e);
	if (room > 0)
		return ingest_hold(g, d, s->wire, ts, v, q, reason, first, e);
	(void)snprintf(full, sizeof(full), "%s: %" PRId64 " points of unknown names wait from here already (sit-quarantine)", reason, INGEST_UNKNOWN_MOST);
	return room < 0 ? -1 : ingest_refuse(g, d, full, e);
}
