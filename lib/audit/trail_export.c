/* SPDX-License-Identifier: MIT */
/* The row of an export: data that left the store. */
#include "audit/trail.h"
#include "db/caller.h"
#include "os/clock.h"
#include "store/org.h"
#include "store/schema.h"

static int text_of(const struct exported *x, struct sb *sb)
{
	sb_addf(sb, "{\"records\":%" PRId64, x->records);
	if (x->selection.ptr)
		sb_addf(sb, ",\"selection\":%.*s", STR_ARG(x->selection));
	return sb_addc(sb, '}');
}

static int tell(struct db *db, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)1 << 20);
	struct exported *x = arg;
	struct trail trail = { .program = x->program };
	struct audit a = { .org = x->org, .at = clock_now(), .verb = STR("export"), .noun = str_of(x->noun), .name = str_of(x->name),
			   .message = str_of(x->message) };
	int rc;

	if (text_of(x, &text) < 0)
		return err_nomem(e);
	a.now = sb_str(&text);
	rc = trail_add(db, &trail, &a, e);
	x->head = trail.head;
	trail_done(&trail);
	return rc;
}

int trail_export(struct db *db, struct exported *x, struct err *e)
{
	return audit_ready(db, e) < 0 ? -1 : db_write(db, false, tell, x, e);
}

/* Whose trail it is: the organisation's, else that of the one which the store began with. */
static int whose(struct db *db, const struct db *reader, struct exported *x, struct err *e)
{
	x->org = db_self(reader);
	return x->org ? 0 : org_first(db, &x->org, NULL, e);
}

/* It is done in the name of whoever showed a key. */
static int as_caller(struct db *db, const struct caller *who, struct err *e)
{
	struct caller *copy = who ? calloc(1, sizeof(*copy)) : NULL;

	if (!who)
		return 0;
	if (!copy)
		return err_nomem(e);
	*copy = *who;
	copy->ngrant = 0;
	db_caller_set(db, copy);
	return 0;
}

int trail_export_apart(const struct db *reader, const char *url, struct exported *x, bool *kept, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	*kept = false;
	if (db_open(url, DB_WRITE, &store_schema, &db, e) < 0)
		return e->code == E_DENIED || e->code == E_IO ? 0 : -1;
	if (whose(db, reader, x, e) < 0)
		return -1;
	/* In the scope that the reader has, so that the same walls stand around both. */
	if (db_self(reader) && db_scope_set(db, x->org, db_self_name(reader), &x->org, 1, e) < 0)
		return -1;
	if (as_caller(db, db_caller(reader), e) < 0)
		return -1;
	*kept = true;
	return trail_export(db, x, e);
}
