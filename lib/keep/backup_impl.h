/* SPDX-License-Identifier: MIT */
/* What the files of backups share. */
#ifndef SIT_KEEP_BACKUP_IMPL_H
#define SIT_KEEP_BACKUP_IMPL_H

#include "keep/backup.h"
#include "keep/manifest.h"

#define UNFINISHED ".unfinished."
#define FILE_OF_SQLITE "store.db.zst"
#define FILE_OF_POSTGRES "store.dump.zst"

/* A folder and what is in it, whatever that is (no folders). */
void backup_remove_folder(const char *path);
/* Append the path of a folder of this process's own for large things. */
int backup_make_folder(struct sb *path, struct err *e);
/* Whether a folder is a set, be it an unfinished one. */
bool backup_is_set(const char *path);
/* Read SET/MANIFEST: 1, 0 when something is wrong with it, which bad() was told, -1. */
int backup_read_manifest(const char *set, struct manifest *m, fault_fn *bad, void *arg, struct err *e);
/* Look at the whole set, and (to not NULL) unpack its file to that path: 1 all is well, 0 bad() was told otherwise, -1. */
int backup_unpack(const char *set, const struct manifest *m, const char *to, fault_fn *bad, void *arg, struct err *e);
/* All that backup_verify() does, with bad() for its faults: 1 all is well, 0 bad() was told otherwise, -1. */
int backup_look(struct verifying *v, fault_fn *bad, void *arg, struct err *e);
/* Bring the restored store, open for writing, to this program's version and compare it with what was counted; look for damage. Likewise. */
int backup_counted(struct db *db, const struct manifest *m, fault_fn *bad, void *arg, struct err *e);
int backup_sound(struct db *db, fault_fn *bad, void *arg, struct err *e);

/* What came in after a backup was taken, by the ledgers of the restored store and of the one it replaces (NULL: nothing is known of that). */
struct gaps;
int gaps_take(struct db *old, struct gaps **out, struct err *e);
/* A record for each source. */
int gaps_print(struct gaps *old, struct db *restored, struct out *out, struct err *e);
void gaps_free(struct gaps *g);
DEFINE_AUTO(gaps_freep, struct gaps *, gaps_free)

#endif
