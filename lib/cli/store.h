/* SPDX-License-Identifier: MIT */
/* Verbs of sit-db about what only stores in Postgres have. */
#ifndef SIT_CLI_STORE_H
#define SIT_CLI_STORE_H

#include "cli/cli.h"

/* --select and --datapoint of the mirror. */
extern const struct opt store_opts[];

/* Points as rows too. */
int store_mirror_on(struct ctx *c, int argc, char **argv, struct err *e);
int store_mirror_off(struct ctx *c, int argc, char **argv, struct err *e);
int store_mirror_rebuild(struct ctx *c, int argc, char **argv, struct err *e);
int store_mirror_status(struct ctx *c, int argc, char **argv, struct err *e);
/* Points on several servers. */
int store_shard_add(struct ctx *c, int argc, char **argv, struct err *e);
int store_shard_list(struct ctx *c, int argc, char **argv, struct err *e);
int store_shard_rm(struct ctx *c, int argc, char **argv, struct err *e);
int store_shard_check(struct ctx *c, int argc, char **argv, struct err *e);

/* clang-format off */
#define STORE_VERBS \
	{ "mirror on", "[DEVICE|FILTER...]", "keep points of these series as rows of bi.point too (Postgres), and copy those that are there", store_mirror_on, NEED_WRITE, 0, -1 }, \
	{ "mirror off", "[DEVICE|FILTER...]", "keep them so no more; their rows go", store_mirror_off, NEED_WRITE, 0, -1 }, \
	{ "mirror rebuild", "[DEVICE|FILTER...]", "make the rows of what is mirrored anew", store_mirror_rebuild, NEED_WRITE, 0, -1 }, \
	{ "mirror status", "", "which series are mirrored, with how many rows", store_mirror_status, NEED_READ, 0, 0 }, \
	{ "shard add", "NAME URL", "put a share of the points on another server (Postgres); again after a stop it goes on", store_shard_add, NEED_WRITE | NEED_OWNER, 2, 2 }, \
	{ "shard list", "", "which servers have a share of the points", store_shard_list, NEED_READ | NEED_OWNER, 0, 0 }, \
	{ "shard rm", "NAME", "bring home what is on a shard; again after a stop it goes on", store_shard_rm, NEED_WRITE | NEED_OWNER, 1, 1 }, \
	{ "shard check", "", "look whether shards are there and agree with the store; exit 1 when not", store_shard_check, NEED_READ | NEED_OWNER, 0, 0 }
/* clang-format on */

#endif
