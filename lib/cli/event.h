/* SPDX-License-Identifier: MIT */
/* The verbs of sit-event. */
#ifndef SIT_CLI_EVENT_H
#define SIT_CLI_EVENT_H

#include "cli/cli.h"
#include "task/event.h"
#include "watch/timeline.h"

extern const struct opt event_opts[];

/* Each is a verb. */
int event_add_verb(struct ctx *c, int argc, char **argv, struct err *e);
/* Likewise. */
int event_list_verb(struct ctx *c, int argc, char **argv, struct err *e);
/* Likewise. */
int event_show_verb(struct ctx *c, int argc, char **argv, struct err *e);
/* Likewise. */
int event_correlate_verb(struct ctx *c, int argc, char **argv, struct err *e);
/* Likewise. */
int event_timeline_verb(struct ctx *c, int argc, char **argv, struct err *e);

#endif
