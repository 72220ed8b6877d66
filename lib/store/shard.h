/* SPDX-License-Identifier: MIT */
/* Which slots of the points lie on which server: for a store in Postgres, by its owner. */
#ifndef SIT_STORE_SHARD_H
#define SIT_STORE_SHARD_H

#include "db/db.h"

#define SHARD_SLOTS 8
#define SHARD_NAME_MAX 32
#define SHARD_TOKEN "shards" /* a setting: which store a shard is of */

/* One shard. The strings live in the sb's. */
struct shard {
	struct sb name, url, server;
	int64_t slots, created;
};
#define SHARD_INIT { SB_INIT(256), SB_INIT(1 << 16), SB_INIT(256), 0, 0 }
void shard_done(struct shard *s);

/* The shard of that name: 1, 0 none, -1. */
int shard_find(struct db *db, struct str name, struct shard *s, struct err *e);
/* The next one by name behind s->name (empty: the first): 1, 0, -1. */
int shard_next(struct db *db, struct shard *s, struct err *e);
/* Where slot lies: the server's name, empty for here. */
int shard_where(struct db *db, int slot, struct sb *server, struct err *e);

/* Inside db_write(): tables in slots, unless they are so already; programs older than this one write no more. */
int shard_split(struct db *db, struct err *e);
/* Inside db_write(), after db_server_put(): the shard is one. */
int shard_put(struct db *db, struct str name, const char *url, const char *server, int64_t now, struct err *e);
/* Inside db_write(), when no slot is there any more. */
int shard_drop(struct db *db, const struct shard *s, struct err *e);
/* Inside db_write(): slot goes to a server (NULL: comes here), compared row by row; *rows of runs and chunks. What is left where it was is removed afterwards. */
int shard_move(struct db *db, int slot, const char *server, int64_t *rows, struct err *e);
/* Inside db_write(): a copy that came out of a store on several servers, and is not on them. */
int shard_forget(struct db *db, struct err *e);
/* What is wrong: bad(line, arg) each. Inside db_read_begin(). */
int shard_findings(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);

/* What a shard is made of, for db_elsewhere(): itself, with the store's token; a slot; without it; nothing of it. */
int shard_text_home(struct sb *sb, const char *token);
int shard_text_slot(struct sb *sb, int slot, bool make);
extern const char shard_text_drop[];

#endif
