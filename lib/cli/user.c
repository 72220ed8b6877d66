/* SPDX-License-Identifier: MIT */
#include "cli/user.h"

#include "base/time.h"

static struct {
	const char *rights, *expires, *note, *overlap;
	bool show;
} cfg = { .overlap = "7d" };

/* clang-format off */
const struct opt user_key_opts[] = {
	OPT_TEXT_OF("key_add", 0, "rights", &cfg.rights, "RIGHT,...", "at most these rights of the role"),
	OPT_TEXT_OF("key_add", 0, "expires", &cfg.expires, "TIME", "taken until then (90d: for so long)"),
	OPT_TEXT_OF("key_add", 0, "note", &cfg.note, "TEXT", "what it is for"),
	OPT_TEXT_OF("key_rotate", 0, "overlap", &cfg.overlap, "DURATION", "how long the old key is taken besides (default 7d)"),
	OPT_FLAG_OF("key_add key_rotate", 0, "show", &cfg.show, "print the key on the terminal"),
	OPT_END
};
/* clang-format on */

int user_begin(struct ctx *c, struct work *w, const char *name, struct target *who, struct err *e)
{
	char *names[] = { (char *)(uintptr_t)name };
	struct targets t;

	if (entity_begin(c, w, e) < 0)
		return -1;
	if (!name)
		return 0;
	if (work_targets(w, names, 1, NULL, false, &t, e) < 0 || t.n != 1) {
		work_end(w);
		return e->code ? -1 : err_set(e, E_USAGE, "name one user");
	}
	*who = t.v[0];
	return 0;
}

static int expiry(struct ctx *c, int64_t *at, struct err *e)
{
	const struct time_ctx when = { c->now, c->zone };
	struct err ignored = { 0 };
	int64_t span;

	*at = 0;
	if (!cfg.expires)
		return 0;
	if (dur_parse(str_of(cfg.expires), &span, &ignored) == 0)
		*at = c->now + span;
	else if (time_parse(str_of(cfg.expires), &when, at, e) < 0)
		return err_wrap(e, "--expires");
	return *at > c->now ? 0 : err_set(e, E_USAGE, "--expires is in the past");
}

int user_key_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct key_terms t = { .rights = cfg.rights, .note = cfg.note };
	struct key_made k = { 0 };
	struct target who = { 0 };
	struct work w;
	int rc;

	(void)argc;
	if (expiry(c, &t.expires, e) < 0 || user_begin(c, &w, argv[0], &who, e) < 0)
		return -1;
	rc = key_fits(&w, &who, &t, e);
	if (rc == 0)
		rc = key_make(&k, e);
	if (rc == 0)
		rc = ctx_hand_out(c, &k.text, cfg.show, false, e);
	if (rc == 0)
		rc = key_keep(&w, &who, &k, &t, e);
	if (rc == 0)
		ctx_note(c, "key %s of %s", k.prefix, who.name);
	sb_wipe(&k.text);
	work_end(&w);
	return rc;
}

int user_key_rotate(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct key_made k = { 0 };
	int64_t overlap;
	struct work w;
	int rc;

	(void)argc;
	if (dur_parse(str_of(cfg.overlap), &overlap, e) < 0)
		return err_wrap(e, "--overlap");
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = key_known(&w, argv[0], e);
	if (rc == 0)
		rc = key_make(&k, e);
	if (rc == 0)
		rc = ctx_hand_out(c, &k.text, cfg.show, true, e);
	if (rc == 0)
		rc = key_replace(&w, argv[0], &k, c->now + overlap, e);
	if (rc == 0)
		ctx_note(c, "key %s in place of %s", k.prefix, argv[0]);
	sb_wipe(&k.text);
	work_end(&w);
	return rc;
}

int user_key_revoke(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w;
	int rc = 0;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	for (int i = 0; rc == 0 && i < argc; i++)
		rc = key_revoke(&w, argv[i], e);
	work_end(&w);
	return rc;
}
