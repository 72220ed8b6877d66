/* SPDX-License-Identifier: MIT */
/* sit-alarm run: what time alone decides, once or as a service. */
#ifndef SIT_CLI_ALARM_RUN_H
#define SIT_CLI_ALARM_RUN_H

#include "cli/cli.h"

extern const struct opt alarm_run_opts[];

/* Verb run. */
int alarm_v_run(struct ctx *c, int argc, char **argv, struct err *e);

#endif
