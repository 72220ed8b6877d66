/* SPDX-License-Identifier: MIT */
/* The file of a store as a whole: copied beside its writers, put in another's place. */
#include "db/impl.h"

#include <sys/stat.h>

#include "db/whole.h"
#include "os/file.h"
#include "os/signal.h"

#define PAGES_AT_ONCE 512
#define BUSY_MS 2000

static const char *const tails[] = { "", "-wal", "-shm", ".lock", ".parts" };

/* "PATH-wal" and the like. */
static char *beside(const char *path, const char *tail)
{
	char *name;

	return asprintf(&name, "%s%s", path, tail) < 0 ? NULL : name;
}

void db_file_remove(const char *path)
{
	for (size_t i = 0; i < COUNT(tails); i++) {
		AUTO(free_chars) char *name = beside(path, tails[i]);

		if (name)
			(void)unlink(name);
	}
}

static int copy_pages(struct lite *q, sqlite3 *to, void (*progress)(void *arg, uint64_t done, uint64_t size), void *arg, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", q->h, "main");
	int rc = SQLITE_OK;

	if (!b)
		return err_set(e, E_IO, "%s: %s", q->db.path, sqlite3_errmsg(to));
	while (rc == SQLITE_OK && !stop_requested()) {
		rc = sqlite3_backup_step(b, PAGES_AT_ONCE);
		if (progress)
			progress(arg, (uint64_t)(sqlite3_backup_pagecount(b) - sqlite3_backup_remaining(b)), (uint64_t)sqlite3_backup_pagecount(b));
	}
	(void)sqlite3_backup_finish(b);
	if (rc == SQLITE_OK)
		return stop_error(e);
	return rc == SQLITE_DONE ? 0 : err_set(e, E_IO, "%s: cannot be copied: %s", q->db.path, sqlite3_errstr(rc));
}

/*
 * The pages are those of one read transaction, which is held all the while: without it every commit of a writer would make SQLite begin the
 * copy anew. Writers go on in the log meanwhile.
 */
int lite_file_copy(struct db *db, const char *path, void (*progress)(void *arg, uint64_t done, uint64_t size), void *arg, struct err *e)
{
	struct lite *q = lite_of(db);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc = -1;
	sqlite3 *to = NULL;
	int64_t n;

	if (fd < 0)
		return errno == EEXIST ? err_set(e, E_CONFLICT, "%s: exists already", path) : err_errno(e, errno, path);
	(void)close(fd);
	if (db_read_begin(db, e) < 0)
		return -1;
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		err_set(e, E_IO, "%s: %s", path, to ? sqlite3_errmsg(to) : "out of memory");
	else if (lite_int(q, "SELECT count(*) FROM sqlite_schema", &n, e) == 0) /* the snapshot is taken here */
		rc = copy_pages(q, to, progress, arg, e);
	db_read_end(db);
	if (sqlite3_close(to) != SQLITE_OK && rc == 0)
		rc = err_set(e, E_IO, "%s: cannot be closed", path);
	return rc;
}

/* ---- taking the place of another ---- */

static bool is_damage(int rc)
{
	return rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT;
}

/*
 * Have the old store alone, with everything in its file: in this mode SQLite keeps a lock that lets nobody in, and whoever has it open
 * already keeps us out. A store that is damaged is nobody's: *h stays NULL, and its log goes with it.
 */
static int take_alone(const char *path, sqlite3 **h, struct err *e)
{
	int rc = sqlite3_open_v2(path, h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL), keep;

	if (rc == SQLITE_OK) {
		(void)sqlite3_busy_timeout(*h, BUSY_MS);
		(void)sqlite3_db_config(*h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &keep);
		rc = sqlite3_exec(*h, "PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema; BEGIN IMMEDIATE; COMMIT", NULL, NULL,
				  NULL);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_checkpoint_v2(*h, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
		err_set(e, E_IO, "%s: a program has it open: stop it, then try again", path);
	else
		err_set(e, E_IO, "%s: %s", path, *h ? sqlite3_errmsg(*h) : "out of memory");
	(void)sqlite3_close(*h);
	*h = NULL;
	return is_damage(rc & 0xff) ? 0 : -1;
}

/* The new file is as open to others as the old one was. */
static void take_over(const char *path, const char *fresh)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	if (chown(fresh, st.st_uid, st.st_gid) != 0)
		(void)!chown(fresh, (uid_t)-1, st.st_gid);
	(void)chmod(fresh, st.st_mode & 0777);
}

/*
 * The old file gets its second name first, then loses the first to the new one, in one step of the file system. Its log, which the new one
 * must not find, is empty; that of a damaged store stays with it.
 */
static int exchange(const char *path, const char *fresh, const char *kept, bool damaged, struct err *e)
{
	take_over(path, fresh);
	if (link(path, kept) != 0)
		return errno == EEXIST ? err_set(e, E_CONFLICT, "%s: exists already", kept) : err_errno(e, errno, kept);
	for (size_t i = 1; i < 3; i++) {
		AUTO(free_chars) char *from = beside(path, tails[i]);
		AUTO(free_chars) char *to = beside(kept, tails[i]);

		if (!from || !to || ((damaged ? rename(from, to) : unlink(from)) != 0 && errno != ENOENT)) {
			(void)unlink(kept);
			return err_errno(e, errno, kept);
		}
	}
	if (rename(fresh, path) != 0) {
		int why = errno;

		(void)unlink(kept);
		return err_errno(e, why, path);
	}
	return folder_sync(path, e);
}

int db_file_swap(const char *path, const char *fresh, const char *kept, struct err *e)
{
	AUTO(free_chars) char *real = realpath(path, NULL);
	AUTO(free_chars) char *lock = NULL;
	sqlite3 *old = NULL;
	int fd, rc;

	if (!real) {
		if (link(fresh, path) != 0)
			return errno == EEXIST ? err_set(e, E_CONFLICT, "%s: exists already", path) : err_errno(e, errno, path);
		(void)unlink(fresh);
		return folder_sync(path, e);
	}
	if (!kept)
		return err_set(e, E_CONFLICT, "%s: exists already", path);
	lock = beside(real, ".lock");
	if (!lock)
		return err_nomem(e);
	if (lock_take(lock, &fd, e) < 0)
		return -1;
	rc = take_alone(real, &old, e);
	if (rc == 0)
		rc = exchange(real, fresh, kept, old == NULL, e);
	(void)sqlite3_close(old);
	lock_drop(fd);
	return rc;
}
