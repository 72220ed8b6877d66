/* SPDX-License-Identifier: MIT */
/* Verbs of sit-rule besides those of kept things and of texts: rules at work on points. */
#ifndef SIT_CLI_RULE_H
#define SIT_CLI_RULE_H

#include "cli/cli.h"

extern const struct opt rule_opts[];

/* Points in, changes out. */
int rule_eval(struct ctx *c, int argc, char **argv, struct err *e);
/* A rule beside what it would be with other words. */
int rule_test(struct ctx *c, int argc, char **argv, struct err *e);

#endif
