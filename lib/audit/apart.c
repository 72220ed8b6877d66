/* SPDX-License-Identifier: MIT */
#include "audit/apart.h"

#include "audit/sink.h"
#include "audit/trail.h"
#include "store/schema.h"

int apart_write(const struct apart *a, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	struct caller *copy;

	if (db_open(setting(a->settings, SET_DB), DB_WRITE, &store_schema, &db, e) < 0 ||
	    db_scope_set(db, a->org, a->org_name, &a->org, 1, e) < 0)
		return -1;
	if (a->who) {
		copy = calloc(1, sizeof(*copy));
		if (!copy)
			return err_nomem(e);
		*copy = *a->who;
		copy->ngrant = 0;
		db_caller_set(db, copy);
	}
	if (audit_ready(db, e) < 0 || audit_watching_ready(db, e) < 0 || sinks_begin(db, setting(a->settings, SET_AUDIT), a->warn, a->arg, e) < 0)
		return -1;
	if (a->ready && a->ready(db, e) < 0)
		return -1;
	return db_write(db, false, fn, arg, e);
}

int apart_row(struct db *db, const char *program, const struct audit *row, struct err *e)
{
	struct trail trail = { .program = program };
	int rc = trail_add(db, &trail, row, e);

	trail_done(&trail);
	return rc;
}
