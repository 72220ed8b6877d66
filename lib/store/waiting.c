/* SPDX-License-Identifier: MIT */
#include "store/waiting.h"

#include "store/where.h"

int waiting_ready(struct db *db, struct err *e)
{
	static const struct sql all[] = { { "SELECT 1 FROM quarantine", "quarantine" } };

	return db_ready(db, all, COUNT(all), e);
}

int waiting_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit,
		   struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	struct where w = where_begin(db, ctx, 3);
	int rc = 0;

	sb_adds(&text, "SELECT id");
	for (size_t i = 1; i < waiting_entity.n; i++)
		sb_addf(&text, ", %s", waiting_entity.field[i].name);
	sb_adds(&text, " FROM quarantine q WHERE id > $1");
	if (select)
		rc = where_select(&w, select, "q", e);
	if (select)
		sb_addf(&text, " AND %s", sb_cstr(&w.sql));
	sb_adds(&text, " ORDER BY id LIMIT $2");
	if (rc == 0)
		rc = db_prepare(db, sb_cstr(&text), NULL, out, e);
	if (rc == 0) {
		stmt_bind_int(*out, 1, after);
		stmt_bind_int(*out, 2, limit);
		where_bind(&w, *out); /* texts live in the caller's arena: bound without copies */
	}
	where_done(&w);
	return rc;
}
