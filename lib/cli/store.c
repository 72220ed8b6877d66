/* SPDX-License-Identifier: MIT */
#include "cli/store.h"

#include "audit/settings.h"
#include "keep/mirror.h"
#include "keep/shard.h"

static struct {
	const char *select, *datapoint;
} cfg;

#define MIRRORS "mirror_on mirror_off mirror_rebuild"

/* clang-format off */
const struct opt store_opts[] = {
	OPT_HEAD("Options for stores in Postgres"),
	OPT_TEXT_OF(MIRRORS, 0, "select", &cfg.select, "SELECTOR", "only of devices that fit"),
	OPT_TEXT_OF(MIRRORS, 0, "datapoint", &cfg.datapoint, "DATAPOINT,...", "only of these datapoints (names or patterns)"),
	OPT_END
};
/* clang-format on */

static int mirror(struct ctx *c, int argc, char **argv, int (*work)(struct db *, struct mirroring *, struct err *), struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	struct time_ctx when = { c->now, c->zone };
	struct mirroring m = { 0 };

	if (ctx_terms(c, argc, argv, &terms, e) < 0)
		return -1;
	m.which = (struct pick_opts){ .device = terms.v, .n = terms.n, .datapoints = cfg.datapoint, .select = cfg.select, .when = &when };
	if (work(c->db, &m, e) < 0)
		return -1;
	if (c->opt->verbose || c->err_terminal)
		ctx_note(c, "%" PRId64 " series, %" PRId64 " rows", m.series, m.rows);
	return 0;
}

int store_mirror_on(struct ctx *c, int argc, char **argv, struct err *e)
{
	return mirror(c, argc, argv, mirror_on, e);
}

int store_mirror_off(struct ctx *c, int argc, char **argv, struct err *e)
{
	return mirror(c, argc, argv, mirror_off, e);
}

int store_mirror_rebuild(struct ctx *c, int argc, char **argv, struct err *e)
{
	return mirror(c, argc, argv, mirror_rebuild, e);
}

int store_mirror_status(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;

	(void)argc;
	(void)argv;
	if (ctx_out(c, mirror_fields, mirror_count, &out, e) < 0 || mirror_status(c->db, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

static const struct field finding_fields[] = {
	{ .name = "finding", .kind = FIELD_TEXT, .help = "what is wrong" },
};

static int shard(struct ctx *c, struct sharding *s, int (*work)(struct db *, struct sharding *, struct err *), struct err *e)
{
	int rc;

	s->progress = ctx_bar(c) ? ctx_progress : NULL;
	rc = work(c->db, s, e);
	ctx_bar_end(c);
	if (rc == 0 && (c->opt->verbose || c->err_terminal))
		ctx_note(c, "%" PRId64 " slots moved, %" PRId64 " rows", s->slots, s->rows);
	return rc;
}

int store_shard_add(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct sharding s = { .name = argv[0], .url = argv[1] };

	(void)argc;
	return settings_url_check(argv[1], "URL", e) < 0 ? -1 : shard(c, &s, shard_add, e);
}

int store_shard_rm(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct sharding s = { .name = argv[0] };

	(void)argc;
	return shard(c, &s, shard_rm, e);
}

int store_shard_list(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;

	(void)argc;
	(void)argv;
	if (ctx_out(c, shard_fields, shard_count, &out, e) < 0 || shard_list(c->db, out, e) < 0)
		return -1;
	return out_end(&out, e);
}

int store_shard_check(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct err verdict = { 0 };

	(void)argc;
	(void)argv;
	if (ctx_out(c, finding_fields, COUNT(finding_fields), &out, e) < 0)
		return -1;
	if (shard_check(c->db, out, &verdict) < 0 && verdict.code != E_ANSWER) {
		*e = verdict;
		return -1;
	}
	if (out_end(&out, e) < 0)
		return -1;
	*e = verdict;
	return verdict.code ? -1 : 0;
}
