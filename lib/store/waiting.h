/* SPDX-License-Identifier: MIT */
/* Rows of the quarantine, read page by page. */
#ifndef SIT_STORE_WAITING_H
#define SIT_STORE_WAITING_H

#include "db/db.h"
#include "model/select.h"
#include "model/waiting.h"

/* Before db_write(). */
int waiting_ready(struct db *db, struct err *e);
/* A statement over rows that fit (select NULL: all), id > after, at most limit, in order of id; columns: id, then the entity's fields. */
int waiting_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit,
		   struct stmt **out, struct err *e);

#endif
