/* SPDX-License-Identifier: MIT */
/* Passwords that are shown, and who is locked because too many were wrong. */
#include "access/tries.h"
#include "codec/password.h"
#include "db/caller.h"
#include "store/entity.h"
#include "store/org.h"
#include "task/user.h"
#include "task/work.h"

/* ---- login ---- */

/* Who it would be; id 0: nobody. */
struct found {
	int64_t id, org;
	struct sb org_name, hash; /* hash: "" when none of theirs is taken */
};

static void found_done(struct found *f)
{
	sb_done(&f->org_name);
	sb_wipe(&f->hash);
}

static int find(struct work *w, const char *name, struct found *f, struct err *e)
{
	AUTO(sb_done) struct sb role = SB_INIT(64);
	struct err why = { 0 };
	struct row row = { 0 };
	bool enabled;

	f->org = db_self(w->db);
	if (entity_resolve(w->db, &user_entity, str_of(name), &f->id, &why) < 0) {
		f->id = 0;
		if (why.code != E_NOTFOUND && why.code != E_USAGE && why.code != E_INPUT)
			return *e = why, -1;
		return f->org ? sb_adds(&f->org_name, db_self_name(w->db)) : err_set(e, E_USAGE, "name the organisation (--org)");
	}
	if (work_load(w, f->id, &row, e) < 0 || user_role(w->db, f->id, &role, &enabled, e) < 0)
		return -1;
	f->org = row.org;
	if (org_name(w->db, row.org, &f->org_name, e) < 0)
		return -1;
	return enabled ? user_password(w->db, f->id, &f->hash, e) : 0;
}

int user_login(struct work *w, const struct settings *s, const struct claimant *who, struct err *e)
{
	AUTO(found_done) struct found f = { .org_name = SB_INIT(256), .hash = SB_INIT(1024) };
	struct try t = { .kind = "password", .program = w->program };
	char address[TRIES_ADDRESS];
	struct err wrong = { 0 };
	struct apart where;
	bool locked;
	int good;

	if (who->address && tries_address(who->address, address, e) < 0)
		return -1;
	t.address = who->address ? address : NULL;
	if (user_ready(w->db, e) < 0 || find(w, who->name, &f, e) < 0 || tries_of_user(f.id, str_of(who->name), &t, e) < 0)
		return -1;
	where = (struct apart){ .settings = s, .org = f.org, .org_name = sb_cstr(&f.org_name), .who = db_caller(w->db) };
	t.whose = f.id ? who->name : "?";
	if (tries_begin(&where, &t, &locked, e) < 0)
		return err_wrap(e, "the password was not tried");
	good = password_check(who->password, locked ? "" : sb_cstr(&f.hash), e);
	if (good < 0)
		return -1;
	err_set(&wrong, E_DENIED, locked ? "it was not tried: too many were wrong" : "it is not their password");
	t.why = good ? NULL : &wrong;
	tries_note(&where, &t);
	return good;
}

/* ---- unlock ---- */

struct unlocking {
	const struct target *who;
	const char *address;
};

static int unlock_keys(struct work *w, int64_t user, int64_t *n, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct user_key k;
	char begins[80];
	int got = key_list(w->db, user, &st, e);

	while (got >= 0 && (got = key_next(st, &k, e)) > 0) {
		(void)snprintf(begins, sizeof(begins), "key:%.*s@", STR_ARG(k.prefix));
		if (login_unlock(w->db, begins, begins, n, e) < 0)
			return -1;
	}
	return got;
}

static int unlock(struct work *w, void *arg, struct err *e)
{
	const struct unlocking *x = arg;
	struct try t = { 0 };
	int64_t n = 0;

	if (user_touch(w, x->who->id, e) < 0 || tries_of_user(x->who->id, str_of(x->who->name), &t, e) < 0 ||
	    login_unlock(w->db, t.what, t.what, &n, e) < 0 || unlock_keys(w, x->who->id, &n, e) < 0)
		return -1;
	if (!n)
		return err_set(e, E_NOTFOUND, "nothing of user \"%s\" is locked", x->who->name);
	return work_trail_text(w, "unlock", "user", str_of(x->who->name), NULL, NULL, e);
}

static int unlock_address(struct work *w, void *arg, struct err *e)
{
	const struct unlocking *x = arg;
	char what[TRIES_ADDRESS + 16];
	int64_t n = 0;

	(void)snprintf(what, sizeof(what), "address:%s", x->address);
	if (login_unlock(w->db, what, what, &n, e) < 0)
		return -1;
	if (!n)
		return err_set(e, E_NOTFOUND, "address %s is not locked", x->address);
	return work_trail_text(w, "unlock", "address", str_of(x->address), NULL, NULL, e);
}

int user_unlock(struct work *w, const struct target *who, struct err *e)
{
	struct unlocking x = { .who = who };

	return user_ready(w->db, e) < 0 || audit_watching_ready(w->db, e) < 0 ? -1 : work_write(w, unlock, &x, e);
}

int user_unlock_address(struct work *w, const char *text, struct err *e)
{
	char address[TRIES_ADDRESS];
	struct unlocking x = { .address = address };

	if (tries_address(text, address, e) < 0)
		return -1;
	return audit_watching_ready(w->db, e) < 0 ? -1 : work_write(w, unlock_address, &x, e);
}
