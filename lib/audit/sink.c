/* SPDX-License-Identifier: MIT */
#include "audit/sink.h"

#include "os/clock.h"
#include "os/sink.h"

#define SINKS_MAX 8
#define ONCE 10000 /* rows that are sent in one turn to write */

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
	char *path, *name; /* name: as it is counted */
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
	bool busy; /* that something was sent is a write, too */
};

static void drop(void *thing)
{
	struct sinks *s = thing;

	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].path), free(s->v[i].name);
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
		if (asprintf(&s->v[s->n].name, "%s:%s", kinds[i].word, s->v[s->n].path ? s->v[s->n].path : "") < 0)
			s->v[s->n].name = NULL;
		return s->v[s->n].path && s->v[s->n++].name ? 0 : err_nomem(e);
	}
	return err_set(e, E_USAGE, "audit: \"%.*s\" is none of journal, syslog, file:/PATH (at most %d)", STR_ARG(word), SINKS_MAX);
}

static void warn(struct sinks *s, struct sink *k, const char *why)
{
	char line[900];

	if (k->warned || !s->warn)
		return;
	k->warned = true;
	(void)snprintf(line, sizeof(line), "the audit row is kept, but %s did not take it: %s (it waits: sit-audit stats --sinks)", k->kind->word, why);
	s->warn(s->arg, line);
}

/* The row of that number: 1 sent, 0 there is none, -1 with *why. */
static int send(struct db *db, const struct sink *k, int64_t org, int64_t seq, struct err *why)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct str org_name = { NULL, 0 };
	struct audit a;
	int got = audit_at(db, org, seq, &st, &a, &org_name, why);

	return got <= 0 ? got : k->kind->send(k->path, &a, org_name, why) < 0 ? -1 : 1;
}

/*
 * What the sink has not had yet of the organisation's rows, in order, in the turn to write: nobody else sends meanwhile. Who dies here has sent what another
 * sends again.
 */
static int catch_up(struct db *db, struct sinks *s, struct sink *k, int64_t org, struct err *e)
{
	struct err why = { 0 };
	int64_t sent, n = 0;
	int got = 1;

	if (audit_sink_at(db, org, k->name, &sent, e) < 0)
		return -1;
	if (sent < 0)
		return 0;
	while (n < ONCE && (got = send(db, k, org, sent + 1, &why)) > 0) {
		sent++;
		n++;
	}
	if (got < 0) {
		warn(s, k, why.msg);
		n = 0;
		for (size_t i = 0; i < s->nrow; i++)
			n += s->row[i].org == org && s->row[i].seq > sent;
		if (audit_sink_failed(db, org, k->name, n, clock_now(), why.msg, e) < 0)
			return -1;
	}
	return audit_sink_sent(db, org, k->name, got ? sent : -1, e);
}

static int deliver(struct db *db, void *arg, struct err *e)
{
	struct sinks *s = arg;

	for (size_t i = 0; i < s->nrow; i++) {
		bool done = false;

		for (size_t j = 0; j < i && !done; j++)
			done = s->row[j].org == s->row[i].org;
		for (size_t k = 0; k < s->n && !done; k++)
			if (catch_up(db, s, s->v + k, s->row[i].org, e) < 0)
				return -1;
	}
	return 0;
}

static void written(struct db *db, void *thing)
{
	struct sinks *s = thing;
	struct err late = { 0 };

	if (s->busy || !s->nrow)
		return;
	s->busy = true;
	if (db_write(db, false, deliver, s, &late) < 0 && s->warn)
		s->warn(s->arg, late.msg);
	s->busy = false;
	s->nrow = 0;
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
	/* (Also for each row of a bulk: the one before may be rolled back by itself.) */
	for (size_t k = 0; k < s->n; k++)
		if (audit_sink_owed(db, head->org, s->v[k].name, head->seq, clock_now(), e) < 0)
			return -1;
	return 0;
}
