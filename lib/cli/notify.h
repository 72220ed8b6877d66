/* SPDX-License-Identifier: MIT */
/* Verbs of sit-notify besides those of kept things. */
#ifndef SIT_CLI_NOTIFY_H
#define SIT_CLI_NOTIFY_H

#include "cli/cli.h"

extern const struct opt notify_opts[];

int notify_v_send(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_test(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_secret(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_run(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_history(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_status(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_retry(struct ctx *c, int argc, char **argv, struct err *e);
int notify_v_release(struct ctx *c, int argc, char **argv, struct err *e);

#endif
