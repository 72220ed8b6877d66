/* SPDX-License-Identifier: MIT */
#include "cli/credential.h"
#include "cli/device.h"
#include "task/checklist.h"
#include "task/history.h"
#include "task/label.h"
#include "task/status.h"

/* What is due once, for a timer. */
static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	int64_t n;

	(void)argc;
	(void)argv;
	if (status_sweep(c->db, c->now, c->opt->dry_run, &n, e) < 0)
		return -1;
	if (c->opt->verbose || c->opt->dry_run)
		ctx_note(c, "%" PRId64 " went offline%s", n, c->opt->dry_run ? " (dry run)" : "");
	return 0;
}

static int print_checklist(struct ctx *c, struct work *w, const struct which *which, size_t *open, struct err *e)
{
	AUTO(out_dropp) struct out *out = NULL;

	if (ctx_out(c, checklist_fields, checklist_count, &out, e) < 0 || checklist_print(w, which, out, open, e) < 0)
		return -1;
	return out_end(&out, e);
}

static int checklist(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	struct which which;
	struct work w;
	size_t open = 0;
	int rc;

	if (device_which(c, argc, argv, &terms, &which, e) < 0 || entity_begin(c, &w, e) < 0)
		return -1;
	rc = print_checklist(c, &w, &which, &open, e);
	work_end(&w);
	return rc == 0 && open ? err_set(e, E_ANSWER, "%zu to do", open) : rc;
}

/* Codes on a terminal (or -f table), a sheet into a file, records into a pipe. */
static int print_labels(struct ctx *c, struct work *w, const struct which *which, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)64 << 20);
	AUTO(out_dropp) struct out *out = NULL;
	const char *suffix = c->opt->output ? strrchr(c->opt->output, '.') : NULL;

	if (suffix && strcmp(suffix, ".svg") == 0)
		return label_svg(w, which, c->opt->output, e);
	if (c->opt->output || !ctx_table(c)) {
		if (ctx_out(c, label_fields, label_count, &out, e) < 0 || label_records(w, which, out, e) < 0)
			return -1;
		return out_end(&out, e);
	}
	if (label_blocks(w, which, ctx_color(c), &text, e) < 0)
		return -1;
	(void)fwrite(sb_cstr(&text), 1, text.len, stdout);
	return 0;
}

static int label(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(terms_done) struct terms terms = { 0 };
	struct which which;
	struct work w;
	int rc;

	if (argc == 0 && !c->opt->select)
		return err_set(e, E_USAGE, "needs names, filters or --select");
	if (device_which(c, argc, argv, &terms, &which, e) < 0 || entity_begin(c, &w, e) < 0)
		return -1;
	rc = print_labels(c, &w, &which, e);
	work_end(&w);
	return rc;
}

/* clang-format off */
static const struct verb verbs[] = {
	ENTITY_VERBS(0),
	DEVICE_STATUS,
	{ "run", "", "notice those that have been silent for too long (for a timer)", run, NEED_WRITE | NEED_ALL_ORGS, 0, 0 },
	{ "checklist", "[NAME|FILTER...]", "what they lack to be complete; exit 1 when something", checklist, NEED_READ, 0, -1 },
	CREDENTIAL_VERBS,
	{ "label", "[NAME|FILTER...]", "QR codes: on a terminal, or with -o FILE.svg a sheet", label, NEED_READ, 0, -1 },
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct record records[] = {
	{ "status", "whether a device is heard of", status_fields, &status_count },
	{ "checklist", "something that a device needs to be complete", checklist_fields, &checklist_count },
	{ "device history", "something that happened to a device", history_fields, &history_count },
	{ "credential", "a login to the broker", credential_fields, &credential_count },
	{ "label", "the code on a device's label", label_fields, &label_count },
	{ NULL, NULL, NULL, 0 }
};
/* clang-format on */

static const struct example examples[] = {
	{ "sit-device add meter-1 site=plant model=energy-meter", "add a device" },
	{ "sit-device list site=plant type=peripheral", "devices that fit both filters" },
	{ "sit-device add --file devices.csv --upsert site=plant", "add or change what a file lists" },
	{ "sit-device status --late", "which are silent for too long" },
	{ NULL, NULL },
};

const struct prog prog = {
	.name = "sit-device",
	.family = "estate",
	.brief = "devices: meters, sensors, controllers",
	.opts = device_opts,
	.verbs = verbs,
	.entity = &device_entity,
	.records = records,
	.examples = examples,
};
