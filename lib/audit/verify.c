/* SPDX-License-Identifier: MIT */
/* Is every row what was written, and is it all of them? */
#include "audit/erased.h"
#include "audit/impl.h"
#include "base/num.h"
#include "codec/json.h"
#include "os/signal.h"
#include "rec/records.h"
#include "store/org.h"

#define FINDING_LEN 600

void audit_finding(struct audit_verify *v, const char *fmt, ...)
{
	char line[FINDING_LEN];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	v->findings++;
	v->bad(v->arg, line);
}

/* A chain as its rows go by. */
struct chain {
	struct audit_verify *v;
	struct sha256 *hasher;
	struct sb scratch;
	const char *place; /* before each finding: the organisation, or the file */
	const char *id;	   /* what the number of a row without seq is: its id, or its line */
	char org[80];	   /* whose chain it is, as checkpoints have it */
	const struct checkpoints *signed_heads;
	int64_t next;	       /* seq of the row that is due */
	unsigned char last[AUDIT_HASH];
	bool unsure;	       /* a row is missing before the next: its digest cannot be told */
	int64_t early, early_id; /* rows before the chain, id of the last */
	unsigned char early_hash[AUDIT_HASH];
	bool early_gone; /* some of them were erased */
	char last_verb[16], last_noun[16];
	struct erasures gone;
};

PRINTF_LIKE(2, 3) static void finding(struct chain *c, const char *fmt, ...)
{
	char line[FINDING_LEN];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	audit_finding(c->v, "%s: %s", c->place, line);
}

static int chain_begin(struct chain *c, struct audit_verify *v, const char *org, const struct checkpoints *heads, struct err *e)
{
	*c = (struct chain){ .v = v, .scratch = SB_INIT((size_t)64 << 20), .signed_heads = heads, .next = 1 };
	(void)snprintf(c->org, sizeof(c->org), "%s", org);
	c->place = v->file ? v->file : c->org;
	c->id = v->file ? "in line " : "id:";
	return sha256_new(&c->hasher, e);
}

static void chain_end(struct chain *c)
{
	sha256_free(c->hasher);
	sb_done(&c->scratch);
	erasures_done(&c->gone);
}

/* The first row of the chain says what was before it. */
static void check_seal(struct chain *c, const struct audit *a)
{
	struct err ignored = { 0 };
	json_t *now = a->now.ptr && str_is(a->verb, "seal") ? json_read(a->now, &ignored) : NULL;
	int64_t rows = now ? json_integer_value(json_object_get(now, "rows")) : 0;
	const char *hash = now ? json_string_value(json_object_get(now, "sha256")) : NULL;
	char hex[SHA256_HEX + 1];

	hash_hex(c->early_hash, AUDIT_HASH, hex);
	if (c->early && c->early_id > a->id)
		finding(c, "row %s%" PRId64 " has no number in the chain: it was inserted", c->id, c->early_id);
	else if (rows != c->early)
		finding(c, "%" PRId64 " rows were there before the chain, now %" PRId64, rows, c->early);
	else if (rows && !c->early_gone && (!hash || strcmp(hash, hex) != 0))
		finding(c, "the %" PRId64 " rows from before the chain are not what they were when it began", rows);
	json_decref(now);
}

static void check_signed(struct chain *c, const struct audit *a)
{
	for (size_t i = 0; i < c->signed_heads->n; i++) {
		const struct checkpoint *cp = c->signed_heads->v + i;

		if (cp->seq != a->seq || strcmp(cp->org, c->org) != 0)
			continue;
		c->v->checked++;
		if (a->hash.len != AUDIT_HASH || memcmp(cp->hash, a->hash.ptr, AUDIT_HASH) != 0)
			finding(c, "row %" PRId64 " is another than the one that was signed: the chain was replaced", a->seq);
	}
}

static int early_row(struct chain *c, const struct audit *a, struct err *e)
{
	if (c->next > 1) {
		finding(c, "row %s%" PRId64 " has no number in the chain: it was inserted", c->id, a->id);
		return 0;
	}
	c->early++;
	c->early_id = a->id;
	c->early_gone |= erased_part(a, PART_WHO);
	return trail_digest(c->hasher, c->early_hash, a, &c->scratch, c->early_hash, e);
}

static void name_row(const struct audit *a, char out[256])
{
	(void)snprintf(out, 256, "row %" PRId64 " (%.*s %.*s %.*s)", a->seq, STR_ARG(a->verb), STR_ARG(a->noun), STR_ARG(a->name));
}

/* What was erased is gone from all of the part, and counts where the erasure is told. */
static int check_parts(struct chain *c, const struct audit *a, struct err *e)
{
	const char *why = erased_wrong(a);
	char name[256];
	int rc = why ? 0 : erasures_row(&c->gone, c->hasher, a, &why, e);

	name_row(a, name);
	c->v->erased += rc > 0;
	if (rc >= 0 && why)
		finding(c, "%s %s", name, why);
	return rc < 0 ? -1 : 0;
}

/* The row's digest is what its text and the row before give. */
static int check_digest(struct chain *c, const struct audit *a, struct err *e)
{
	unsigned char is[AUDIT_HASH] = { 0 };
	char name[256];

	name_row(a, name);
	if (a->hash.len != AUDIT_HASH) {
		finding(c, "%s has no digest", name);
		c->unsure = true;
		return 0;
	}
	/* Of a row without parts that was erased only the erasure knows the digest. */
	if (a->who.ptr && a->who.len == 0)
		c->unsure = true;
	else if (trail_digest(c->hasher, c->last, a, &c->scratch, is, e) < 0)
		return -1;
	if (!c->unsure && memcmp(is, a->hash.ptr, AUDIT_HASH) != 0)
		finding(c, "%s was changed, or the row before it", name);
	memcpy(c->last, a->hash.ptr, AUDIT_HASH);
	c->unsure = false;
	return 0;
}

static int chain_row(struct chain *c, const struct audit *a, struct err *e)
{
	c->v->rows++;
	if (stop_requested())
		return stop_error(e);
	if (check_parts(c, a, e) < 0)
		return -1;
	if (a->seq == 0)
		return early_row(c, a, e);
	if (c->next == 1 && a->seq == 1)
		check_seal(c, a);
	if (a->seq < c->next) {
		finding(c, "row %" PRId64 " stands behind row %" PRId64 ": it was moved or is there twice", a->seq, c->next - 1);
		return 0;
	}
	if (a->seq > c->next) {
		if (a->seq == c->next + 1)
			finding(c, "row %" PRId64 " is missing", c->next);
		else
			finding(c, "rows %" PRId64 " to %" PRId64 " are missing", c->next, a->seq - 1);
		c->unsure = true;
	}
	if (check_digest(c, a, e) < 0)
		return -1;
	check_signed(c, a);
	c->next = a->seq + 1;
	(void)snprintf(c->last_verb, sizeof(c->last_verb), "%.*s", STR_ARG(a->verb));
	(void)snprintf(c->last_noun, sizeof(c->last_noun), "%.*s", STR_ARG(a->noun));
	return 0;
}

/* Rows without the row that tells of their erasure, and what such a row vouches for. */
static void check_erasures(struct chain *c)
{
	const struct resealed *r = &c->gone.early;
	const struct erased *x;

	if (r->rows && (r->rows != c->early || memcmp(r->digest, c->early_hash, AUDIT_HASH) != 0))
		finding(c, "the %" PRId64 " rows from before the chain are not what they were when some of them were erased", r->rows);
	while ((x = erasures_untold(&c->gone)) != NULL)
		finding(c, "rows called %s have lost content, and no row of the chain says that it was erased", x->label);
}

/* A signed head beyond the last row: the rows up to it are gone. */
static void check_signed_end(struct chain *c)
{
	for (size_t i = 0; i < c->signed_heads->n; i++) {
		const struct checkpoint *cp = c->signed_heads->v + i;

		if (strcmp(cp->org, c->org) == 0 && cp->seq >= c->next)
			finding(c, "row %" PRId64 " was signed and is not there: the chain is cut off behind row %" PRId64, cp->seq, c->next - 1);
	}
}

/* ---- the store ---- */

static void check_head(struct chain *c, const struct audit_head *head)
{
	int64_t last = c->next - 1;

	if (head->seq > last)
		finding(c, "rows %" PRId64 " to %" PRId64 " are missing: the chain is cut off at its end", c->next, head->seq);
	else if (head->seq < last)
		finding(c, "rows %" PRId64 " to %" PRId64 " are behind the head of the chain: they were inserted", head->seq + 1, last);
	else if (last && !c->unsure && memcmp(head->hash, c->last, AUDIT_HASH) != 0)
		finding(c, "row %" PRId64 " is not the head of the chain: it was changed", last);
	else if (!last && c->early)
		finding(c, "the %" PRId64 " rows are older than the chain, which begins with the next change", c->early);
}

static int verify_org(struct db *db, struct audit_verify *v, const struct checkpoints *heads, int64_t id, const char *name, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct audit_head head;
	struct audit a;
	struct chain c;
	int got = chain_begin(&c, v, name, heads, e);

	/* In one snapshot: a row and its head come together. */
	if (got == 0)
		got = db_read_begin(db, e);
	if (got == 0) {
		got = audit_head(db, id, &head, e);
		if (got == 0)
			got = audit_rows(db, id, &st, e);
		while (got >= 0 && (got = audit_next(st, &a, e)) > 0)
			got = chain_row(&c, &a, e);
		stmt_reset(st);
		db_read_end(db);
	}
	if (got == 0) {
		check_head(&c, &head);
		check_erasures(&c);
		check_signed_end(&c);
	}
	chain_end(&c);
	return got;
}

static int verify_store(struct db *db, struct audit_verify *v, const struct checkpoints *heads, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(256);
	int64_t id = 0;
	int got;

	if (audit_ready(db, e) < 0)
		return -1;
	while ((got = audit_org(db, &id, &name, e)) > 0)
		if (verify_org(db, v, heads, id, sb_cstr(&name), e) < 0)
			return -1;
	return got;
}

/* ---- an export ---- */

/* Bytes out of digits, up to those of a digest; null is none at all. */
static bool bytes_of(const json_t *o, int field, unsigned char bytes[AUDIT_HASH], struct str *out)
{
	const json_t *v = json_object_get(o, audit_fields[field].name);
	struct str hex = v && json_is_string(v) ? (struct str){ json_string_value(v), json_string_length(v) } : STR("");

	*out = (struct str){ NULL, 0 };
	if (!v || json_is_null(v))
		return true;
	if (!json_is_string(v) || hex.len > SHA256_HEX || !hash_unhex(hex, bytes, hex.len / 2))
		return false;
	*out = (struct str){ (const char *)bytes, hex.len / 2 };
	return true;
}

bool audit_row_read(const json_t *o, struct str raw, struct audit *a, unsigned char bytes[3][AUDIT_HASH])
{
	struct str *const text[] = { &a->actor, &a->verb, &a->noun, &a->name, &a->message, &a->origin, &a->address, &a->agent, &a->session };
	static const int field[] = { A_ACTOR, A_VERB, A_NOUN, A_NAME, A_MESSAGE, A_ORIGIN, A_ADDRESS, A_AGENT, A_SESSION };
	const char *at = json_string_value(json_object_get(o, "at"));
	struct str *const json[] = { &a->old, &a->now };
	/* An export from before there were parts has not their columns. */
	size_t all = json_object_get(o, audit_fields[A_WHO].name) ? A_ALL : A_WHO;

	*a = (struct audit){ .seq = json_integer_value(json_object_get(o, "seq")) };
	if (!at || strpbrk(at, "tz") || !time_rfc3339(str_of(at), &a->at) || json_object_size(o) != all - A_SEQ)
		return false;
	for (size_t i = A_SEQ; i < all; i++)
		if (!json_object_get(o, audit_fields[i].name))
			return false;
	for (size_t i = 0; i < COUNT(text); i++) {
		const json_t *v = json_object_get(o, audit_fields[field[i]].name);

		if (json_is_string(v))
			*text[i] = (struct str){ json_string_value(v), json_string_length(v) };
	}
	for (int i = 0; i < 2; i++) {
		struct str v = json_member(raw, audit_fields[i ? A_NEW : A_OLD].name);

		if (!str_is(v, "null"))
			*json[i] = v;
	}
	return bytes_of(o, A_HASH, bytes[0], &a->hash) && bytes_of(o, A_WHO, bytes[1], &a->who) && bytes_of(o, A_WHAT, bytes[2], &a->what);
}

static int verify_one(struct chain *c, const struct record_in *in, struct err *e)
{
	unsigned char bytes[3][AUDIT_HASH];
	struct audit a;

	const char *org = json_string_value(json_object_get(in->json, "org"));

	if (!org || !audit_row_read(in->json, in->raw, &a, bytes) || (c->org[0] && strcmp(c->org, org) != 0)) {
		audit_finding(c->v, "%s:%" PRIu64 ": no row of an export", c->v->file, in->line);
		return 0;
	}
	if (!c->org[0])
		(void)snprintf(c->org, sizeof(c->org), "%s", org);
	a.id = (int64_t)in->line;
	return chain_row(c, &a, e);
}

static int verify_file(struct audit_verify *v, const struct checkpoints *heads, struct err *e)
{
	AUTO(records_freep) struct records *r = NULL;
	struct record_in in = { 0 };
	enum record_got got;
	struct chain c;
	int rc = records_open(v->file, RECORDS_JSONL, 0, &r, e);

	if (rc < 0 || chain_begin(&c, v, "", heads, e) < 0)
		return -1;
	while (rc == 0 && (got = records_next(r, &in, e)) != RECORD_END) {
		if (got == RECORD_FAILED)
			rc = -1;
		else if (got == RECORD_BAD)
			audit_finding(v, "%s:%" PRIu64 ": %s", v->file, in.line, e->msg);
		else if (got == RECORD_JSON)
			rc = verify_one(&c, &in, e);
		if (got == RECORD_JSON)
			json_decref(in.json);
	}
	if (rc == 0 && (strcmp(c.last_verb, AUDIT_EXPORT) != 0 || (strcmp(c.last_noun, "audit") != 0 && strcmp(c.last_noun, "org") != 0)))
		finding(&c, "the file does not end with the row of its export: it is cut off behind row %" PRId64, c.next - 1);
	if (rc == 0) {
		check_erasures(&c);
		check_signed_end(&c);
	}
	chain_end(&c);
	return rc;
}

int audit_verify(struct db *db, struct audit_verify *v, struct err *e)
{
	struct checkpoints heads = { 0 };
	int rc = checkpoints_read(v, &heads, e);

	if (rc == 0)
		rc = v->file ? verify_file(v, &heads, e) : verify_store(db, v, &heads, e);
	checkpoints_done(&heads);
	return rc;
}
