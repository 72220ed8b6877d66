/* SPDX-License-Identifier: MIT */
/* SQLite: errors, transactions, checkpoints, the table of the backend. Opening is in sqlite_open.c. */
#include "db/impl.h"

#include <sys/stat.h>

/*
 * Whoever commits waits for the checkpoint: it is rare, and a page that many commits have changed is moved once. Who commits lazily has nobody who waits, so
 * where there are both he is the one.
 */
#define WAL_FRAMES_MAX (32 * 1024 * 1024 / 4096)
#define WAL_FRAMES_MOST (2 * WAL_FRAMES_MAX)

int lite_fail(struct lite *q, int rc, struct err *e)
{
	const char *why = sqlite3_errmsg(q->h);
	const char *path = q->db.path;

	switch (rc & 0xff) {
	case SQLITE_CONSTRAINT:
		/* Only the guards raise: outside the organisation. */
		return err_set(e, rc == SQLITE_CONSTRAINT_TRIGGER ? E_DENIED : E_CONFLICT, "%s: %s", path,
			       why);
	case SQLITE_AUTH:
	case SQLITE_PERM:
		return err_set(e, E_DENIED, "%s: %s", path, why);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_set(e, E_IO, "%s: is damaged or no store (%s)", path, why);
	case SQLITE_READONLY:
		return err_set(e, E_IO, "%s: is read-only", path);
	case SQLITE_NOMEM:
		return err_nomem(e);
	case SQLITE_ERROR:
		/* Only a pattern of the user's reaches a function that refuses it. */
		return err_set(e, strncmp(why, "pattern ", 8) == 0 ? E_USAGE : E_BUG, "%s: %s", path, why);
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return err_set(e, E_BUG, "%s: %s", path, why);
	default:
		/* FULL, IOERR, BUSY, CANTOPEN, PROTOCOL … */
		return err_set(e, E_IO, "%s: %s", path, why);
	}
}

int lite_exec(struct lite *q, const char *text, struct err *e)
{
	bool was = q->trusted;
	int rc;

	q->trusted = true;
	rc = sqlite3_exec(q->h, text, NULL, NULL, NULL);
	q->trusted = was;
	return rc == SQLITE_OK ? 0 : lite_fail(q, rc, e);
}

int lite_int(struct lite *q, const char *text, int64_t *out, struct err *e)
{
	bool was = q->trusted;
	sqlite3_stmt *s = NULL;
	int rc;

	*out = 0;
	q->trusted = true;
	rc = sqlite3_prepare_v2(q->h, text, -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(s, 0);
	q->trusted = was;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		lite_fail(q, rc, e);
	(void)sqlite3_finalize(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

int64_t lite_wal_bytes(const struct lite *q)
{
	AUTO(free_chars) char *wal = NULL;
	struct stat st;

	if (asprintf(&wal, "%s-wal", q->file) < 0) {
		wal = NULL;
		return 0;
	}
	return stat(wal, &st) == 0 ? (int64_t)st.st_size : 0;
}

static int lite_exec_db(struct db *db, const char *text, struct err *e)
{
	return lite_exec(lite_of(db), text, e);
}

/*
 * A commit that is not synced is in the WAL, before all that comes later: the next one that is synced makes both durable, and after a crash of the machine
 * what is found whole there is a beginning of it. Asked for before each transaction, so that none is less durable than it should be because one before it failed.
 */
static int set_lazy(struct lite *q, bool lazy, struct err *e)
{
	if (q->lazy == lazy)
		return 0;
	if (lite_exec(q, lazy ? "PRAGMA main.synchronous = NORMAL" : "PRAGMA main.synchronous = FULL", e) < 0)
		return -1;
	q->lazy = lazy;
	return 0;
}

static int move_log(struct lite *q, int how)
{
	int rc = sqlite3_wal_checkpoint_v2(q->h, "main", how, NULL, NULL);

	if (rc == SQLITE_OK)
		q->wal_frames = 0;
	q->doubt = rc == SQLITE_IOERR_FSYNC || (q->doubt && (rc != SQLITE_OK || how != SQLITE_CHECKPOINT_TRUNCATE));
	return rc;
}

/*
 * A sync that failed may have been about lazy commits before, and is not told again: the next one would succeed, with a hole in the WAL before what it made
 * durable. So that begins anew first.
 */
static int settle_doubt(struct lite *q, struct err *e)
{
	if (!q->doubt || move_log(q, SQLITE_CHECKPOINT_TRUNCATE) == SQLITE_OK)
		return 0;
	return err_set(e, E_IO, "%s: the disk failed to keep what was written, and it cannot be written anew yet (%s)", q->db.path, sqlite3_errmsg(q->h));
}

static int lite_begin(struct db *db, bool write, struct err *e)
{
	struct lite *q = lite_of(db);

	/* Whoever has the turn to write has the lock beside the path, and so the store that is there now must be his. */
	if (write && (lite_same_file(q, e) < 0 || settle_doubt(q, e) < 0 || set_lazy(q, db->lazy, e) < 0))
		return -1;
	return lite_exec(q, write ? "BEGIN IMMEDIATE" : "BEGIN", e);
}

/* The WAL is not locked itself, so closing it drops no lock of SQLite's. */
static int lite_sync(struct db *db, struct err *e)
{
	AUTO(free_chars) char *wal = NULL;
	int fd, rc;

	if (asprintf(&wal, "%s-wal", lite_of(db)->file) < 0) {
		wal = NULL;
		return err_nomem(e);
	}
	fd = open(wal, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_errno(e, errno, wal);
	rc = fdatasync(fd) < 0 ? err_errno(e, errno, wal) : 0;
	(void)close(fd);
	return rc;
}

static int lite_commit(struct db *db, struct err *e)
{
	struct lite *q = lite_of(db);

	if (lite_exec(q, "COMMIT", e) < 0) {
		q->doubt |= sqlite3_extended_errcode(q->h) == SQLITE_IOERR_FSYNC;
		return -1;
	}
	/* Committed is committed: a checkpoint that fails is tried again after the next one. */
	if (db->mode != DB_READ && db->reads == 0 && q->wal_frames > (q->lazy ? WAL_FRAMES_MAX : WAL_FRAMES_MOST))
		(void)move_log(q, SQLITE_CHECKPOINT_PASSIVE);
	return 0;
}

static void lite_rollback(struct db *db)
{
	struct err ignored = {0};

	if (sqlite3_get_autocommit(lite_of(db)->h) == 0)
		(void)lite_exec(lite_of(db), "ROLLBACK", &ignored);
}

static bool lite_in_transaction(const struct db *db)
{
	return sqlite3_get_autocommit(lite_of_const(db)->h) == 0;
}

static int64_t lite_changes(const struct db *db)
{
	return sqlite3_changes64(lite_of_const(db)->h);
}

static int64_t lite_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(lite_of(db)->h);
}

static bool lite_owner(const struct db *db)
{
	struct stat st;

	return geteuid() == 0 || (stat(lite_of_const(db)->file, &st) == 0 && st.st_uid == geteuid());
}

static const char *const as_it_is[][2] = {{NULL, NULL}};

static int on_trace(unsigned what, void *arg, void *stmt, void *text)
{
	const struct lite *q = arg;

	(void)what;
	(void)stmt;
	/* Triggers announce themselves as comments. */
	if (q->db.trace && strncmp(text, "--", 2) != 0)
		q->db.trace(text, q->db.trace_arg);
	return 0;
}

static void lite_trace(struct db *db)
{
	struct lite *q = lite_of(db);

	(void)sqlite3_trace_v2(q->h, db->trace ? SQLITE_TRACE_STMT : 0, db->trace ? on_trace : NULL, q);
}

static int lite_foreign_keys(struct db *db, bool on, struct err *e)
{
	return lite_exec(lite_of(db), on ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF", e);
}

static int lite_shrink(struct db *db, int64_t pages, struct err *e)
{
	struct lite *q = lite_of(db);
	char text[64];

	(void)snprintf(text, sizeof(text), "PRAGMA incremental_vacuum(%" PRId64 ")", pages);
	if (set_lazy(q, false, e) < 0 || lite_exec(q, text, e) < 0)
		return -1;
	db->wrote = true;
	if (q->wal_frames > WAL_FRAMES_MAX)
		(void)move_log(q, SQLITE_CHECKPOINT_PASSIVE);
	return 0;
}

static int lite_checkpoint(struct db *db, bool *done, struct err *e)
{
	struct lite *q = lite_of(db);
	int rc = move_log(q, SQLITE_CHECKPOINT_TRUNCATE);

	*done = rc == SQLITE_OK;
	return *done || (rc & 0xff) == SQLITE_BUSY ? 0 : lite_fail(q, rc, e);
}

const struct db_backend db_sqlite = {
	.abi = DB_ABI,
	.name = "sqlite",
	.words = as_it_is,
	.rare = { "likelihood(", ", 0.000001)" },
	.matches = true,
	.id = "INTEGER PRIMARY KEY",
	.blob = "BLOB",
	.json = "TEXT",
	.open = lite_open,
	.close = lite_close,
	.discard = lite_discard,
	.owner = lite_owner,
	.exec = lite_exec_db,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.sync = lite_sync,
	.in_transaction = lite_in_transaction,
	.foreign_keys = lite_foreign_keys,
	.scope = lite_scope,
	.ready = lite_ready,
	.prepare = lite_prepare,
	.free = lite_stmt_free,
	.reset = lite_reset,
	.bind = lite_bind,
	.bind_blob = lite_bind_blob,
	.step = lite_step,
	.columns = lite_columns,
	.column_name = lite_column_name,
	.is_null = lite_is_null,
	.get_int = lite_get_int,
	.get_real = lite_get_real,
	.get_text = lite_get_text,
	.get_blob = lite_get_blob,
	.get_cell = lite_get_cell,
	.changes = lite_changes,
	.last_id = lite_last_id,
	.foreign = lite_foreign,
	.check = lite_check,
	.size = lite_size,
	.shrink = lite_shrink,
	.checkpoint = lite_checkpoint,
	.trace = lite_trace,
	.watch = lite_watch,
	.wait = lite_wait,
	.catalogue = "SELECT t.name, c.name, c.type, c.pk FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c WHERE t.schema = 'main'"
		     " AND t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.cid",
	.file_copy = lite_file_copy,
};
