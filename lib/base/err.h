/* SPDX-License-Identifier: MIT */
/*
 * Errors are values: a function that can fail takes `struct err *e` last (never NULL), fills it and
 * returns -1. Nothing in the library prints or exits; lib/cli turns the value into one line and an
 * exit code.
 */
#ifndef SIT_BASE_ERR_H
#define SIT_BASE_ERR_H

#include "base/base.h"

enum err_code {
	E_NONE = 0,
	E_ANSWER,   /* the answer is bad (exit 1), only for verbs that ask a question */
	E_USAGE,    /* the words of the call are wrong (2) */
	E_NOTFOUND, /* a named thing, a store or an input file is missing (3) */
	E_DENIED,   /* not allowed, over quota, EACCES (4) */
	E_IO,       /* store, peer or disk failed; try again (5) */
	E_PARTIAL,  /* some records were rejected or quarantined (6) */
	E_CONFLICT, /* conflict, invalid state, schema of another version (7) */
	E_INPUT,    /* a record is wrong; ends as 6 in bulk, as 2 in an operand */
	E_BUG,      /* cannot happen (70) */
	E_SIGNAL,   /* stopped by a signal (128 + its number) */
};

/* The message is one fixed buffer on purpose: the error path must not allocate. */
struct err {
	enum err_code code;
	int signal;	/* with E_SIGNAL */
	char msg[512]; /* one line, lower case, no full stop */
};

/* Fill e; always returns -1, so that the error line is the return line. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Put "text: " before the message that is there; keeps the code; returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Fill e from errno value `why` after a failed call on `what`: ENOENT → E_NOTFOUND, EACCES and EPERM → E_DENIED, EISDIR → E_USAGE, else E_IO. */
int err_errno(struct err *e, int why, const char *what);
/* Out of memory: E_IO; returns -1. */
int err_nomem(struct err *e);
/* Back to no error. */
void err_clear(struct err *e);
/* The fault is the store's, the peer's or ours, or a signal came: it ends the whole work, not only a record of it. */
bool err_is_fatal(const struct err *e);
/* The exit code of a program that ends with e: the only place that knows the numbers of sit(1). */
int err_exit(const struct err *e);

#endif
