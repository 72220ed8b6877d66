/* SPDX-License-Identifier: MIT */
/* Options of programs that talk to a broker. */
#ifndef SIT_CLI_BROKER_H
#define SIT_CLI_BROKER_H

#include "cli/cli.h"
#include "task/broker.h"

extern const struct opt broker_opts[]; /* for OPT_USE: --user --password --cafile --cert --key --client-id --profile */
/* What they said; the profile checked. */
int broker_read(struct broker *out, struct err *e);

#endif
