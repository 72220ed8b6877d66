/* SPDX-License-Identifier: MIT */
/* Keys: made, kept, replaced, revoked. */
#include "access/login.h"
#include "base/num.h"
#include "os/secret.h"
#include "store/entity.h"
#include "task/user.h"
#include "task/work.h"

#define PREFIX_RANDOM 8 /* characters of the name, behind "sit_" */
#define SECRET_RANDOM (LOGIN_KEY_LEN - LOGIN_PREFIX_LEN - 1)

int key_make(struct key_made *k, struct err *e)
{
	*k = (struct key_made){ .text = SB_INIT(LOGIN_KEY_LEN) };
	sb_adds(&k->text, "sit_");
	if (secret_letters(PREFIX_RANDOM, &k->text, e) < 0 || sb_addc(&k->text, '_') < 0 || secret_letters(SECRET_RANDOM, &k->text, e) < 0)
		return e->code ? -1 : err_nomem(e);
	memcpy(k->prefix, k->text.buf, LOGIN_PREFIX_LEN);
	return login_digest(sb_str(&k->text), k->hash, e);
}

/* ---- in the store ---- */

struct keeping {
	const struct target *who;
	const struct key_made *key;
	const struct key_terms *terms;
	const char *old; /* prefix of the key that it replaces, or that is revoked; NULL: none */
	int64_t until;
};

static int trail_key(struct work *w, const char *verb, const char *prefix, struct str user, const struct key_terms *t, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(8192);

	sb_adds(&text, "{\"user\":");
	sb_json(&text, user);
	if (t && t->rights) {
		sb_adds(&text, ",\"rights\":");
		sb_json(&text, str_of(t->rights));
	}
	if (t && t->note) {
		sb_adds(&text, ",\"note\":");
		sb_json(&text, str_of(t->note));
	}
	if (t && t->expires)
		sb_addf(&text, ",\"expires\":%" PRId64, t->expires);
	if (sb_addc(&text, '}') < 0)
		return err_nomem(e);
	return work_trail_text(w, verb, "key", str_of(prefix), NULL, sb_cstr(&text), e);
}

static int keep(struct work *w, int64_t user, struct str user_name, const struct key_made *k, const struct key_terms *t, struct err *e)
{
	struct user_key row = { .user = user, .created = w->when.now, .expires = t->expires, .prefix = str_of(k->prefix),
				.rights = str_of(t->rights), .note = str_of(t->note), .hash = { (const char *)k->hash, KEY_HASH } };

	if (user_touch(w, user, e) < 0 || key_add(w->db, &row, e) < 0)
		return -1;
	return trail_key(w, "add", k->prefix, user_name, t, e);
}

static int keep_tx(struct work *w, void *arg, struct err *e)
{
	const struct keeping *x = arg;

	return keep(w, x->who->id, str_of(x->who->name), x->key, x->terms, e);
}

/* What the user may do somewhere: by their role, or as it was granted on a site. */
static int rights_of(struct db *db, int64_t user, struct sb *role, unsigned *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	unsigned mask;
	bool enabled;
	int got;

	if (user_role(db, user, role, &enabled, e) < 0 || grant_ids(db, user, &st, e) < 0)
		return -1;
	*out = role_rights(sb_str(role));
	while ((got = stmt_step(st, e)) > 0) {
		if (rights_read(stmt_text(st, 1), &mask, e) < 0)
			return -1;
		*out |= mask;
	}
	return got;
}

int key_fits(struct work *w, const struct target *who, const struct key_terms *t, struct err *e)
{
	AUTO(sb_done) struct sb role = SB_INIT(64);
	AUTO(sb_done) struct sb words = SB_INIT(256);
	unsigned asked, has;

	if (!t->rights)
		return 0;
	if (rights_read(str_of(t->rights), &asked, e) < 0 || user_ready(w->db, e) < 0 || rights_of(w->db, who->id, &role, &has, e) < 0)
		return -1;
	if (asked & has)
		return 0;
	rights_text(has, &words);
	return err_set(e, E_USAGE, "rights %s: a key with them could do nothing: %s (role %s) has %s", t->rights, who->name, sb_cstr(&role), words.len ? sb_cstr(&words) : "none");
}

int key_keep(struct work *w, const struct target *who, const struct key_made *k, const struct key_terms *t, struct err *e)
{
	struct keeping x = { .who = who, .key = k, .terms = t };

	return user_ready(w->db, e) < 0 ? -1 : work_write(w, keep_tx, &x, e);
}

/* The key that the caller names, and that still counts. */
static int find(struct work *w, const char *prefix, struct stmt **st, struct user_key *k, struct err *e)
{
	int got = key_find(w->db, str_of(prefix), st, k, e);

	if (got == 0)
		return err_set(e, E_NOTFOUND, "no key \"%.20s\": give the first %d characters", prefix, LOGIN_PREFIX_LEN);
	if (got > 0 && k->revoked)
		return err_set(e, E_CONFLICT, "key %.20s is revoked already", prefix);
	return got < 0 ? -1 : user_touch(w, k->user, e);
}

int key_known(struct work *w, const char *prefix, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct user_key k;

	return user_ready(w->db, e) < 0 ? -1 : find(w, prefix, &st, &k, e);
}

static int replace_tx(struct work *w, void *arg, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb rights = SB_INIT(512);
	AUTO(sb_done) struct sb note = SB_INIT(8192);
	AUTO(sb_done) struct sb user = SB_INIT(256);
	const struct keeping *x = arg;
	struct key_terms t;
	struct user_key old;

	if (find(w, x->old, &st, &old, e) < 0)
		return -1;
	t = (struct key_terms){ .expires = old.expires };
	sb_add(&rights, old.rights.ptr, old.rights.len);
	sb_add(&note, old.note.ptr, old.note.len);
	sb_add(&user, old.user_name.ptr, old.user_name.len);
	t.rights = old.rights.ptr ? sb_cstr(&rights) : NULL;
	t.note = old.note.ptr ? sb_cstr(&note) : NULL;
	stmt_reset(st);
	if (keep(w, old.user, sb_str(&user), x->key, &t, e) < 0)
		return -1;
	if (!old.expires || old.expires > x->until)
		if (key_end(w->db, old.id, x->until, false, e) < 0)
			return -1;
	t = (struct key_terms){ .expires = x->until };
	return trail_key(w, "rotate", x->old, sb_str(&user), &t, e);
}

int key_replace(struct work *w, const char *old, const struct key_made *k, int64_t until, struct err *e)
{
	struct keeping x = { .key = k, .old = old, .until = until };

	return user_ready(w->db, e) < 0 ? -1 : work_write(w, replace_tx, &x, e);
}

static int revoke_tx(struct work *w, void *arg, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb user = SB_INIT(256);
	const struct keeping *x = arg;
	struct user_key old;

	if (find(w, x->old, &st, &old, e) < 0)
		return -1;
	sb_add(&user, old.user_name.ptr, old.user_name.len);
	stmt_reset(st);
	if (key_end(w->db, old.id, w->when.now, true, e) < 0)
		return -1;
	return trail_key(w, "revoke", x->old, sb_str(&user), NULL, e);
}

int key_revoke(struct work *w, const char *prefix, struct err *e)
{
	struct keeping x = { .old = prefix };

	return user_ready(w->db, e) < 0 ? -1 : work_write(w, revoke_tx, &x, e);
}

/* clang-format off */
const struct field key_fields[] = {
	{ .name = "key", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what it is called: its first characters" },
	{ .name = "user", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "whose it is" },
	{ .name = "state", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "good, expired or revoked" },
	{ .name = "rights", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "at most these of the role's" },
	{ .name = "expires", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "taken until then" },
	{ .name = "revoked", .kind = FIELD_TIME, .help = "not taken since then" },
	{ .name = "used", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "a change was last made with it, to the hour" },
	{ .name = "note", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what it is for" },
	{ .name = "created", .kind = FIELD_TIME, .help = "when it was made" },
};
/* clang-format on */
const size_t key_count = COUNT(key_fields);

static struct cell instant(int64_t at)
{
	return at ? CELL_OF_TIME(at) : CELL_OF_NULL;
}

static struct cell text_or_null(struct str s)
{
	return s.ptr ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

const char *key_state(const struct user_key *k, int64_t now)
{
	if (k->revoked)
		return "revoked";
	return k->expires && k->expires <= now ? "expired" : "good";
}

int key_print(struct work *w, const struct target *who, struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct user_key k;
	int got;

	if (user_ready(w->db, e) < 0 || key_list(w->db, who ? who->id : 0, &st, e) < 0)
		return -1;
	while ((got = key_next(st, &k, e)) > 0) {
		const struct cell c[] = { CELL_OF_TEXT(k.prefix), CELL_OF_TEXT(k.user_name), CELL_OF_TEXT(str_of(key_state(&k, w->when.now))),
					  text_or_null(k.rights), instant(k.expires), instant(k.revoked), instant(k.used),
					  text_or_null(k.note), instant(k.created) };

		if (out_rec(out, c, e) < 0)
			return -1;
	}
	return got;
}
