/* SPDX-License-Identifier: MIT */
#include "task/trouble.h"

#include "base/time.h"
#include "store/schema.h"

struct telling {
	const struct trouble *t;
	bool over, news;
};

static int tell_tx(struct db *db, void *arg, struct err *e)
{
	struct telling *x = arg;

	return x->over ? trouble_off(db, x->t, &x->news, e) : trouble_on(db, x->t, &x->news, e);
}

int trouble_tell(struct db *db, const struct trouble *t, bool over, bool *news, struct err *e)
{
	struct telling x = { t, over, false };
	bool known = true;

	/* Nobody waits for the writers' lock to hear that all is well. */
	if (over && trouble_known(db, t->about, t->org, &known, e) < 0)
		return -1;
	if (known && db_write(db, false, tell_tx, &x, e) < 0)
		return -1;
	if (news)
		*news = x.news;
	return 0;
}

int trouble_tell_apart(struct db *reader, const char *url, struct trouble *t, bool over, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	bool known = true;

	t->org = db_self(reader);
	if (over && (trouble_ready(reader, e) < 0 || trouble_known(reader, t->about, t->org, &known, e) < 0))
		return -1;
	if (!known)
		return 0;
	if (db_open(url, DB_WRITE, &store_schema, &db, e) < 0)
		return -1;
	if (t->org && db_scope_set(db, t->org, db_self_name(reader), &t->org, 1, e) < 0)
		return -1;
	return trouble_ready(db, e) < 0 ? -1 : trouble_tell(db, t, over, NULL, e);
}

bool trouble_of_space(int64_t bytes, int64_t free_bytes, enum severity *severity)
{
	bool bad = free_bytes < bytes / 50 && free_bytes < INT64_C(200000000);

	*severity = bad ? SEVERITY_CRITICAL : SEVERITY_WARNING;
	return bad || (free_bytes < bytes / 10 && free_bytes < INT64_C(1) << 30);
}

int64_t trouble_of_clock(int64_t wall, int64_t real)
{
	int64_t by = wall - real;

	return by > -5 * US_PER_S && by < 5 * US_PER_S ? 0 : by;
}
