/* SPDX-License-Identifier: MIT */
/*
 * A store as one thing: a copy of its file, a dump of its database, another one put in its place. A file is copied by SQLite's online
 * backup; a database is dumped and loaded by the tools that come with Postgres (pg_dump, pg_restore, psql), which get the URL without its
 * password, and that in their environment.
 */
#ifndef SIT_DB_WHOLE_H
#define SIT_DB_WHOLE_H

#include "db/db.h"
#include "os/process.h"

/*
 * Copy the store's file into a new one at path (E_CONFLICT when it is there) as it was at one moment during the call, with all that was
 * committed before it. Writers are not kept from their work; progress gets pages. E_BUG where the store is no file.
 */
int db_file_copy(struct db *db, const char *path, void (*progress)(void *arg, uint64_t done, uint64_t size), void *arg, struct err *e);
/*
 * Put the file `fresh`, a store at rest, in the place of the one at path, which is called `kept` from then on (E_CONFLICT when that is
 * there): under the writers' lock, and at no moment is there none. E_IO when a program has the old one open. Without a store at path (which
 * kept NULL demands: E_CONFLICT) it only takes the place.
 */
int db_file_swap(const char *path, const char *fresh, const char *kept, struct err *e);
/* Remove a store that is a file, and what lies beside it. */
void db_file_remove(const char *path);

/* Inside db_read_begin(): what db_dump_start() needs to see exactly that snapshot, and who owns the tables. */
int db_dump_snapshot(struct db *db, struct sb *name, struct sb *owner, struct err *e);
/* Start pg_dump of the store's schema in the format "custom", unpacked; *fd is the caller's to read from and close. */
int db_dump_start(const char *url, const char *snapshot, const char *owner, struct process *p, int *fd, struct err *e);
/* pg_restore can read the dump's list of contents. */
int db_dump_list(const char *file, struct err *e);
/*
 * Load a dump into a database, all of it or nothing, in one transaction that keeps the writers' turn; the schema that is there is called
 * `kept` from then on (NULL: there must be none). Then db_adopt().
 */
int db_dump_load(const char *url, const char *file, const char *kept, struct err *e);
/* The store came out of a dump of another database: give it the role and the policies of this one. Not inside a transaction. */
int db_adopt(struct db *db, struct err *e);
/* Make an empty database on the server of url, E_IO when that may not be; *scratch gets its URL. */
int db_scratch_make(const char *url, const char *name, struct sb *scratch, struct err *e);
/* And remove it again, with the role that db_adopt() made for it. */
void db_scratch_drop(const char *url, const char *name);

#endif
