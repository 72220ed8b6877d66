/* SPDX-License-Identifier: MIT */
/* Transactions: the one way to write, savepoints in it, snapshots for reading, text that we did not write. */
#include "db/backend.h"
#include "os/file.h"

#define TRIES 5 /* of a transaction that gives way, or whose server goes away */

static void ended(struct db *db, bool committed)
{
	if (db->on_end)
		db->on_end(db, committed);
}

static int settle(struct db *db, struct err *e)
{
	return db->be->settle ? db->be->settle(db, e) : 0;
}

struct writing {
	bool dry, lazy;
	int (*fn)(struct db *db, void *arg, struct err *e);
	void (*undo)(void *arg); /* NULL: not to be done again */
	void *arg;
	bool ran; /* fn was called */
};

static int write_once(struct db *db, struct writing *w, struct err *e)
{
	int rc;

	w->ran = false;
	db->lazy = w->lazy;
	if (db->be->begin(db, true, e) < 0)
		return -1;
	w->ran = db->writing = true;
	rc = w->fn(db, w->arg, e);
	db->writing = false;
	if (rc >= 0 && !db->be->in_transaction(db))
		/* A full disk or an I/O error ends the transaction by itself, and fn did not look. */
		rc = err_set(e, E_IO, "%s: the transaction was lost", db->path);
	if (rc >= 0 && w->dry)
		rc = settle(db, e);
	if (rc < 0 || w->dry) {
		db->be->rollback(db);
		ended(db, false);
		return rc < 0 ? -1 : 0;
	}
	if (db->be->commit(db, e) < 0) {
		db->be->rollback(db);
		ended(db, false);
		return -1;
	}
	db->wrote = true;
	ended(db, true);
	return 0;
}

/* After a failure: it may be done again (1), it was stored nevertheless (0), or that was it (-1). */
static int mend(struct db *db, const struct writing *w, struct err *e)
{
	enum db_failure why = db->be->failure ? db->be->failure(db) : DB_FAILED;
	struct err late = {0};
	bool stored = false;

	if (why == DB_FAILED || why == DB_APART || !w->ran)
		return -1;
	if (why == DB_GONE && db->be->mend(db, &stored, &late) < 0) {
		*e = late;
		return -1;
	}
	if (stored) {
		err_clear(e);
		return 0;
	}
	if (w->undo)
		return 1;
	(void)snprintf(late.msg, sizeof(late.msg), "%s", e->msg);
	return err_set(e, E_IO, "%.400s; nothing was stored: run it again", late.msg);
}

static int write_locked(struct db *db, struct writing *w, struct err *e)
{
	for (int tries = 1;; tries++) {
		int rc = write_once(db, w, e);

		if (rc == 0)
			return 0;
		rc = mend(db, w, e);
		if (rc <= 0 || tries == TRIES)
			return rc > 0 ? -1 : rc;
		w->undo(w->arg);
		err_clear(e);
	}
}

/* Waits for the turn to write, where that is a file's. */
static int turn(struct db *db, int *fd, struct err *e)
{
	*fd = -1;
	return db->lock ? lock_take(db->lock, fd, e) : 0;
}

static int write_turn(struct db *db, struct writing *w, struct err *e)
{
	int fd, rc;

	if (db->writing || db->reads)
		return err_set(e, E_BUG, "db_write() inside a transaction");
	if (db->mode == DB_READ)
		return err_set(e, E_BUG, "%s: opened for reading only", db->path);
	if (turn(db, &fd, e) < 0)
		return -1;
	rc = write_locked(db, w, e);
	lock_drop(fd);
	if (rc == 0 && !w->dry && db->written)
		db->written(db, db->witness);
	return rc;
}

int db_write_again(struct db *db, bool dry, int (*fn)(struct db *db, void *arg, struct err *e), void (*undo)(void *arg), void *arg,
		   struct err *e)
{
	struct writing w = {.dry = dry, .fn = fn, .undo = undo, .arg = arg};

	return write_turn(db, &w, e);
}

int db_write_lazily(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void (*undo)(void *arg), void *arg, struct err *e)
{
	struct writing w = {.lazy = true, .fn = fn, .undo = undo, .arg = arg};

	return write_turn(db, &w, e);
}

int db_sync(struct db *db, struct err *e)
{
	return db->be->sync ? db->be->sync(db, e) : 0;
}

int db_write(struct db *db, bool dry, int (*fn)(struct db *db, void *arg, struct err *e), void *arg,
	     struct err *e)
{
	return db_write_again(db, dry, fn, NULL, arg, e);
}

int db_savepoint(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e)
{
	struct err late = {0};
	int rc;

	if (!db->writing)
		return err_set(e, E_BUG, "db_savepoint() outside db_write()");
	if (db->be->exec(db, "SAVEPOINT sit", e) < 0)
		return -1;
	rc = fn(db, arg, e);
	/* What it has sent belongs to it. */
	if (settle(db, rc < 0 ? &late : e) < 0)
		rc = -1;
	if (!db->be->in_transaction(db))
		return rc < 0 ? rc : err_set(e, E_IO, "%s: the transaction was lost", db->path);
	if (rc >= 0)
		return db->be->exec(db, "RELEASE sit", e) < 0 ? -1 : rc;
	ended(db, false);
	/* What fn said is more use than why the undoing failed; if it did, the transaction must not be
	 * committed. */
	if (db->be->exec(db, "ROLLBACK TO sit; RELEASE sit", &late) < 0)
		db->be->rollback(db);
	return rc;
}

int db_read_begin(struct db *db, struct err *e)
{
	if (!db->writing && !db->reads && db->be->begin(db, false, e) < 0)
		return -1;
	db->snapshots += !db->reads;
	db->reads++;
	return 0;
}

uint64_t db_snapshot(const struct db *db)
{
	return db->reads && !db->writing ? db->snapshots : 0;
}

void db_read_end(struct db *db)
{
	struct err ignored = {0};

	if (!db->reads || --db->reads || db->writing)
		return;
	if (db->be->commit(db, &ignored) < 0)
		db->be->rollback(db);
}

int db_turn(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e)
{
	struct writing w = {.fn = fn, .arg = arg};
	int fd, rc;

	if (db->writing || db->reads)
		return err_set(e, E_BUG, "db_turn() inside a transaction");
	if (turn(db, &fd, e) < 0)
		return -1;
	rc = write_locked(db, &w, e);
	lock_drop(fd);
	return rc;
}

struct foreign {
	const char *text;
	int (*row)(struct stmt *st, void *arg, struct err *e);
	void *arg;
};

static int foreign_write(struct db *db, void *arg, struct err *e)
{
	const struct foreign *f = arg;

	return db->be->foreign(db, f->text, true, f->row, f->arg, e);
}

int db_foreign(struct db *db, const char *text, bool write,
	       int (*row)(struct stmt *st, void *arg, struct err *e), void *arg, struct err *e)
{
	struct foreign f = {.text = text, .row = row, .arg = arg};

	if (db->self)
		return err_set(e, E_BUG, "SQL of others on a scoped connection");
	if (write && !db->writing)
		return db_write(db, false, foreign_write, &f, e);
	return db->be->foreign(db, text, write, row, arg, e);
}

int db_part_take(struct db *db, int64_t part, bool wait, int *held, struct err *e)
{
	AUTO(free_chars) char *path = NULL;

	*held = -1;
	if (!db->lock)
		return db->be->part_take(db, part, wait, held, e);
	/* Never the file of the store itself: closing any descriptor of it would drop SQLite's own locks. */
	if (asprintf(&path, "%.*s.parts", (int)(strlen(db->lock) - strlen(".lock")), db->lock) < 0) {
		path = NULL;
		return err_nomem(e);
	}
	return lock_byte(path, part % 1024, wait, held, e);
}

void db_part_drop(struct db *db, int held)
{
	if (db->lock)
		lock_drop(held);
	else if (held >= 0)
		db->be->part_drop(db, held);
}

int db_shrink(struct db *db, int64_t pages, struct err *e)
{
	int fd, rc;

	if (turn(db, &fd, e) < 0)
		return -1;
	rc = db->be->shrink(db, pages, e);
	lock_drop(fd);
	return rc;
}

int db_checkpoint(struct db *db, bool *done, struct err *e)
{
	int fd, rc;

	if (turn(db, &fd, e) < 0)
		return -1;
	rc = db->be->checkpoint(db, done, e);
	lock_drop(fd);
	return rc;
}
