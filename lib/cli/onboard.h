/* SPDX-License-Identifier: MIT */
/* The verbs of sit-onboard. */
#ifndef SIT_CLI_ONBOARD_H
#define SIT_CLI_ONBOARD_H

#include "broker/onboard.h"
#include "cli/entity.h"

extern const struct opt onboard_opts[];

/* "add [NAME FIELD=VALUE...]": one, or what a file or standard input lists. */
int onboard_v_add(struct ctx *c, int argc, char **argv, struct err *e);
/* "register KEY [FIELD=VALUE...]", "list", "rm KEY...", "claim KEY [FIELD=VALUE...]". */
int onboard_v_register(struct ctx *c, int argc, char **argv, struct err *e);
int onboard_v_list(struct ctx *c, int argc, char **argv, struct err *e);
int onboard_v_rm(struct ctx *c, int argc, char **argv, struct err *e);
int onboard_v_claim(struct ctx *c, int argc, char **argv, struct err *e);

#endif
