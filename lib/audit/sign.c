/* SPDX-License-Identifier: MIT */
/* Checkpoints: heads of chains with a signature, kept where who can write the store cannot write. */
#include "audit/impl.h"
#include "base/num.h"
#include "base/time.h"
#include "codec/json.h"
#include "codec/sign.h"
#include "os/file.h"
#include "rec/records.h"

#define PEM_MAX ((size_t)64 << 10)

/* clang-format off */
const struct field checkpoint_fields[] = {
	{ .name = "org", .kind = FIELD_NAME, .help = "the organisation" },
	{ .name = "seq", .kind = FIELD_INT, .help = "number of the newest row of its chain" },
	{ .name = "hash", .kind = FIELD_TEXT, .help = "digest of that row" },
	{ .name = "at", .kind = FIELD_TIME, .help = "when it was signed" },
	{ .name = "signature", .kind = FIELD_TEXT, .help = "Ed25519 over these, in hexadecimal digits" },
};
/* clang-format on */
const size_t checkpoint_count = COUNT(checkpoint_fields);

static int message(struct sb *sb, struct str org, int64_t seq, struct str hash, int64_t at)
{
	return sb_addf(sb, "sit-audit-checkpoint 1\n%.*s\n%" PRId64 "\n%.*s\n%" PRId64 "\n", STR_ARG(org), seq, STR_ARG(hash), at);
}

int audit_checkpoint(struct db *db, const char *key, int64_t now, struct out *out, struct err *e)
{
	AUTO(sb_wipe) struct sb pem = SB_INIT(PEM_MAX);
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	char hex[SHA256_HEX + 1], signature[2 * SIGN_LEN + 1];
	unsigned char raw[SIGN_LEN];
	struct audit_head head;
	struct cell c[COUNT(checkpoint_fields)];

	if (!db_self(db))
		return err_set(e, E_USAGE, "a chain is an organisation's: name it with --org");
	if (file_read_secret(key, &pem, e) < 0 || audit_ready(db, e) < 0 || audit_head(db, db_self(db), &head, e) < 0)
		return -1;
	if (head.seq == 0)
		return err_set(e, E_CONFLICT, "there is no chain yet: it begins with the next change");
	hash_hex(head.hash, sizeof(head.hash), hex);
	if (message(&text, str_of(db_self_name(db)), head.seq, str_of(hex), now) < 0)
		return err_nomem(e);
	if (sign_make(sb_str(&pem), sb_str(&text), raw, e) < 0)
		return err_wrap(e, "%s", key);
	hash_hex(raw, sizeof(raw), signature);
	c[0] = CELL_OF_TEXT(str_of(db_self_name(db)));
	c[1] = CELL_OF_INT(head.seq);
	c[2] = CELL_OF_TEXT(str_of(hex));
	c[3] = CELL_OF_TIME(now);
	c[4] = CELL_OF_TEXT(str_of(signature));
	return out_rec(out, c, e);
}

/* ---- reading them ---- */

void checkpoints_done(struct checkpoints *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].org);
	free(c->v);
	*c = (struct checkpoints){ 0 };
}

static struct str text_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return v && json_is_string(v) ? (struct str){ json_string_value(v), json_string_length(v) } : (struct str){ NULL, 0 };
}

/* 1 when it is one and signed so, 0 when not. */
static int read_one(const json_t *o, struct str pem, struct checkpoint *c, struct err *e)
{
	AUTO(sb_done) struct sb signed_text = SB_INIT(1024);
	struct str org = text_of(o, "org"), hash = text_of(o, "hash"), at = text_of(o, "at");
	unsigned char raw[SIGN_LEN];

	c->seq = json_integer_value(json_object_get(o, "seq"));
	if (!org.len || c->seq <= 0 || !hash_unhex(hash, c->hash, sizeof(c->hash)) || !time_rfc3339(at, &c->at) ||
	    !hash_unhex(text_of(o, "signature"), raw, sizeof(raw)))
		return 0;
	if (message(&signed_text, org, c->seq, hash, c->at) < 0 || !(c->org = strndup(org.ptr, org.len)))
		return err_nomem(e);
	return sign_check(pem, sb_str(&signed_text), raw, e);
}

static int keep_one(struct audit_verify *v, const struct record_in *in, struct str pem, struct checkpoints *out, struct err *e)
{
	struct checkpoint *more = realloc(out->v, (out->n + 1) * sizeof(*more));
	int good;

	if (!more)
		return err_nomem(e);
	out->v = more;
	more[out->n] = (struct checkpoint){ 0 };
	good = read_one(in->json, pem, more + out->n, e);
	if (good > 0) {
		out->n++;
		return 0;
	}
	free(more[out->n].org);
	if (good == 0)
		audit_finding(v, "%s:%" PRIu64 ": no checkpoint that this key signed", v->checkpoints, in->line);
	return good < 0 ? err_wrap(e, "%s", v->key) : 0;
}

int checkpoints_read(struct audit_verify *v, struct checkpoints *out, struct err *e)
{
	AUTO(records_freep) struct records *r = NULL;
	AUTO(sb_done) struct sb pem = SB_INIT(PEM_MAX);
	struct record_in in = { 0 };
	enum record_got got;

	if (!v->checkpoints)
		return 0;
	if (!v->key)
		return err_set(e, E_USAGE, "--checkpoints needs --key FILE, the public key");
	if (file_read(v->key, &pem, e) < 0 || records_open(v->checkpoints, RECORDS_JSONL, 0, &r, e) < 0)
		return -1;
	while ((got = records_next(r, &in, e)) != RECORD_END) {
		int rc = 0;

		if (got == RECORD_FAILED)
			return -1;
		if (got == RECORD_BAD)
			audit_finding(v, "%s:%" PRIu64 ": %s", v->checkpoints, in.line, e->msg);
		else if (got == RECORD_JSON)
			rc = keep_one(v, &in, sb_str(&pem), out, e);
		if (got == RECORD_JSON)
			json_decref(in.json);
		if (rc < 0)
			return -1;
	}
	return 0;
}
