/* SPDX-License-Identifier: MIT */
/* The verbs of devices and gateways about what they log in to the broker with. */
#ifndef SIT_CLI_CREDENTIAL_H
#define SIT_CLI_CREDENTIAL_H

#include "cli/entity.h"
#include "task/credential.h"

/* Their options. */
extern const struct opt credential_opts[];

/* "credential add NAME", "credential list [NAME]", "credential rotate LOGIN", "credential revoke LOGIN...". */
int credential_v_add(struct ctx *c, int argc, char **argv, struct err *e);
int credential_v_list(struct ctx *c, int argc, char **argv, struct err *e);
int credential_v_rotate(struct ctx *c, int argc, char **argv, struct err *e);
int credential_v_revoke(struct ctx *c, int argc, char **argv, struct err *e);
/* An instant out of "90d" (so long from now) or a time; NULL: 0, for never. `what` is the option. E_USAGE when it is past. */
int credential_expiry(const struct ctx *c, const char *text, const char *what, int64_t *at, struct err *e);

/* clang-format off */
#define CREDENTIAL_VERBS \
	{ "credential add", "NAME", "make a login to the broker", credential_v_add, NEED_WRITE, 1, 1 }, \
	{ "credential list", "[NAME]", "print the logins, not their passwords", credential_v_list, NEED_READ, 0, 1 }, \
	{ "credential rotate", "LOGIN", "make a new login in place of one", credential_v_rotate, NEED_WRITE, 1, 1 }, \
	{ "credential revoke", "LOGIN...", "take a login no more", credential_v_revoke, NEED_WRITE, 1, -1 }
/* clang-format on */

#endif
