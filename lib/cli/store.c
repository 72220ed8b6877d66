/* SPDX-License-Identifier: MIT */
#include "cli/store.h"

#include "task/mirror.h"

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
