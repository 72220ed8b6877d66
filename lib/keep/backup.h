/* SPDX-License-Identifier: MIT */
/* Backups: a folder each, a set, with one packed file and a MANIFEST. */
#ifndef SIT_KEEP_BACKUP_H
#define SIT_KEEP_BACKUP_H

#include "audit/settings.h"
#include "db/db.h"
#include "rec/out.h"

struct backup {
	void (*progress)(void *arg, uint64_t done, uint64_t size); /* NULL: none is wanted */
	void *arg;
	size_t chunk; /* bytes packed as one; 0: as usual */
	int64_t *rows; /* out: how many are in it, of all tables; NULL: nobody asks */
};

/*
 * A set of the store that url names and db has open, unscoped: in the folder `where` by a name of its own, or as `where`, which is not there yet. All that was
 * committed before is in it. Its path is appended.
 */
int backup_create(struct db *db, const char *url, const char *where, const struct backup *how, struct sb *path, struct err *e);

extern const struct field backup_fault_fields[], backup_set_fields[], backup_gap_fields[];
extern const size_t backup_fault_count, backup_set_count, backup_gap_count;

struct verifying {
	const char *set;
	const char *server;  /* URL of a store in Postgres, on whose server a dump may be tried; NULL: none */
	const char *untried; /* out: a text why a dump was not restored, only looked at; NULL: it was */
	char reason[512];
};
/* Look at every byte, restore it aside, count, check: one record per fault, then E_ANSWER. E_NOTFOUND when there is no such set. */
int backup_verify(struct verifying *v, struct out *out, struct err *e);

struct restoring {
	const char *set, *to;	   /* to: a URL or path */
	bool replace;		   /* what is there makes room, and is kept */
	int64_t epoch;		   /* out */
	char kept[PATH_MAX + 32]; /* out: where the old one is; "" when there was none */
};
/*
 * Restore into a place where nothing is, or (replace) put it into the place of what is there, once all of it has been read, counted and checked. A new epoch
 * begins. One record for each source of which something is missing since the backup was taken.
 */
int backup_restore(struct restoring *r, struct out *out, struct err *e);
/* One record for each set in the folder, oldest first by name. */
int backup_list(const char *folder, struct out *out, struct err *e);

#endif
