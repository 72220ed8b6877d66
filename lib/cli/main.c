/* SPDX-License-Identifier: MIT */
/* The one main(): options, configuration, what the program needs, run(), the error line, the exit code. */
#include <locale.h>

#include "access/open.h"
#include "audit/denied.h"
#include "cli/cli.h"
#include "model/role.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/signal.h"
#include "os/zones.h"

/* A full disk must not exit 0; a closed pipe (| head) may. */
static int close_stdout(struct err *e)
{
	if (fflush(stdout) == 0 && !ferror(stdout) && close(STDOUT_FILENO) == 0)
		return 0;
	return errno == EPIPE ? 0 : err_set(e, E_IO, "standard output: write failed: %s", strerror(errno ? errno : EIO));
}

static int print_text(int (*fill)(const struct prog *, struct sb *), struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);

	if (fill(&prog, &sb) < 0)
		return err_nomem(e);
	(void)fwrite(sb.buf, 1, sb.len, stdout);
	return 0;
}

static int print_version(const struct prog *p, struct sb *sb)
{
	return sb_addf(sb, "%s %s\n", p->name, SIT_VERSION);
}

static int set_zone(struct ctx *c, struct err *e)
{
	const char *tz = setting(&c->settings, SET_TZ);

	c->zone_given = tz != NULL;
	return tz ? zones_get(tz, &c->zone, e) : 0;
}

static void trace_line(const char *text, void *arg)
{
	ctx_note(arg, "sql: %s", text);
}

static void warn(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static struct opening opening(struct ctx *c, unsigned needs)
{
	return (struct opening){ .write = needs & NEED_WRITE, .owner = needs & (NEED_OWNER | NEED_ANY), .any_version = needs & NEED_ANY,
				 .write_all_orgs = needs & NEED_ALL_ORGS, .program = c->prog->name,
				 .verb = c->verb ? c->verb->name : NULL, .warn = warn, .arg = c };
}

int ctx_open_one(struct ctx *c, unsigned needs, struct str org, struct db **out, struct err *e)
{
	const struct opening how = opening(c, needs);
	int got = task_open_one(c->db, &c->settings, &how, org, out, e);

	if (got > 0 && c->opt->verbose > 1)
		db_trace(*out, trace_line, c);
	return got;
}

int ctx_open(struct ctx *c, unsigned needs, struct err *e)
{
	AUTO(sb_done) struct sb selection = SB_INIT((size_t)1 << 20);
	struct opening how = opening(c, needs);

	if (ctx_selection(c, &selection) < 0)
		return err_nomem(e);
	how.reads = c->told ? NULL : sb_cstr(&selection);
	db_close(c->db);
	c->db = NULL;
	signals_pipe_ignore(needs & NEED_WRITE);
	if (task_open(&c->settings, &how, &c->db, e) < 0)
		return -1;
	c->told |= !(needs & NEED_WRITE);
	if (c->opt->verbose > 1)
		db_trace(c->db, trace_line, c);
	c->now = clock_now(); /* a store for tests says what it is */
	return 0;
}

/* What opens stores by ways of its own asks nobody for a key: it is for who can touch the files, and who shows a key says that they are not. */
static int refuse_key(const struct ctx *c, unsigned needs, struct err *e)
{
	const char *verb = c->verb ? c->verb->name : NULL;

	if (!setting(&c->settings, SET_KEY) || needs & (NEED_READ | NEED_WRITE) || !(right_needed(c->prog->name, verb) & RIGHT_STORE))
		return 0;
	return err_set(e, E_DENIED, "this works on the store itself and takes no key (key from %s)", c->settings.of[SET_KEY].origin);
}

static int prepare(struct ctx *c, unsigned needs, struct err *e)
{
	const struct common *o = c->opt;
	const char *const flags[SET_COUNT] = { [SET_DB] = o->db, [SET_ORG] = o->org, [SET_TZ] = o->tz, [SET_FORMAT] = o->format };

	if (settings_load(flags, &c->settings, e) < 0 || set_zone(c, e) < 0 || refuse_key(c, needs, e) < 0)
		return -1;
	if (needs & (NEED_READ | NEED_WRITE) && ctx_open(c, needs, e) < 0)
		return -1;
	c->now = clock_now();
	return 0;
}

static int start(struct ctx *c, int argc, char **argv, struct err *e)
{
	if (opt_parse(&prog, &argc, &argv, &c->verb, e) < 0)
		return -1;
	if (common()->help)
		return print_text(help_print, e);
	if (common()->version)
		return print_text(print_version, e);
	if (common()->describe)
		return print_text(describe_print, e);
	c->argc = argc;
	c->argv = argv;
	if (prepare(c, c->verb ? c->verb->needs : prog.needs, e) < 0)
		return -1;
	return (c->verb ? c->verb->run : prog.run)(c, argc, argv, e);
}

/*
 * Standard files that the caller closed are taken, turned the wrong way, so that using one fails: a store or a lock that got number 1 would
 * be printed into.
 */
static void open_standard(void)
{
	FILE *out, *err;

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd ? O_RDONLY : O_WRONLY);
	out = stream_over(STDOUT_FILENO);
	err = stream_over(STDERR_FILENO);
	if (out)
		stdout = out;
	if (err && setvbuf(err, NULL, _IONBF, 0) == 0)
		stderr = err;
}

int main(int argc, char **argv)
{
	struct err e = { 0 }, late = { 0 };
	struct ctx c = { .prog = &prog, .opt = common() };
	char *words[] = { (char *)(uintptr_t)prog.name, (char *)(uintptr_t)prog.alone, NULL };
	char *alone[] = { words[0], NULL };
	int rc = 1;

	memory_ready();
	open_standard();
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	signals_catch();
	if (argc < 1) { /* a caller may name nothing at all: what is behind argv then is the environment */
		argv = alone;
		argc = 1;
	}
	c.terminal = isatty(STDOUT_FILENO);
	c.err_terminal = isatty(STDERR_FILENO);
	if (prog.other && argc > 1 && argv[1][0] != '-')
		rc = prog.other(argc, argv, &e);
	if (rc > 0 && prog.alone && argc == 1)
		rc = start(&c, 2, words, &e);
	else if (rc > 0)
		rc = start(&c, argc, argv, &e);
	if (rc < 0 && e.code == E_DENIED && c.db)
		denied_note(c.db, prog.name, c.verb ? c.verb->name : NULL, &e);
	db_close(c.db);
	settings_done(&c.settings);
	if (close_stdout(&late) < 0 && rc == 0) {
		e = late;
		rc = -1;
	}
	if (rc == 0)
		return 0;
	if (e.code == E_NONE)
		err_set(&e, E_BUG, "failed without saying why");
	if (e.msg[0] && e.code != E_ANSWER)
		(void)fprintf(stderr, "%s: %s\n", prog.name, e.msg);
	return err_exit(&e);
}
