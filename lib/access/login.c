/* SPDX-License-Identifier: MIT */
#include "access/login.h"

#include "access/admit.h"
#include "access/tries.h"
#include "audit/denied.h"
#include "base/time.h"
#include "codec/hash.h"
#include "model/role.h"
#include "store/org.h"

int login_digest(struct str key, unsigned char out[KEY_HASH], struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;

	if (sha256_new(&h, e) < 0)
		return -1;
	sha256_add(h, key.ptr, key.len);
	return sha256_end_bytes(h, out, e);
}

/* Their grants, behind the caller; NULL with e. */
static struct caller *with_grants(struct db *db, struct caller *c, int64_t user, unsigned limit, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = grant_ids(db, user, &st, e);

	while (got >= 0 && (got = stmt_step(st, e)) > 0) {
		struct caller *more = realloc(c, sizeof(*c) + (c->ngrant + 1) * sizeof(c->grant[0]));
		unsigned rights;

		if (!more) {
			got = err_nomem(e);
			break;
		}
		c = more;
		got = rights_read(stmt_text(st, 1), &rights, e);
		c->grant[c->ngrant].site = stmt_int(st, 0);
		c->grant[c->ngrant].rights = rights & limit;
		c->ngrant += got == 0;
	}
	if (got == 0)
		return c;
	free(c);
	return NULL;
}

static struct caller *make_caller(struct db *db, const struct user_key *k, struct err *e)
{
	struct caller *c = calloc(1, sizeof(*c));
	unsigned limit = RIGHTS_ALL;

	if (!c) {
		err_nomem(e);
		return NULL;
	}
	if (k->rights.ptr && rights_read(k->rights, &limit, e) < 0) {
		free(c);
		return NULL;
	}
	c->rights = role_rights(k->role) & limit;
	c->org = k->org;
	c->key_id = k->id;
	c->key_used = k->used;
	(void)snprintf(c->name, sizeof(c->name), "%.*s", STR_ARG(k->user_name));
	(void)snprintf(c->key, sizeof(c->key), "%.*s", STR_ARG(k->prefix));
	return with_grants(db, c, k->user, limit, e);
}

/* The digests are compared whole, so that the time does not tell how much is right. */
static bool is_theirs(const struct user_key *k, const unsigned char hash[KEY_HASH])
{
	unsigned char differ = 0;

	if (k->hash.len != KEY_HASH)
		return false;
	for (size_t i = 0; i < KEY_HASH; i++)
		differ |= (unsigned char)((unsigned char)k->hash.ptr[i] ^ hash[i]);
	return differ == 0;
}

static bool counts(const struct user_key *k, int64_t now)
{
	return !k->revoked && (!k->expires || k->expires > now) && k->enabled && !k->retired;
}

/* Too many wrong ones of this name were shown on this host. */
static int is_locked(struct db *db, const struct user_key *k, bool *locked, struct err *e)
{
	struct try t = { 0 };
	char prefix[LOGIN_PREFIX_LEN + 1];

	(void)snprintf(prefix, sizeof(prefix), "%.*s", STR_ARG(k->prefix));
	tries_of_key(prefix, &t);
	return tries_locked(db, k->org, &t, locked, e);
}

/* Somebody who knows the name of a key and not the key, or a key that is over: its organisation hears of it. Of any other key, the store's first one. */
static void tell(struct db *db, const struct user_key *k, bool guess, const struct login *l, const struct err *why)
{
	AUTO(sb_done) struct sb org = SB_INIT(256);
	struct err ignored = { 0 };
	struct apart to = *l->where;
	struct caller who = { .name = "?" };
	struct try t = { .kind = "key", .whose = who.key, .program = l->program, .why = why, .guess = guess };

	if (k) {
		(void)snprintf(who.key, sizeof(who.key), "%.*s", STR_ARG(k->prefix));
		to.org = k->org;
		(void)sb_add(&org, k->org_name.ptr, k->org_name.len);
	} else {
		(void)snprintf(who.key, sizeof(who.key), "?");
		if (org_first(db, &to.org, &org, &ignored) < 0)
			return;
	}
	to.org_name = sb_cstr(&org);
	to.who = &who;
	tries_of_key(who.key, &t);
	tries_note(&to, &t);
}

/* Their request counts; of a row of refusals the trail has the first. */
static int admit(struct db *db, const struct user_key *k, int64_t now, const struct login *l, struct err *e)
{
	AUTO(sb_done) struct sb org = SB_INIT(256);
	struct apart to = *l->where;
	bool first;

	if (admit_request(db, setting(to.settings, SET_DB), k, now, &first, e) == 0)
		return 0;
	if (first && sb_add(&org, k->org_name.ptr, k->org_name.len) == 0) {
		to.org = k->org;
		to.org_name = sb_cstr(&org);
		to.who = db_caller(db);
		denied_apart(&to, "login", "key", e);
	}
	return -1;
}

int login_key(struct db *db, struct str key, int64_t now, const struct login *l, struct sb *org, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	unsigned char hash[KEY_HASH];
	struct caller *caller;
	bool theirs, locked = false;
	struct user_key k;
	int got = 0;

	if (key.len == LOGIN_KEY_LEN) {
		if (login_digest(key, hash, e) < 0)
			return -1;
		got = key_find(db, (struct str){ key.ptr, LOGIN_PREFIX_LEN }, &st, &k, e);
	}
	if (got < 0 || (got > 0 && is_locked(db, &k, &locked, e) < 0))
		return -1;
	theirs = got > 0 && is_theirs(&k, hash);
	if (!theirs || locked || !counts(&k, now)) {
		err_set(e, E_DENIED, "the key is not taken: unknown, revoked, expired, its user is not enabled, or wrong ones were shown too often");
		tell(db, got > 0 ? &k : NULL, !theirs, l, e);
		return -1;
	}
	caller = make_caller(db, &k, e);
	if (!caller)
		return -1;
	db_caller_set(db, caller);
	if (admit(db, &k, now, l, e) < 0)
		return -1;
	return sb_add(org, k.org_name.ptr, k.org_name.len) < 0 ? err_nomem(e) : 0;
}

int login_may(const struct db *db, const char *program, const char *verb, struct err *e)
{
	const struct caller *c = db_caller(db);
	unsigned needs = right_needed(program, verb), has = c ? c->rights : 0;

	if (!c)
		return 0;
	/* Changing things of a site can be granted; which site they are of is looked at when they are changed. */
	for (size_t i = 0; i < c->ngrant; i++)
		has |= c->grant[i].rights & RIGHT_MANAGE;
	if (needs & has)
		return 0;
	return err_set(e, E_DENIED, "%s (key %s) may not do this: sit-user can %s %s%s%s --key %s", c->name, c->key, c->name, program,
		       verb && *verb ? " " : "", verb ? verb : "", c->key);
}

struct using {
	const struct caller *c;
	const char *program;
	int64_t now;
};

static int used(struct db *db, void *arg, struct err *e)
{
	const struct using *x = arg;
	const struct try t = { .kind = "key", .whose = x->c->key, .program = x->program };

	return key_used(db, x->c->key_id, x->now, e) < 0 ? -1 : tries_success(db, &t, e);
}

int login_used(struct db *db, int64_t now, const struct login *l, const char *home, struct err *e)
{
	const struct caller *c = db_caller(db);
	struct using x = { c, l->program, now };
	struct apart to = *l->where;
	struct err ignored = { 0 };

	if (!c || now / US_PER_HOUR == c->key_used / US_PER_HOUR)
		return 0;
	if (db_writable(db) && c->org == db_self(db))
		return user_ready(db, e) < 0 || audit_ready(db, e) < 0 ? -1 : db_write(db, false, used, &x, e);
	to.org = c->org;
	to.org_name = home;
	to.who = c;
	to.ready = user_ready;
	(void)apart_write(&to, used, &x, &ignored);
	return 0;
}
