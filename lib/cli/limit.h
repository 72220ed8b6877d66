/* SPDX-License-Identifier: MIT */
/* What sit-limit and sit-org say of quotas. */
#ifndef SIT_CLI_LIMIT_H
#define SIT_CLI_LIMIT_H

#include "cli/cli.h"
#include "task/limit.h"

/* The work of this call; work_end() frees it. */
int limit_begin(struct ctx *c, struct work *w, struct err *e);
/* "usage [ORG]": what the organisation has used of its quotas. */
int limit_usage(struct ctx *c, int argc, char **argv, struct err *e);

#endif
