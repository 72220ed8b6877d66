/* SPDX-License-Identifier: MIT */
#include "task/open.h"

#include "base/time.h"
#include "os/clock.h"
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

static int set_scope(struct db *db, const struct settings *s, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(256);
	int64_t self, *ids = NULL;
	size_t n = 0;
	int rc;

	if (setting(s, SET_ORG))
		sb_adds(&name, setting(s, SET_ORG));
	else if (meta_get(db, "default_org", &name, e) < 0)
		return -1;
	if (org_find(db, sb_str(&name), &self, e) < 0)
		return -1;
	rc = org_below(db, self, &ids, &n, e);
	if (rc == 0)
		rc = db_scope_set(db, self, sb_cstr(&name), ids, n, e);
	free(ids);
	return rc;
}

int task_open(const struct settings *s, const struct opening *how, struct db **out, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	enum db_mode mode = how->write ? DB_WRITE : DB_READ;
	const char *url = setting(s, SET_DB), *org = setting(s, SET_ORG);
	bool all = org && strcmp(org, "*") == 0;
	int rc;

	if (settings_check(s, e) < 0)
		return -1;
	rc = (how->any_version ? db_open_any : db_open)(url, mode, &store_schema, &db, e);
	if (rc < 0)
		return e->code == E_NOTFOUND ? explain_missing(s, e) : -1;
	if (how->any_version)
		goto done;
	if (set_clock(db, e) < 0)
		return -1;
	if (all && check_owner(db, e) < 0)
		return -1;
	if (all && how->write && !how->owner && !how->write_all_orgs)
		return err_set(e, E_USAGE, "--org '*' only reads; name the organisation to write in");
	if (!how->owner && !all && set_scope(db, s, e) < 0)
		return -1;
done:
	*out = db;
	db = NULL;
	return 0;
}
