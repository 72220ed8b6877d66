/* SPDX-License-Identifier: MIT */
/* The verbs of sit-user about keys. */
#ifndef SIT_CLI_USER_H
#define SIT_CLI_USER_H

#include "cli/entity.h"
#include "task/user.h"

/* Options of key add and key rotate. */
extern const struct opt user_key_opts[];

/* The work of this call on the user of that name (NULL: on none); work_end() frees it. */
int user_begin(struct ctx *c, struct work *w, const char *name, struct target *who, struct err *e);
/* "key add NAME": make a key and hand it out. */
int user_key_add(struct ctx *c, int argc, char **argv, struct err *e);
/* "key rotate KEY": another in its place. */
int user_key_rotate(struct ctx *c, int argc, char **argv, struct err *e);
/* "key revoke KEY...": taken no more. */
int user_key_revoke(struct ctx *c, int argc, char **argv, struct err *e);

#endif
