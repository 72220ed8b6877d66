/* SPDX-License-Identifier: MIT */
#include "access/open.h"

#include "access/login.h"
#include "access/reads.h"
#include "audit/denied.h"
#include "audit/sink.h"
#include "base/name.h"
#include "base/time.h"
#include "model/role.h"
#include "os/clock.h"
#include "os/secret.h"
#include "store/org.h"
#include "store/schema.h"

static int explain_missing(const struct settings *s, struct err *e)
{
	AUTO(sb_done) struct sb shown = SB_INIT(1 << 16);

	return setting_shown(s, SET_DB, &shown) < 0
		       ? err_nomem(e)
		       : err_set(e, E_NOTFOUND, "%s: no store there (from %s); sit-db init makes one", sb_cstr(&shown), s->of[SET_DB].origin);
}

/* Only stores made for tests let their clock be set. */
static int set_clock(struct db *db, struct err *e)
{
	AUTO(sb_done) struct sb test = SB_INIT(16);
	const char *now = getenv("SIT_NOW");
	int64_t us;

	if (!now || !*now)
		return 0;
	if (meta_get(db, "test", &test, e) < 0)
		return -1;
	if (strcmp(sb_cstr(&test), "1") != 0)
		return 0;
	if (!time_rfc3339(str_of(now), &us))
		return err_set(e, E_USAGE, "SIT_NOW: \"%s\" is not an RFC 3339 time", now);
	clock_inject(us);
	return 0;
}

/* '*' sees every organisation: for who owns the store. */
static int check_owner(const struct db *db, struct err *e)
{
	if (!db_owner(db))
		return err_set(e, E_DENIED, "--org '*' is for the owner of %s", db_path(db));
	return 0;
}

/* Who shows a key works in their organisation or below it; others do not exist for them. */
static int set_caller(struct db *db, const struct settings *s, const struct opening *how, struct sb *home, struct err *e)
{
	AUTO(sb_wipe) struct sb key = SB_INIT(4096);
	struct apart where = { .settings = s, .warn = how->warn, .arg = how->arg };
	const struct login l = { &where, how->program };

	if (secret_read(setting(s, SET_KEY), &key, e) < 0)
		return err_wrap(e, "key (from %s)", s->of[SET_KEY].origin);
	if (login_key(db, sb_str(&key), clock_now(), &l, home, e) < 0)
		return -1;
	if (login_may(db, how->program, how->verb, e) == 0)
		return 0;
	where.org = db_caller(db)->org;
	where.org_name = sb_cstr(home);
	where.who = db_caller(db);
	denied_apart(&where, how->program, how->verb, e);
	return -1;
}

/* The organisation is the caller's or below it. */
static int within(struct db *db, int64_t org, struct str name, struct err *e)
{
	const struct caller *c = db_caller(db);
	int64_t *ids = NULL;
	size_t n = 0, i = 0;

	if (!c || c->org == org)
		return 0;
	if (org_below(db, c->org, &ids, &n, e) < 0)
		return -1;
	while (i < n && ids[i] != org)
		i++;
	free(ids);
	return i < n ? 0 : err_set(e, E_NOTFOUND, "no organisation \"%.*s\"", STR_ARG(name));
}

static int set_scope(struct db *db, const struct settings *s, const char *home, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(256);
	int64_t self, *ids = NULL;
	size_t n = 0;
	int rc;

	if (setting(s, SET_ORG))
		sb_adds(&name, setting(s, SET_ORG));
	else if (home)
		sb_adds(&name, home);
	else if (meta_get(db, "default_org", &name, e) < 0)
		return -1;
	if (org_find(db, sb_str(&name), &self, e) < 0)
		return -1;
	rc = within(db, self, sb_str(&name), e);
	if (rc == 0)
		rc = org_below(db, self, &ids, &n, e);
	if (rc == 0)
		rc = db_scope_set(db, self, sb_cstr(&name), ids, n, e);
	free(ids);
	return rc;
}

/* What the trail is told before anything is read or written. */
static int enter(struct db *db, const struct settings *s, const struct opening *how, const char *home, struct err *e)
{
	const struct apart where = { .settings = s, .warn = how->warn, .arg = how->arg };
	const struct login l = { &where, how->program };

	if (home && login_used(db, clock_now(), &l, home, e) < 0)
		return -1;
	return how->write || !how->reads ? 0 : reads_note(db, &where, how, e);
}

int task_open(const struct settings *s, const struct opening *how, struct db **out, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	AUTO(sb_done) struct sb home = SB_INIT(256);
	enum db_mode mode = how->write ? DB_WRITE : DB_READ;
	const char *url = setting(s, SET_DB), *org = setting(s, SET_ORG);
	bool all = org && strcmp(org, "*") == 0;
	int rc;

	if (settings_check(s, e) < 0)
		return -1;
	rc = (how->any_version ? db_open_any : db_open)(url, mode, &store_schema, &db, e);
	if (rc < 0)
		return e->code == E_NOTFOUND ? explain_missing(s, e) : -1;
	if (how->any_version && setting(s, SET_KEY))
		return err_set(e, E_DENIED, "this works on the store itself and takes no key (key from %s)", s->of[SET_KEY].origin);
	if (how->any_version)
		goto done;
	if (set_clock(db, e) < 0)
		return -1;
	if (setting(s, SET_KEY) && set_caller(db, s, how, &home, e) < 0)
		return -1;
	if (all && db_caller(db) && !(db_caller(db)->rights & RIGHT_STORE))
		return err_set(e, E_DENIED, "--org '*' is for who may work on the store as a whole");
	if (all && check_owner(db, e) < 0)
		return -1;
	if (all && how->write && !how->owner && !how->write_all_orgs)
		return err_set(e, E_USAGE, "--org '*' only reads; name the organisation to write in");
	if (!how->owner && !all && set_scope(db, s, home.len ? sb_cstr(&home) : NULL, e) < 0)
		return -1;
	if (how->write && sinks_begin(db, setting(s, SET_AUDIT), how->warn, how->arg, e) < 0)
		return -1;
	if (!how->owner && enter(db, s, how, home.len ? sb_cstr(&home) : NULL, e) < 0)
		return -1;
done:
	*out = db;
	db = NULL;
	return 0;
}

/* There is a living organisation called so, for the caller: 1, 0, -1. */
static int is_there(struct db *all, struct str org, struct err *e)
{
	int64_t id;

	if (org_find(all, org, &id, e) == 0 && within(all, id, org, e) == 0)
		return 1;
	if (e->code != E_NOTFOUND)
		return -1;
	err_clear(e);
	return 0;
}

int task_open_one(struct db *all, const struct settings *s, const struct opening *how, struct str org, struct db **out, struct err *e)
{
	char name[NAME_MAX_LEN + 1] = "";
	struct settings of = *s;
	int got;

	*out = NULL;
	of.of[SET_ORG].value = NULL;
	if (org.ptr) {
		if (!name_valid(org))
			return 0;
		got = is_there(all, org, e);
		if (got <= 0)
			return got;
		memcpy(name, org.ptr, org.len);
		of.of[SET_ORG].value = name;
	}
	if (task_open(&of, how, out, e) == 0)
		return 1;
	/* What is not there now is the store, or an organisation that is being removed: nobody shall take that for a name that nobody has. */
	if (e->code == E_NOTFOUND)
		e->code = E_IO;
	return -1;
}
