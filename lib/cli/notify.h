/* SPDX-License-Identifier: MIT */
/* Verbs of sit-notify besides those of kept things. */
#ifndef SIT_CLI_NOTIFY_H
#define SIT_CLI_NOTIFY_H

#include "cli/cli.h"

extern const struct opt notify_opts[];

/* "send TEXT...": say something now. */
int notify_v_send(struct ctx *c, int argc, char **argv, struct err *e);
/* "channel test NAME": once, and what the other side said. */
int notify_v_test(struct ctx *c, int argc, char **argv, struct err *e);
/* "channel secret NAME": set it, or take it away. */
int notify_v_secret(struct ctx *c, int argc, char **argv, struct err *e);
/* "run": what happened becomes notices, what is due goes out; with -F on and on. */
int notify_v_run(struct ctx *c, int argc, char **argv, struct err *e);
/* "history [FIELD=VALUE...]" */
int notify_v_history(struct ctx *c, int argc, char **argv, struct err *e);
/* "status ID...": all there is to know of them. */
int notify_v_status(struct ctx *c, int argc, char **argv, struct err *e);
/* "retry [ID...]": those that were given up. */
int notify_v_retry(struct ctx *c, int argc, char **argv, struct err *e);
/* "release [ID...]": those that are held. */
int notify_v_release(struct ctx *c, int argc, char **argv, struct err *e);

#endif
