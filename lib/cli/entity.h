/* SPDX-License-Identifier: MIT */
/* The verbs of a kept thing, out of its descriptor: a program names the descriptor and has add list show set rm. */
#ifndef SIT_CLI_ENTITY_H
#define SIT_CLI_ENTITY_H

#include "cli/cli.h"
#include "task/entity.h"

extern const struct opt entity_opts[];
extern const struct verb entity_verbs[];

/* The verbs one by one, for programs that have more of them. */
int entity_add(struct ctx *c, int argc, char **argv, struct err *e);
int entity_list(struct ctx *c, int argc, char **argv, struct err *e);
int entity_show(struct ctx *c, int argc, char **argv, struct err *e);
int entity_set(struct ctx *c, int argc, char **argv, struct err *e);
int entity_rm(struct ctx *c, int argc, char **argv, struct err *e);

/* clang-format off */
#define ENTITY_VERBS(more) \
	{ "add", "NAME [FIELD=VALUE...]", "add one, or with --file many", entity_add, NEED_WRITE | (more), 0, -1 }, \
	{ "list", "[FILTER...]", "print those that fit all filters (sit-selectors(7))", entity_list, NEED_READ, 0, -1 }, \
	{ "show", "[NAME...]", "print everything about them", entity_show, NEED_READ, 0, -1 }, \
	{ "set", "[NAME...] FIELD=VALUE...", "change fields (FIELD= clears)", entity_set, NEED_WRITE | (more), 1, -1 }, \
	{ "rm", "[NAME...]", "remove: retires what has points, deletes the rest", entity_rm, NEED_WRITE | (more), 0, -1 }
/* The same for one of several nouns of a program (struct prog, nouns). */
#define ENTITY_VERBS_OF(noun, more) \
	{ noun " add", "NAME [FIELD=VALUE...]", "add one, or with --file many", entity_add, NEED_WRITE | (more), 0, -1 }, \
	{ noun " list", "[FILTER...]", "print those that fit all filters (sit-selectors(7))", entity_list, NEED_READ, 0, -1 }, \
	{ noun " show", "[NAME...]", "print everything about them", entity_show, NEED_READ, 0, -1 }, \
	{ noun " set", "[NAME...] FIELD=VALUE...", "change fields (FIELD= clears)", entity_set, NEED_WRITE | (more), 1, -1 }, \
	{ noun " rm", "[NAME...]", "remove: retires what has been sent through, deletes the rest", entity_rm, NEED_WRITE | (more), 0, -1 }
/* clang-format on */

/* The work of this call: the program's noun, its options; work_end() frees it. */
int entity_begin(struct ctx *c, struct work *w, struct err *e);
/*
 * What the operands (names, "-", "@FILE") and --select mean. bulk: they may be many: then each gets a line of what was done with it
 * (entity_note() prints), and one that is refused does not stop the others. E_USAGE without any, or with more than most (0: any number,
 * unless --max-targets says).
 */
int entity_targets(struct ctx *c, struct work *w, int argc, char **argv, int64_t most, struct targets *t, struct err *e);
/* What was done with one of them: the work_note of these verbs, arg is the struct ctx. */
void entity_note(void *arg, const char *place, struct str name, enum did did, const struct err *e);

#endif
