/* SPDX-License-Identifier: MIT */
/* Lists of names: "-" is standard input, "@FILE" a file; one a line, or up to a NUL. */
#ifndef SIT_TASK_NAMES_H
#define SIT_TASK_NAMES_H

#include "base/base.h"
#include "base/err.h"

/* The operand stands for a list. */
bool names_is_list(const char *operand);
/* fn gets each name that is not empty, with its line (-1 stops); its errors get the place before them. */
int names_read(const char *operand, bool nul, int (*fn)(struct str name, size_t line, void *arg, struct err *e), void *arg,
	       struct err *e);

#endif
