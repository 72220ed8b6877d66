/* SPDX-License-Identifier: MIT */
/* Other people's programs, run without a shell. */
#ifndef SIT_OS_PROCESS_H
#define SIT_OS_PROCESS_H

#include <sys/types.h>

#include "base/base.h"
#include "base/err.h"

struct process {
	const char *const *argv; /* ends with NULL; argv[0] is looked for in PATH */
	const char *const *more; /* "NAME=VALUE" beside the environment of this process, ends with NULL; NULL: nothing */
	const char *name;	 /* argv[0] from process_start() on: argv and more need not live longer */
	int in, out;		 /* descriptors, which stay the caller's; -1: /dev/null */
	bool loud;		 /* what it prints on standard error is printed on ours, at once */
	pid_t pid;		 /* while it runs; 0 before and after */
	int said;		 /* what it prints on standard error */
};

/* Start it: E_CONFLICT when there is no such program. */
int process_start(struct process *p, struct err *e);
/* Wait for its end: E_IO with the last line it said when that was not exit 0. A signal that asks us to stop stops it too. */
int process_end(struct process *p, struct err *e);
/* It has ended by itself, and process_end() will not wait. */
bool process_gone(const struct process *p);
/* Stop it where it is, whatever comes of it; fine when it does not run. */
void process_kill(struct process *p);
/* Both ends of a pipe, which children get only when told so. */
int process_pipe(int fd[2], struct err *e);

#endif
