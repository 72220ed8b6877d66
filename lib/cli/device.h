/* SPDX-License-Identifier: MIT */
/* Verbs that devices and their second door, gateways, share. */
#ifndef SIT_CLI_DEVICE_H
#define SIT_CLI_DEVICE_H

#include "cli/entity.h"
#include "task/devices.h"

/* --late, and the options of entities. */
extern const struct opt device_opts[];

/* The devices of the program's noun that operands and --select mean; terms to be freed with terms_done(). */
int device_which(struct ctx *c, int argc, char **argv, struct terms *terms, struct which *w, struct err *e);
/* E_ANSWER when one is late. */
int device_status(struct ctx *c, int argc, char **argv, struct err *e);
/* What happened to one. */
int device_history(struct ctx *c, int argc, char **argv, struct err *e);

/* clang-format off */
#define DEVICE_STATUS \
	{ "history", "NAME", "what was done with it, and since when it is on or offline", device_history, NEED_READ, 1, 1 }, \
	{ "status", "[NAME|FILTER...]", "which are heard of; exit 1 when one is late", device_status, NEED_READ, 0, -1 }
/* clang-format on */

#endif
