/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"
#include "cli/estate.h"
#include "task/blueprint.h"

/* ---- as text ---- */

/* The text is the whole model: datapoints that it does not hold go. */
static int bring(struct ctx *c, struct estate *s, bool fresh, struct err *e)
{
	struct estate_how how = { .prune_datapoints = true, .fresh = fresh };

	return estate_in(c, s, &how, e);
}

static int apply(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(estate_freep) struct estate *s = NULL;

	(void)argc;
	return estate_read(argv[0], &model_entity, &s, e) < 0 ? -1 : bring(c, s, false, e);
}

static int diff(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return estate_beside(c, argv[0], &model_entity, e);
}

static int export(struct ctx *c, int argc, char **argv, struct err *e)
{
	return estate_out(c, &model_entity, argc, argv, e);
}

static int clone(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(estate_freep) struct estate *s = NULL;
	struct work w;
	int rc;

	(void)argc;
	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = estate_of_model(&w, argv[0], argv[1], &s, e);
	work_end(&w);
	return rc < 0 ? -1 : bring(c, s, true, e);
}

/* ---- versions ---- */

typedef int print_fn(struct work *w, const char *model, struct out *out, struct err *e);

static int print(struct ctx *c, const char *model, const struct field *f, size_t n, print_fn *fn, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;
	struct work w;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, f, n, &out, e);
	if (rc == 0)
		rc = fn(&w, model, out, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc;
}

static int devices(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return print(c, argv[0], blueprint_device_fields, blueprint_device_count, blueprint_devices, e);
}

static int history(struct ctx *c, int argc, char **argv, struct err *e)
{
	(void)argc;
	return print(c, argv[0], blueprint_version_fields, blueprint_version_count, blueprint_history, e);
}

static int sync_devices(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct targets t;
	struct work w;
	int64_t n = 0;
	int rc;

	if (entity_begin(c, &w, e) < 0)
		return -1;
	rc = entity_targets(c, &w, argc, argv, 0, &t, e);
	if (rc == 0)
		rc = work_each(&w, &t, blueprint_sync, &n, entity_note, c, e);
	if (rc == 0 && (c->opt->verbose || c->opt->dry_run))
		ctx_note(c, "devices brought to the newest version: %" PRId64 "%s", n, c->opt->dry_run ? " (dry run)" : "");
	work_end(&w);
	return rc;
}

/* clang-format off */
static const struct verb verbs[] = {
	ENTITY_VERBS(0),
	{ "apply", "FILE", "make models what FILE says; datapoints that it does not hold are removed", apply, NEED_WRITE, 1, 1 },
	{ "diff", "FILE", "what differs between the store (here) and FILE (there); exit 1 when something does", diff, NEED_READ, 1, 1 },
	{ "export", "[NAME|PATTERN...]", "print them (default: all) with their datapoints, as apply reads them", export, NEED_READ, 0, -1 },
	{ "clone", "NAME NEW", "add NEW with all that NAME has", clone, NEED_WRITE, 2, 2 },
	{ "devices", "NAME", "its devices, and which version they are on", devices, NEED_READ, 1, 1 },
	{ "history", "NAME", "its versions, newest first", history, NEED_READ, 1, 1 },
	{ "sync", "[NAME...]", "bring the devices to the newest version", sync_devices, NEED_WRITE, 0, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "model device", "a device of a model, with its version", blueprint_device_fields, &blueprint_device_count },
	{ "model version", "a version of a model", blueprint_version_fields, &blueprint_version_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-model apply /usr/local/share/sit/models/energy-meter.json", "add a blueprint that is shipped" },
	{ "sit-model export energy-meter > meter.json; sit-model diff meter.json", "edit it as text, see what differs" },
	{ "sit-model clone energy-meter sub-meter", "begin with what another has" },
	{ "sit-datapoint list model=energy-meter", "what its devices measure" },
	{ NULL, NULL },
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-model",
	.family = "estate",
	.brief = "models: blueprints of what devices measure",
	.opts = entity_opts,
	.verbs = verbs,
	.entity = &model_entity,
	.records = records,
	.examples = examples,
};
