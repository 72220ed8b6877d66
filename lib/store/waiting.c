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

	sb_adds(&text, "SELECT id");
	for (size_t i = 1; i < waiting_entity.n; i++)
		sb_addf(&text, ", %s", waiting_entity.field[i].name);
	sb_adds(&text, " FROM quarantine q WHERE ");
	db_add_rare(db, &text, "id > $1");
	if (where_prepare(db, &(struct where_ask){ ctx, select, "q", 3 }, &text, " ORDER BY id LIMIT $2", out, e) < 0)
		return -1;
	stmt_bind_int(*out, 1, after);
	stmt_bind_int(*out, 2, limit);
	return 0;
}
