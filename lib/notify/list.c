/* SPDX-License-Identifier: MIT */
/* What people ask of the outbox, and put into it. */
#include "audit/pages.h"
#include "base/num.h"
#include "notify/impl.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/secret.h"

static int print_one(const struct cell *cells, void *arg, struct err *e)
{
	return out_rec(arg, cells, e);
}

int notify_history(struct work *w, char **term, int n, int64_t after, struct out *out, struct err *e)
{
	const struct pages pages = { &notice_entity, notice_fields, notice_count, notice_select };
	const struct pages_ask ask = { .term = term, .n = n, .when = w->when, .after = after };

	return notice_ready(w->db, e) < 0 ? -1 : pages_each(w->db, &pages, &ask, print_one, out, e);
}

/* ---- retry and release ---- */

struct turning {
	char **id;
	int n;
	enum notice_state from, to;
	const char *verb;
	int64_t *count;
};

static int turn_tx(struct work *w, void *arg, struct err *e)
{
	const struct turning *t = arg;
	char text[64];

	*t->count = 0;
	for (int i = 0; i < (t->n ? t->n : 1); i++) {
		int64_t id = 0, n;

		if (t->n && !num_parse_int(str_of(t->id[i]), &id))
			return err_set(e, E_USAGE, "\"%s\" is no number of a notice", t->id[i]);
		if (notice_turn(w->db, id, t->from, t->to, clock_now(), &n, e) < 0)
			return -1;
		if (t->n && !n)
			return err_set(e, E_CONFLICT, "no notice %s that is %s, and went out by itself", t->id[i], notice_words[t->from]);
		*t->count += n;
	}
	if (!*t->count)
		return 0;
	(void)snprintf(text, sizeof(text), "{\"notices\":%" PRId64 "}", *t->count);
	return work_trail_text(w, t->verb, "notice", t->n == 1 ? str_of(t->id[0]) : STR("all"), NULL, text, e);
}

static int turn(struct work *w, struct turning *t, struct err *e)
{
	return notice_ready(w->db, e) < 0 ? -1 : work_write(w, turn_tx, t, e);
}

int notify_retry(struct work *w, char **id, int n, int64_t *count, struct err *e)
{
	return turn(w, &(struct turning){ id, n, NOTICE_DEAD, NOTICE_WAITING, "retry", count }, e);
}

int notify_release(struct work *w, char **id, int n, bool drop, int64_t *count, struct err *e)
{
	return turn(w, &(struct turning){ id, n, NOTICE_HELD, drop ? NOTICE_DROPPED : NOTICE_WAITING, drop ? "drop" : "release", count }, e);
}

/* ---- something by hand ---- */

#define SAID_MAX 64 /* receivers of a channel */

struct saying {
	struct work *work;
	const struct notify_word *word;
	const struct channel *channel;
	struct sb record;
	char nonce[33];
	struct sb file[NOTIFY_FILES_MAX];
	int64_t id[SAID_MAX];
	size_t n;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int record_of(struct saying *s, struct err *e)
{
	const struct notify_word *word = s->word;
	char ts[40];

	(void)time_print(s->work->when.now, NULL, ts);
	sb_addf(&s->record, "{\"ts\":\"%s\",\"kind\":\"%s\",\"severity\":\"%s\"", ts, word->test ? "test" : "hand", word->severity);
	if (word->subject) {
		sb_adds(&s->record, ",\"subject\":");
		sb_json(&s->record, str_of(word->subject));
	}
	sb_adds(&s->record, ",\"message\":");
	sb_json(&s->record, str_of(word->text));
	sb_adds(&s->record, ",\"org\":");
	sb_json(&s->record, str_of(db_self_name(s->work->db)));
	return sb_addc(&s->record, '}') < 0 ? err_nomem(e) : 0;
}

static int put_one(struct saying *s, struct str to, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(2048);
	char token[33];
	struct notice n = { .channel = s->channel->id, .to = to, .kind = s->word->test ? STR("test") : STR("hand"), .severity = str_of(s->word->severity),
			    .record = sb_str(&s->record), .created = clock_now(), .due = clock_now(), .state = NOTICE_WAITING, .most = s->word->test ? 1 : 0 };

	sb_addf(&key, "hand:%s@%" PRId64 ":%.*s", s->nonce, s->channel->id, STR_ARG(to));
	if (s->n == SAID_MAX || key.bad)
		return err_set(e, E_INPUT, "more than %d receivers", SAID_MAX);
	if (notice_token(s->work, sb_str(&key), token, e) < 0)
		return -1;
	n.key = sb_str(&key);
	n.token = str_of(token);
	if (notice_add(s->work->db, &n, s->id + s->n, e) < 0)
		return -1;
	for (size_t i = 0; i < s->word->n; i++)
		if (notice_attach(s->work->db, s->id[s->n], str_of(base_name(s->word->file[i])), sb_str(s->file + i), e) < 0)
			return -1;
	s->n++;
	return 0;
}

static int say_tx(struct work *w, void *arg, struct err *e)
{
	struct saying *s = arg;
	struct str rest = { NULL, 0 }, to;
	bool first = true;

	s->n = 0;
	while (channel_next(s->channel, &rest, &first, &to))
		if (put_one(s, to, e) < 0)
			return -1;
	return work_trail_text(w, s->word->test ? "test" : "send", "channel", str_of(s->channel->name), NULL, sb_cstr(&s->record), e);
}

static int print_said(struct work *w, int64_t id, struct out *out, struct err *e)
{
	char text[32], *term = text;

	(void)snprintf(text, sizeof(text), "%" PRId64, id);
	return notify_history(w, &term, 1, 0, out, e);
}

static int say(struct saying *s, struct out *out, struct err *e)
{
	struct work *w = s->work;
	size_t failed = 0;

	if (record_of(s, e) < 0 || work_write(w, say_tx, s, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n && !w->dry; i++) {
		bool now = s->channel->enabled || s->word->test; /* else it waits like everything that goes there */
		struct outcome o = { .answer = SB_INIT(8192) };
		int got = now ? notify_one(w, s->channel, s->id[i], &o, e) : 0;

		failed += got > 0 && o.verdict != SENT;
		sb_done(&o.answer);
		if (got < 0 || print_said(w, s->id[i], out, e) < 0)
			return -1;
	}
	return failed ? err_set(e, s->word->test ? E_ANSWER : E_IO, "%zu not delivered (the answer says why)", failed) : 0;
}

static int read_files(struct saying *s, struct err *e)
{
	size_t all = 0;

	if (s->word->n > NOTIFY_FILES_MAX)
		return err_set(e, E_USAGE, "at most %d attachments", NOTIFY_FILES_MAX);
	if (s->word->n && s->channel->type != CHANNEL_EMAIL)
		return err_set(e, E_USAGE, "attachments go with mail, and channel %s is of another type", s->channel->name);
	for (size_t i = 0; i < s->word->n; i++) {
		s->file[i] = (struct sb)SB_INIT(NOTIFY_FILES_BYTES - all);
		if (file_read(s->word->file[i], s->file + i, e) < 0)
			return -1;
		all += s->file[i].len;
	}
	return 0;
}

int notice_say(struct work *w, const struct notify_word *word, struct out *out, struct err *e)
{
	AUTO(sb_done) struct sb nonce = SB_INIT(64);
	struct channel c = { 0 };
	struct saying s = { .work = w, .word = word, .channel = &c, .record = SB_INIT((size_t)1 << 20) };
	int64_t id;
	int rc;

	if (notice_ready(w->db, e) < 0 || entity_resolve(w->db, &channel_entity, str_of(word->channel), &id, e) < 0 || channel_load(w, id, &c, e) < 0 ||
	    secret_letters(26, &nonce, e) < 0)
		return -1;
	(void)snprintf(s.nonce, sizeof(s.nonce), "%s", sb_cstr(&nonce));
	rc = read_files(&s, e);
	if (rc == 0)
		rc = say(&s, out, e);
	for (size_t i = 0; i < NOTIFY_FILES_MAX; i++)
		sb_done(s.file + i);
	sb_done(&s.record);
	channel_done(&c);
	return rc;
}
