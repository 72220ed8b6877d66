/* SPDX-License-Identifier: MIT */
/* Work with --org '*' that is done in each organisation by itself. */
#ifndef SIT_CLI_EVERY_ORG_H
#define SIT_CLI_EVERY_ORG_H

#include "cli/cli.h"

/* Which, and what is done; c->db is a connection of that organisation alone meanwhile. */
struct every_org {
	int (*names)(struct db *all, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);
	int (*one)(struct ctx *c, void *arg, struct err *e);
	void *arg;
	struct sb said; /* SB_INIT before the first round, sb_done() after the last: what failed in the round before is not told again */
};
/*
 * One round, on the unscoped connection c->db. An organisation that fails is told of and stops no other: E_PARTIAL then, or what it was when all failed. E_SIGNAL
 * stops at once.
 */
int every_org(struct ctx *c, struct every_org *x, struct err *e);

#endif
