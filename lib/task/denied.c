/* SPDX-License-Identifier: MIT */
#include "task/denied.h"

#include "os/clock.h"
#include "store/schema.h"
#include "task/trail.h"

static int add(struct db *db, void *arg, struct err *e)
{
	const struct audit *a = arg;
	struct trail trail = { .program = a->noun.ptr };
	int rc = trail_add(db, &trail, a, e);

	trail_done(&trail);
	return rc;
}

void denied_note(struct db *db, const char *program, const char *verb, const struct err *why)
{
	struct audit a = { .at = clock_now(), .verb = STR("denied"), .noun = str_of(program), .name = str_of(verb ? verb : ""),
			   .message = str_of(why->msg) };
	struct err ignored = { 0 };

	if (db_writable(db) && db_self(db) && audit_ready(db, &ignored) == 0)
		(void)db_write(db, false, add, &a, &ignored);
}

void denied_apart(const char *url, int64_t org, const char *org_name, const struct caller *who, const char *program, const char *verb,
		  const struct err *why)
{
	AUTO(db_closep) struct db *db = NULL;
	struct err ignored = { 0 };
	struct caller *copy = who ? calloc(1, sizeof(*copy)) : NULL;

	if (db_open(url, DB_WRITE, &store_schema, &db, &ignored) < 0 || db_scope_set(db, org, org_name, &org, 1, &ignored) < 0) {
		free(copy);
		return;
	}
	if (copy) {
		*copy = *who;
		copy->ngrant = 0;
		db_caller_set(db, copy);
	}
	denied_note(db, program, verb, why);
}
