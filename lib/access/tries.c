/* SPDX-License-Identifier: MIT */
#include "access/tries.h"

#include <arpa/inet.h>

#include "base/time.h"
#include "codec/hash.h"
#include "os/clock.h"

/* How many are free, and after how long without any all is forgotten. */
static const struct patience {
	int64_t free, forget;
} of_user = { 5, US_PER_DAY }, of_address = { 20, US_PER_HOUR }, of_key = { 10, US_PER_HOUR };

/* ---- what is counted ---- */

int tries_of_user(int64_t id, struct str name, struct try *t, struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;
	unsigned char digest[AUDIT_HASH];

	if (id) {
		(void)snprintf(t->what, sizeof(t->what), "password:%" PRId64, id);
		return 0;
	}
	if (sha256_new(&h, e) < 0)
		return -1;
	sha256_add(h, name.ptr, name.len);
	if (sha256_end_bytes(h, digest, e) < 0)
		return -1;
	(void)snprintf(t->what, sizeof(t->what), "password:?%02x%x", digest[0], digest[1] >> 4);
	return 0;
}

void tries_of_key(const char *prefix, struct try *t)
{
	(void)snprintf(t->what, sizeof(t->what), "key:%s@uid:%u", prefix, (unsigned)getuid());
}

int tries_address(const char *text, char out[TRIES_ADDRESS], struct err *e)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char six[16], four[4];
	char shown[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, text, six) == 1 && memcmp(six, mapped, sizeof(mapped)) != 0) {
		memset(six + 8, 0, 8);
		if (inet_ntop(AF_INET6, six, shown, sizeof(shown)))
			(void)snprintf(out, TRIES_ADDRESS, "%s/64", shown);
		return 0;
	}
	if (inet_pton(AF_INET6, text, six) == 1)
		memcpy(four, six + 12, sizeof(four));
	else if (inet_pton(AF_INET, text, four) != 1)
		return err_set(e, E_INPUT, "\"%.60s\" is no address", text);
	(void)inet_ntop(AF_INET, four, out, TRIES_ADDRESS);
	return 0;
}

static void address_row(const struct try *t, char what[TRIES_ADDRESS + 16])
{
	(void)snprintf(what, TRIES_ADDRESS + 16, "address:%s", t->address);
}

/* ---- locks ---- */

/* (A lock that is longer than any is of a clock that was set back.) */
static bool is_locked(const struct login_try *t, int64_t now)
{
	return t->until > now && t->until - now <= TRIES_LOCK;
}

/* One more is wrong: until when nothing is tried now, 0 when it is. */
static int64_t wrong(struct login_try *t, const struct patience *p, int64_t now)
{
	int64_t span = US_PER_MIN;

	if (now - t->last >= p->forget)
		t->wrong = 0;
	t->last = now;
	t->wrong++;
	for (int64_t n = p->free; n < t->wrong && span < TRIES_LOCK; n++)
		span *= 2;
	t->until = t->wrong < p->free ? 0 : now + (span < TRIES_LOCK ? span : TRIES_LOCK);
	return t->until;
}

int tries_locked(struct db *db, int64_t org, const struct try *t, bool *locked, struct err *e)
{
	struct login_try was;
	int got = login_try(db, org, t->what, &was, e);

	*locked = got > 0 && is_locked(&was, clock_now());
	return got < 0 ? -1 : 0;
}

struct beginning {
	struct try *t;
	bool *locked;
};

static int begin(struct db *db, void *arg, struct err *e)
{
	const struct beginning *b = arg;
	struct try *t = b->t;
	char address[TRIES_ADDRESS + 16];
	struct login_try user, from;
	int64_t now = clock_now();
	int known = 1;

	if (login_try(db, db_self(db), t->what, &user, e) < 0)
		return -1;
	if (t->address) {
		address_row(t, address);
		known = login_try(db, db_self(db), address, &from, e);
	}
	if (known < 0 || (known == 0 && login_forget(db, now - US_PER_DAY, e) < 0))
		return -1;
	*b->locked = is_locked(&user, now) || (t->address && is_locked(&from, now));
	if (*b->locked)
		return 0;
	if (!user.since)
		user.since = now;
	t->until[0] = wrong(&user, &of_user, now);
	if (login_tried(db, t->what, &user, e) < 0)
		return -1;
	if (!t->address)
		return 0;
	if (!from.since)
		from.since = now;
	t->until[1] = wrong(&from, &of_address, now);
	return login_tried(db, address, &from, e);
}

int tries_begin(const struct apart *where, struct try *t, bool *locked, struct err *e)
{
	struct beginning b = { t, locked };

	t->until[0] = t->until[1] = 0;
	return apart_write(where, begin, &b, e);
}

/* It was right after all. */
static int right(struct db *db, const struct try *t, struct err *e)
{
	char address[TRIES_ADDRESS + 16];
	struct login_try was;
	int64_t none = 0;

	if (login_unlock(db, t->what, t->what, &none, e) < 0 || !t->address)
		return e->code ? -1 : 0;
	address_row(t, address);
	if (login_try(db, db_self(db), address, &was, e) < 0)
		return -1;
	was.wrong -= was.wrong > 0;
	if (was.until == t->until[1])
		was.until = 0;
	return login_tried(db, address, &was, e);
}

/* ---- the trail ---- */

int tries_success(struct db *db, const struct try *t, struct err *e)
{
	const struct audit a = { .at = clock_now(), .verb = STR("login"), .noun = str_of(t->kind), .name = str_of(t->whose), .address = str_of(t->address) };

	return apart_row(db, t->program, &a, e);
}

static int tell(struct db *db, const struct try *t, struct audit *a, int64_t until, struct err *e)
{
	AUTO(sb_done) struct sb whose = SB_INIT(800);
	char when[40];

	sb_adds(&whose, "{\"");
	sb_adds(&whose, strcmp(a->name.ptr, "address") == 0 ? "address" : strcmp(t->kind, "key") == 0 ? "key" : "user");
	sb_adds(&whose, "\":");
	sb_json(&whose, strcmp(a->name.ptr, "address") == 0 ? str_of(t->address) : str_of(t->whose));
	if (until) {
		(void)time_print(until, NULL, when);
		sb_addf(&whose, ",\"until\":\"%s\"", when);
	}
	if (sb_addc(&whose, '}') < 0)
		return err_nomem(e);
	a->noun = STR("login");
	a->now = sb_str(&whose);
	a->address = str_of(t->address);
	return apart_row(db, t->program, a, e);
}

static int failure(struct db *db, const struct try *t, const char *message, int64_t at, struct err *e)
{
	return tell(db, t, &(struct audit){ .at = at, .verb = STR("denied"), .name = str_of(t->kind), .message = str_of(message) }, 0, e);
}

/* name: "key", "password", "address" */
static int tell_lock(struct db *db, const struct try *t, const char *name, int64_t until, struct err *e)
{
	return until ? tell(db, t, &(struct audit){ .at = clock_now(), .verb = STR("lock"), .name = str_of(name) }, until, e) : 0;
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

static int count(struct db *db, struct try *t, struct err *e)
{
	struct login_try was;
	int64_t now = clock_now();

	if (login_try(db, db_self(db), t->what, &was, e) < 0)
		return -1;
	if (was.n && (now - was.since >= US_PER_HOUR || was.since > now)) {
		if (settle(db, t, &was, e) < 0)
			return -1;
		was.n = 0;
	}
	if (was.n == 0)
		was.since = now;
	if (t->guess && !is_locked(&was, now))
		t->until[0] = wrong(&was, &of_key, now);
	was.last = now;
	was.n++;
	if (was.n <= TRIES_ROWS && failure(db, t, t->why->msg, now, e) < 0)
		return -1;
	if (tell_lock(db, t, t->kind, t->until[0], e) < 0 || tell_lock(db, t, "address", t->until[1], e) < 0)
		return -1;
	return login_tried(db, t->what, &was, e);
}

static int note(struct db *db, void *arg, struct err *e)
{
	struct try *t = arg;

	if (t->why)
		return count(db, t, e);
	return tries_success(db, t, e) < 0 ? -1 : right(db, t, e);
}

void tries_note(const struct apart *where, const struct try *t)
{
	struct err ignored = { 0 };
	struct try copy = *t;

	(void)apart_write(where, note, &copy, &ignored);
}
