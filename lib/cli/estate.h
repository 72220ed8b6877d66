/* SPDX-License-Identifier: MIT */
/* Text of an estate out, beside the store, and in: the verbs export, diff and apply. */
#ifndef SIT_CLI_ESTATE_H
#define SIT_CLI_ESTATE_H

#include "cli/cli.h"
#include "estate/estate.h"

/* Print the text, or write it to --output (a file, or a folder); only: things of that noun, named by the operands; NULL: everything. */
int estate_out(struct ctx *c, const struct entity *only, int argc, char **argv, struct err *e);
/* Print what differs between store and path; E_ANSWER when something does. only: as estate_read(). */
int estate_beside(struct ctx *c, const char *path, const struct entity *only, struct err *e);
/* Bring it into the store: counts removals first and asks, notes with -v or --dry-run what was done. how: what shall be removed. */
int estate_in(struct ctx *c, struct estate *s, struct estate_how *how, struct err *e);

#endif
