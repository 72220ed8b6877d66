/* SPDX-License-Identifier: MIT */
/* Credentials: made, kept, replaced, revoked, printed. */
#include "task/credential.h"

#include "codec/mqtt_password.h"
#include "os/secret.h"
#include "store/entity.h"
#include "task/work.h"

#define PASSWORD_LETTERS 52

int credential_make(struct credential_made *m, struct err *e)
{
	AUTO(sb_done) struct sb login = SB_INIT(CREDENTIAL_LOGIN);
	unsigned char salt[MQTT_SALT];

	*m = (struct credential_made){ .password = SB_INIT(PASSWORD_LETTERS), .hash = SB_INIT(256) };
	sb_adds(&login, CREDENTIAL_PREFIX);
	if (secret_letters(CREDENTIAL_LOGIN - strlen(CREDENTIAL_PREFIX), &login, e) < 0 || secret_letters(PASSWORD_LETTERS, &m->password, e) < 0 ||
	    secret_random(salt, sizeof(salt), e) < 0)
		return -1;
	memcpy(m->login, login.buf, sizeof(m->login));
	return mqtt_password_hash(sb_str(&m->password), salt, &m->hash, e);
}

void credential_done(struct credential_made *m)
{
	sb_wipe(&m->password);
	sb_done(&m->hash);
}

/* ---- in the store ---- */

struct keeping {
	const struct target *who;
	const struct credential_made *made;
	const struct credential_terms *terms;
	const char *old; /* login of the one that it replaces, or that is revoked; NULL: none */
	int64_t until;
};

/* The caller may change the device, and it is of the work's noun: 0, or E_DENIED, E_NOTFOUND. Its name in *name. */
static int touch(struct work *w, int64_t device, struct str *name, struct err *e)
{
	struct row row = { 0 };

	if (entity_own(w->db, w->ent, device, e) < 0 || work_load(w, device, &row, e) < 0)
		return -1;
	if (w->ent->only[0] && !str_is(row_text(w->ent, &row, w->ent->only[0]), w->ent->only[1]))
		return err_set(e, E_NOTFOUND, "%.*s is no %s", STR_ARG(work_row_name(w, &row)), w->ent->noun);
	*name = work_row_name(w, &row);
	return work_may(w, &row, e);
}

int credential_name(struct work *w, const struct target *who, struct str *name, struct err *e)
{
	return touch(w, who->id, name, e);
}

/* The trail of a device has what was done with its credentials: "add-credential". */
static int trail(struct work *w, const char *verb, struct str device, const char *login, const struct credential_terms *t, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(8192);

	sb_addf(&text, "{\"credential\":\"%s\"", login);
	if (t && t->note) {
		sb_adds(&text, ",\"note\":");
		sb_json(&text, str_of(t->note));
	}
	if (t && t->expires)
		sb_addf(&text, ",\"expires\":%" PRId64, t->expires);
	if (sb_addc(&text, '}') < 0)
		return err_nomem(e);
	return work_trail_text(w, verb, w->ent->noun, device, NULL, sb_cstr(&text), e);
}

int credential_keep_in(struct work *w, const struct target *who, const struct credential_made *m, const struct credential_terms *t, struct err *e)
{
	const struct credential row = { .device = who->id, .login = str_of(m->login), .hash = sb_str(&m->hash), .note = str_of(t->note),
					.created = w->when.now, .expires = t->expires };

	struct str name;

	if (touch(w, who->id, &name, e) < 0 || credential_add(w->db, &row, e) < 0)
		return -1;
	return trail(w, "add-credential", name, m->login, t, e);
}

static int keep_tx(struct work *w, void *arg, struct err *e)
{
	const struct keeping *x = arg;

	return credential_keep_in(w, x->who, x->made, x->terms, e);
}

int credential_keep(struct work *w, const struct target *who, const struct credential_made *m, const struct credential_terms *t, struct err *e)
{
	struct keeping x = { .who = who, .made = m, .terms = t };

	return credential_ready(w->db, e) < 0 ? -1 : work_write(w, keep_tx, &x, e);
}

/* The one that the caller names, and that still counts. */
static int find(struct work *w, const char *login, struct stmt **st, struct credential *c, struct err *e)
{
	int got = credential_find(w->db, str_of(login), st, c, e);
	struct str name;

	if (got == 0)
		return err_set(e, E_NOTFOUND, "no credential \"%.20s\"", login);
	if (got > 0 && c->revoked)
		return err_set(e, E_CONFLICT, "credential %.20s is revoked already", login);
	if (got < 0 || touch(w, c->device, &name, e) == 0)
		return got < 0 ? -1 : 0;
	if (e->code == E_NOTFOUND)
		err_set(e, E_NOTFOUND, "credential %.20s is of \"%.*s\", which is no %s", login, STR_ARG(c->device_name), w->ent->noun);
	return -1;
}

int credential_known(struct work *w, const char *login, struct target *who, int64_t *ends, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct credential c;

	if (credential_ready(w->db, e) < 0 || find(w, login, &st, &c, e) < 0)
		return -1;
	*who = (struct target){ c.device, arena_dup(&w->keep, c.device_name) };
	*ends = c.expires;
	return who->name ? 0 : err_nomem(e);
}

static int replace_tx(struct work *w, void *arg, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	const struct keeping *x = arg;
	struct credential_terms t;
	struct credential old;
	struct target who;
	int64_t until = x->until;

	if (find(w, x->old, &st, &old, e) < 0)
		return -1;
	who = (struct target){ old.device, arena_dup(&w->keep, old.device_name) };
	t = (struct credential_terms){ x->terms->note ? x->terms->note : old.note.ptr ? arena_dup(&w->keep, old.note) : NULL, x->terms->expires };
	if (!who.name || (old.note.ptr && !t.note))
		return err_nomem(e);
	stmt_reset(st);
	if (credential_keep_in(w, &who, x->made, &t, e) < 0)
		return -1;
	if (old.expires && old.expires <= x->until)
		until = old.expires;
	else if (credential_end(w->db, old.id, x->until, false, e) < 0)
		return -1;
	t = (struct credential_terms){ .expires = until };
	return trail(w, "rotate-credential", str_of(who.name), x->old, &t, e);
}

int credential_replace(struct work *w, const char *old, const struct credential_made *m, const struct credential_terms *t, int64_t until, struct err *e)
{
	struct keeping x = { .made = m, .terms = t, .old = old, .until = until };

	return credential_ready(w->db, e) < 0 ? -1 : work_write(w, replace_tx, &x, e);
}

static int revoke_tx(struct work *w, void *arg, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	const struct keeping *x = arg;
	struct credential old;
	const char *device;

	if (find(w, x->old, &st, &old, e) < 0)
		return -1;
	device = arena_dup(&w->keep, old.device_name);
	stmt_reset(st);
	if (!device)
		return err_nomem(e);
	if (credential_end(w->db, old.id, w->when.now, true, e) < 0)
		return -1;
	return trail(w, "revoke-credential", str_of(device), x->old, NULL, e);
}

int credential_revoke(struct work *w, const char *login, struct err *e)
{
	struct keeping x = { .old = login };

	return credential_ready(w->db, e) < 0 ? -1 : work_write(w, revoke_tx, &x, e);
}

/* clang-format off */
const struct field credential_fields[] = {
	{ .name = "credential", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its login: user name and client id at the broker" },
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "whose it is" },
	{ .name = "state", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "good, expired, revoked, or disabled when its device is" },
	{ .name = "expires", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "taken until then" },
	{ .name = "revoked", .kind = FIELD_TIME, .help = "not taken since then" },
	{ .name = "note", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what it is for" },
	{ .name = "created", .kind = FIELD_TIME, .help = "when it was made" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "the organisation" },
};
/* clang-format on */
const size_t credential_count = COUNT(credential_fields);

static struct cell instant(int64_t at)
{
	return at ? CELL_OF_TIME(at) : CELL_OF_NULL;
}

static const char *state_of(const struct credential *c, int64_t now)
{
	if (c->revoked)
		return "revoked";
	if (c->expires && c->expires <= now)
		return "expired";
	return c->enabled ? "good" : "disabled";
}

int credential_print(struct work *w, const struct target *who, struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct credential c;
	int got;

	if (credential_ready(w->db, e) < 0 || credential_list(w->db, who ? who->id : 0, &st, e) < 0)
		return -1;
	while ((got = credential_next(st, &c, e)) > 0) {
		const struct cell cells[] = { CELL_OF_TEXT(c.login), CELL_OF_TEXT(c.device_name), CELL_OF_TEXT(str_of(state_of(&c, w->when.now))),
					      instant(c.expires), instant(c.revoked), c.note.ptr ? CELL_OF_TEXT(c.note) : CELL_OF_NULL,
					      instant(c.created), CELL_OF_TEXT(c.org_name) };

		if (w->ent->only[0] && !str_is(c.type, w->ent->only[1]))
			continue;
		if (out_rec(out, cells, e) < 0)
			return -1;
	}
	return got;
}
