/* SPDX-License-Identifier: MIT */
#include "access/reads.h"

#include "model/role.h"
#include "os/clock.h"
#include "store/org.h"

static int add(struct db *db, void *arg, struct err *e)
{
	const struct opening *how = arg;
	const struct audit a = { .at = clock_now(), .verb = STR("read"), .noun = str_of(how->program), .name = str_of(how->verb ? how->verb : ""),
				 .now = str_of(how->reads) };

	return apart_row(db, how->program, &a, e);
}

/* The organisation asks for it itself. */
static bool wanted(const char *reads, const struct opening *how)
{
	return strcmp(reads, "all") == 0 || (strcmp(reads, "personal") == 0 && reads_personal(how->program));
}

int reads_note(struct db *db, const struct apart *where, const struct opening *how, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(256);
	AUTO(sb_done) struct sb reads = SB_INIT(64);
	struct apart to = *where;
	struct opening what = *how;
	bool must;

	to.org = db_self(db);
	to.who = db_caller(db);
	if (to.org)
		sb_adds(&name, db_self_name(db));
	else if (org_first(db, &to.org, &name, e) < 0)
		return -1;
	if (org_reads(db, to.org, &reads, e) < 0)
		return -1;
	must = wanted(sb_cstr(&reads), how);
	to.org_name = sb_cstr(&name);
	if ((!must && !db_many(db)) || apart_write(&to, add, &what, e) == 0)
		return 0;
	if (must) {
		err_wrap(e, "%s keeps a row of this read (audit_reads=%s), which cannot be written", to.org_name, sb_cstr(&reads));
		e->code = E_DENIED;
		return -1;
	}
	if (how->warn) {
		err_wrap(e, "this read across organisations left no row in the trail");
		how->warn(how->arg, e->msg);
	}
	err_clear(e);
	return 0;
}
