/* SPDX-License-Identifier: MIT */
#include "cli/credential.h"

#include "base/time.h"

static struct {
	const char *expires, *note, *overlap, *bundle, *url;
	bool show;
} cfg = { .overlap = "7d" };

#define MAKE "credential_add credential_rotate"

/* clang-format off */
const struct opt credential_opts[] = {
	OPT_HEAD("Logins"),
	OPT_TEXT_OF(MAKE, 0, "expires", &cfg.expires, "TIME", "taken until then (90d: for so long), or never"),
	OPT_TEXT_OF("credential_add", 0, "note", &cfg.note, "TEXT", "what it is for"),
	OPT_TEXT_OF("credential_rotate", 0, "overlap", &cfg.overlap, "DURATION", "how long the old login is taken besides (default 7d)"),
	OPT_WORD_OF(MAKE, 0, "bundle", &cfg.bundle, "FORM", bundle_words, "form of what is handed out: json, mosquitto_pub or c"),
	OPT_TEXT_OF(MAKE, 0, "url", &cfg.url, "URL", "where the broker is (default: what sit-broker init was told)"),
	OPT_FLAG_OF(MAKE, 0, "show", &cfg.show, "print it on the terminal"),
	OPT_END
};
/* clang-format on */

int credential_expiry(const struct ctx *c, const char *text, const char *what, int64_t *at, struct err *e)
{
	const struct time_ctx when = { c->now, c->zone };
	struct err ignored = { 0 };
	int64_t span;

	*at = 0;
	if (!text || strcmp(text, "never") == 0)
		return 0;
	if (dur_parse(str_of(text), &span, &ignored) == 0)
		*at = c->now + span;
	else if (time_parse(str_of(text), &when, at, e) < 0)
		return err_wrap(e, "%s", what);
	return *at > c->now ? 0 : err_set(e, E_USAGE, "%s is in the past", what);
}

static int target(struct work *w, char *name, struct target *who, struct err *e)
{
	struct targets t;

	if (work_targets(w, &name, 1, NULL, false, &t, e) < 0)
		return -1;
	if (t.n != 1)
		return err_set(e, E_USAGE, "name one %s", w->ent->noun);
	*who = t.v[0];
	return 0;
}

/* Make it and hand it out (over: in the file of the one that it replaces, may be); it is not kept yet. */
static int hand_out(struct ctx *c, struct work *w, const struct target *who, bool over, struct credential_made *m, struct err *e)
{
	AUTO(sb_wipe) struct sb text = SB_INIT(1 << 19);
	const char *org = db_self_name(c->db);
	struct bundle b = { .org = str_of(org), .device = str_of(who->name), .id = who->id, .url = cfg.url, .secret = m };
	enum bundle_form form;

	if (credential_ready(c->db, e) < 0 || bundle_form_find(cfg.bundle, &form, e) < 0 || credential_name(w, who, &b.device, e) < 0 || credential_make(m, e) < 0 ||
	    bundle_text(c->db, form, &b, &text, e) < 0)
		return -1;
	if (text.len) /* a line end comes with it */
		text.buf[--text.len] = '\0';
	return c->opt->dry_run ? 0 : ctx_hand_out(c, &text, cfg.show, over, e);
}

/* The name of one that is not kept says nothing. */
static const char *shown(const struct ctx *c, const struct credential_made *m)
{
	return c->opt->dry_run ? "made" : m->login;
}

int credential_v_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct credential_terms t = { .note = cfg.note };
	struct credential_made m = { 0 };
	struct target who = { 0 };
	struct work w;
	int rc;

	(void)argc;
	if (credential_expiry(c, cfg.expires, "--expires", &t.expires, e) < 0 || entity_begin(c, &w, e) < 0)
		return -1;
	rc = target(&w, argv[0], &who, e);
	if (rc == 0)
		rc = hand_out(c, &w, &who, false, &m, e);
	if (rc == 0)
		rc = credential_keep(&w, &who, &m, &t, e);
	if (rc == 0)
		ctx_note(c, "credential %s of %s%s", shown(c, &m), who.name, c->opt->dry_run ? " (dry run)" : "");
	credential_done(&m);
	work_end(&w);
	return rc;
}

int credential_v_rotate(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct credential_terms t = { 0 };
	struct credential_made m = { 0 };
	struct target who = { 0 };
	int64_t overlap, ends = 0;
	char until[40];
	struct work w;
	int rc;

	(void)argc;
	if (dur_parse(str_of(cfg.overlap), &overlap, e) < 0)
		return err_wrap(e, "--overlap");
	if (credential_expiry(c, cfg.expires, "--expires", &t.expires, e) < 0 || entity_begin(c, &w, e) < 0)
		return -1;
	rc = credential_known(&w, argv[0], &who, &ends, e);
	/* Was it made to end, or rotated before? One that would end unasked would lock its device out. */
	if (rc == 0 && ends && !cfg.expires) {
		(void)time_print(ends, c->zone, until);
		rc = err_set(e, E_CONFLICT, "credential %.20s ends at %s: say when the new one does, --expires TIME or never", argv[0], until);
	}
	if (rc == 0)
		rc = hand_out(c, &w, &who, true, &m, e);
	if (rc == 0)
		rc = credential_replace(&w, argv[0], &m, &t, c->now + overlap, e);
	if (rc == 0)
		ctx_note(c, "credential %s in place of %s%s", shown(c, &m), argv[0], c->opt->dry_run ? " (dry run)" : "");
	credential_done(&m);
	work_end(&w);
	return rc;
}

int credential_v_revoke(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w;
	int rc = 0;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	for (int i = 0; rc == 0 && i < argc; i++)
		rc = credential_revoke(&w, argv[i], e);
	work_end(&w);
	return rc;
}

int credential_v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[16];
	struct target who = { 0 };
	struct work w;
	int rc = 0;
	int org = field_find(credential_fields, credential_count, STR("org"));

	memcpy(fields, credential_fields, credential_count * sizeof(*fields));
	if (org >= 0 && db_many(c->db))
		fields[org].flags = FIELD_LIST;
	if (entity_begin(c, &w, e) < 0)
		return -1;
	if (argc)
		rc = target(&w, argv[0], &who, e);
	if (rc == 0)
		rc = ctx_out(c, fields, credential_count, &out, e);
	if (rc == 0)
		rc = credential_print(&w, argc ? &who : NULL, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}
