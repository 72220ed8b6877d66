/* SPDX-License-Identifier: MIT */
/* What a verb came upon that is wrong with the system itself, as an event of the store. */
#ifndef SIT_CLI_TROUBLE_H
#define SIT_CLI_TROUBLE_H

#include "cli/cli.h"

/*
 * How a verb that looks after the system ended (why->code E_NONE: well): an event when that is news. What was asked wrongly, or stopped, is none. A store that cannot be
 * written is not told; with -v a line says so. Returns rc, for the verb to end with.
 */
int ctx_trouble(struct ctx *c, const char *about, int rc, const struct err *why);

#endif
