/* SPDX-License-Identifier: MIT */
/* The verbs export, import, erase of organisations and users. */
#ifndef SIT_CLI_CARRY_H
#define SIT_CLI_CARRY_H

#include "cli/cli.h"

/* --after. */
extern const struct opt carry_opts[];
/* The organisation, out. */
int carry_v_org_export(struct ctx *c, int argc, char **argv, struct err *e);
/* In. */
int carry_v_org_import(struct ctx *c, int argc, char **argv, struct err *e);
/* Gone, once it is out. */
int carry_v_org_erase(struct ctx *c, int argc, char **argv, struct err *e);
/* The user, out. */
int carry_v_user_export(struct ctx *c, int argc, char **argv, struct err *e);
/* Without name, once they are out. */
int carry_v_user_erase(struct ctx *c, int argc, char **argv, struct err *e);

#endif
