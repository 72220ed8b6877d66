/* SPDX-License-Identifier: MIT */
/* What run() asks of its context: output, ranges, questions, notes. */
#include <sys/stat.h>
#include <termios.h>

#include "base/utf8.h"
#include "cli/cli.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/secret.h"
#include "os/signal.h"

#define FOLLOW_NS 300000000

bool ctx_color(const struct ctx *c)
{
	const char *when = c->opt->color ? c->opt->color : "auto";

	return strcmp(when, "always") == 0 || (strcmp(when, "auto") == 0 && c->terminal && !getenv("NO_COLOR"));
}

bool ctx_table(const struct ctx *c)
{
	const char *format = setting(&c->settings, SET_FORMAT);

	return format ? strcmp(format, "table") == 0 : c->terminal && !c->opt->output;
}

/* .xlsx, .parquet: somebody expects such a file. Not what mktemp(1) makes, tmp.x7HkZ0aBcD, nor file.1. */
static bool names_a_format(const char *file)
{
	const char *slash = strrchr(file, '/'), *dot = strrchr(slash ? slash : file, '.');
	size_t n = dot ? strspn(dot + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;

	return n > 0 && n < 9 && dot > file && dot[-1] != '/' && strspn(dot + 1 + n, "0123456789") == strlen(dot + 1 + n);
}

int ctx_out(struct ctx *c, const struct field *fields, size_t n, struct out **out, struct err *e)
{
	const struct common *o = c->opt;
	const char *format = setting(&c->settings, SET_FORMAT);
	struct out_opts opts = { .file = o->output, .columns = o->columns, .sort = o->sort, .no_header = o->no_header, .guard = c->guard,
				 .zone = c->zone_given ? c->zone : NULL };

	opts.format = c->terminal && !o->output ? OUT_TABLE : OUT_JSONL;
	if (o->output && !o->format) {
		if (out_format_suffix(o->output, &opts.format))
			format = NULL;
		else if (names_a_format(o->output))
			return err_set(e, E_USAGE, "%s: its suffix is none of .csv .tsv .jsonl .json .txt: say what is to be written into it (--format csv)", o->output);
	}
	if (format && out_format_name(format, &opts.format, e) < 0)
		return -1;
	opts.color = !o->output && ctx_color(c);
	return out_open(&opts, fields, n, out, e);
}

int ctx_range_in(void *arg, const struct zone *zone, struct range *r, struct err *e)
{
	const struct ctx *c = arg;
	const struct common *o = c->opt;
	struct time_ctx when = { c->now, zone };
	int64_t span;

	*r = (struct range){ TIME_MIN, TIME_MAX };
	if (!!o->during + !!o->last + (o->from || o->to) > 1)
		return err_set(e, E_USAGE, "--during, --last and --from/--to exclude each other");
	if (o->during)
		return range_during(str_of(o->during), &when, r, e);
	if (o->last) {
		if (dur_parse(str_of(o->last), &span, e) < 0)
			return err_wrap(e, "--last");
		*r = (struct range){ c->now - span, c->now };
		return 0;
	}
	if (o->from && time_parse(str_of(o->from), &when, &r->from, e) < 0)
		return err_wrap(e, "--from");
	if (o->to && time_parse(str_of(o->to), &when, &r->to, e) < 0)
		return err_wrap(e, "--to");
	return r->from <= r->to ? 0 : err_set(e, E_USAGE, "--from is after --to");
}

int ctx_range(struct ctx *c, struct range *r, bool *given, struct err *e)
{
	const struct common *o = c->opt;

	*given = o->from || o->to || o->during || o->last;
	return ctx_range_in(c, c->zone, r, e);
}

int ctx_confirm(struct ctx *c, const char *question, struct err *e)
{
	char answer[16];

	if (c->opt->yes || c->opt->dry_run)
		return 0;
	if (c->opt->no_input || !isatty(STDIN_FILENO) || !c->err_terminal)
		return err_set(e, E_USAGE, "%s Say --yes to do it", question);
	(void)fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(answer, sizeof(answer), stdin))
		return 1;
	return answer[0] == 'y' || answer[0] == 'Y' ? 0 : 1;
}

int ctx_secret(const struct ctx *c, const char *from, const char *prompt, struct sb *sb, struct err *e)
{
	struct termios was, quiet;
	char line[1024];
	bool got;

	if (from)
		return secret_read(from, sb, e);
	if (c->opt->no_input || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &was) != 0)
		return err_set(e, E_USAGE, "no terminal to ask for a password on: give @FILE, @env:NAME or @cred:NAME");
	memory_private();
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)fprintf(stderr, "%s: ", prompt);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	got = fgets(line, sizeof(line), stdin) != NULL;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	(void)fputc('\n', stderr);
	if (stop_requested())
		return stop_error(e);
	if (!got)
		return err_set(e, E_USAGE, "nothing was typed");
	line[strcspn(line, "\r\n")] = '\0';
	got = sb_adds(sb, line) == 0;
	explicit_bzero(line, sizeof(line));
	return got ? 0 : err_nomem(e);
}

int ctx_hand_out(const struct ctx *c, const struct sb *secret, bool show, bool over, struct err *e)
{
	struct stat st;
	struct file *f;

	if (show && c->opt->output)
		return err_set(e, E_USAGE, "--show and --output exclude each other");
	if (!show && !c->opt->output)
		return err_set(e, E_USAGE, "where shall it go: -o FILE, or --show on a terminal");
	if (show && !c->terminal)
		return err_set(e, E_USAGE, "--show is for a terminal: use -o FILE");
	if (show)
		return printf("%s\n", sb_cstr(secret)) < 0 ? err_set(e, E_IO, "standard output: write failed") : 0;
	if (!over && stat(c->opt->output, &st) == 0 && S_ISREG(st.st_mode))
		return err_set(e, E_CONFLICT, "%s is there already, and what it holds may be had nowhere else: another name, or move it away", c->opt->output);
	if (file_begin(c->opt->output, 0600, &f, e) < 0)
		return -1;
	(void)fprintf(file_stream(f), "%s\n", sb_cstr(secret));
	return file_commit(f, e);
}

int ctx_wait(struct err *e)
{
	const struct timespec moment = { .tv_nsec = FOLLOW_NS };

	(void)nanosleep(&moment, NULL); /* a signal ends it early */
	return stop_requested() ? stop_error(e) : 0;
}

bool ctx_bar(const struct ctx *c)
{
	return c->err_terminal && !c->opt->no_progress && !c->opt->quiet;
}

void ctx_progress(void *arg, uint64_t done, uint64_t size)
{
	(void)arg;
	if (size)
		(void)fprintf(stderr, "\r%3u %%", (unsigned)(done * 100 / size));
}

void ctx_bar_end(const struct ctx *c)
{
	if (ctx_bar(c))
		(void)fputs("\r     \r", stderr);
}

PRINTF_LIKE(2, 0) static void say(const struct ctx *c, const char *fmt, va_list ap)
{
	char line[1024];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	utf8_defuse(line);
	(void)fprintf(stderr, "%s: %s\n", c->prog->name, line);
}

void ctx_note(const struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	if (c->opt->quiet)
		return;
	va_start(ap, fmt);
	say(c, fmt, ap);
	va_end(ap);
}

void ctx_complain(const struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, fmt, ap);
	va_end(ap);
}
