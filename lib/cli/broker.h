/* SPDX-License-Identifier: MIT */
/* The verbs of sit-broker that do something. */
#ifndef SIT_CLI_BROKER_H
#define SIT_CLI_BROKER_H

#include "broker/broker.h"
#include "cli/cli.h"

extern const struct opt broker_opts[];

/* The folder of this call, appended. */
int broker_begin(struct ctx *c, struct sb *dir, struct err *e);
/* "init": make the folder. */
int broker_v_init(struct ctx *c, int argc, char **argv, struct err *e);
/* "sync": files, reload, proof. */
int broker_v_sync(struct ctx *c, int argc, char **argv, struct err *e);
/* "run": mosquitto as a child, synced whenever the store has changed, until a signal comes. */
int broker_v_run(struct ctx *c, int argc, char **argv, struct err *e);
/* "rotate SERVICE": another password. */
int broker_v_rotate(struct ctx *c, int argc, char **argv, struct err *e);

#endif
