/* SPDX-License-Identifier: MIT */
#include "access/admit.h"

#include "access/gauge.h"
#include "base/time.h"
#include "store/schema.h"

struct asking {
	struct buckets buckets;
	struct gauge gauge[3];
	size_t n;
	const struct user_key *key;
	int64_t now;
	bool *first;
	struct sb why;
	bool again; /* others were quicker: what was decided is decided anew */
};

static void done(struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		gauge_done(a->gauge + i);
	buckets_close(&a->buckets);
	sb_done(&a->why);
}

static int find(struct db *db, struct asking *a, struct err *e)
{
	const struct limit_of whose[] = { { a->key->org, LIMIT_KEY, a->key->id }, { a->key->org, LIMIT_USER, a->key->user },
					  { a->key->org, LIMIT_ORG, 0 } };

	for (size_t i = 0; i < COUNT(whose); i++) {
		int got = gauge_find(db, whose + i, a->gauge + a->n, e);

		if (got < 0)
			return -1;
		a->n += got > 0;
	}
	return 0;
}

static int refuse(struct asking *a, struct gauge *g, const struct bucket_load *one, struct err *e)
{
	int64_t at = a->now + bucket_wait(&g->rule, &g->bucket, one, a->now);
	char when[40];

	(void)time_print(at + US_PER_MS - 1 - (at + US_PER_MS - 1) % US_PER_MS, NULL, when);
	gauge_say(g, "request", one, a->now, &a->why);
	if (sb_addf(&a->why, ", %s %.*s; the next one passes at %s", limit_words[g->of.noun],
		    g->of.noun == LIMIT_KEY ? (int)a->key->prefix.len : g->of.noun == LIMIT_USER ? (int)a->key->user_name.len : (int)a->key->org_name.len,
		    g->of.noun == LIMIT_KEY ? a->key->prefix.ptr : g->of.noun == LIMIT_USER ? a->key->user_name.ptr : a->key->org_name.ptr, when) < 0)
		return err_nomem(e);
	*a->first = g->refused++ == 0;
	return gauge_keep(&a->buckets, g, a->now, NULL, e);
}

/* The first n gave for nothing. */
static int give_back(struct asking *a, size_t n, struct err *e)
{
	const struct bucket_load one = { 1, 0 };

	for (size_t i = 0; i < n && a->buckets.shared; i++)
		if (gauge_return(&a->buckets, a->gauge + i, &one, a->now, e) < 0)
			return -1;
	a->again = true;
	return err_set(e, E_CONFLICT, "others were quicker");
}

/* All of them give, or none. */
static int take(struct db *db, void *arg, struct err *e)
{
	const struct bucket_load one = { 1, 0 };
	struct asking *a = arg;
	struct bucket_state probe;
	bool over;

	(void)db;
	a->again = false;
	for (size_t i = 0; i < a->n; i++) {
		a->gauge[i].taken = (struct bucket_load){ 0, 0 };
		if (gauge_look(&a->buckets, a->gauge + i, a->now, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < a->n; i++) {
		probe = a->gauge[i].bucket;
		if (!bucket_take(&a->gauge[i].rule, &probe, &one, a->now))
			return refuse(a, a->gauge + i, &one, e);
	}
	for (size_t i = 0; i < a->n; i++) {
		(void)gauge_take(a->gauge + i, &one, a->now);
		a->gauge[i].refused = 0;
		if (gauge_keep(&a->buckets, a->gauge + i, a->now, &over, e) < 0)
			return -1;
		if (over)
			return give_back(a, i, e);
	}
	return 0;
}

/* In a transaction of its own: the request itself may only read. */
static int take_apart(struct asking *a, const char *url, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	AUTO(sb_done) struct sb name = SB_INIT(256);
	int rc;

	if (sb_add(&name, a->key->org_name.ptr, a->key->org_name.len) < 0)
		return err_nomem(e);
	if (db_open(url, DB_WRITE, &store_schema, &db, e) < 0 || db_scope_set(db, a->key->org, sb_cstr(&name), &a->key->org, 1, e) < 0 ||
	    limit_ready(db, e) < 0)
		return -1;
	a->buckets.db = db;
	while ((rc = db_write(db, false, take, a, e)) < 0 && a->again)
		err_clear(e);
	return rc;
}

/* In Redis: no transaction, each bucket by itself. */
static int take_shared(struct asking *a, struct db *db, struct err *e)
{
	int rc;

	while ((rc = take(db, a, e)) < 0 && a->again)
		err_clear(e);
	return rc;
}

int admit_request(struct db *db, const char *url, const struct user_key *k, int64_t now, bool *first, struct err *e)
{
	AUTO(done) struct asking a = { .key = k, .now = now, .first = first, .why = SB_INIT(1024) };
	int rc;

	*first = false;
	if (find(db, &a, e) < 0)
		return -1;
	if (!a.n)
		return 0;
	if (buckets_open(&a.buckets, db, k->org, e) < 0)
		rc = -1;
	else
		rc = a.buckets.shared ? take_shared(&a, db, e) : take_apart(&a, url, e);
	if (rc < 0)
		return err_wrap(e, "the request cannot be counted");
	return a.why.len ? err_set(e, E_DENIED, "%s", sb_cstr(&a.why)) : 0;
}
