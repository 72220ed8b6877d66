/* SPDX-License-Identifier: MIT */
#include "audit/audit.h"
#include "cli/trouble.h"

static struct {
	const char *user, *resource, *by, *key, *checkpoints, *message;
	bool exit_code, follow, sinks;
	int64_t after;
} cfg = { .by = "verb,noun" };

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_TEXT_OF("list stats", 0, "user", &cfg.user, "LOGIN", "only what this login did, also through sudo"),
	OPT_TEXT_OF("list stats", 0, "resource", &cfg.resource, "NOUN[/NAME]", "only what was done to this"),
	OPT_NUMBER_OF("list", 0, "after", &cfg.after, "ID", "only rows behind this one"),
	OPT_FLAG_OF("list", 'F', "follow", &cfg.follow, "go on with rows as they are written"),
	OPT_FLAG_OF("list", 'e', "exit-code", &cfg.exit_code, "exit 1 when nothing is listed"),
	OPT_TEXT_OF("stats", 0, "by", &cfg.by, "COLUMN,...", "count by these of actor, verb, noun, name"),
	OPT_FLAG_OF("stats", 0, "sinks", &cfg.sinks, "where rows should have gone besides, and did not"),
	OPT_TEXT_OF("checkpoint verify", 0, "key", &cfg.key, "FILE", "Ed25519 key in PEM: checkpoint takes the private one, verify the public one"),
	OPT_TEXT_OF("verify", 0, "checkpoints", &cfg.checkpoints, "FILE", "signed heads that must be in the chain"),
	OPT_TEXT_OF("export", 'm', "message", &cfg.message, "TEXT", "why; kept in the audit row"),
	OPT_USE(range_opts),
	OPT_END
};
/* clang-format on */

static int ask(struct ctx *c, int argc, char **argv, struct range *r, struct audit_ask *out, struct err *e)
{
	bool given;

	if (ctx_range(c, r, &given, e) < 0)
		return -1;
	*out = (struct audit_ask){ .term = argv, .n = argc, .when = { c->now, c->zone }, .range = given ? r : NULL, .user = cfg.user,
				   .resource = cfg.resource, .after = cfg.after };
	return 0;
}

static int print(struct ctx *c, struct audit_ask *a, const struct field *fields, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	size_t rows = 0;
	int rc = ctx_out(c, fields, audit_fields_count, &out, e);

	if (rc == 0)
		rc = audit_list(c->db, a, out, &rows, e);
	while (rc == 0 && cfg.follow) {
		if (out_flush(out, e) < 0 || ctx_wait(e) < 0)
			return -1;
		rc = audit_list(c->db, a, out, &rows, e);
	}
	if (rc < 0 || out_end(&out, e) < 0)
		return -1;
	return cfg.exit_code && !rows ? err_set(e, E_ANSWER, "nothing") : 0;
}

static int v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct audit_ask a;
	struct range r;

	return ask(c, argc, argv, &r, &a, e) < 0 ? -1 : print(c, &a, audit_fields, e);
}

/* All columns, which are all when none is flagged as one of a list. */
static void all_columns(struct field fields[A_ALL])
{
	memcpy(fields, audit_fields, A_ALL * sizeof(*fields));
	for (size_t i = 0; i < A_ALL; i++)
		fields[i].flags = 0;
}

static int v_show(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct audit_ask a = { .term = argv, .n = argc, .when = { c->now, c->zone } };
	struct field fields[A_ALL];

	all_columns(fields);
	cfg.exit_code = true;
	if (print(c, &a, fields, e) == 0)
		return 0;
	return e->code == E_ANSWER ? err_set(e, E_NOTFOUND, "no audit row %s", argv[0]) : -1;
}

static int print_sinks(struct ctx *c, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	int64_t failed;

	if (ctx_out(c, sink_fields, sink_count, &out, e) < 0 || audit_sink_stats(c->db, out, &failed, e) < 0)
		return -1;
	return out_end(&out, e);
}

static int v_stats(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct audit_ask a;
	struct audit_by by;
	struct range r;
	int64_t failed;

	if (cfg.sinks)
		return print_sinks(c, e);
	if (audit_by_read(cfg.by, &by, e) < 0 || ask(c, argc, argv, &r, &a, e) < 0 || ctx_out(c, by.field, by.n, &out, e) < 0)
		return -1;
	if (audit_stats(c->db, &a, &by, out, e) < 0 || audit_sink_stats(c->db, NULL, &failed, e) < 0)
		return -1;
	if (failed)
		ctx_note(c, "%" PRId64 " rows did not get to where they are sent besides (--sinks)", failed);
	return out_end(&out, e);
}

static int v_export(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[A_ALL];

	(void)argc;
	(void)argv;
	all_columns(fields);
	if (ctx_out(c, fields + A_SEQ, A_ALL - A_SEQ, &out, e) < 0 || audit_export(c->db, c->prog->name, cfg.message, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

static void say_finding(void *arg, const char *what)
{
	ctx_complain(arg, "%s", what);
}

static int v_verify(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct audit_verify v = { .file = argc ? argv[0] : NULL, .checkpoints = cfg.checkpoints, .key = cfg.key, .bad = say_finding, .arg = c };
	int rc;

	c->told = true; /* its row would come before what is looked at, and close what is open */
	rc = (!v.file && ctx_open(c, NEED_READ, e) < 0) || audit_verify(c->db, &v, e) < 0 ? -1 : 0;
	if (rc == 0 && v.findings)
		rc = err_set(e, E_ANSWER, "the trail is not what was written");
	if (ctx_trouble(c, "audit trail", rc, e) == 0 && (c->opt->verbose || c->err_terminal))
		ctx_note(c, "%" PRId64 " rows, all as they were written (%" PRId64 " with erased content, as the trail says); %" PRId64 " checkpoints are in the chain", v.rows, v.erased, v.checked);
	return rc;
}

static int v_checkpoint(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;

	(void)argc;
	(void)argv;
	if (!cfg.key)
		return err_set(e, E_USAGE, "needs --key FILE (openssl genpkey -algorithm ed25519 -out FILE)");
	if (ctx_out(c, checkpoint_fields, checkpoint_count, &out, e) < 0 || audit_checkpoint(c->db, cfg.key, c->now, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "list", "[FIELD=VALUE...]", "print what was done, oldest first", v_list, NEED_READ, 0, -1 },
	{ "show", "ID...", "print a row with everything known of it", v_show, NEED_READ, 1, -1 },
	{ "stats", "[FIELD=VALUE...]", "count rows by kind", v_stats, NEED_READ, 0, -1 },
	{ "export", "", "print the whole chain of the organisation, fit for verify", v_export, NEED_WRITE, 0, 0 },
	{ "verify", "[FILE]", "exit 1 unless every row is what was written, in the store or in an export", v_verify, 0, 0, 1 },
	{ "checkpoint", "", "print the head of the chain, signed", v_checkpoint, NEED_READ, 0, 0 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "audit row", "what was done, by whom", audit_fields, &audit_fields_count },
	{ "audit sink", "where rows of the trail did not get to besides", sink_fields, &sink_count },
	{ "audit checkpoint", "the head of a chain of audit rows, signed", checkpoint_fields, &checkpoint_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-audit list --user anna --during this-month", "what anna did this month" },
	{ "sit-audit list --resource device/meter-1 --columns at,actor,verb,old,new,message", "the history of a device" },
	{ "sit-audit stats --by actor,verb --last 30d", "who does how much" },
	{ "sit-audit checkpoint --key audit.key >>/mnt/elsewhere/checkpoints.jsonl", "nightly, to where nobody here can write" },
	{ "sit-audit verify --checkpoints /mnt/elsewhere/checkpoints.jsonl --key audit.pub", "nobody changed, removed or added a row" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-audit",
	.family = "trust",
	.brief = "who changed what, when and why; and proof that it is all there",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
