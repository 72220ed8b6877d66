/* SPDX-License-Identifier: MIT */
/* Notices go out. */
#include "codec/json.h"
#include "notify/impl.h"
#include "os/clock.h"
#include "os/secret.h"
#include "os/signal.h"
#include "store/alarm.h"
#include "store/epoch.h"
#include "store/org.h"
#include "task/trouble.h"

#define LEASE_MORE (60 * US_PER_S) /* beyond the time that a delivery may take */
#define FIRST_WAIT (10 * US_PER_S)
#define LONGEST_WAIT (3600 * US_PER_S)
#define LONGEST_ASKED US_PER_DAY
#define CHANNELS_MAX 1000
#define ASK_AGAIN (10 * US_PER_MIN) /* whether a silence is over, or the alarm has grown; mostly that is heard of */
#define WAIT_LEAST (20 * 1000)
#define WAIT_MOST US_PER_S /* who writes alarms may have no way to say so */
#define FILES_ROOM ((size_t)64 << 20)

/* A notice that is being sent. */
struct sending {
	struct work *w;
	const struct channel *channel;
	int64_t only, now;
	struct arena arena;
	struct notice notice;
	int got;
	struct notice_end end;
};

/* ---- taking one ---- */

static bool is_reminder(const struct notice *n)
{
	return str_is(n->kind, "escalation") || str_is(n->kind, "repeat");
}

/* n, which goes out now, is told once more after a while: a notice of its own, which leads to the next when it goes out; in the bucket, if one is named. */
static int remind(const struct sending *s, const struct notice *n, const char *bucket, struct err *e)
{
	struct notice again = *n;
	AUTO(sb_done) struct sb key = SB_INIT(4096);
	const char *mark = n->key.ptr && str_is(n->kind, "repeat") ? strrchr(n->key.ptr, '#') : NULL;
	size_t base = mark ? (size_t)(mark - n->key.ptr) : n->key.len;
	int64_t step = mark ? strtoll(mark + 1, NULL, 10) : 0, id;
	char token[33];

	sb_addf(&key, "%.*s#%" PRId64, (int)base, n->key.ptr, step + 1);
	if (key.bad)
		return err_nomem(e);
	if (notice_token(s->w, sb_str(&key), token, e) < 0)
		return -1;
	again.key = sb_str(&key);
	again.token = str_of(token);
	again.kind = STR("repeat");
	again.bucket = bucket ? str_of(bucket) : (struct str){ NULL, 0 };
	again.created = s->now;
	again.due = s->now + n->again;
	again.state = NOTICE_WAITING;
	return notice_add(s->w->db, &again, &id, e);
}

/* Each that goes out now, by itself: who acknowledges one knows of that one. What was said together is said together again. */
static int remind_all(struct sending *s, struct err *e)
{
	struct arena one = ARENA_INIT((size_t)16 << 20);
	char bucket[40];
	int64_t *id;
	size_t n;
	int rc = reminder_next(s->w->db, &s->notice, &s->arena, &id, &n, e);

	(void)snprintf(bucket, sizeof(bucket), "repeat:%" PRId64, s->notice.id);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct notice of;

		rc = notice_read(s->w->db, id[i], &one, &of, e);
		if (rc == 0)
			rc = remind(s, &of, s->notice.bucket.len ? bucket : NULL, e);
		arena_clear(&one);
	}
	arena_done(&one);
	return rc;
}

/*
 * Nobody is to be told now: until when it is put off; 0: it goes out. Shelving or a silence may end sooner, or the alarm grow, and quiet hours may not be for what it
 * is then: whatever happens to the alarm, it is looked at again.
 */
static int wait_until(const struct sending *s, const struct reminder_wanted *w, int64_t *until, struct err *e)
{
	const struct quiet_text text = { w->quiet, w->quiet_over, w->tz };
	const bool first = s->notice.tries == 1;
	struct quiet quiet;

	*until = 0;
	if (is_reminder(&s->notice) ? !w->loud : first && w->hushed)
		*until = w->shelved ? w->shelved : s->now + ASK_AGAIN;
	if (*until || !first || !w->quiet.len)
		return 0;
	if (quiet_read(&text, &quiet, e) < 0) {
		if (err_is_fatal(e))
			return -1;
		err_clear(e); /* its zone is gone: told at night is better than never */
		return 0;
	}
	*until = quiet_end(&quiet, w->over ? notify_word(severity_words, s->notice.severity) : w->severity, s->now);
	if (*until == s->now)
		*until = 0;
	return 0;
}

/* 1 it goes out, 0 not now: what nobody needs to know any more never does; -1. */
static int goes_out(struct sending *s, struct err *e)
{
	const struct notice_end end = { NOTICE_DROPPED, STR("nobody needs to be told any more"), s->now, 0 };
	struct reminder_wanted wanted;
	int64_t until;
	bool ours;

	if (!s->notice.alarm)
		return 1;
	if (reminder_wanted(s->w->db, &s->notice, s->now, &s->arena, &wanted, e) < 0)
		return -1;
	if (is_reminder(&s->notice) ? !wanted.open : s->notice.tries == 1 && wanted.hushed && wanted.over)
		return notice_finish(s->w->db, &s->notice, &end, &ours, e);
	if (wait_until(s, &wanted, &until, e) < 0)
		return -1;
	return until ? reminder_park(s->w->db, &s->notice, until, e) : 1;
}

/* One that was tried before goes out as it was: the other side may have it already, and knows it by its token. */
static int take_along(struct sending *s, struct err *e)
{
	struct db *db = s->w->db;

	if (s->notice.tries > 1)
		return 0;
	if ((is_reminder(&s->notice) ? reminder_gather(db, &s->notice, s->now, e) : notice_gather(db, &s->notice, s->now, e)) < 0)
		return -1;
	return s->notice.again || s->notice.bucket.len ? remind_all(s, e) : 0;
}

static int claim_tx(struct db *db, void *arg, struct err *e)
{
	struct sending *s = arg;
	const struct notice_take take = { s->channel->id, s->only, s->now, s->now + s->channel->timeout + LEASE_MORE };

	while ((s->got = notice_claim(db, &take, &s->arena, &s->notice, e)) > 0) {
		int goes = goes_out(s, e);

		if (goes)
			return goes < 0 ? -1 : take_along(s, e);
		arena_clear(&s->arena); /* a silence may be about very many */
	}
	return s->got;
}

static void claim_undo(void *arg)
{
	struct sending *s = arg;

	s->got = 0;
}

/* ---- what it says ---- */

static int take_file(struct str name, struct str data, void *arg, struct err *e)
{
	struct message *m = arg;
	size_t i = m->nfile;

	if (i == NOTIFY_FILES_MAX)
		return 0;
	m->file[i].data = (struct sb)SB_INIT(FILES_ROOM);
	m->file[i].name = strndup(name.ptr, name.len);
	m->nfile++;
	return !m->file[i].name || sb_add(&m->file[i].data, data.ptr, data.len) < 0 ? err_nomem(e) : 0;
}

static int read_message(struct sending *s, struct message *m, struct err *e)
{
	if (notice_records(s->w->db, s->notice.id, &s->arena, &m->text, &m->n, e) < 0 || notice_files(s->w->db, s->notice.id, take_file, m, e) < 0)
		return -1;
	m->record = arena_alloc(&s->arena, (m->n + 1) * sizeof(*m->record));
	if (!m->record)
		return err_nomem(e);
	for (size_t i = 0; i < m->n; i++) {
		m->record[i] = json_read(m->text[i], e);
		if (!m->record[i])
			return err_wrap(e, "notice %" PRId64, s->notice.id);
	}
	return m->n ? 0 : err_set(e, E_BUG, "notice %" PRId64 " says nothing", s->notice.id);
}

static void drop_message(struct message *m)
{
	for (size_t i = 0; m->record && i < m->n; i++)
		json_decref(m->record[i]);
	for (size_t i = 0; i < m->nfile; i++) {
		free(m->file[i].name);
		sb_done(&m->file[i].data);
	}
}

static int send_by(const struct channel *c, const struct message *m, struct outcome *o, struct err *e)
{
	switch (c->type) {
	case CHANNEL_EMAIL:
		return send_mail(c, m, o, e);
	case CHANNEL_WEBHOOK:
	case CHANNEL_SLACK:
	case CHANNEL_TEAMS:
	case CHANNEL_SMS:
	case CHANNEL_PUSH:
		return send_http(c, m, o, e);
	case CHANNEL_EXEC:
		return send_exec(c, m, o, e);
	case CHANNEL_FILE:
		return send_file(c, m, o, e);
	case CHANNEL_JOURNAL:
		return send_journal(c, m, o, e);
	}
	return err_set(e, E_BUG, "no such type of channel");
}

/* ---- what came of it ---- */

/* Twice as long as before, give or take a fifth, so that many do not come back at once. */
static int next_try(const struct sending *s, const struct outcome *o, int64_t *due, struct err *e)
{
	int doublings = s->notice.tries > 10 ? 10 : s->notice.tries - 1;
	int64_t wait = FIRST_WAIT << doublings;
	uint32_t random;

	if (secret_random(&random, sizeof(random), e) < 0)
		return -1;
	if (wait > LONGEST_WAIT)
		wait = LONGEST_WAIT;
	wait += wait / 5 * ((int64_t)(random % 2001) - 1000) / 1000;
	if (o->wait > wait)
		wait = o->wait < LONGEST_ASKED ? o->wait : LONGEST_ASKED;
	*due = s->now + wait;
	return 0;
}

static int finish_tx(struct db *db, void *arg, struct err *e)
{
	struct sending *s = arg;
	bool ours;

	return notice_finish(db, &s->notice, &s->end, &ours, e);
}

static void finish_undo(void *arg)
{
	(void)arg;
}

static int finish(struct sending *s, const struct outcome *o, struct err *e)
{
	int most = s->notice.most ? s->notice.most : s->channel->tries;

	s->now = clock_now();
	s->end = (struct notice_end){ .answer = sb_str(&o->answer), .now = s->now };
	s->end.state = o->verdict == SENT ? NOTICE_DELIVERED : o->verdict == NEVER || s->notice.tries >= most ? NOTICE_DEAD : NOTICE_WAITING;
	if (s->end.state == NOTICE_WAITING && next_try(s, o, &s->end.due, e) < 0)
		return -1;
	return db_write_again(s->w->db, false, finish_tx, finish_undo, s, e);
}

static int send_claimed(struct sending *s, struct outcome *o, struct err *e)
{
	struct message m = { .token = s->notice.token.ptr, .to = s->notice.to, .severity = s->notice.severity, .now = s->now };
	int rc = read_message(s, &m, e);

	if (rc == 0)
		rc = send_by(s->channel, &m, o, e);
	drop_message(&m);
	return rc < 0 ? -1 : finish(s, o, e);
}

int notify_one(struct work *w, const struct channel *c, int64_t only, struct outcome *o, struct err *e)
{
	struct sending s = { .w = w, .channel = c, .only = only, .now = clock_now(), .arena = ARENA_INIT((size_t)256 << 20) };
	int rc = db_write_again(w->db, false, claim_tx, claim_undo, &s, e);

	if (rc >= 0 && s.got > 0)
		rc = send_claimed(&s, o, e) < 0 ? -1 : s.end.state == NOTICE_DEAD ? 2 : 1;
	arena_done(&s.arena);
	return rc;
}

/* ---- all that is due ---- */

struct run {
	struct work *w;
	void (*told)(void *arg, const char *line);
	void *arg;
	struct notify_done *done;
};

static void tell(const struct run *r, const struct channel *c, const struct outcome *o, bool dead)
{
	char line[700];

	(void)snprintf(line, sizeof(line), "channel %s: %s%s", c->name, sb_cstr(&o->answer), dead ? ": given up (sit-notify retry)" : "");
	r->told(r->arg, line);
}

/* As long as it goes well: a peer that does not take one would not take the next. */
static int run_channel(struct run *r, int64_t id, struct err *e)
{
	struct channel c;
	int got = channel_load(r->w, id, &c, e);
	bool well = true;

	while (got >= 0 && well && !stop_requested()) {
		struct outcome o = { .answer = SB_INIT(8192) };

		got = notify_one(r->w, &c, 0, &o, e);
		well = got > 0 && o.verdict != AGAIN;
		r->done->delivered += got > 0 && o.verdict == SENT;
		r->done->dead += got == 2;
		r->done->again += got == 1 && o.verdict == AGAIN;
		if (got > 0 && o.verdict != SENT)
			tell(r, &c, &o, got == 2);
		sb_done(&o.answer);
	}
	channel_done(&c);
	return got < 0 ? -1 : stop_requested() ? stop_error(e) : 0;
}

struct holding_back {
	int64_t before, n;
};

static int hold_tx(struct db *db, void *arg, struct err *e)
{
	struct holding_back *h = arg;

	return notice_hold(db, h->before, &h->n, e);
}

/* After a restore: what was decided before it may have been sent by the store that it replaces. */
static int hold_back(struct work *w, struct notify_done *done, struct err *e)
{
	struct holding_back h = { 0 };
	struct epoch epoch;

	if (epoch_now(w->db, &epoch, e) < 0 || !epoch.number)
		return e->code ? -1 : 0;
	h.before = epoch.started;
	if (db_write(w->db, w->dry, hold_tx, &h, e) < 0)
		return -1;
	done->held += h.n;
	return 0;
}

int notify_run(struct work *w, void (*told)(void *arg, const char *line), void *arg, struct notify_done *done, struct err *e)
{
	int64_t *channel = arena_alloc(&w->keep, CHANNELS_MAX * sizeof(*channel));
	struct run r = { w, told, arg, done };
	size_t n;

	if (!channel)
		return err_nomem(e);
	if (notice_ready(w->db, e) < 0 || trouble_ready(w->db, e) < 0 || hold_back(w, done, e) < 0 || notify_route(w, clock_now(), &(struct listener){ told, arg }, done, e) < 0)
		return -1;
	if (notice_due(w->db, clock_now(), channel, CHANNELS_MAX, &n, &done->next, e) < 0)
		return -1;
	for (size_t i = 0; i < n && !w->dry; i++)
		if (run_channel(&r, channel[i], e) < 0)
			return -1;
	return n && !w->dry ? notice_due(w->db, clock_now(), channel, 0, &n, &done->next, e) : 0;
}

int notify_orgs(struct db *all, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	return org_living(all, fn, arg, e);
}

int notify_orgs_busy(struct db *all, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e)
{
	return notice_orgs(all, clock_now(), fn, arg, e);
}

int notify_soonest(struct db *all, int64_t *next, struct err *e)
{
	return notice_soonest(all, next, e);
}

int notify_watch(struct db *db, struct err *e)
{
	return db_watch(db, ALARM_CHANNEL, e);
}

int notify_wait(struct db *db, const struct notify_done *done, struct err *e)
{
	int64_t wait = done->next == INT64_MAX ? WAIT_MOST : done->next - clock_now();

	return db_wait(db, wait < WAIT_LEAST ? WAIT_LEAST : wait > WAIT_MOST ? WAIT_MOST : wait, e) < 0 ? -1 : 0;
}
