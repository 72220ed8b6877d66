/* SPDX-License-Identifier: MIT */
#include "cli/limit.h"

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("Options"),
	OPT_USE(writing_opts),
	OPT_END
};
/* clang-format on */

static int v_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	size_t rows;
	int rc;

	(void)argc;
	(void)argv;
	if (limit_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, limit_fields, limit_count, &out, e);
	if (rc == 0)
		rc = limit_print(&w, out, &rows, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

static int v_set(struct ctx *c, int argc, char **argv, struct err *e)
{
	const char *over = argc > 2 ? argv[2] : NULL;
	struct work w;
	int rc;

	if (over && strcmp(over, "over=delay") != 0 && strcmp(over, "over=quarantine") != 0)
		return err_set(e, E_USAGE, "\"%s\": write over=delay or over=quarantine", over);
	if (limit_begin(c, &w, e) < 0)
		return -1;
	rc = limit_change(&w, argv[0], argv[1], over ? over + strlen("over=") : NULL, e);
	work_end(&w);
	return rc;
}

static int v_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct work w;
	int rc = 0;

	if (limit_begin(c, &w, e) < 0)
		return -1;
	for (int i = 0; i < argc && rc == 0; i++)
		if (limit_change(&w, argv[i], NULL, NULL, e) < 0)
			rc = err_wrap(e, "%s", argv[i]);
	work_end(&w);
	return rc;
}

static int v_explain(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	size_t rows;
	int rc;

	(void)argc;
	if (limit_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, passing_fields, passing_count, &out, e);
	if (rc == 0)
		rc = limit_explain(&w, argv[0], out, &rows, e);
	if (rc == 0)
		rc = out_end(&out, e);
	if (rc == 0 && !rows)
		ctx_note(c, "%s: nothing limits it", argv[0]);
	work_end(&w);
	return rc;
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "list", "", "print the limits that are set", v_list, NEED_READ, 0, 0 },
	{ "set", "WHOSE LIMIT [over=delay|quarantine]", "set a limit: of org, ingest, user:NAME, key:KEY or device:NAME", v_set, NEED_WRITE, 2, 3 },
	{ "rm", "WHOSE...", "take it back", v_rm, NEED_WRITE, 1, -1 },
	{ "usage", "", "print what the organisation has used of its quotas", limit_usage, NEED_READ, 0, 0 },
	{ "explain", "WHOSE", "print what limits it, from where, and when the next one passes", v_explain, NEED_READ, 1, 1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "limit", "how much may pass, of whom", limit_fields, &limit_count },
	{ "usage", "what an organisation has of what it may have", usage_fields, &usage_count },
	{ "passing", "a window that a request or message has to pass (sit-limit explain)", passing_fields, &passing_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-limit set device:meter-1 100:1s,2000:60s,1MB:60s over=quarantine", "messages and bytes of a device" },
	{ "sit-limit set user:anna 600:1m,burst=20%,grace=10%:5m", "requests of all keys of a user" },
	{ "sit-limit explain meter-1", "what limits it now, and when the next message passes" },
	{ "sit-limit usage", "devices, gateways, sites, users, points of today" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-limit",
	.family = "trust",
	.brief = "limits of requests and messages, and quotas",
	.opts = opts,
	.verbs = verbs,
	.records = records,
	.examples = examples,
};
