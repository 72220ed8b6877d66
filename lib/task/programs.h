/* SPDX-License-Identifier: MIT */
/* The programs that are installed beside this one: found, described, run. */
#ifndef SIT_TASK_PROGRAMS_H
#define SIT_TASK_PROGRAMS_H

#include <jansson.h>

#include "base/err.h"
#include "base/name.h"
#include "base/sb.h"

/* "sit-X - brief" by family, from each program's --describe. */
int programs_list(struct sb *out, struct err *e);
/* What each says of itself (--describe), by name; fn returns -1 to stop. Those that say nothing are passed over. */
int programs_each(int (*fn)(const json_t *about, void *arg, struct err *e), void *arg, struct err *e);
/*
 * Become sit-WORD with the words behind it: beside this program, else on PATH. Returns only on failure: E_USAGE with a near name,
 * of a program or of what *near was offered before.
 */
int programs_exec(int argc, char **argv, struct near *near, struct err *e);

#endif
