/* SPDX-License-Identifier: MIT */
#include "task/tries.h"

#include "base/time.h"
#include "os/clock.h"

int tries_success(struct db *db, const struct try *t, struct err *e)
{
	const struct audit a = { .at = clock_now(), .verb = STR("login"), .noun = str_of(t->kind), .name = str_of(t->whose) };

	return apart_row(db, t->program, &a, e);
}

static int failure(struct db *db, const struct try *t, const char *message, int64_t at, struct err *e)
{
	AUTO(sb_done) struct sb whose = SB_INIT(400);
	struct audit a = { .at = at, .verb = STR("denied"), .noun = STR("login"), .name = str_of(t->kind), .message = str_of(message) };

	sb_adds(&whose, "{\"");
	sb_adds(&whose, strcmp(t->kind, "key") == 0 ? "key" : "user");
	sb_adds(&whose, "\":");
	sb_json(&whose, str_of(t->whose));
	if (sb_adds(&whose, "}") < 0)
		return err_nomem(e);
	a.now = sb_str(&whose);
	return apart_row(db, t->program, &a, e);
}

/* The hour that was counted is over: what it was is told, if not every one of it was. */
static int settle(struct db *db, const struct try *t, const struct login_try *was, struct err *e)
{
	char message[200], from[40], to[40];

	if (was->n <= TRIES_ROWS)
		return 0;
	(void)time_print(was->since, NULL, from);
	(void)time_print(was->last, NULL, to);
	(void)snprintf(message, sizeof(message), "%" PRId64 " more from %s to %s, which were only counted", was->n - TRIES_ROWS, from, to);
	return failure(db, t, message, clock_now(), e);
}

static int count(struct db *db, const struct try *t, struct err *e)
{
	struct login_try was;
	int64_t now = clock_now();
	char what[120];

	(void)snprintf(what, sizeof(what), "%s:%s", t->kind, t->whose);
	if (login_try(db, what, &was, e) < 0)
		return -1;
	if (was.n && (now - was.since >= US_PER_HOUR || was.since > now)) {
		if (settle(db, t, &was, e) < 0)
			return -1;
		was.n = 0;
	}
	if (was.n == 0)
		was.since = now;
	was.last = now;
	was.n++;
	if (was.n <= TRIES_ROWS && failure(db, t, t->why->msg, now, e) < 0)
		return -1;
	return login_tried(db, what, &was, e);
}

static int note(struct db *db, void *arg, struct err *e)
{
	const struct try *t = arg;

	return t->why ? count(db, t, e) : tries_success(db, t, e);
}

void tries_note(const struct apart *where, const struct try *t)
{
	struct err ignored = { 0 };
	struct try copy = *t;

	(void)apart_write(where, note, &copy, &ignored);
}
