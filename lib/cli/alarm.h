/* SPDX-License-Identifier: MIT */
/* The verbs of sit-alarm. */
#ifndef SIT_CLI_ALARM_H
#define SIT_CLI_ALARM_H

#include "cli/cli.h"

extern const struct opt alarm_opts[];

/* Verb list. */
int alarm_list(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb check: E_ANSWER when there are some. */
int alarm_check(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb show. */
int alarm_show(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb history. */
int alarm_history(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb stats. */
int alarm_sums(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb ack. */
int alarm_ack(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb clear. */
int alarm_clear(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb shelve. */
int alarm_shelve(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb unshelve. */
int alarm_unshelve(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb assign. */
int alarm_assign_to(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb comment. */
int alarm_comment(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb silence add. */
int alarm_silence_add(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb silence list. */
int alarm_silence_list(struct ctx *c, int argc, char **argv, struct err *e);
/* Verb silence rm. */
int alarm_silence_rm(struct ctx *c, int argc, char **argv, struct err *e);

/* Verb explain. */
int alarm_explains(struct ctx *c, int argc, char **argv, struct err *e);

#endif
