/* SPDX-License-Identifier: MIT */
#include "task/blueprint.h"

#include "store/model.h"
#include "task/work.h"

/* clang-format off */
const struct field blueprint_device_fields[] = {
	{ .name = "device", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the device" },
	{ .name = "site", .kind = FIELD_NAME, .flags = FIELD_LIST, .help = "the site it stands in" },
	{ .name = "version", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "version of the model that it was brought to" },
	{ .name = "newest", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "newest version of the model" },
	{ .name = "behind", .kind = FIELD_BOOL, .flags = FIELD_LIST, .help = "there is a newer one" },
};
const size_t blueprint_device_count = COUNT(blueprint_device_fields);

const struct field blueprint_version_fields[] = {
	{ .name = "version", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "its number" },
	{ .name = "at", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was made" },
	{ .name = "devices", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "devices that are on it" },
	{ .name = "hash", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "SHA-256 of its text" },
	{ .name = "text", .kind = FIELD_JSON, .flags = FIELD_HIDDEN, .help = "the model as it was, with its datapoints" },
};
const size_t blueprint_version_count = COUNT(blueprint_version_fields);
/* clang-format on */

/* The model and its newest version. */
static int newest(struct work *w, const char *model, int64_t *id, int64_t *version, struct err *e)
{
	struct row *row = arena_alloc(&w->keep, sizeof(*row));

	if (!row)
		return err_nomem(e);
	work_turn(w, "model");
	if (entity_resolve(w->db, w->ent, str_of(model), id, e) < 0 || work_load(w, *id, row, e) < 0)
		return -1;
	*version = row_cell(w->ent, row, "version")->i;
	return 0;
}

static int print_device(const struct entity *ent, const struct row *row, int64_t version, struct out *out, struct err *e)
{
	const struct cell *on = row_cell(ent, row, "model_version");
	struct cell cells[] = { *row_cell(ent, row, "name"), *row_cell(ent, row, "site"), *on, CELL_OF_INT(version),
				CELL_OF_BOOL(on->type != CELL_INT || on->i != version) };

	return out_rec(out, cells, e);
}

int blueprint_devices(struct work *w, const char *model, struct out *out, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct cond_value value;
	struct select of = { .kind = SELECT_TERM, .nstep = 2, .cond = { .op = COND_ANY, .value = &value, .n = 1 } };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	struct entity_ask ask = { .select = &of };
	struct select_ctx ctx;
	int64_t id, version;
	int got;

	if (!row)
		return err_nomem(e);
	if (newest(w, model, &id, &version, e) < 0)
		return -1;
	value = (struct cond_value){ .cell = CELL_OF_INT(id) };
	work_turn(w, "device");
	of.step[0] = (struct select_step){ w->ent, entity_field(w->ent, STR("model")) };
	of.step[1] = (struct select_step){ &model_entity, SELECT_ID };
	ctx = work_select(w);
	ask.ctx = &ctx;
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (print_device(w->ent, row, version, out, e) < 0)
			return -1;
	return got;
}

static int print_version(const struct model_version *v, void *arg, struct err *e)
{
	struct cell cells[] = { CELL_OF_INT(v->version), CELL_OF_TIME(v->at), CELL_OF_INT(v->devices), CELL_OF_TEXT(v->hash),
				CELL_OF_JSON(v->text) };

	return out_rec(arg, cells, e);
}

int blueprint_history(struct work *w, const char *model, struct out *out, struct err *e)
{
	int64_t id, version;

	return newest(w, model, &id, &version, e) < 0 ? -1 : model_history(w->db, id, print_version, out, e);
}

int blueprint_sync(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e)
{
	AUTO(sb_done) struct sb json = SB_INIT(128);
	struct row *row = arena_alloc(&w->arena, sizeof(*row));
	int64_t n = 0, *total = arg;

	if (!row)
		return err_nomem(e);
	if (work_load(w, t->id, row, e) < 0 || model_sync(w->db, t->id, &n, e) < 0)
		return err_wrap(e, "%s", t->name);
	*did = n ? DID_SET : DID_NOTHING;
	if (total)
		*total += n;
	sb_addf(&json, "{\"devices\":%" PRId64 "}", n);
	return n ? work_trail_text(w, "sync", "model", work_row_name(w, row), NULL, sb_cstr(&json), e) : 0;
}
