/* SPDX-License-Identifier: MIT */
/* Devices that were registered beforehand: whoever holds one has its key and secret, and claims it. */
#include "access/login.h"
#include "base/name.h"
#include "broker/onboard.h"
#include "codec/json.h"
#include "store/org.h"
#include "store/schema.h"
#include "task/work.h"

/* ---- registering ---- */

/* {"site":"plant", ...}: kept as it was said, because what it refers to is the claimer's. */
static int terms_json(struct work *w, const struct registering *r, struct sb *sb, struct err *e)
{
	struct row row = { 0 };

	sb_addc(sb, '{');
	for (int i = 0; i < r->n; i++) {
		const char *eq = strchr(r->term[i], '=');

		if (work_assign(w, &row, str_of(r->term[i]), e) < 0)
			return -1;
		if (!eq)
			return err_set(e, E_USAGE, "\"%s\": write field=value", r->term[i]);
		sb_adds(sb, i ? "," : "");
		sb_json(sb, (struct str){ r->term[i], (size_t)(eq - r->term[i]) });
		sb_addc(sb, ':');
		sb_json(sb, str_of(eq + 1));
	}
	return sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

struct keeping {
	const struct claim *claim;
	const char *key;
};

static int register_tx(struct work *w, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	const struct keeping *k = arg;

	if (claim_add(w->db, k->claim, e) < 0)
		return -1;
	sb_addf(&text, "{\"terms\":%.*s", STR_ARG(k->claim->terms));
	if (k->claim->expires)
		sb_addf(&text, ",\"expires\":%" PRId64, k->claim->expires);
	if (sb_addc(&text, '}') < 0)
		return err_nomem(e);
	return work_trail_text(w, "register", "claim", k->claim->key, NULL, sb_cstr(&text), e);
}

int claim_register(struct work *w, const struct registering *r, struct err *e)
{
	AUTO(sb_done) struct sb terms = SB_INIT(1 << 19);
	unsigned char hash[CLAIM_HASH];
	struct claim c = { .key = str_of(r->key), .created = w->when.now, .expires = r->expires };
	struct keeping k = { &c, r->key };

	if (!name_valid(c.key))
		return err_set(e, E_USAGE, "\"%s\": a key is a name (letters, digits, . _ -, at most 63)", r->key);
	if (terms_json(w, r, &terms, e) < 0 || login_digest(sb_str(r->secret), hash, e) < 0 || claim_ready(w->db, e) < 0)
		return -1;
	c.hash = (struct str){ (const char *)hash, CLAIM_HASH };
	c.terms = sb_str(&terms);
	return work_write(w, register_tx, &k, e);
}

static int withdraw_tx(struct work *w, void *arg, struct err *e)
{
	const char *key = arg;
	bool done;

	if (claim_remove(w->db, str_of(key), &done, e) < 0)
		return -1;
	if (!done)
		return err_set(e, E_NOTFOUND, "no claim \"%s\"", key);
	return work_trail_text(w, "delete", "claim", str_of(key), NULL, NULL, e);
}

int claim_withdraw(struct work *w, const char *key, struct err *e)
{
	return claim_ready(w->db, e) < 0 ? -1 : work_write(w, withdraw_tx, (void *)(uintptr_t)key, e);
}

/* clang-format off */
const struct field claim_fields[] = {
	{ .name = "key", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what it is claimed by, with its secret" },
	{ .name = "state", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "open, claimed or expired" },
	{ .name = "claimed_by", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the organisation that has claimed it" },
	{ .name = "claimed", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was claimed" },
	{ .name = "expires", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "taken until then" },
	{ .name = "terms", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "what the device will be" },
	{ .name = "created", .kind = FIELD_TIME, .help = "when it was registered" },
};
const size_t claim_count = COUNT(claim_fields);
/* clang-format on */

static const char *state_of(const struct claim *c, int64_t now)
{
	if (c->claimed)
		return "claimed";
	if (c->expires && c->expires <= now)
		return "expired";
	return "open";
}

int claim_print(struct work *w, struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct claim c;
	int got;

	if (claim_ready(w->db, e) < 0 || claim_list(w->db, &st, e) < 0)
		return -1;
	while ((got = claim_next(st, &c, e)) > 0) {
		const struct cell cells[] = { CELL_OF_TEXT(c.key), CELL_OF_TEXT(str_of(state_of(&c, w->when.now))),
					      c.claimed && c.claimed_org.ptr ? CELL_OF_TEXT(c.claimed_org) : CELL_OF_NULL,
					      c.claimed ? CELL_OF_TIME(c.claimed) : CELL_OF_NULL, c.expires ? CELL_OF_TIME(c.expires) : CELL_OF_NULL,
					      CELL_OF_JSON(c.terms), CELL_OF_TIME(c.created) };

		if (out_rec(out, cells, e) < 0)
			return -1;
	}
	return got;
}

/* ---- claiming ---- */

struct taking {
	int64_t id, at, by;
	bool done;
	int (*fn)(struct db *db, struct taking *t, struct err *e);
};

static int mark(struct db *db, struct taking *t, struct err *e)
{
	return claim_take(db, t->id, t->at, t->by, &t->done, e);
}

static int unmark(struct db *db, struct taking *t, struct err *e)
{
	return claim_give_back(db, t->id, e);
}

static int taking_tx(struct db *db, void *arg, struct err *e)
{
	struct taking *t = arg;

	return t->fn(db, t, e);
}

/* The time does not tell how much is right. */
static bool same(const unsigned char *a, const char *b, size_t n)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < n; i++)
		differs |= (unsigned char)(a[i] ^ (unsigned char)b[i]);
	return !differs;
}

/* The claim, if it is good; its terms appended. */
static int open_claim(struct db *db, const struct claiming *c, struct taking *t, struct sb *terms, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	unsigned char hash[CLAIM_HASH];
	struct claim k;
	int got;

	if (login_digest(c->secret, hash, e) < 0 || claim_ready(db, e) < 0)
		return -1;
	got = claim_find(db, str_of(c->key), &st, &k, e);
	while (got > 0 && !(k.hash.len == CLAIM_HASH && same(hash, k.hash.ptr, CLAIM_HASH)))
		got = claim_next(st, &k, e);
	if (got < 0)
		return -1;
	if (got == 0 || (k.expires && k.expires <= t->at))
		return err_set(e, E_DENIED, "there is no such claim, or that is not its secret, or it has ended");
	if (k.claimed)
		return err_set(e, E_CONFLICT, "%s: was claimed already", c->key);
	t->id = k.id;
	return sb_add(terms, k.terms.ptr, k.terms.len) < 0 ? err_nomem(e) : 0;
}

/* Terms of the claim, then those of the claimer: what was registered holds, what was not said may be. */
static int make_row(struct work *w, const struct claiming *c, struct str terms, struct row *row, struct err *e)
{
	json_t *json = json_read(terms, e), *v;
	AUTO(sb_done) struct sb term = SB_INIT(1 << 17);
	const char *key;
	int rc = json ? 0 : -1;

	for (int i = 0; rc == 0 && i < c->n; i++)
		rc = work_assign(w, row, str_of(c->term[i]), e);
	if (json)
		json_object_foreach(json, key, v)
		{
			sb_clear(&term);
			sb_addf(&term, "%s=%s", key, json_string_value(v) ? json_string_value(v) : "");
			if (rc == 0)
				rc = work_assign(w, row, sb_str(&term), e);
		}
	json_decref(json);
	if (rc == 0 && !row_has(row, (size_t)entity_key(w->ent)))
		rc = work_assign_field(w, row, (size_t)entity_key(w->ent), str_of(c->key), e);
	return rc;
}

static int claim_at(struct work *w, struct db *at, const struct claiming *c, struct str *device, struct err *e)
{
	AUTO(sb_done) struct sb terms = SB_INIT(1 << 20);
	struct taking t = { .at = w->when.now, .by = db_self(w->db), .fn = mark };
	struct row row = { 0 };
	enum did did = DID_NOTHING;
	struct err ignored = { 0 };

	if (open_claim(at, c, &t, &terms, e) < 0 || make_row(w, c, sb_str(&terms), &row, e) < 0)
		return -1;
	t.fn = mark;
	if (db_write(at, w->dry, taking_tx, &t, e) < 0)
		return -1;
	if (!t.done)
		return err_set(e, E_CONFLICT, "%s: was claimed already", c->key);
	if (onboard_add(w, c->onboarding, &row, &did, e) < 0) {
		t.fn = unmark;
		if (!w->dry)
			(void)db_write(at, false, taking_tx, &t, &ignored);
		return -1;
	}
	device->ptr = arena_dup(&w->keep, work_row_name(w, &row));
	device->len = device->ptr ? strlen(device->ptr) : 0;
	return device->ptr ? 0 : err_nomem(e);
}

/*
 * What was registered may be another organisation's: it is looked up and marked on a connection without scope, which on a server only the
 * store's owner has; others claim what their own organisation has registered.
 */
int claim_use(struct work *w, const struct claiming *c, struct str *device, struct err *e)
{
	AUTO(db_closep) struct db *apart = NULL;

	if (db_open(c->store, DB_WRITE, &store_schema, &apart, e) < 0)
		return -1;
	return claim_at(w, db_owner(apart) ? apart : w->db, c, device, e);
}
