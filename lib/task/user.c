/* SPDX-License-Identifier: MIT */
/* Passwords, grants, and why somebody may do something. */
#include "task/user.h"

#include "base/utf8.h"
#include "codec/password.h"
#include "db/caller.h"
#include "os/secret.h"
#include "store/entity.h"
#include "task/work.h"

int user_touch(struct work *w, int64_t user, struct err *e)
{
	struct row row = { 0 };

	if (entity_own(w->db, w->ent, user, e) < 0 || work_load(w, user, &row, e) < 0)
		return -1;
	return work_may(w, &row, e);
}

/* ---- passwords ---- */

struct setting_password {
	const struct target *who;
	const char *hash; /* NULL: none */
};

static int set_password(struct work *w, void *arg, struct err *e)
{
	const struct setting_password *x = arg;

	if (user_touch(w, x->who->id, e) < 0 || user_password_set(w->db, x->who->id, x->hash, e) < 0)
		return -1;
	return work_trail_text(w, "set", "user", str_of(x->who->name), NULL, x->hash ? "{\"password\":\"***\"}" : "{\"password\":null}", e);
}

int user_set_password(struct work *w, const struct target *who, struct str password, struct err *e)
{
	AUTO(sb_wipe) struct sb hash = SB_INIT(1024);
	struct setting_password x = { who, NULL };
	size_t letters = 0;

	for (size_t i = 0; i < password.len; i++)
		letters += ((unsigned char)password.ptr[i] & 0xc0) != 0x80;
	if (password.len && letters < PASSWORD_LEAST)
		return err_set(e, E_INPUT, "a password has at least %d characters", PASSWORD_LEAST);
	if (password.len && str_is(password, who->name))
		return err_set(e, E_INPUT, "a password is not the user's name");
	if (password.len && password_hash(password, &hash, e) < 0)
		return -1;
	if (user_ready(w->db, e) < 0)
		return -1;
	x.hash = password.len ? sb_cstr(&hash) : NULL;
	return work_write(w, set_password, &x, e);
}

/* ---- grants ---- */

struct granting {
	const struct target *who;
	const char *site, *rights;
	int64_t site_id;
};

static int grant(struct work *w, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb old = SB_INIT(512);
	AUTO(sb_done) struct sb now = SB_INIT(512);
	const struct granting *g = arg;
	bool done;

	if (user_touch(w, g->who->id, e) < 0 || grant_set(w->db, g->who->id, g->site_id, g->rights, &done, e) < 0)
		return -1;
	if (!done)
		return err_set(e, E_NOTFOUND, "%s has no grant on site \"%s\"", g->who->name, g->site);
	sb_addf(g->rights ? &now : &old, "{\"site\":\"%s\",\"rights\":\"%s\"}", g->site, g->rights ? g->rights : "");
	return work_trail_text(w, g->rights ? "grant" : "ungrant", "user", str_of(g->who->name), old.buf, now.buf, e);
}

int user_grant(struct work *w, const struct target *who, const char *site, const char *rights, struct err *e)
{
	AUTO(sb_done) struct sb words = SB_INIT(256);
	struct granting g = { who, site, rights, 0 };
	unsigned mask;

	if (user_ready(w->db, e) < 0 || entity_resolve(w->db, &site_entity, str_of(site), &g.site_id, e) < 0)
		return -1;
	if (rights) {
		if (rights_read(str_of(rights), &mask, e) < 0)
			return -1;
		if (mask == 0 || mask & (RIGHT_ADMIN | RIGHT_STORE))
			return err_set(e, E_INPUT, "a site grants some of view, export, operate, analyse, manage");
		if (db_caller(w->db) && mask & ~db_caller(w->db)->rights)
			return err_set(e, E_DENIED, "nobody grants rights that they have not");
		rights_text(mask, &words);
		g.rights = sb_cstr(&words);
	}
	return work_write(w, grant, &g, e);
}

const struct field grant_fields[] = {
	{ .name = "user", .kind = FIELD_NAME, .help = "who" },
	{ .name = "site", .kind = FIELD_NAME, .help = "for things of this site" },
	{ .name = "rights", .kind = FIELD_TEXT, .help = "may do this, besides what their role gives" },
};
const size_t grant_count = COUNT(grant_fields);

int grant_print(struct work *w, const struct target *who, struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (user_ready(w->db, e) < 0 || grant_list(w->db, who ? who->id : 0, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		const struct cell c[] = { stmt_cell(st, 0), stmt_cell(st, 1), stmt_cell(st, 2) };

		if (out_rec(out, c, e) < 0)
			return -1;
	}
	return got;
}

/* ---- why ---- */

const struct field can_fields[] = {
	{ .name = "user", .kind = FIELD_NAME, .help = "who" },
	{ .name = "program", .kind = FIELD_TEXT, .help = "with which program" },
	{ .name = "verb", .kind = FIELD_TEXT, .help = "and verb of it" },
	{ .name = "allowed", .kind = FIELD_BOOL, .help = "may they?" },
	{ .name = "needs", .kind = FIELD_TEXT, .help = "the right that it takes" },
	{ .name = "why", .kind = FIELD_TEXT, .help = "what decides it" },
};
const size_t can_count = COUNT(can_fields);

struct question {
	unsigned needs, role, grant;
	unsigned key; /* at most these */
	const char *role_name, *site, *key_state;
	bool enabled;
};

static bool decide(const struct question *q, struct sb *why)
{
	if (!q->needs)
		sb_adds(why, "no such program or verb: nobody may");
	else if (!q->enabled)
		sb_adds(why, "the user is not enabled");
	else if (strcmp(q->key_state, "good") != 0)
		sb_addf(why, "the key is %s", q->key_state);
	else if (!(q->key & q->needs))
		sb_adds(why, "the key has it not, whatever the role has");
	else if (q->role & q->needs)
		sb_addf(why, "role %s has it", q->role_name);
	else if (q->grant & q->needs)
		sb_addf(why, "granted on site %s; role %s has it not", q->site, q->role_name);
	else
		sb_addf(why, "role %s has it not%s", q->role_name, q->site ? ", nor is it granted on the site" : "");
	return q->needs && q->enabled && strcmp(q->key_state, "good") == 0 && (q->role | q->grant) & q->key & q->needs;
}

/* What the key that is named lets them do at most. */
static int ask_key(struct work *w, const struct target *who, const char *prefix, struct question *q, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct user_key k;
	int got;

	q->key = RIGHTS_ALL;
	q->key_state = "good";
	if (!prefix)
		return 0;
	got = key_find(w->db, str_of(prefix), &st, &k, e);
	if (got == 0 || (got > 0 && k.user != who->id))
		return err_set(e, E_NOTFOUND, "%s has no key \"%.20s\" (sit-user key list %s)", who->name, prefix, who->name);
	if (got < 0 || (k.rights.ptr && rights_read(k.rights, &q->key, e) < 0))
		return -1;
	q->key_state = key_state(&k, w->when.now);
	return 0;
}

int user_can(struct work *w, const struct target *who, const struct can_what *what, bool *may, struct out *out, struct err *e)
{
	AUTO(sb_done) struct sb role = SB_INIT(64);
	AUTO(sb_done) struct sb granted = SB_INIT(256);
	AUTO(sb_done) struct sb needs = SB_INIT(64);
	AUTO(sb_done) struct sb why = SB_INIT(512);
	struct question q = { .needs = right_needed(what->program, what->verb), .site = what->site };
	int64_t site_id;
	struct cell c[COUNT(can_fields)];

	if (user_ready(w->db, e) < 0 || user_role(w->db, who->id, &role, &q.enabled, e) < 0)
		return -1;
	q.role_name = sb_cstr(&role);
	q.role = role_rights(sb_str(&role));
	if (ask_key(w, who, what->key, &q, e) < 0)
		return -1;
	if (q.site && (entity_resolve(w->db, &site_entity, str_of(q.site), &site_id, e) < 0 ||
		     grant_find(w->db, who->id, site_id, &granted, e) < 0 || rights_read(sb_str(&granted), &q.grant, e) < 0))
		return -1;
	*may = decide(&q, &why);
	rights_text(q.needs, &needs);
	c[0] = CELL_OF_TEXT(str_of(who->name));
	c[1] = CELL_OF_TEXT(str_of(what->program));
	c[2] = what->verb ? CELL_OF_TEXT(str_of(what->verb)) : CELL_OF_NULL;
	c[3] = CELL_OF_BOOL(*may);
	c[4] = needs.len ? CELL_OF_TEXT(sb_str(&needs)) : CELL_OF_NULL;
	c[5] = CELL_OF_TEXT(sb_str(&why));
	return out_rec(out, c, e);
}
