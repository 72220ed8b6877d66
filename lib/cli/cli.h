/* SPDX-License-Identifier: MIT */
/*
 * A program is a descriptor: option table, verbs, examples, what it needs, run(). From the descriptor follow parsing, --help,
 * --describe, completion and the check of the manual. The library owns main().
 */
#ifndef SIT_CLI_CLI_H
#define SIT_CLI_CLI_H

#include "audit/settings.h"
#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"
#include "base/field.h"
#include "base/time.h"
#include "model/entity.h"
#include "rec/out.h"

struct db;
struct ctx;
struct query;

enum opt_kind { OPT_KIND_END, OPT_KIND_HEAD, OPT_KIND_USE, OPT_KIND_FLAG, OPT_KIND_COUNT, OPT_KIND_TEXT, OPT_KIND_NUMBER, OPT_KIND_LIST };

/* The values of an option that may be given several times. */
struct texts {
	const char **v;
	size_t n;
};

struct opt {
	enum opt_kind kind;
	char letter; /* 0: none */
	const char *name;
	bool *flag;
	int *count;
	const char **text;
	int64_t *number;
	struct texts *list;
	const struct opt *use;
	const char *arg;  /* placeholder of the value: FILE, DEVICE, … decides what completion offers */
	const char *help; /* one phrase */
	const char *const *words; /* the words it takes, NULL: any */
	const char *verbs;	  /* "add set": only with these verbs; NULL: all */
};

/* clang-format off */
#define OPT_HEAD(title)                        { .kind = OPT_KIND_HEAD, .name = (title) }
#define OPT_USE(table)                         { .kind = OPT_KIND_USE, .use = (table) }
#define OPT_FLAG(c, n, target, h)              { .kind = OPT_KIND_FLAG, .letter = (c), .name = (n), .flag = (target), .help = (h) }
#define OPT_COUNT(c, n, target, h)             { .kind = OPT_KIND_COUNT, .letter = (c), .name = (n), .count = (target), .help = (h) }
#define OPT_TEXT(c, n, target, a, h)           { .kind = OPT_KIND_TEXT, .letter = (c), .name = (n), .text = (target), .arg = (a), .help = (h) }
#define OPT_WORD(c, n, target, a, w, h)        { .kind = OPT_KIND_TEXT, .letter = (c), .name = (n), .text = (target), .arg = (a), .words = (w), .help = (h) }
#define OPT_NUMBER(c, n, target, a, h)         { .kind = OPT_KIND_NUMBER, .letter = (c), .name = (n), .number = (target), .arg = (a), .help = (h) }
#define OPT_LIST(c, n, target, a, h)           { .kind = OPT_KIND_LIST, .letter = (c), .name = (n), .list = (target), .arg = (a), .help = (h) }
#define OPT_TEXT_OF(v, c, n, target, a, h)     { .kind = OPT_KIND_TEXT, .letter = (c), .name = (n), .text = (target), .arg = (a), .help = (h), .verbs = (v) }
#define OPT_WORD_OF(v, c, n, target, a, w, h)  { .kind = OPT_KIND_TEXT, .letter = (c), .name = (n), .text = (target), .arg = (a), .words = (w), .help = (h), .verbs = (v) }
#define OPT_NUMBER_OF(v, c, n, target, a, h)   { .kind = OPT_KIND_NUMBER, .letter = (c), .name = (n), .number = (target), .arg = (a), .help = (h), .verbs = (v) }
#define OPT_FLAG_OF(v, c, n, target, h)        { .kind = OPT_KIND_FLAG, .letter = (c), .name = (n), .flag = (target), .help = (h), .verbs = (v) }
#define OPT_END                                { .kind = OPT_KIND_END }
/* clang-format on */

/* What must be there before run(). */
enum need {
	NEED_READ = 1,	/* the store, for reading */
	NEED_WRITE = 2, /* the store, for writing */
	NEED_OWNER = 4, /* unscoped: works on the store itself, whatever --org says */
	NEED_ANY = 8,	/* unscoped and of any schema version */
	NEED_ALL_ORGS = 16, /* may write with --org '*' */
};

struct verb {
	const char *name;     /* one word, or two ("key add"); NULL ends the table */
	const char *operands; /* as help and completion show them: "NAME [FIELD=VALUE...]" */
	const char *help;
	int (*run)(struct ctx *c, int argc, char **argv, struct err *e);
	unsigned needs;
	int least, most; /* number of operands; most < 0: no limit */
};

struct example {
	const char *command, *help;
};

/* A record type that the program prints or reads, for --describe and sit-records(5). */
struct record {
	const char *name, *help;
	const struct field *field;
	const size_t *n;
};

/* A program. Every cmd/ file defines exactly one: const struct prog prog. */
struct prog {
	const char *name, *family, *brief;
	const char *operands; /* of a program without verbs */
	const struct opt *opts;
	const struct verb *verbs;     /* NULL: a stream, run() */
	const struct entity *entity;  /* its fields are terms of the verbs */
	const struct entity *const *nouns; /* or several: of verbs of two words the first says which; NULL ends */
	const struct record *records; /* name NULL ends */
	const struct example *examples; /* command NULL ends; at least three */
	unsigned needs;			/* of a program without verbs */
	int least, most;		/* operands of a program without verbs */
	int (*run)(struct ctx *c, int argc, char **argv, struct err *e);
	const char *alone; /* the verb that no operands at all stand for; NULL: none */
	/* Asked first when argv[1] is no option (sit itself); returns 1 to go on as usual. */
	int (*other)(int argc, char **argv, struct err *e);
};
extern const struct prog prog __attribute__((visibility("default")));

/* Values of the options every program has, and of the shared groups. */
struct common {
	const char *db, *org, *format, *columns, *sort, *output, *tz, *color;
	bool no_header, no_progress, no_input, quiet, help, version, describe;
	int verbose;
	/* writing_opts */
	bool dry_run, yes;
	const char *message;
	/* range_opts */
	const char *from, *to, *during, *last;
	/* select_opts */
	const char *device, *site, *gateway, *group, *select;
	/* target_opts, too */
	bool nul;
	int64_t max_targets; /* 0: not given */
};

/* Shared groups, for OPT_USE. */
extern const struct opt common_opts[];	/* added to every program by itself */
extern const struct opt writing_opts[]; /* -n -y -m */
extern const struct opt range_opts[];	/* -S -U --during --last */
extern const struct opt select_opts[];	/* -d -s -g --gateway --select -0 */
extern const struct opt target_opts[];	/* --select --max-targets -0 */
/* Where the shared groups put their values. */
struct common *common(void);

/* Operands made longer. */
struct terms {
	char **v;
	int n;
	struct arena text;
};
/* Free them. */
void terms_done(struct terms *t);

/* What run() gets. */
struct ctx {
	const struct prog *prog;
	const struct verb *verb;
	const struct common *opt;
	struct settings settings;
	struct db *db;		  /* with NEED_READ or NEED_WRITE */
	int argc;		  /* the operands, for the trail of reads */
	char **argv;
	bool told;		  /* it has been told of this one */
	const struct zone *zone;  /* of --tz, SIT_TZ, tz =; NULL: UTC */
	bool zone_given;
	int64_t now;
	bool guard;    /* ctx_out() guards texts from spreadsheets (rec/out.h) */
	bool terminal; /* standard output is one */
	bool err_terminal; /* standard error is one */
};

/* The noun that the verb (NULL: none) is about: one of nouns that its first word names, else entity, which may be NULL. */
const struct entity *prog_noun(const struct prog *p, const struct verb *v);
/* Options of one call parsed into the targets; *argc and *argv become the operands. E_USAGE with the nearest name. */
int opt_parse(const struct prog *p, int *argc, char ***argv, const struct verb **verb, struct err *e);
/* The program's verbs that the option serves, blanks between, "key_add" for "key add"; nothing when it serves the whole program. */
int opt_verbs(const struct prog *p, const struct opt *o, struct sb *sb);
/* Call fn for every option that serves the program, groups resolved; head is the title in force, shared whether it is in common_opts. */
void opt_each(const struct prog *p, void (*fn)(const struct opt *o, const char *head, bool shared, void *arg), void *arg);
/* The value of an option that is one character, or "tab" (\\t): E_USAGE. */
int opt_char(const char *text, const char *option, char *out, struct err *e);
/* Text of --help and the object of --describe. */
int help_print(const struct prog *p, struct sb *sb);
int describe_print(const struct prog *p, struct sb *sb);

/* What is asked, as a JSON object: operands, selection, range. -1 without memory. */
int ctx_selection(const struct ctx *c, struct sb *sb);
/* Open the store as needs say, anew when it was open: for a verb whose options decide. */
int ctx_open(struct ctx *c, unsigned needs, struct err *e);
/* With --org '*': a connection of one organisation beside it, the caller's to close (task_open_one()). */
int ctx_open_one(struct ctx *c, unsigned needs, struct str org, struct db **out, struct err *e);
/* An emitter on what --format, --output, --columns … ask for. */
int ctx_out(struct ctx *c, const struct field *fields, size_t n, struct out **out, struct err *e);
/* Standard output may have colours; what is printed is for people. */
bool ctx_color(const struct ctx *c);
bool ctx_table(const struct ctx *c);
/* [from, to) of the range options; false in *given when none was given (then all of time). */
int ctx_range(struct ctx *c, struct range *r, bool *given, struct err *e);
/* The same with times without offset read in this zone: the site's, when neither --tz nor a setting names one. arg is the struct ctx. */
int ctx_range_in(void *arg, const struct zone *zone, struct range *r, struct err *e);
/*
 * The operands of a program that reads devices, with what -d -s -g --gateway stand for behind them and lists ("-", @FILE) read into names;
 * the caller's to free with terms_done(). --select stays apart.
 */
int ctx_terms(struct ctx *c, int argc, char **argv, struct terms *out, struct err *e);
/*
 * The question DEVICE|FILTER... DATAPOINT with selection and range into q and terms (terms_done()); without a range the last 24 h, unless
 * all. E_USAGE without devices.
 */
int ctx_asked(struct ctx *c, int argc, char **argv, bool all, struct query *q, struct terms *terms, struct err *e);
/* Behind the output of points: E_PARTIAL when some of them could not be read, which is said. */
int ctx_left_out(struct ctx *c, struct err *e);
/* Ask on the terminal unless --yes; without a terminal: E_USAGE that names --yes. 0 when yes, 1 when no. */
int ctx_confirm(struct ctx *c, const char *question, struct err *e);
/* A secret from where the option says (os/secret.h), or, without one, asked for on the terminal; append it. The caller wipes it. */
int ctx_secret(const struct ctx *c, const char *from, const char *prompt, struct sb *sb, struct err *e);
/*
 * A secret that was made, to --output (mode 0600) or, with show, to the terminal; never into a pipe by accident. Call it before the secret counts: one that
 * nobody has is worse than one that opens nothing. over: it may take the place of a file, of the secret that it replaces; else E_CONFLICT.
 */
int ctx_hand_out(const struct ctx *c, const struct sb *secret, bool show, bool over, struct err *e);
/* What is followed may have grown: wait a moment before looking again. E_SIGNAL when the process shall end. */
int ctx_wait(struct err *e);
/* A progress bar on stderr is wanted; show how far it is (size 0: not known), take it away. ctx_progress is a callback without use of arg. */
bool ctx_bar(const struct ctx *c);
void ctx_progress(void *arg, uint64_t done, uint64_t size);
void ctx_bar_end(const struct ctx *c);
/* What a program that only reads has exported: noun and name say of what, operands and options which. */
struct exporting {
	const char *noun, *name;
	int argc;
	char **argv;
	int64_t records;
};
/*
 * A row in the trail says so. Where the store can be read and not written (a copy, a read-only file system, a replica) there is none, and a line on stderr
 * says that.
 */
int ctx_exported(struct ctx *c, const struct exporting *x, struct err *e);
/* One line on stderr in the program's name, unless --quiet. */
void ctx_note(const struct ctx *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* One error line for one of many records; the work goes on. */
void ctx_complain(const struct ctx *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
