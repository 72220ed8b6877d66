/* SPDX-License-Identifier: MIT */
#include "audit/trail.h"

#include "audit/sink.h"
#include "db/caller.h"
#include "os/actor.h"
#include "os/secret.h"

#define RETRIES 100 /* another writer is quicker so many times in a row: not on a database that works */

void trail_done(struct trail *t)
{
	sha256_free(t->hasher);
	t->hasher = NULL;
	t->head = (struct audit_head){ 0 };
}

/* ---- the row as text ---- */

static void add_text(struct sb *sb, struct str s)
{
	sb_addc(sb, ',');
	if (s.ptr)
		sb_json(sb, s);
	else
		sb_adds(sb, "null");
}

static void add_json(struct sb *sb, struct str json)
{
	sb_addf(sb, ",%.*s", STR_ARG(json.ptr ? json : STR("null")));
}

/* Of a row without parts. */
static void add_whole(struct sb *sb, const struct audit *a)
{
	const struct str text[] = { a->actor, a->verb, a->noun, a->name };
	const struct str more[] = { a->message, a->origin, a->address, a->agent, a->session };

	sb_addf(sb, "[1,%" PRId64 ",%" PRId64, a->seq, a->at);
	for (size_t i = 0; i < COUNT(text); i++)
		add_text(sb, text[i]);
	add_json(sb, a->old);
	add_json(sb, a->now);
	for (size_t i = 0; i < COUNT(more); i++)
		add_text(sb, more[i]);
}

int trail_part(struct sha256 *h, const struct audit *a, bool what, struct sb *scratch, unsigned char out[AUDIT_HASH], struct err *e)
{
	const struct str who[] = { a->actor, a->origin, a->address, a->agent, a->session };
	struct str part = what ? a->what : a->who;

	if (part.len == AUDIT_HASH) {
		memcpy(out, part.ptr, AUDIT_HASH);
		return 0;
	}
	sb_clear(scratch);
	for (size_t i = 0; !what && i < COUNT(who); i++)
		add_text(scratch, who[i]);
	if (what) {
		add_text(scratch, a->name);
		add_json(scratch, a->old);
		add_json(scratch, a->now);
		add_text(scratch, a->message);
	}
	if (sb_addc(scratch, ']') < 0)
		return err_nomem(e);
	scratch->buf[0] = '['; /* in the place of the first comma */
	sha256_add(h, part.ptr, part.len);
	sha256_add(h, scratch->buf, scratch->len);
	return sha256_end_bytes(h, out, e);
}

static int add_parts(struct sha256 *h, struct sb *sb, const struct audit *a, struct err *e)
{
	unsigned char part[2][AUDIT_HASH];
	char hex[SHA256_HEX + 1];

	if (trail_part(h, a, false, sb, part[0], e) < 0 || trail_part(h, a, true, sb, part[1], e) < 0)
		return -1;
	sb_clear(sb);
	sb_addf(sb, "[2,%" PRId64 ",%" PRId64, a->seq, a->at);
	add_text(sb, a->verb);
	add_text(sb, a->noun);
	for (int i = 0; i < 2; i++) {
		hash_hex(part[i], AUDIT_HASH, hex);
		add_text(sb, str_of(hex));
	}
	return 0;
}

int trail_digest(struct sha256 *h, const unsigned char before[AUDIT_HASH], const struct audit *a, struct sb *scratch,
		 unsigned char out[AUDIT_HASH], struct err *e)
{
	sb_clear(scratch);
	if (!a->who.ptr || !a->what.ptr)
		add_whole(scratch, a);
	else if (add_parts(h, scratch, a, e) < 0)
		return -1;
	if (sb_addc(scratch, ']') < 0)
		return err_nomem(e);
	sha256_add(h, before, AUDIT_HASH);
	sha256_add(h, scratch->buf, scratch->len);
	return sha256_end_bytes(h, out, e);
}

/* ---- the chain ---- */

/* Put the row behind the head. 1; 0 when the head has moved meanwhile. */
static int append(struct db *db, struct trail *t, struct audit *row, struct err *e)
{
	AUTO(sb_done) struct sb scratch = SB_INIT((size_t)64 << 20);
	struct audit_head next = { .org = t->head.org, .seq = t->head.seq + 1 };
	unsigned char salt[2][AUDIT_SALT];
	struct audit a = *row;
	int moved;

	if (secret_random(salt, sizeof(salt), e) < 0)
		return -1;
	a.who = (struct str){ (const char *)salt[0], AUDIT_SALT };
	a.what = (struct str){ (const char *)salt[1], AUDIT_SALT };
	row->seq = a.seq = next.seq;
	if (trail_digest(t->hasher, t->head.hash, &a, &scratch, next.hash, e) < 0)
		return -1;
	moved = audit_move(db, &t->head, &next, e);
	if (moved <= 0)
		return moved;
	if (audit_add(db, &a, &next, e) < 0)
		return -1;
	t->head = next;
	return sinks_note(db, &next, e) < 0 ? -1 : 1;
}

/* The first row of a chain is about the rows before it, when there are any. */
static int seal(struct db *db, struct trail *t, const struct audit *first, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb scratch = SB_INIT((size_t)64 << 20);
	unsigned char hash[AUDIT_HASH] = { 0 };
	char hex[SHA256_HEX + 1], now[160];
	struct audit old, a = *first;
	int64_t rows = 0;
	int got;

	if (audit_rows(db, t->head.org, &st, e) < 0)
		return -1;
	while ((got = audit_next(st, &old, e)) > 0 && old.seq == 0) {
		if (trail_digest(t->hasher, hash, &old, &scratch, hash, e) < 0)
			return -1;
		rows++;
	}
	if (got < 0 || rows == 0)
		return got < 0 ? -1 : 1;
	stmt_reset(st);
	hash_hex(hash, sizeof(hash), hex);
	(void)snprintf(now, sizeof(now), "{\"rows\":%" PRId64 ",\"sha256\":\"%s\"}", rows, hex);
	a.verb = STR("seal");
	a.noun = STR("audit");
	a.name = STR("trail");
	a.old = a.message = (struct str){ NULL, 0 };
	a.now = str_of(now);
	return append(db, t, &a, e);
}

int trail_add(struct db *db, struct trail *t, const struct audit *what, struct err *e)
{
	char actor[128], origin[256];
	struct audit a = *what;
	int64_t org = a.org ? a.org : db_self(db);
	const struct caller *who = db_caller(db);
	int done = 0;

	if (!t->hasher && sha256_new(&t->hasher, e) < 0)
		return -1;
	if (who && !a.actor.ptr) {
		a.actor = str_of(who->name);
		a.session = str_of(who->key);
	}
	if (!a.actor.ptr) {
		actor_name(actor, sizeof(actor));
		a.actor = str_of(actor);
	}
	if (!a.origin.ptr) {
		actor_origin(t->program, origin, sizeof(origin));
		a.origin = str_of(origin);
	}
	for (int i = 0; done == 0 && i < RETRIES; i++) {
		/* What this process left may have been rolled back, or another went on: then the head does not move. */
		if ((i > 0 || t->head.org != org || t->head.seq == 0) && audit_head(db, org, &t->head, e) < 0)
			return -1;
		done = t->head.seq ? 1 : seal(db, t, &a, e);
		if (done > 0)
			done = append(db, t, &a, e);
	}
	if (done == 0)
		return err_set(e, E_IO, "the audit chain moved %d times meanwhile; try again", RETRIES);
	return done < 0 ? -1 : 0;
}
