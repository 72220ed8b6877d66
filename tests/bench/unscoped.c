/* SPDX-License-Identifier: MIT */
/* Linked in place of the scope on SQLite: what the programs cost without its views, guards and authorizer. For the benchmark only. */
#include "db/impl.h"

int lite_scope(struct db *db, const int64_t *ids, size_t n, struct err *e)
{
	(void)db;
	(void)ids;
	(void)n;
	(void)e;
	return 0;
}

int lite_ready(struct db *db, const char *text, const char *writes, struct err *e)
{
	(void)db;
	(void)text;
	(void)writes;
	(void)e;
	return 0;
}

int lite_scoped(struct lite *q, const char *text, const char *writes, struct lite_set *sees, struct sb *out, struct err *e)
{
	(void)q;
	(void)writes;
	(void)sees;
	return sb_adds(out, text) < 0 ? err_nomem(e) : 0;
}
