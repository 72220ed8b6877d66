/* SPDX-License-Identifier: MIT */
/* Models change by whatever changes them or a datapoint of theirs: one new version for each transaction that did. */
#include "codec/hash.h"
#include "store/model.h"
#include "task/text.h"
#include "task/work.h"

int work_touch_model(struct work *w, const struct row *row, struct err *e)
{
	struct str name = strcmp(w->ent->table, "datapoint") == 0 ? row_text(w->ent, row, "model") : (struct str){ NULL, 0 };
	int64_t id = 0, *grown;

	if (strcmp(w->ent->table, "model") == 0)
		id = row->id;
	else if (!name.len)
		return 0;
	else if (entity_lookup(w->db, &model_entity, name, &id, e) < 0)
		return -1;
	for (size_t i = 0; i < w->nmodel; i++)
		if (w->model[i] == id)
			return 0;
	grown = realloc(w->model, (w->nmodel + 1) * sizeof(*grown));
	if (!grown)
		return err_nomem(e);
	w->model = grown;
	w->model[w->nmodel++] = id;
	return 0;
}

static int settle_one(struct work *w, int64_t id, struct err *e)
{
	AUTO(sb_done) struct sb was = SB_INIT(256);
	AUTO(sb_done) struct sb text = SB_INIT((size_t)64 << 20);
	char is[SHA256_HEX + 1];
	int got = model_hash(w->db, id, &was, e);

	if (got <= 0) /* it is gone */
		return got;
	if (text_of_model(w, id, &text, e) < 0 || hash_sha256(sb_str(&text), is, e) < 0)
		return -1;
	if (strcmp(sb_cstr(&was), is) == 0)
		return 0;
	return model_bump(w->db, id, w->when.now, str_of(is), sb_str(&text), e);
}

int work_settle(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->nmodel; i++)
		if (settle_one(w, w->model[i], e) < 0)
			return -1;
	w->nmodel = 0;
	return 0;
}
