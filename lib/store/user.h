/* SPDX-License-Identifier: MIT */
/* What users have besides their row: a password, grants on sites, keys of programs. */
#ifndef SIT_STORE_USER_H
#define SIT_STORE_USER_H

#include "db/db.h"
#include "model/entity.h"

#define KEY_HASH 32 /* bytes of SHA-256 of a key */
#define KEY_NEVER 0 /* no instant */

/* A key as it is kept. Texts are valid until the next step. */
struct user_key {
	int64_t id, org, user;
	int64_t created, expires, revoked, used; /* KEY_NEVER */
	struct str prefix, rights, note;	 /* rights: words; empty: all of the role */
	struct str hash;
	/* of its user */
	struct str user_name, org_name, role;
	bool enabled, retired;
};

/* Before db_write(), and before reading. */
int user_ready(struct db *db, struct err *e);
/* The hash of the password, "" when there is none; appended to sb. */
int user_password(struct db *db, int64_t user, struct sb *sb, struct err *e);
/* Inside db_write(): keep the hash; NULL: no password any more. */
int user_password_set(struct db *db, int64_t user, const char *hash, struct err *e);
/* The user's role, appended to sb, and whether they are enabled. */
int user_role(struct db *db, int64_t user, struct sb *role, bool *enabled, struct err *e);

/* The rights on the site of that name as words, appended; nothing when there is no grant. */
int grant_find(struct db *db, int64_t user, int64_t site, struct sb *rights, struct err *e);
/* Inside db_write(): keep, or with rights NULL remove; *done: there was one to remove. */
int grant_set(struct db *db, int64_t user, int64_t site, const char *rights, bool *done, struct err *e);
/* User, site, rights of all grants (of one user; 0: all), by name; the caller frees the statement. */
int grant_list(struct db *db, int64_t user, struct stmt **out, struct err *e);

/* Before and inside db_write(): the user goes on as `label`, without anything about the person; keys and values of custom fields go. */
int user_erase_ready(struct db *db, struct err *e);
int user_erase(struct db *db, int64_t user, const char *label, struct err *e);

/* A site or user goes, and what was granted with it; a device, and its credentials. Before and inside db_write(); nothing for other nouns. */
int access_drop_ready(struct db *db, const struct entity *ent, struct err *e);
int access_drop(struct db *db, const struct entity *ent, int64_t id, struct err *e);
/* Site ids and rights of one user's grants; the caller frees the statement. */
int grant_ids(struct db *db, int64_t user, struct stmt **out, struct err *e);

/* Inside db_write(): keep a new key; prefix, hash, user, created, expires, rights and note say what. */
int key_add(struct db *db, const struct user_key *k, struct err *e);
/* The key of that prefix, on a connection of whatever scope: 1, 0, -1. Free the statement when done with the texts. */
int key_find(struct db *db, struct str prefix, struct stmt **st, struct user_key *k, struct err *e);
/* All keys (of one user; 0: all); step with key_next(), free with stmt_free(). */
int key_list(struct db *db, int64_t user, struct stmt **out, struct err *e);
/* 1, 0, -1. */
int key_next(struct stmt *st, struct user_key *k, struct err *e);
/* Inside db_write(): from `at` on the key is taken no more; revoked now, or it expires then. */
int key_end(struct db *db, int64_t id, int64_t at, bool revoked, struct err *e);
/* Inside db_write(): it was used. */
int key_used(struct db *db, int64_t id, int64_t at, struct err *e);

#endif
