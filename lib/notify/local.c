/* SPDX-License-Identifier: MIT */
/* Channels on this machine: a program, a file, the journal. */
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "codec/json.h"
#include "notify/impl.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "os/signal.h"
#include "os/sink.h"

#define ARGS_MAX 64
#define LINE_MAX_BYTES ((size_t)2 << 20)

/* {"token":...,"record":...}: what programs get and files hold, a line for each record. The token is that of what went out together. */
static int lines(const struct message *m, struct sb *sb, struct err *e)
{
	for (size_t i = 0; i < m->n; i++)
		sb_addf(sb, "{\"token\":\"%s\",\"record\":%.*s}\n", m->token, STR_ARG(m->text[i]));
	return sb->bad ? err_nomem(e) : 0;
}

/* ---- exec ---- */

/* Until it has ended, or was too slow. */
static int await(struct process *p, int64_t timeout, struct err *e)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	int64_t until = clock_monotonic() + timeout;
	struct err ignored = { 0 };

	while (!process_gone(p) && clock_monotonic() < until && !stop_requested())
		(void)nanosleep(&moment, NULL);
	if (process_gone(p))
		return process_end(p, e);
	(void)kill(p->pid, SIGKILL);
	(void)process_end(p, &ignored);
	return stop_requested() ? stop_error(e) : err_set(e, E_IO, "%s: not done after %" PRId64 " s", p->name, timeout / 1000000);
}

static int run(const char *const *argv, const struct message *m, int64_t timeout, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)64 << 20);
	char token[64];
	const char *more[] = { token, NULL };
	struct process p = { .argv = argv, .more = more, .out = -1 };
	int fd = memfd_create("notice", MFD_CLOEXEC), rc = -1;

	(void)snprintf(token, sizeof(token), "SIT_TOKEN=%s", m->token);
	if (fd < 0)
		return err_errno(e, errno, "notice");
	p.in = fd;
	if (lines(m, &text, e) == 0) {
		if (write(fd, sb_cstr(&text), text.len) != (ssize_t)text.len || lseek(fd, 0, SEEK_SET) != 0)
			rc = err_errno(e, errno ? errno : EIO, "notice");
		else
			rc = process_start(&p, e) < 0 ? -1 : await(&p, timeout, e);
	}
	(void)close(fd);
	return rc;
}

/* The command's words, out of its JSON. */
static int words(json_t *command, const char *argv[ARGS_MAX + 1], struct err *e)
{
	size_t n = json_array_size(command);

	if (n == 0 || n > ARGS_MAX)
		return err_set(e, E_INPUT, "command: a list of 1 to %d words", ARGS_MAX);
	for (size_t i = 0; i < n; i++) {
		argv[i] = json_string_value(json_array_get(command, i));
		if (!argv[i])
			return err_set(e, E_INPUT, "command: a list of texts");
	}
	argv[n] = NULL;
	return argv[0][0] == '/' ? 0 : err_set(e, E_INPUT, "command: write the program from the root on (/usr/local/bin/...)");
}

int send_exec(const struct channel *c, const struct message *m, struct outcome *o, struct err *e)
{
	const char *argv[ARGS_MAX + 1];
	json_t *command = json_read(str_of(c->command), e);
	int rc = command ? words(command, argv, e) : -1;

	if (rc == 0)
		rc = run(argv, m, c->timeout, e);
	json_decref(command);
	if (rc < 0)
		return outcome_of(o, e);
	o->verdict = SENT;
	return sb_adds(&o->answer, "exit 0") < 0 ? err_nomem(e) : 0;
}

/* ---- file ---- */

/* One that was cut off in the middle of a line goes on with the next. */
static bool torn(const char *path)
{
	int fd = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	char last = '\n';

	if (fd < 0)
		return false;
	if (lseek(fd, -1, SEEK_END) >= 0 && read(fd, &last, 1) != 1)
		last = '\n';
	(void)close(fd);
	return last != '\n';
}

int send_file(const struct channel *c, const struct message *m, struct outcome *o, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)64 << 20);

	if (torn(c->path))
		sb_addc(&text, '\n');
	if (lines(m, &text, e) < 0)
		return -1;
	if (sink_append(c->path, sb_cstr(&text), text.len, e) < 0) {
		int rc = outcome_of(o, e);

		o->verdict = AGAIN; /* a mode that is mended lets it through */
		return rc;
	}
	o->verdict = SENT;
	return sb_adds(&o->answer, "written") < 0 ? err_nomem(e) : 0;
}

/* ---- journal ---- */

static int journal_one(const struct channel *c, const struct message *m, size_t i, struct err *e)
{
	static const char *const priority[] = { "6", "4", "3", "2" };
	AUTO(sb_done) struct sb line = SB_INIT(LINE_MAX_BYTES);
	AUTO(sb_done) struct sb fields = SB_INIT(2 * LINE_MAX_BYTES);
	struct message one = *m;
	int severity = notify_word(severity_words, str_of(json_string_value(json_object_get(m->record[i], "severity"))));

	one.record += i;
	one.n = 1;
	if (message_lines(c, &one, ESCAPE_LINE, &line) < 0)
		return err_nomem(e);
	sb_addf(&fields, "MESSAGE=%s\nPRIORITY=%s\nSYSLOG_IDENTIFIER=sit-notify\nSIT_CHANNEL=%s\nSIT_TOKEN=%s\nSIT_RECORD=%.*s\n", sb_cstr(&line),
		priority[severity < 0 ? 0 : severity], c->name, m->token, STR_ARG(m->text[i]));
	return fields.bad ? err_nomem(e) : sink_journal(SINK_JOURNAL, fields.buf, fields.len, e);
}

int send_journal(const struct channel *c, const struct message *m, struct outcome *o, struct err *e)
{
	for (size_t i = 0; i < m->n; i++)
		if (journal_one(c, m, i, e) < 0)
			return outcome_of(o, e);
	o->verdict = SENT;
	return sb_adds(&o->answer, "taken") < 0 ? err_nomem(e) : 0;
}
