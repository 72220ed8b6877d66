/* SPDX-License-Identifier: MIT */
#include "cli/trouble.h"
#include "keep/backup.h"

static struct {
	bool verify, replace;
	const char *to;
} cfg;

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG_OF("create", 0, "verify", &cfg.verify, "look at it at once, as verify does"),
	OPT_TEXT_OF("restore", 0, "to", &cfg.to, "URL", "restore into this store: a path, or postgres://USER@HOST/DATABASE (default --db)"),
	OPT_FLAG_OF("restore", 0, "replace", &cfg.replace, "put it in the place of the store that is there, which is kept beside"),
	OPT_END
};
/* clang-format on */

/* Into an emitter, whose records stand whatever the verdict. */
static int print(struct ctx *c, const struct field *f, size_t n, int (*work)(struct ctx *c, const char *what, struct out *out, struct err *e),
		 const char *what, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct err verdict = { 0 };
	int rc;

	if (ctx_out(c, f, n, &out, e) < 0)
		return -1;
	rc = work(c, what, out, &verdict);
	if (rc < 0 && verdict.code != E_ANSWER) {
		*e = verdict;
		return -1;
	}
	if (out_end(&out, e) < 0)
		return -1;
	*e = verdict;
	return rc;
}

static int verify(struct ctx *c, const char *set, struct out *out, struct err *e)
{
	struct verifying v = { .set = set, .server = setting(&c->settings, SET_DB) };
	int rc = backup_verify(&v, out, e);

	if (rc == 0 && v.untried)
		ctx_note(c, "%s: whole, but not restored for trial: %s", set, v.untried);
	return rc;
}

static int create(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct exporting x = { .noun = "store", .name = "backup", .argc = argc, .argv = argv };
	const struct backup how = { .progress = ctx_bar(c) ? ctx_progress : NULL, .rows = &x.records };
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int rc;

	rc = backup_create(c->db, setting(&c->settings, SET_DB), argv[0], &how, &path, e);
	ctx_bar_end(c);
	if (rc < 0 || ctx_exported(c, &x, e) < 0)
		return -1;
	if (c->err_terminal || c->opt->verbose)
		ctx_note(c, "made %s", sb_cstr(&path));
	return cfg.verify ? print(c, backup_fault_fields, backup_fault_count, verify, sb_cstr(&path), e) : 0;
}

static int v_create(struct ctx *c, int argc, char **argv, struct err *e)
{
	return ctx_trouble(c, "backup", create(c, argc, argv, e), e);
}

static int v_verify(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return print(c, backup_fault_fields, backup_fault_count, verify, argv[0], e);
}

static int restore(struct ctx *c, const char *set, struct out *out, struct err *e)
{
	struct restoring r = { .set = set, .to = cfg.to ? cfg.to : setting(&c->settings, SET_DB), .replace = cfg.replace };

	if (settings_url_check(cfg.to, "--to", e) < 0 || settings_check(&c->settings, e) < 0 || backup_restore(&r, out, e) < 0)
		return -1;
	if (c->err_terminal || c->opt->verbose)
		ctx_note(c, "epoch %" PRId64 " has begun%s%s", r.epoch, *r.kept ? "; the old store is " : "", r.kept);
	return 0;
}

static int v_restore(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return print(c, backup_gap_fields, backup_gap_count, restore, argv[0], e);
}

static int list(struct ctx *c, const char *folder, struct out *out, struct err *e)
{
	(void)c;
	return backup_list(folder, out, e);
}

static int v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	return print(c, backup_set_fields, backup_set_count, list, argc ? argv[0] : ".", e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "create", "FOLDER", "make a backup of the store in FOLDER, or as FOLDER when that is not there yet", v_create, NEED_READ | NEED_OWNER, 1, 1 },
	{ "verify", "SET", "read all of a backup, restore it aside, count and check; exit 1 when anything is wrong", v_verify, 0, 1, 1 },
	{ "restore", "SET", "make a store out of a backup; print what came in since, by source", v_restore, 0, 1, 1 },
	{ "list", "[FOLDER]", "the backups in FOLDER (default: this one)", v_list, 0, 0, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "backup", "a backup, as sit-backup list prints it", backup_set_fields, &backup_set_count },
	{ "backup finding", "what is wrong with a backup", backup_fault_fields, &backup_fault_count },
	{ "gap", "what came into a store after the backup that was restored", backup_gap_fields, &backup_gap_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-backup create --verify /var/backups/sit/", "from cron, every night: silent when all went well" },
	{ "sit-backup list /var/backups/sit", "which there are" },
	{ "sit-backup verify /var/backups/sit/sit-20260201T020000Z", "is it whole, and does it restore?" },
	{ "sit-backup restore /var/backups/sit/sit-20260201T020000Z --to /tmp/look.db", "into a new file, to look into" },
	{ "sit-backup restore /var/backups/sit/sit-20260201T020000Z --replace", "in the place of the store" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-backup",
	.family = "store",
	.brief = "backups that are read back: create, verify, restore, list",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
