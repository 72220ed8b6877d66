/* SPDX-License-Identifier: MIT */
/* The verbs of a kept thing, out of its descriptor: a program names the descriptor and has add list show set rm. */
#ifndef SIT_CLI_ENTITY_H
#define SIT_CLI_ENTITY_H

#include "cli/cli.h"

extern const struct opt entity_opts[];
extern const struct verb entity_verbs[];
/* The same for organisations, which may be added under --org '*'. */
extern const struct verb org_verbs[];

#endif
