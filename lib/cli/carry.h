/* SPDX-License-Identifier: MIT */
/* The verbs export, import, erase of organisations and users. */
#ifndef SIT_CLI_CARRY_H
#define SIT_CLI_CARRY_H

#include "cli/cli.h"

extern const struct opt carry_opts[];
int carry_v_org_export(struct ctx *c, int argc, char **argv, struct err *e);
int carry_v_org_import(struct ctx *c, int argc, char **argv, struct err *e);
int carry_v_org_erase(struct ctx *c, int argc, char **argv, struct err *e);
int carry_v_user_export(struct ctx *c, int argc, char **argv, struct err *e);
int carry_v_user_erase(struct ctx *c, int argc, char **argv, struct err *e);

#endif
