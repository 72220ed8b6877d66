/* SPDX-License-Identifier: MIT */
/* Opening and closing a SQLite store: the settings that durability rests on are set and read back. */
#include <sys/stat.h>

#include "db/impl.h"
#include "os/file.h"

#define APPLICATION_ID 0x53495421 /* "SIT!" */
#define BUSY_MS 5000

static int pragma_int(struct db *db, const char *name, int64_t *v, struct err *e)
{
	char text[64];
	sqlite3_stmt *st;
	int rc;

	(void)snprintf(text, sizeof(text), "PRAGMA %s", name);
	rc = sqlite3_prepare_v2(db->sq, text, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	*v = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
	(void)sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_error(db, rc, e);
}

static int want_pragma(struct db *db, const char *name, int64_t want, struct err *e)
{
	int64_t got;

	if (pragma_int(db, name, &got, e) < 0)
		return -1;
	return got == want ? 0 :
			     err_set(e, E_IO, "%s: cannot set %s (is %" PRId64 ", must be %" PRId64 ")", db->path, name, got, want);
}

static int configure(struct db *db, struct err *e)
{
	int on;

	(void)sqlite3_busy_timeout(db->sq, BUSY_MS);
	(void)sqlite3_extended_result_codes(db->sq, 1);
	(void)sqlite3_db_config(db->sq, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
	(void)sqlite3_db_config(db->sq, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &on);
	(void)sqlite3_db_config(db->sq, SQLITE_DBCONFIG_DQS_DML, 0, &on);
	(void)sqlite3_db_config(db->sq, SQLITE_DBCONFIG_DQS_DDL, 0, &on);
	if (db_exec(db, "PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0;"
			"PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = 2; PRAGMA foreign_keys = 1;"
			"PRAGMA synchronous = 2; PRAGMA cache_size = -16384",
		    e) < 0)
		return -1;
	if (want_pragma(db, "synchronous", 2, e) < 0 || want_pragma(db, "foreign_keys", 1, e) < 0)
		return -1;
	return match_install(db, e);
}

static bool is_wal(struct db *db)
{
	sqlite3_stmt *st = NULL;
	bool wal = false;

	if (sqlite3_prepare_v2(db->sq, "PRAGMA journal_mode", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		wal = strcmp((const char *)sqlite3_column_text(st, 0), "wal") == 0;
	(void)sqlite3_finalize(st);
	return wal;
}

/* A new file: only this user's, layout settings before the first table. */
static int create(struct db *db, struct err *e)
{
	int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return errno == EEXIST ? err_set(e, E_CONFLICT, "%s: is there already", db->path) : err_errno(e, errno, db->path);
	(void)close(fd);
	rc = sqlite3_open_v2(db->path, &db->sq, SQLITE_OPEN_READWRITE, NULL);
	if (rc != SQLITE_OK)
		return db_error(db, rc, e);
	return db_exec(db,
		       "PRAGMA page_size = 4096; PRAGMA auto_vacuum = 2; PRAGMA journal_mode = WAL;"
		       "PRAGMA application_id = 1397314593;"
		       "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
		       "CREATE TABLE migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
		       e);
}

/* The log beside the store holds nothing that a reader would miss. */
static bool wal_is_empty(const char *path)
{
	char wal[PATH_MAX];
	struct stat st;

	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	return stat(wal, &st) != 0 || st.st_size == 0;
}

static int open_uri(struct db *db, const char *more, int flags)
{
	AUTO(sb_done) struct sb uri = SB_INIT(3 * PATH_MAX);

	sb_adds(&uri, "file:");
	for (const char *p = db->path; *p; p++)
		sb_addf(&uri, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	sb_adds(&uri, more);
	return sqlite3_open_v2(sb_cstr(&uri), &db->sq, flags | SQLITE_OPEN_URI, NULL);
}

/* The header can be read through this handle. */
static int probe(struct db *db)
{
	return sqlite3_exec(db->sq, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
}

static int open_existing(struct db *db, struct err *e)
{
	bool write = db->mode == DB_WRITE;
	int rc;

	if (access(db->path, F_OK) != 0)
		return err_errno(e, errno, db->path);
	if (access(db->path, R_OK) != 0)
		return err_errno(e, errno, db->path);
	if (write && access(db->path, W_OK) != 0)
		return errno == EROFS ? err_set(e, E_IO, "%s: the file system is read-only", db->path) : err_errno(e, errno, db->path);
	rc = open_uri(db, "", write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	if (rc == SQLITE_OK)
		rc = probe(db);
	if (!write && (rc == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY) && wal_is_empty(db->path)) {
		(void)sqlite3_close(db->sq);
		db->sq = NULL;
		rc = open_uri(db, "?immutable=1", SQLITE_OPEN_READONLY);
		if (rc == SQLITE_OK)
			rc = probe(db);
	}
	return rc == SQLITE_OK ? 0 : db_error(db, rc, e);
}

static int check_kind(struct db *db, struct err *e)
{
	int64_t id;

	if (pragma_int(db, "application_id", &id, e) < 0)
		return -1;
	if (id != APPLICATION_ID)
		return err_set(e, E_CONFLICT, "%s: is not a sit store", db->path);
	if (db->mode == DB_WRITE && !is_wal(db))
		return err_set(e, E_IO, "%s: its journal mode is not WAL", db->path);
	return 0;
}

static int meta_int(struct db *db, const char *name, int *v, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (db_prepare(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = $1", NULL, &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name));
	got = stmt_step(st, e);
	*v = got > 0 ? (int)stmt_int(st, 0) : 0;
	return got < 0 ? -1 : 0;
}

static int check_version(struct db *db, struct err *e)
{
	int have, known, least;

	if (db_version(db, &have, &known, e) < 0)
		return -1;
	if (have < known)
		return err_set(e, E_CONFLICT, "%s: schema %d is older than this program's %d; run sit-db migrate", db->path, have, known);
	if (have == known)
		return 0;
	if (meta_int(db, db->mode == DB_READ ? "min_reader" : "min_writer", &least, e) < 0)
		return -1;
	if (least > known)
		return err_set(e, E_CONFLICT, "%s: schema %d is newer than this program's %d; use a newer sit", db->path, have, known);
	return 0;
}

static int on_commit(void *arg, sqlite3 *sq, const char *name, int pages)
{
	struct db *db = arg;

	(void)sq;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

static const char *path_of(const char *url)
{
	return strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
}

int db_open_any(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out, struct err *e)
{
	AUTO(db_closep) struct db *db = calloc(1, sizeof(*db));

	if (!db)
		return err_nomem(e);
	db->lock = -1;
	if (strncmp(url, "postgres:", 9) == 0 || strncmp(url, "postgresql:", 11) == 0)
		return err_set(e, E_USAGE, "%s: this build has no Postgres backend", url);
	db->schema = schema;
	db->mode = mode;
	db->path = strdup(path_of(url));
	if (!db->path)
		return err_nomem(e);
	if ((mode == DB_CREATE ? create(db, e) : open_existing(db, e)) < 0)
		return -1;
	if (mode == DB_CREATE)
		db->mode = DB_WRITE;
	if (configure(db, e) < 0 || check_kind(db, e) < 0)
		return -1;
	(void)sqlite3_wal_hook(db->sq, on_commit, db);
	*out = db;
	db = NULL;
	return 0;
}

int db_open(const char *url, enum db_mode mode, const struct db_schema *schema, struct db **out, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	if (db_open_any(url, mode, schema, &db, e) < 0)
		return -1;
	if (mode != DB_CREATE && check_version(db, e) < 0)
		return -1;
	*out = db;
	db = NULL;
	return 0;
}

/* A store at rest is one file, when nobody else is at it: the log goes home under the writers' lock. */
static void tidy(struct db *db)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct err ignored = { 0 };
	int fd;

	sb_addf(&path, "%s.lock", db->path);
	if (lock_take(sb_cstr(&path), &fd, &ignored) < 0)
		return;
	(void)sqlite3_busy_timeout(db->sq, 0);
	(void)sqlite3_wal_checkpoint_v2(db->sq, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	lock_drop(fd);
}

void db_close(struct db *db)
{
	struct stmt *next;

	if (!db)
		return;
	for (struct stmt *st = db->kept; st; st = next) {
		next = st->next;
		st->key = NULL;
		stmt_free(st);
	}
	if (db->sq && db->wrote) {
		(void)sqlite3_set_authorizer(db->sq, NULL, NULL);
		tidy(db);
	}
	(void)sqlite3_close_v2(db->sq);
	free(db->path);
	free(db->self_name);
	free(db);
}

const char *db_path(const struct db *db)
{
	return db->path;
}

static int trace_one(unsigned kind, void *arg, void *st, void *text)
{
	struct db *db = arg;
	char *full;

	(void)kind;
	(void)text;
	full = sqlite3_expanded_sql(st);
	if (db->trace && full)
		db->trace(full, db->trace_arg);
	sqlite3_free(full);
	return 0;
}

void db_trace(struct db *db, void (*fn)(const char *text, void *arg), void *arg)
{
	db->trace = fn;
	db->trace_arg = arg;
	(void)sqlite3_trace_v2(db->sq, fn ? SQLITE_TRACE_STMT : 0, trace_one, db);
}
