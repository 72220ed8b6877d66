/* SPDX-License-Identifier: MIT */
/*
 * One run for all organisations: the ingest of the first one, on a connection of its scope, hands each record that names another to an ingest of that one's, on
 * a connection of that one's scope. Nothing here reads or writes for two: what a record says of its organisation chooses the connection, and what that one may
 * see decides the rest.
 */
#include "base/name.h"
#include "ingest/impl.h"
#include "os/clock.h"
#include "store/org.h"

#define OPEN_MOST 64	       /* connections; the one that was not named for longest is closed for another */
#define UNKNOWN_US (5 * US_PER_S) /* a name that is nobody's is asked for again after that */
#define UNKNOWN_MOST 4096      /* such names that are kept */

struct member {
	struct db *db;
	struct ingest *g;
	uint64_t turn; /* when it was named last */
};

struct others {
	struct member m[OPEN_MOST];
	size_t n;
	struct member *last;
	uint64_t turn;
	struct map unknown;
	int64_t asked;	     /* monotonic: since then names are kept as unknown */
	struct books closed; /* of those that are open no more */
	struct err refused;  /* the same: how the worst of them ended */
};

int others_begin(struct ingest *front, struct err *e)
{
	struct others *o;

	if (!front->opt.enter)
		return 0;
	o = front->others = calloc(1, sizeof(*o));
	if (!o)
		return err_nomem(e);
	o->unknown = (struct map)MAP_INIT;
	o->asked = clock_monotonic();
	return 0;
}

static void close_member(struct member *m)
{
	m->g->rejects = NULL; /* the front's */
	ingest_free(m->g);
	db_close(m->db);
	*m = (struct member){ NULL, NULL, 0 };
}

void others_free(struct ingest *front)
{
	struct others *o = front->others;

	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++)
		close_member(o->m + i);
	map_done(&o->unknown);
	free(o);
	front->others = NULL;
}

struct ingest *others_at(const struct ingest *front, size_t i)
{
	const struct others *o = front->others;

	return o && i < o->n ? o->m[i].g : NULL;
}

int others_each(struct ingest *front, int (*fn)(struct ingest *g, struct err *e), struct err *e)
{
	struct others *o = front->others;

	for (size_t i = 0; o && i < o->n; i++)
		if (fn(o->m[i].g, e) < 0)
			return -1;
	return 0;
}

/* ---- ends ---- */

/* More than the day's points says more than that something was refused. */
static void worst(struct err *refused, const struct err *why)
{
	if (!refused->code || (why->code == E_DENIED && refused->code == E_PARTIAL))
		*refused = *why;
}

/* Its run is over; -1 when that could not be written. */
static int end_member(struct others *o, struct member *m, struct err *e)
{
	struct books books = { 0 };
	struct err late = { 0 };

	if (ingest_end(m->g, &books, &late) < 0 && late.code != E_PARTIAL && late.code != E_DENIED) {
		*e = late;
		return -1;
	}
	if (late.code)
		worst(&o->refused, &late);
	books_add(&o->closed, &books);
	return 0;
}

int others_end(struct ingest *front, struct books *total, struct err *refused, struct err *e)
{
	struct others *o = front->others;
	int rc = 0;

	if (!o)
		return 0;
	for (size_t i = 0; i < o->n; i++) {
		struct err late = { 0 };

		if (front->failure.code)
			ingest_failed(o->m[i].g, &front->failure);
		if (end_member(o, o->m + i, rc == 0 ? e : &late) < 0)
			rc = -1;
		close_member(o->m + i);
	}
	o->n = 0;
	o->last = NULL;
	books_add(total, &o->closed);
	if (o->refused.code)
		worst(refused, &o->refused);
	return rc;
}

/* ---- whose a record is ---- */

/* A connection of the organisation called so, and of no other: 1, 0 there is none, -1. */
static int connect_to(struct ingest *front, struct str org, struct db **db, struct err *e)
{
	int got = front->opt.enter(front->opt.enter_arg, org, db, e);

	if (got <= 0)
		return got;
	if (db_self(*db) && str_eq(str_of(db_self_name(*db)), org))
		return 1;
	db_close(*db);
	*db = NULL;
	return err_set(e, E_BUG, "a connection of another organisation than \"%.*s\"", STR_ARG(org));
}

/* Room for one more; the one that was not named for longest ends. */
static struct member *room(struct others *o, struct err *e)
{
	struct member *m = o->m;

	if (o->n < OPEN_MOST)
		return o->m + o->n;
	for (size_t i = 1; i < o->n; i++)
		if (o->m[i].turn < m->turn)
			m = o->m + i;
	if (end_member(o, m, e) < 0)
		return NULL;
	close_member(m);
	*m = o->m[--o->n];
	o->m[o->n] = (struct member){ NULL, NULL, 0 };
	o->last = NULL;
	return o->m + o->n;
}

static int open_member(struct ingest *front, struct str org, struct member **out, struct err *e)
{
	struct others *o = front->others;
	struct ingest_opts opt = front->opt;
	struct member *m = room(o, e);
	int got;

	if (!m)
		return -1;
	got = connect_to(front, org, &m->db, e);
	if (got <= 0)
		return got;
	opt.enter = NULL;
	opt.rejects_to = front->rejects;
	if (ingest_begin(m->db, &opt, &m->g, e) < 0) {
		db_close(m->db);
		m->db = NULL;
		return -1;
	}
	m->g->front = front;
	o->n++;
	*out = m;
	return 1;
}

static bool is_of(const struct member *m, struct str org)
{
	return str_eq(ingest_org(m->g), org);
}

/* 1, 0 nobody is called so, -1. */
static int find(struct ingest *front, struct str org, struct member **out, struct err *e)
{
	struct others *o = front->others;
	int got;

	for (size_t i = 0; i < o->n; i++)
		if (is_of(o->m + i, org)) {
			*out = o->m + i;
			return 1;
		}
	if (clock_monotonic() - o->asked > UNKNOWN_US || o->unknown.len > UNKNOWN_MOST) {
		map_done(&o->unknown);
		o->asked = clock_monotonic();
	}
	if (!name_valid(org) || map_find(&o->unknown, org))
		return 0;
	got = open_member(front, org, out, e);
	return got == 0 && map_put(&o->unknown, org, 0) < 0 ? err_nomem(e) : got;
}

bool ingest_for_all(const struct ingest *g)
{
	return g->others || g->front;
}

int ingest_same_name(struct ingest *g, struct err *e)
{
	AUTO(sb_done) struct sb is = SB_INIT(256);

	if (ingest_for_all(g) || !g->db || !db_self(g->db))
		return 0;
	if (org_name(g->db, db_self(g->db), &is, e) < 0) {
		err_clear(e); /* the store is away: whoever needs it says so */
		return 0;
	}
	if (str_eq(sb_str(&is), ingest_org(g)))
		return 0;
	return err_set(e, E_CONFLICT, "organisation %.60s is called %.60s now, and so are its topics: start again with --org %.60s", db_self_name(g->db), sb_cstr(&is),
		       sb_cstr(&is));
}

int ingest_turn(struct ingest **g, struct str org, int64_t n, struct err *e)
{
	struct ingest *front = *g;
	struct others *o = front->others;
	char reason[200];
	int got = 1;

	if (!o)
		return 1;
	if (!org.len)
		return ingest_reject(front, NULL, n, "the record names no organisation (org)", e);
	if (str_eq(org, ingest_org(front)))
		return 1;
	if (!o->last || !is_of(o->last, org))
		got = find(front, org, &o->last, e);
	if (got < 0) {
		o->last = NULL;
		return -1;
	}
	if (!got) {
		o->last = NULL;
		(void)snprintf(reason, sizeof(reason), "no organisation \"%.*s\"", (int)(org.len > 80 ? 80 : org.len), org.ptr);
		return ingest_reject(front, NULL, n, reason, e);
	}
	o->last->turn = ++o->turn;
	*g = o->last->g;
	ingest_at(*g, &front->at);
	return 1;
}
