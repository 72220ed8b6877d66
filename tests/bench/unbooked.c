/* SPDX-License-Identifier: MIT */
/* What ingest costs without the ledger: linked with --wrap, so that this stands in its place. For the benchmark only. */
#include "store/books.h"

int unbooked(struct db *db, const struct ledger_row *r, struct err *e) __asm__("__wrap_ledger_add");

int unbooked(struct db *db, const struct ledger_row *r, struct err *e)
{
	(void)db;
	(void)r;
	(void)e;
	return 0;
}
