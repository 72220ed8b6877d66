/* SPDX-License-Identifier: MIT */
#include "keep/shard.h"

#include "db/shard.h"
#include "os/clock.h"
#include "os/secret.h"
#include "os/signal.h"
#include "series/series.h"
#include "store/org.h"
#include "store/shard.h"

const struct field shard_fields[] = {
	{ .name = "name", .kind = FIELD_TEXT, .help = "shard" },
	{ .name = "url", .kind = FIELD_TEXT, .help = "its server and database" },
	{ .name = "slots", .kind = FIELD_INT, .help = "parts of the points that lie there, of 8" },
	{ .name = "created", .kind = FIELD_TIME, .help = "since when it is one" },
};
const size_t shard_count = COUNT(shard_fields);

struct work {
	struct db *db;
	struct sharding *s;
	struct shard shard;
	struct sb token;
	char server[64], role[64], password[65];
	/* Of the transaction at hand. */
	int slot;
	const char *to;
	int64_t rows;
};

static void work_done(struct work *w)
{
	shard_done(&w->shard);
	sb_done(&w->token);
	explicit_bzero(w->password, sizeof(w->password));
}

static int refuse(const struct db *db, struct err *e)
{
	return db_months(db) ? 0 : err_set(e, E_CONFLICT, "%s: only a store in Postgres can be on several servers", db_path(db));
}

int shard_any(struct db *db, struct err *e)
{
	struct shard s = SHARD_INIT;
	int got = db_months(db) ? shard_next(db, &s, e) : 0;

	shard_done(&s);
	return got;
}

static int begin(struct work *w, struct db *db, struct sharding *s, struct err *e)
{
	*w = (struct work){ .db = db, .s = s, .shard = SHARD_INIT, .token = SB_INIT(256) };
	if (refuse(db, e) < 0)
		return -1;
	if (strlen(s->name) > SHARD_NAME_MAX || strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(s->name) || !*s->name)
		return err_set(e, E_USAGE, "%s: a shard's name is up to %d of a-z, 0-9 and _", s->name, SHARD_NAME_MAX);
	return 0;
}

static int random_hex(char *out, size_t n, struct err *e)
{
	unsigned char bytes[32];

	if (secret_random(bytes, n / 2, e) < 0)
		return -1;
	for (size_t i = 0; i < n / 2; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

/* ---- where what is ---- */

struct places {
	int here, mine, to_take;   /* slots; one to take next, of who has the most of those that are not mine */
	struct sb of;		   /* the server that it lies on; empty: here */
	int slots_of_source;
};

/* How many slots are on `server`, and which one should come to it. */
static int survey(struct db *db, const char *server, struct places *p, struct err *e)
{
	struct sb at[SHARD_SLOTS];
	int rc = 0, most = 0;

	p->mine = 0;
	p->to_take = -1;
	for (int i = 0; i < SHARD_SLOTS; i++)
		at[i] = (struct sb)SB_INIT(256);
	for (int i = 0; i < SHARD_SLOTS && rc == 0; i++)
		rc = shard_where(db, i, at + i, e);
	for (int i = 0; i < SHARD_SLOTS && rc == 0; i++) {
		int n = 0;

		for (int k = 0; k < SHARD_SLOTS; k++)
			n += strcmp(sb_cstr(at + k), sb_cstr(at + i)) == 0;
		if (strcmp(sb_cstr(at + i), server) == 0) {
			p->mine++;
		} else if (n > most) {
			most = n;
			p->to_take = i;
			sb_clear(&p->of);
			rc = sb_adds(&p->of, sb_cstr(at + i)) < 0 ? err_nomem(e) : 0;
		}
	}
	for (int i = 0; i < SHARD_SLOTS; i++)
		sb_done(at + i);
	return rc;
}

/* Its fair share: as many as each of all servers gets, this one among them. */
static int share(struct db *db, int *n, struct err *e)
{
	struct shard s = SHARD_INIT;
	int servers = 1, got;

	while ((got = shard_next(db, &s, e)) > 0)
		servers++;
	shard_done(&s);
	*n = SHARD_SLOTS / servers;
	return got;
}

/* ---- moving ---- */

static int move(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;

	return shard_move(db, w->slot, w->to, &w->rows, e) < 0 ? -1 : db_furnish(db, e);
}

/* The tables of a slot on a shard: made, or removed. */
static int tables_there(struct work *w, const char *url, int slot, bool make, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);

	if (shard_text_slot(&text, slot, make) < 0)
		return err_nomem(e);
	return db_elsewhere(w->db, url, &(struct db_visitor){ w->role, NULL }, sb_cstr(&text), e);
}

static int move_slot(struct work *w, int slot, const char *to, struct err *e)
{
	w->slot = slot;
	w->to = to;
	if (db_write(w->db, false, move, w, e) < 0)
		return -1;
	w->s->slots++;
	w->s->rows += w->rows;
	return stop_requested() ? stop_error(e) : 0;
}

/* The shard of a server, and the tables of the slot that has left it; what cannot be removed now is when it comes back. */
static void clear_source(struct work *w, const char *server, int slot)
{
	struct shard s = SHARD_INIT;
	struct err ignored = { 0 };

	while (shard_next(w->db, &s, &ignored) > 0)
		if (strcmp(sb_cstr(&s.server), server) == 0)
			(void)tables_there(w, sb_cstr(&s.url), slot, false, &ignored);
	shard_done(&s);
}

static int fill(struct work *w, struct err *e)
{
	struct places p = { .of = SB_INIT(256) };
	int n, had = -1, rc = share(w->db, &n, e);

	while (rc == 0 && (rc = survey(w->db, w->server, &p, e)) == 0 && p.mine < n) {
		had = had < 0 ? p.mine : had;
		if (w->s->progress)
			w->s->progress(w->s->arg, (uint64_t)(p.mine - had), (uint64_t)(n - had));
		rc = tables_there(w, w->s->url, p.to_take, true, e);
		if (rc == 0)
			rc = move_slot(w, p.to_take, w->server, e);
		if (rc == 0 && p.of.len)
			clear_source(w, sb_cstr(&p.of), p.to_take);
	}
	sb_done(&p.of);
	return rc;
}

/* ---- add ---- */

static int put_token(struct db *db, void *arg, struct err *e)
{
	return meta_put(db, SHARD_TOKEN, arg, e);
}

/* Which store this is, for its shards. */
static int token(struct work *w, struct err *e)
{
	char fresh[33];
	int got = meta_get(w->db, SHARD_TOKEN, &w->token, e);

	if (got == 0 && !w->token.len) {
		if (random_hex(fresh, 32, e) < 0 || db_write(w->db, false, put_token, fresh, e) < 0)
			return -1;
		got = sb_adds(&w->token, fresh) < 0 ? err_nomem(e) : 1;
	}
	if (got < 0)
		return -1;
	(void)snprintf(w->server, sizeof(w->server), "sit_shard_%s", w->s->name);
	(void)snprintf(w->role, sizeof(w->role), "sit_shard_%.12s_%s", sb_cstr(&w->token), w->s->name);
	return 0;
}

/* The first one splits the tables. */
static int become(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	struct db_visitor v = { w->role, w->password };
	bool fresh = w->shard.name.len == 0;

	if (shard_split(db, e) < 0 || db_server_put(db, w->server, w->s->url, &v, e) < 0)
		return -1;
	if (fresh && shard_put(db, str_of(w->s->name), w->s->url, w->server, clock_now(), e) < 0)
		return -1;
	return db_furnish(db, e);
}

/* The server there knows who comes, with a new password each time. */
static int prepare(struct work *w, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);

	if (random_hex(w->password, sizeof(w->password) - 1, e) < 0)
		return -1;
	if (shard_text_home(&text, sb_cstr(&w->token)) < 0)
		return err_nomem(e);
	return db_elsewhere(w->db, w->s->url, &(struct db_visitor){ w->role, w->password }, sb_cstr(&text), e);
}

static int add(struct work *w, struct err *e)
{
	int got = shard_find(w->db, str_of(w->s->name), &w->shard, e), n;

	if (got < 0)
		return -1;
	if (got > 0 && strcmp(sb_cstr(&w->shard.url), w->s->url) != 0)
		return err_set(e, E_CONFLICT, "%s: there is a shard of that name already, at %s", w->s->name, sb_cstr(&w->shard.url));
	if (!got && (share(w->db, &n, e) < 0 || n < 2))
		return e->code ? -1 : err_set(e, E_CONFLICT, "%s: the points are in %d parts, there is none for another shard", w->s->name, SHARD_SLOTS);
	if (db_server_may(w->db, e) < 0 || token(w, e) < 0 || prepare(w, e) < 0 || db_write(w->db, false, become, w, e) < 0)
		return -1;
	return series_months_ahead(w->db, clock_now(), e) < 0 ? -1 : fill(w, e);
}

int shard_add(struct db *db, struct sharding *s, struct err *e)
{
	AUTO(work_done) struct work w;

	return begin(&w, db, s, e) < 0 ? -1 : add(&w, e);
}

/* ---- rm ---- */

static int leave(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;

	return shard_drop(db, &w->shard, e) < 0 ? -1 : db_furnish(db, e);
}

static int bring_home(struct work *w, struct err *e)
{
	AUTO(sb_done) struct sb at = SB_INIT(256);

	for (int i = 0; i < SHARD_SLOTS; i++) {
		if (w->s->progress)
			w->s->progress(w->s->arg, (uint64_t)i, SHARD_SLOTS);
		if (shard_where(w->db, i, &at, e) < 0)
			return -1;
		if (strcmp(sb_cstr(&at), w->server) == 0 && move_slot(w, i, NULL, e) < 0)
			return -1;
	}
	return 0;
}

int shard_rm(struct db *db, struct sharding *s, struct err *e)
{
	AUTO(work_done) struct work w;
	struct err late = { 0 };
	int got;

	if (begin(&w, db, s, e) < 0)
		return -1;
	got = shard_find(db, str_of(s->name), &w.shard, e);
	if (got <= 0)
		return got < 0 ? -1 : err_set(e, E_NOTFOUND, "no shard \"%s\"", s->name);
	if (token(&w, e) < 0 || bring_home(&w, e) < 0 || db_write(db, false, leave, &w, e) < 0)
		return -1;
	if (db_elsewhere(db, sb_cstr(&w.shard.url), &(struct db_visitor){ w.role, NULL }, shard_text_drop, &late) < 0)
		return err_set(e, E_PARTIAL, "all of it is here, but what was there could not be removed (%.300s): DROP SCHEMA sit_shard CASCADE; DROP ROLE %s",
			       late.msg, w.role);
	return 0;
}

/* ---- list, check ---- */

int shard_list(struct db *db, struct out *out, struct err *e)
{
	struct shard s = SHARD_INIT;
	int got = refuse(db, e) < 0 ? -1 : 1;

	while (got > 0 && (got = shard_next(db, &s, e)) > 0) {
		const struct cell cells[] = { CELL_OF_TEXT(sb_str(&s.name)), CELL_OF_TEXT(sb_str(&s.url)), CELL_OF_INT(s.slots), CELL_OF_TIME(s.created) };

		if (out_rec(out, cells, e) < 0)
			got = -1;
	}
	shard_done(&s);
	return got;
}

struct finding {
	struct out *out;
	struct err *e;
	int rc;
	size_t n;
};

static void found(const char *what, void *arg)
{
	const struct cell cell = CELL_OF_TEXT(str_of(what));
	struct finding *f = arg;

	f->n++;
	if (f->rc == 0)
		f->rc = out_rec(f->out, &cell, f->e);
}

int shard_check(struct db *db, struct out *out, struct err *e)
{
	struct finding f = { out, e, 0, 0 };

	if (refuse(db, e) < 0 || shard_findings(db, found, &f, e) < 0 || f.rc < 0)
		return -1;
	return f.n ? err_set(e, E_ANSWER, "%zu findings", f.n) : 0;
}
