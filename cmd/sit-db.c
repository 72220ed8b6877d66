/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/store.h"
#include "cli/trouble.h"
#include "keep/copy.h"
#include "keep/dbwork.h"
#include "keep/mirror.h"

static struct {
	bool for_system, for_tests, write, all;
	const char *budget, *by;
} cfg;

static const char *const things[] = { "org", "device", NULL };

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_FLAG_OF("init", 0, "system", &cfg.for_system, "the store of this machine: /var/lib/sit, group sit, /etc/sit/sit.conf"),
	OPT_FLAG_OF("init", 0, "test", &cfg.for_tests, "a store for tests: SIT_NOW sets its clock"),
	OPT_FLAG_OF("compact", 0, "all", &cfg.all, "pack series of few points too"),
	OPT_TEXT_OF("compact", 0, "budget", &cfg.budget, "DURATION", "stop after this time; the next run goes on there"),
	OPT_WORD_OF("stats", 0, "by", &cfg.by, "THING", things, "a record for each org or device: its points and what they take"),
	OPT_FLAG_OF("sql", 0, "write", &cfg.write, "allow statements that change the store"),
	OPT_USE(store_opts),
	OPT_END
};
/* clang-format on */

static const struct field check_fields[] = {
	{ .name = "finding", .kind = FIELD_TEXT, .help = "what is wrong" },
};

static const struct field migration_fields[] = {
	{ .name = "version", .kind = FIELD_INT, .help = "version of the schema" },
	{ .name = "name", .kind = FIELD_TEXT, .help = "what came with it" },
};

static int v_init(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct init how = { .settings = &c->settings, .for_system = cfg.for_system, .for_tests = cfg.for_tests };
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	(void)argc;
	(void)argv;
	if (dbwork_init(&how, &path, e) < 0)
		return -1;
	if (c->err_terminal || c->opt->verbose)
		ctx_note(c, "made %s", sb_cstr(&path));
	return 0;
}

/* Open the output, let the work print into it, close it; keep the work's verdict. */
static int print(struct ctx *c, const struct field *f, size_t n, int (*work)(struct db *, struct out *, struct err *), struct err *e)
{
	struct err verdict = { 0 };
	struct out *out;
	int rc;

	if (ctx_out(c, f, n, &out, e) < 0)
		return -1;
	rc = work(c->db, out, &verdict);
	if (rc < 0 && verdict.code != E_ANSWER && verdict.code != E_PARTIAL) {
		out_drop(out);
		*e = verdict;
		return -1;
	}
	if (out_close(out, e) < 0)
		return -1;
	*e = verdict;
	return rc;
}

static int v_migrate(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	(void)argv;
	return print(c, migration_fields, COUNT(migration_fields), dbwork_migrate, e);
}

static int v_check(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	(void)argv;
	return ctx_trouble(c, "store", print(c, check_fields, COUNT(check_fields), dbwork_check, e), e);
}

static int v_compact(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct compacting how = { .all = cfg.all };

	(void)argc;
	(void)argv;
	if (cfg.budget && dur_parse(str_of(cfg.budget), &how.budget, e) < 0)
		return err_wrap(e, "--budget");
	if (ctx_trouble(c, "compact", dbwork_compact(c->db, &how, e), e) < 0)
		return -1;
	if (!how.finished && (c->err_terminal || c->opt->verbose))
		ctx_note(c, "not all of it yet: the next compact goes on");
	return 0;
}

static int v_stats(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	(void)argv;
	if (cfg.by && strcmp(cfg.by, "org") == 0)
		return print(c, dbwork_by_org_fields, dbwork_by_org_count, dbwork_stats_by_org, e);
	if (cfg.by)
		return print(c, dbwork_by_device_fields, dbwork_by_device_count, dbwork_stats_by_device, e);
	return print(c, dbwork_stats_fields, dbwork_stats_count, dbwork_stats, e);
}

static int v_sql(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(dbwork_sql_freep) struct dbwork_sql *run = NULL;
	const struct field *fields;
	struct out *out = NULL;
	int rc = 0;
	size_t n;

	(void)argc;
	if (cfg.write && ctx_open(c, NEED_WRITE | NEED_ANY, e) < 0)
		return -1;
	if (dbwork_sql(c->db, argv[0], cfg.write, &run, e) < 0)
		return -1;
	while (rc == 0 && dbwork_sql_result(run, &fields, &n) > 0) {
		rc = ctx_out(c, fields, n, &out, e);
		if (rc == 0 && dbwork_sql_print(run, out, e) < 0) {
			out_drop(out);
			return -1;
		}
		if (rc == 0)
			rc = out_close(out, e);
	}
	return rc;
}

static int v_copy(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct copying how = { .from = argv[0], .to = argv[1], .progress = ctx_bar(c) ? ctx_progress : NULL };
	int rc;

	(void)argc;
	if (settings_url_check(argv[0], "STORE", e) < 0 || settings_url_check(argv[1], "NEW-STORE", e) < 0)
		return -1;
	rc = store_copy(&how, e);
	ctx_bar_end(c);
	if (rc == 0 && (c->err_terminal || c->opt->verbose))
		ctx_note(c, "%s: %" PRId64 " rows and %" PRId64 " points, the same on both sides", how.resumed ? "gone on with" : "copied",
			 how.rows, how.points);
	return rc;
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "init", "", "make a store, with the organisation \"default\" or --org NAME", v_init, 0, 0, 0 },
	{ "migrate", "", "bring a store's schema to this program's version", v_migrate, NEED_WRITE | NEED_ANY, 0, 0 },
	{ "check", "", "look for damage and broken references; exit 1 when there is any", v_check, NEED_READ | NEED_OWNER, 0, 0 },
	{ "compact", "", "make the store small, beside its readers and writers", v_compact, NEED_WRITE | NEED_OWNER, 0, 0 },
	{ "stats", "", "how much is in it: things, points, pages", v_stats, NEED_READ | NEED_OWNER, 0, 0 },
	{ "copy", "STORE NEW-STORE", "copy all of a store into a new one, of SQLite or Postgres; again after a stop it goes on", v_copy, 0, 2, 2 },
	{ "sql", "TEXT", "run SQL, read-only unless --write, over all organisations (- reads it from stdin)", v_sql, NEED_READ | NEED_ANY, 1, 1 },
	STORE_VERBS,
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "store stats", "how much is in a store", dbwork_stats_fields, &dbwork_stats_count },
	{ "mirrored series", "a series whose points are kept as rows too", mirror_fields, &mirror_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-db init", "make the store that the other programs use" },
	{ "sit-db stats", "points, devices, free pages" },
	{ "sit-db stats --by device --sort -bytes", "who fills the store" },
	{ "sit-db compact --budget 5s", "from a timer: pack points, give free pages back" },
	{ "sit-db copy /var/lib/sit/sit.db postgres://sit@db.example/sit", "move to Postgres" },
	{ "sit-db sql 'SELECT name, tz FROM site' -f csv", "look into the tables" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-db",
	.family = "store",
	.brief = "the store: make, migrate, check, compact, measure, copy",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
