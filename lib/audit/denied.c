/* SPDX-License-Identifier: MIT */
#include "audit/denied.h"

#include "os/clock.h"

static int add(struct db *db, void *arg, struct err *e)
{
	const struct audit *a = arg;

	return apart_row(db, a->noun.ptr, a, e);
}

static struct audit row(const char *program, const char *verb, const struct err *why)
{
	return (struct audit){ .at = clock_now(), .verb = STR("denied"), .noun = str_of(program), .name = str_of(verb ? verb : ""),
			       .message = str_of(why->msg) };
}

void denied_note(struct db *db, const char *program, const char *verb, const struct err *why)
{
	struct audit a = row(program, verb, why);
	struct err ignored = { 0 };

	if (db_writable(db) && db_self(db) && audit_ready(db, &ignored) == 0)
		(void)db_write(db, false, add, &a, &ignored);
}

void denied_apart(const struct apart *where, const char *program, const char *verb, const struct err *why)
{
	struct audit a = row(program, verb, why);
	struct err ignored = { 0 };

	(void)apart_write(where, add, &a, &ignored);
}
