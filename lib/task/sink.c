/* SPDX-License-Identifier: MIT */
#include "task/sink.h"

#include "os/clock.h"
#include "os/sink.h"

#define SINKS_MAX 8

static int to_file(const char *path, const struct audit *a, struct str org, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)64 << 20);

	if (sink_json(a, org, &sb) < 0 || sb_addc(&sb, '\n') < 0)
		return err_nomem(e);
	return sink_append(path, sb.buf, sb.len, e);
}

static int to_syslog(const char *path, const struct audit *a, struct str org, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)64 << 20);

	return sink_syslog(a, org, &sb) < 0 ? err_nomem(e) : sink_send(path, sb.buf, sb.len, e);
}

static int to_journal(const char *path, const struct audit *a, struct str org, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)64 << 20);

	return sink_journal_fields(a, org, &sb) < 0 ? err_nomem(e) : sink_journal(path, sb.buf, sb.len, e);
}

static const struct kind {
	const char *word, *path; /* path NULL: it must be given */
	int (*send)(const char *path, const struct audit *a, struct str org, struct err *e);
} kinds[] = { { "journal", SINK_JOURNAL, to_journal }, { "syslog", SINK_SYSLOG, to_syslog }, { "file", NULL, to_file } };

struct sink {
	const struct kind *kind;
	char *path;
	int64_t failed; /* since the last count; of this org */
	struct err why;
	bool warned;
};

/* What the connection keeps: where to, and which rows are on their way. */
struct sinks {
	struct sink v[SINKS_MAX];
	size_t n;
	void (*warn)(void *arg, const char *line);
	void *arg;
	struct audit_head *row;
	size_t nrow, caprow;
	bool busy; /* counting failures is a write, too */
	int64_t org; /* whose failures are counted */
};

static void drop(void *thing)
{
	struct sinks *s = thing;

	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].path);
	free(s->row);
	free(s);
}

/* ---- the setting ---- */

static int add_sink(struct sinks *s, struct str word, struct err *e)
{
	for (size_t i = 0; i < COUNT(kinds) && s->n < SINKS_MAX; i++) {
		size_t n = strlen(kinds[i].word);
		bool named = word.len > n + 1 && word.ptr[n] == ':' && word.ptr[n + 1] == '/';

		if (!str_starts(word, kinds[i].word) || !(named || (word.len == n && kinds[i].path)))
			continue;
		s->v[s->n].kind = kinds + i;
		s->v[s->n].path = named ? strndup(word.ptr + n + 1, word.len - n - 1) : strdup(kinds[i].path);
		return s->v[s->n++].path ? 0 : err_nomem(e);
	}
	return err_set(e, E_USAGE, "audit: \"%.*s\" is none of journal, syslog, file:/PATH (at most %d)", STR_ARG(word), SINKS_MAX);
}

static int count_failures(struct db *db, void *arg, struct err *e)
{
	struct sinks *s = arg;

	for (size_t i = 0; i < s->n; i++) {
		char name[PATH_MAX + 16];

		(void)snprintf(name, sizeof(name), "%s:%s", s->v[i].kind->word, s->v[i].path);
		if (s->v[i].failed && audit_sink_failed(db, s->org, name, s->v[i].failed, clock_now(), s->v[i].why.msg, e) < 0)
			return -1;
	}
	return 0;
}

static void warn(struct sinks *s, struct sink *k, const char *why)
{
	char line[900];

	if (k->warned || !s->warn)
		return;
	k->warned = true;
	(void)snprintf(line, sizeof(line), "the audit row is kept, but %s did not take it: %s (sit-audit stats --sinks)", k->kind->word, why);
	s->warn(s->arg, line);
}

/* One row to all of them. */
static void send(struct db *db, struct sinks *s, const struct audit_head *h)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct err e = { 0 };
	struct audit a;
	struct str org = { NULL, 0 };
	int got = audit_at(db, h->org, h->seq, &st, &a, &org, &e);

	/* What was rolled back, by itself or with a savepoint, is not there, or another's. */
	if (got == 0 || (got > 0 && (a.hash.len != AUDIT_HASH || memcmp(a.hash.ptr, h->hash, AUDIT_HASH) != 0)))
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct sink *k = s->v + i;
		struct err why = e;

		if (got > 0 && k->kind->send(k->path, &a, org, &why) == 0)
			continue;
		k->failed++;
		k->why = why;
		warn(s, k, why.msg);
	}
}

static void written(struct db *db, void *thing)
{
	struct sinks *s = thing;
	struct err late = { 0 };
	bool failed = false;

	if (s->busy || !s->nrow)
		return;
	s->org = s->row[0].org;
	for (size_t i = 0; i < s->nrow; i++)
		send(db, s, s->row + i);
	s->nrow = 0;
	for (size_t i = 0; i < s->n; i++)
		failed |= s->v[i].failed > 0;
	s->busy = true;
	if (failed && db_write(db, false, count_failures, s, &late) < 0 && s->warn)
		s->warn(s->arg, late.msg);
	s->busy = false;
	for (size_t i = 0; i < s->n; i++)
		s->v[i].failed = 0;
}

int sinks_begin(struct db *db, const char *list, void (*tell)(void *arg, const char *line), void *arg, struct err *e)
{
	struct sinks *s;

	if (!list || !*list)
		return 0;
	if (audit_watching_ready(db, e) < 0)
		return -1;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_nomem(e);
	s->warn = tell;
	s->arg = arg;
	db_on_written(db, s, written, drop);
	for (const char *p = list; *p;) {
		struct str word = { p, strcspn(p, ",") };

		if (add_sink(s, word, e) < 0)
			return -1;
		p += word.len + (p[word.len] == ',');
	}
	return 0;
}

int sinks_note(struct db *db, const struct audit_head *head, struct err *e)
{
	struct sinks *s = db_witness(db);

	if (!s)
		return 0;
	if (s->nrow == s->caprow) {
		size_t cap = s->caprow ? s->caprow * 2 : 16;
		struct audit_head *v = realloc(s->row, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		s->row = v;
		s->caprow = cap;
	}
	s->row[s->nrow++] = *head;
	return 0;
}
