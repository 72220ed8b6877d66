/* SPDX-License-Identifier: MIT */
/* The verbs of sit-alarm. */
#ifndef SIT_CLI_ALARM_H
#define SIT_CLI_ALARM_H

#include "cli/cli.h"

extern const struct opt alarm_opts[];

int alarm_list(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_check(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_show(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_history(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_sums(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_ack(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_clear(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_shelve(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_unshelve(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_assign_to(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_comment(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_silence_add(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_silence_list(struct ctx *c, int argc, char **argv, struct err *e);
int alarm_silence_rm(struct ctx *c, int argc, char **argv, struct err *e);

#endif
