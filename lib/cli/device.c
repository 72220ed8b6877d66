/* SPDX-License-Identifier: MIT */
#include "cli/device.h"

#include "cli/credential.h"
#include "task/history.h"
#include "task/status.h"

static struct {
	bool late;
} cfg;

/* clang-format off */
const struct opt device_opts[] = {
	OPT_USE(entity_opts),
	OPT_HEAD("Questions"),
	OPT_FLAG_OF("status", 0, "late", &cfg.late, "only those that are late"),
	OPT_USE(credential_opts),
	OPT_END
};
/* clang-format on */

int device_which(struct ctx *c, int argc, char **argv, struct terms *terms, struct which *w, struct err *e)
{
	if (ctx_terms(c, argc, argv, terms, e) < 0)
		return -1;
	*w = (struct which){ c->prog->entity, terms->v, terms->n, c->opt->select, { c->now, c->zone } };
	return 0;
}

int device_status(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	AUTO(out_dropp) struct out *out = NULL;
	struct field fields[16];
	struct which w;
	size_t late = 0;
	int org = field_find(status_fields, status_count, STR("org"));

	memcpy(fields, status_fields, status_count * sizeof(*fields));
	if (org >= 0 && db_many(c->db))
		fields[org].flags = FIELD_LIST;
	if (device_which(c, argc, argv, &terms, &w, e) < 0 ||
	    (!c->opt->quiet && ctx_out(c, fields, status_count, &out, e) < 0) || status_print(c->db, &w, cfg.late, out, &late, e) < 0)
		return -1;
	if (out && out_end(&out, e) < 0)
		return -1;
	return late ? err_set(e, E_ANSWER, "%zu late", late) : 0;
}

int device_history(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct targets t = { 0 };
	struct work w;
	int rc;

	(void)argc;
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = work_targets(&w, argv, 1, NULL, false, &t, e);
	if (rc == 0 && t.n != 1)
		rc = err_set(e, E_USAGE, "name one %s", w.ent->noun);
	if (rc == 0)
		rc = ctx_out(c, history_fields, history_count, &out, e);
	if (rc == 0)
		rc = history_print(&w, t.v, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}
