/* SPDX-License-Identifier: MIT */
/* Opening a store of SQLite with every safety checked, making a new one, closing so that one file is left. */
#include "db/impl.h"

#include <sys/stat.h>

#include "db/whole.h"
#include "os/file.h"

#define APPLICATION_ID 0x53495421 /* "SIT!" */
#define BUSY_MS 5000

/* What every connection is told, and asked again: a build of SQLite that ignores one of these is refused. */
static const struct setting {
	const char *set, *get;
	int64_t want;
	bool writer; /* only where something is written */
} settings[] = {
	{"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", 1, false},
	{"PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", 0, false},
	{"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", 1, false},
	{"PRAGMA mmap_size = 0", "PRAGMA mmap_size", 0, false},
	{"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", 2, false},
	{"PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers", 1, false},
	{"PRAGMA wal_autocheckpoint = 0", "PRAGMA wal_autocheckpoint", 0, false},
	{"PRAGMA synchronous = FULL", "PRAGMA synchronous", 2, true},
	{"PRAGMA journal_mode = WAL", "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1, true},
};

static int on_commit(void *arg, sqlite3 *h, const char *name, int frames)
{
	struct lite *q = arg;

	(void)h;
	(void)name;
	q->wal_frames = frames;
	return SQLITE_OK;
}

static int configure(struct lite *q, enum db_mode mode, struct err *e)
{
	int defensive = 0, keep = 0;
	int64_t got;

	(void)sqlite3_extended_result_codes(q->h, 1);
	(void)sqlite3_busy_timeout(q->h, BUSY_MS);
	(void)sqlite3_db_config(q->h, SQLITE_DBCONFIG_DEFENSIVE, 1, &defensive);
	(void)sqlite3_db_config(q->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &keep);
	if (!defensive || !keep)
		return err_set(e, E_IO, "%s: this SQLite has no defensive mode", q->db.path);
	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct setting *s = settings + i;

		if (s->writer && mode == DB_READ)
			continue;
		if (lite_exec(q, s->set, e) < 0 || lite_int(q, s->get, &got, e) < 0)
			return -1;
		if (got != s->want)
			return err_set(e, E_IO, "%s: refused: %s is not in force", q->db.path, s->set);
	}
	if (mode == DB_READ && lite_exec(q, "PRAGMA query_only = ON", e) < 0)
		return -1;
	(void)sqlite3_wal_hook(q->h, on_commit, q);
	return lite_functions(q->h) == SQLITE_OK ? 0 : lite_fail(q, sqlite3_extended_errcode(q->h), e);
}

int lite_same_file(const struct lite *q, struct err *e)
{
	struct stat st;

	if (stat(q->file, &st) == 0 && st.st_dev == q->device && st.st_ino == q->inode)
		return 0;
	return err_set(e, E_IO, "%s: another store has taken its place: start again", q->db.path);
}

static bool may_write(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* 1, 0, -1. */
static int folder_writable(const char *file, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);

	if (path_folder(file, &folder) < 0)
		return err_nomem(e);
	return may_write(sb_cstr(&folder));
}

/* Say why the file cannot be opened in this mode before SQLite does, which says "unable to open" to
 * everything. */
static int inspect(const struct lite *q, enum db_mode mode, struct err *e)
{
	const char *path = q->db.path;
	struct stat st;

	if (stat(q->file, &st) != 0)
		return err_errno(e, errno, path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_CONFLICT, "%s: is not a sit store", path);
	if (faccessat(AT_FDCWD, q->file, R_OK, AT_EACCESS) != 0)
		return err_errno(e, errno, path);
	if (mode == DB_READ)
		return 0;
	if (!may_write(q->file))
		return errno == EROFS ? err_set(e, E_IO, "%s: is read-only", path)
				      : err_errno(e, errno, path);
	switch (folder_writable(q->file, e)) {
	case 1:
		return 0;
	case 0:
		return err_set(e, E_IO, "%s: its folder is read-only", path);
	default:
		return -1;
	}
}

/* "file:/real/path?immutable=1" with what a URI would take for itself escaped. */
static int immutable_uri(const char *file, struct sb *sb)
{
	(void)sb_adds(sb, "file:");
	for (const char *p = file; *p; p++) {
		if (strchr("?#%", *p))
			(void)sb_addf(sb, "%%%02x", (unsigned)*p);
		else
			(void)sb_addc(sb, *p);
	}
	return sb_adds(sb, "?immutable=1");
}

static int connect(struct lite *q, enum db_mode mode, struct err *e)
{
	AUTO(sb_done) struct sb uri = SB_INIT(4 * PATH_MAX);
	/* A reader that may write opens so too: the last one out then removes -wal and -shm; query_only keeps
	 * it honest. */
	bool rw = mode != DB_READ || may_write(q->file);
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	const char *name = q->file;
	int rc;

	if (q->immutable) {
		rw = false;
		flags |= SQLITE_OPEN_URI;
		if (immutable_uri(q->file, &uri) < 0)
			return err_nomem(e);
		name = sb_cstr(&uri);
	}
	/* Nobody asks how much memory it uses, and counting takes a lock each time; refused when it runs already, which is as well. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	rc = sqlite3_open_v2(name, &q->h, flags | (rw ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY), NULL);
	if (rc != SQLITE_OK)
		return q->h ? lite_fail(q, rc, e) : err_nomem(e);
	return 0;
}

/* A new file, empty but for its two tables; nobody else can have it open in earnest yet. */
static int create(struct lite *q, struct err *e)
{
	int fd, rc;

	if (lock_take(q->db.lock, &fd, e) < 0)
		return -1;
	rc = lite_exec(
		q, "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL", e);
	if (rc == 0)
		rc = configure(q, DB_CREATE, e);
	if (rc == 0)
		rc = lite_exec(q,
			       "BEGIN IMMEDIATE;"
			       "PRAGMA application_id = 0x53495421;"
			       "CREATE TABLE migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at "
			       "INTEGER NOT NULL) STRICT;"
			       "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
			       "COMMIT",
			       e);
	lock_drop(fd);
	q->db.wrote = true;
	return rc;
}

/* It opens, it reads, it is one of ours. Returns the result code of SQLite in *rc when it does not read. */
static int recognise(struct lite *q, int *rc, struct err *e)
{
	int64_t id = 0, tables = 0;

	if (lite_int(q, "PRAGMA application_id", &id, e) < 0 ||
	    lite_int(q, "SELECT count(*) FROM sqlite_schema WHERE name IN ('migration', 'meta')", &tables,
		     e) < 0) {
		*rc = sqlite3_errcode(q->h) & 0xff;
		if (*rc == SQLITE_NOTADB)
			return err_set(e, E_CONFLICT, "%s: is not a sit store", q->db.path);
		return -1;
	}
	*rc = SQLITE_OK;
	if (id != APPLICATION_ID || tables != 2)
		return err_set(e, E_CONFLICT, "%s: is not a sit store", q->db.path);
	return 0;
}

static int open_existing(struct lite *q, enum db_mode mode, struct err *e)
{
	int rc;

	if (inspect(q, mode, e) < 0 || connect(q, mode, e) < 0)
		return -1;
	(void)sqlite3_busy_timeout(q->h, BUSY_MS);
	if (recognise(q, &rc, e) < 0) {
		/* WAL needs a writable folder, unless there is no WAL: then the file alone is the store. */
		if (mode != DB_READ || (rc != SQLITE_CANTOPEN && rc != SQLITE_READONLY) ||
		    folder_writable(q->file, e) != 0)
			return -1;
		if (lite_wal_bytes(q) > 0)
			return err_set(e, E_IO, "%s: is on a read-only folder with changes still in its -wal",
				       q->db.path);
		(void)sqlite3_close(q->h);
		q->h = NULL;
		q->immutable = true;
		if (connect(q, mode, e) < 0 || recognise(q, &rc, e) < 0)
			return -1;
	}
	/* The lock that SQLite has by now keeps others from taking the place of the file; before, somebody may have. */
	if (configure(q, mode, e) < 0 || lite_same_file(q, e) < 0)
		return -1;
	if (mode != DB_READ && sqlite3_db_readonly(q->h, "main") != 0)
		return err_set(e, E_IO, "%s: is read-only", q->db.path);
	return 0;
}

static size_t count_tenants(const struct db_schema *s)
{
	size_t n = 0;

	while (s && s->tenants && s->tenants[n].table)
		n++;
	return n;
}

static void lite_free(struct lite *q)
{
	(void)sqlite3_finalize(q->version);
	(void)sqlite3_close_v2(q->h);
	for (size_t i = 0; q->tenant && i < count_tenants(q->db.schema); i++)
		free(q->tenant[i].expression);
	free(q->tenant);
	if (q->ear >= 0)
		(void)close(q->ear);
	free(q->read);
	free(q->file);
	free(q->db.lock);
	free(q->db.path);
	free(q);
}

static int make_file(const char *path, struct err *e)
{
	/* The owner's alone; who shares a store says so with chmod. */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(e, E_CONFLICT, "%s: exists already", path);
	if (fd < 0 && errno == EROFS)
		return err_set(e, E_IO, "%s: is read-only", path);
	if (fd < 0)
		return err_errno(e, errno, path);
	(void)close(fd);
	return 0;
}

int lite_open(const char *path, enum db_mode mode, const struct db_schema *schema, struct db **out,
	      struct err *e)
{
	struct lite *q;
	struct stat st;
	int rc;

	if (count_tenants(schema) > LITE_TENANTS)
		return err_set(e, E_BUG, "more than %d tenant tables", LITE_TENANTS);
	q = calloc(1, sizeof(*q));
	if (!q)
		return err_nomem(e);
	q->db = (struct db){.be = &db_sqlite, .schema = schema, .mode = mode, .texts = MAP_INIT, .text = ARENA_INIT((size_t)64 << 20)};
	q->ear = -1;
	q->db.path = strdup(path);
	q->tenant = calloc(count_tenants(schema) + 1, sizeof(*q->tenant));
	if (!q->db.path || !q->tenant) {
		lite_free(q);
		return err_nomem(e);
	}
	if (mode == DB_CREATE && make_file(path, e) < 0) {
		lite_free(q);
		return -1;
	}
	/* The real path: two names of one store must meet at one lock, and it is never taken for a URI. */
	q->file = realpath(path, NULL);
	if (q->file && stat(q->file, &st) == 0) {
		q->device = st.st_dev;
		q->inode = st.st_ino;
	}
	if (!q->file) {
		rc = errno == ENOENT ? err_set(e, E_NOTFOUND, "%s: no such store", path)
				     : err_errno(e, errno, path);
		lite_free(q);
		return rc;
	}
	if (asprintf(&q->db.lock, "%s.lock", q->file) < 0) {
		q->db.lock = NULL;
		rc = err_nomem(e);
	} else if (mode == DB_CREATE) {
		rc = connect(q, mode, e) < 0 ? -1 : create(q, e);
	} else {
		rc = open_existing(q, mode, e);
	}
	if (rc < 0) {
		(void)sqlite3_close(q->h);
		q->h = NULL;
		if (mode == DB_CREATE)
			db_file_remove(q->file);
		lite_free(q);
		return -1;
	}
	*out = &q->db;
	return 0;
}

void lite_discard(struct db *db)
{
	struct lite *q = lite_of(db);

	(void)sqlite3_close_v2(q->h);
	q->h = NULL;
	db_file_remove(q->file);
	lite_free(q);
}

/*
 * A store at rest is one file: SQLite removes -wal and -shm when the last connection closes and may
 * checkpoint. It may once nothing is left to move, which a writer sees to under the lock, without waiting for
 * anybody.
 */
void lite_close(struct db *db)
{
	struct lite *q = lite_of(db);
	bool rest = false;
	int fd = -1;

	(void)sqlite3_busy_timeout(q->h, 0);
	if (db->mode != DB_READ && db->wrote && lock_try(db->lock, &fd) > 0)
		rest = sqlite3_wal_checkpoint_v2(q->h, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
		       SQLITE_OK;
	else if (!q->immutable)
		rest = lite_wal_bytes(q) == 0;
	if (rest)
		(void)sqlite3_db_config(q->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	lite_free(q);
	lock_drop(fd);
}
