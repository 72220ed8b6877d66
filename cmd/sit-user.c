/* SPDX-License-Identifier: MIT */
#include "cli/carry.h"
#include "cli/user.h"

static struct {
	const char *password, *site, *address, *key;
	bool clear;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT_OF("passwd check", 0, "password", &cfg.password, "@FILE", "where the password is: @FILE, @env:NAME, @cred:NAME"),
	OPT_TEXT_OF("check unlock", 0, "address", &cfg.address, "ADDRESS", "where they come from: locked, too, when too many are wrong"),
	OPT_FLAG_OF("passwd", 0, "clear", &cfg.clear, "take the password away"),
	OPT_TEXT_OF("can", 0, "key", &cfg.key, "KEY", "with this key of theirs (its first 12 characters)"),
	OPT_TEXT_OF("can", 0, "site", &cfg.site, "SITE", "for something of this site"),
	OPT_USE(user_key_opts),
	OPT_USE(carry_opts),
	OPT_USE(entity_opts),
	OPT_END
};
/* clang-format on */

static int v_passwd(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_wipe) struct sb password = SB_INIT(1024);
	struct target who = { 0 };
	struct work w;
	int rc = cfg.clear ? 0 : ctx_secret(c, cfg.password, "New password", &password, e);

	(void)argc;
	if (rc == 0 && !cfg.clear && !password.len)
		rc = err_set(e, E_INPUT, "the password is empty (--clear takes it away)");
	if (rc < 0 || user_begin(c, &w, argv[0], &who, e) < 0)
		return -1;
	rc = user_set_password(&w, &who, sb_str(&password), e);
	work_end(&w);
	return rc;
}

static int v_check(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_wipe) struct sb password = SB_INIT(1024);
	struct claimant who = { .name = argv[0], .address = cfg.address };
	struct work w;
	int good;

	(void)argc;
	if (ctx_secret(c, cfg.password, "Password", &password, e) < 0 || entity_begin(c, &w, e) < 0)
		return -1;
	who.password = sb_str(&password);
	good = user_login(&w, &c->settings, &who, e);
	work_end(&w);
	if (good)
		return good < 0 ? -1 : 0;
	return err_set(e, E_ANSWER, "it is not their password, or too many were wrong (sit-audit list verb=lock)");
}

static int v_unlock(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct target who = { 0 };
	struct work w;
	int rc;

	if (!argc == !cfg.address)
		return err_set(e, E_USAGE, "name a user, or an address (--address)");
	if (user_begin(c, &w, argc ? argv[0] : NULL, &who, e) < 0)
		return -1;
	rc = argc ? user_unlock(&w, &who, e) : user_unlock_address(&w, cfg.address, e);
	work_end(&w);
	return rc;
}

/* ---- what is printed ---- */

struct printing {
	const struct field *fields;
	size_t n;
	int (*print)(struct work *w, const struct target *who, struct out *out, struct err *e);
};

static int print(struct ctx *c, const struct printing *p, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct target who = { 0 };
	struct work w;
	int rc;

	if (user_begin(c, &w, argc ? argv[0] : NULL, &who, e) < 0)
		return -1;
	rc = ctx_out(c, p->fields, p->n, &out, e);
	if (rc == 0)
		rc = p->print(&w, argc ? &who : NULL, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

static int v_key_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	return print(c, &(struct printing){ key_fields, key_count, key_print }, argc, argv, e);
}

static int v_grant_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	return print(c, &(struct printing){ grant_fields, grant_count, grant_print }, argc, argv, e);
}

static int grant(struct ctx *c, char **argv, const char *rights, struct err *e)
{
	struct target who = { 0 };
	struct work w;
	int rc;

	if (user_begin(c, &w, argv[0], &who, e) < 0)
		return -1;
	rc = user_grant(&w, &who, argv[1], rights, e);
	work_end(&w);
	return rc;
}

static int v_grant_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return grant(c, argv, argv[2], e);
}

static int v_grant_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return grant(c, argv, NULL, e);
}

static int v_can(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	const struct can_what what = { argv[1], argc > 2 ? argv[2] : NULL, cfg.site, cfg.key };
	struct target who = { 0 };
	struct work w;
	bool may = false;
	int rc;

	if (user_begin(c, &w, argv[0], &who, e) < 0)
		return -1;
	rc = ctx_out(c, can_fields, can_count, &out, e);
	if (rc == 0)
		rc = user_can(&w, &who, &what, &may, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc < 0 ? -1 : may ? 0 : err_set(e, E_ANSWER, "no");
}

/* clang-format off */
static const struct verb verbs[] = {
	ENTITY_VERBS(0),
	{ "passwd", "NAME", "set the password", v_passwd, NEED_WRITE, 1, 1 },
	{ "check", "NAME", "exit 1 unless the password is theirs", v_check, NEED_READ, 1, 1 },
	{ "unlock", "[NAME]", "try their passwords and keys again at once", v_unlock, NEED_WRITE, 0, 1 },
	{ "key add", "NAME", "make a key for programs in their name", user_key_add, NEED_WRITE, 1, 1 },
	{ "key list", "[NAME]", "print the keys, not their secrets", v_key_list, NEED_READ, 0, 1 },
	{ "key revoke", "KEY...", "take a key no more (its first 12 characters)", user_key_revoke, NEED_WRITE, 1, -1 },
	{ "key rotate", "KEY", "make a new key in place of one", user_key_rotate, NEED_WRITE, 1, 1 },
	{ "grant add", "NAME SITE RIGHT,...", "grant rights on things of a site, besides those of the role", v_grant_add, NEED_WRITE, 3, 3 },
	{ "grant list", "[NAME]", "print what is granted", v_grant_list, NEED_READ, 0, 1 },
	{ "grant rm", "NAME SITE", "take a grant back", v_grant_rm, NEED_WRITE, 2, 2 },
	{ "can", "NAME PROGRAM [VERB]", "whether they may do it, and why (exit 1: no)", v_can, NEED_READ, 2, 3 },
	{ "export", "NAME", "write everything about them into a new folder (-o SET)", carry_v_user_export, NEED_WRITE, 1, 1 },
	{ "erase", "NAME", "take the person out, once an export (--after SET) holds them", carry_v_user_erase, NEED_WRITE, 1, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "user key", "a key of a user", key_fields, &key_count },
	{ "user grant", "rights on things of a site", grant_fields, &grant_count },
	{ "permission", "whether a user may do something, and why", can_fields, &can_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-user add anna role=site_manager email=anna@example.com", "somebody new" },
	{ "sit-user key add anna --expires 90d --rights operate -o anna.key", "a key for a program that brings in points" },
	{ "sit-user can anna sit-device rm --site plant", "whether she may remove devices there, and why" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-user",
	.family = "trust",
	.brief = "users: roles, grants, passwords, keys for programs",
	.opts = opts,
	.verbs = verbs,
	.entity = &user_entity,
	.records = records,
	.examples = examples,
};
