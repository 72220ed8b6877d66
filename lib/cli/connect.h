/* SPDX-License-Identifier: MIT */
/* Options of programs that talk to a broker. */
#ifndef SIT_CLI_CONNECT_H
#define SIT_CLI_CONNECT_H

#include "cli/cli.h"
#include "ingest/connect.h"

extern const struct opt connect_opts[]; /* for OPT_USE: --user --password --cafile --cert --key --client-id --profile */
/* What they said; the profile checked. */
int connect_read(struct connect *out, struct err *e);

#endif
