/* SPDX-License-Identifier: MIT */
#include "task/login.h"

#include "base/time.h"
#include "codec/hash.h"
#include "model/role.h"
#include "task/admit.h"
#include "task/denied.h"

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
static bool taken(const struct user_key *k, const unsigned char hash[KEY_HASH], int64_t now)
{
	unsigned char differ = 0;

	if (k->hash.len != KEY_HASH)
		return false;
	for (size_t i = 0; i < KEY_HASH; i++)
		differ |= (unsigned char)((unsigned char)k->hash.ptr[i] ^ hash[i]);
	return differ == 0 && !k->revoked && (!k->expires || k->expires > now) && k->enabled && !k->retired;
}

/* Somebody who knows the name of a key and not the key, or a key that is over: its organisation hears of it. */
static void tell(const char *url, const struct user_key *k, const struct err *why)
{
	struct caller who = { 0 };
	char org[80];

	(void)snprintf(who.name, sizeof(who.name), "?");
	(void)snprintf(who.key, sizeof(who.key), "%.*s", STR_ARG(k->prefix));
	(void)snprintf(org, sizeof(org), "%.*s", STR_ARG(k->org_name));
	denied_apart(url, k->org, org, &who, "login", "key", why);
}

/* Their request counts; of a row of refusals the trail has the first. */
static int admit(struct db *db, const char *url, const struct user_key *k, int64_t now, struct err *e)
{
	char org[80];
	bool first;

	if (admit_request(db, url, k, now, &first, e) == 0)
		return 0;
	(void)snprintf(org, sizeof(org), "%.*s", STR_ARG(k->org_name));
	if (first)
		denied_apart(url, k->org, org, db_caller(db), "login", "key", e);
	return -1;
}

int login_key(struct db *db, const char *url, struct str key, int64_t now, struct sb *org, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	unsigned char hash[KEY_HASH];
	struct caller *caller;
	struct user_key k;
	int got = 0;

	if (key.len == LOGIN_KEY_LEN) {
		if (login_digest(key, hash, e) < 0)
			return -1;
		got = key_find(db, (struct str){ key.ptr, LOGIN_PREFIX_LEN }, &st, &k, e);
	}
	if (got < 0)
		return -1;
	if (got == 0 || !taken(&k, hash, now)) {
		err_set(e, E_DENIED, "the key is not taken: unknown, revoked, expired, or its user is not enabled");
		if (got > 0)
			tell(url, &k, e);
		return -1;
	}
	caller = make_caller(db, &k, e);
	if (!caller)
		return -1;
	db_caller_set(db, caller);
	if (admit(db, url, &k, now, e) < 0)
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
	return err_set(e, E_DENIED, "%s (key %s) may not do this: sit-user can %s %s%s%s", c->name, c->key, c->name, program,
		       verb && *verb ? " " : "", verb ? verb : "");
}

struct using {
	int64_t id, now;
};

static int used(struct db *db, void *arg, struct err *e)
{
	const struct using *x = arg;

	return key_used(db, x->id, x->now, e);
}

int login_used(struct db *db, int64_t now, struct err *e)
{
	const struct caller *c = db_caller(db);
	struct using x = { c ? c->key_id : 0, now };

	if (!c || c->org != db_self(db) || now / US_PER_HOUR == c->key_used / US_PER_HOUR)
		return 0;
	return user_ready(db, e) < 0 ? -1 : db_write(db, false, used, &x, e);
}
