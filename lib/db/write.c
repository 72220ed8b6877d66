/* SPDX-License-Identifier: MIT */
/* The one way to write, snapshots for reading, migrations, foreign SQL, checks. */
#include <sys/stat.h>

#include "db/impl.h"
#include "os/clock.h"
#include "os/file.h"

#define WAL_PAGES_MAX 2048 /* 8 MiB: then the log is written home */

/* ---- transactions ---- */

static int begin(struct db *db, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	if (db->in_write)
		return err_set(e, E_BUG, "db_write() inside db_write()");
	if (db->mode == DB_READ)
		return err_set(e, E_BUG, "a write on a connection opened for reading");
	sb_addf(&path, "%s.lock", db->path);
	if (lock_take(sb_cstr(&path), &db->lock, e) < 0) {
		if (strstr(e->msg, strerror(EROFS)))
			e->code = E_IO;
		return -1;
	}
	if (db_exec(db, "BEGIN IMMEDIATE", e) < 0) {
		lock_drop(db->lock);
		db->lock = -1;
		return -1;
	}
	db->in_write = true;
	return 0;
}

/* All checkpoints run under the writers' lock: before SQLite 3.51.3 one that races another connection's commit can lose pages. */
static void leave(struct db *db)
{
	db->in_write = false;
	if (db->wal_pages > WAL_PAGES_MAX) {
		(void)sqlite3_wal_checkpoint_v2(db->sq, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		db->wal_pages = 0;
	}
	lock_drop(db->lock);
	db->lock = -1;
}

int db_write(struct db *db, bool dry, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e)
{
	int rc;

	if (begin(db, e) < 0)
		return -1;
	rc = fn(db, arg, e);
	for (struct stmt *st = db->kept; st; st = st->next)
		(void)sqlite3_reset(st->st);
	if (rc == 0 && !dry) {
		rc = db_exec(db, "COMMIT", e);
		db->wrote |= rc == 0;
	}
	if (!sqlite3_get_autocommit(db->sq))
		(void)sqlite3_exec(db->sq, "ROLLBACK", NULL, NULL, NULL);
	leave(db);
	return rc;
}

int db_savepoint(struct db *db, int (*fn)(struct db *db, void *arg, struct err *e), void *arg, struct err *e)
{
	struct err ignored = { 0 };
	int rc;

	if (db_exec(db, "SAVEPOINT part", e) < 0)
		return -1;
	rc = fn(db, arg, e);
	if (rc < 0) {
		/* A full disk may have rolled everything back already. */
		if (!sqlite3_get_autocommit(db->sq))
			(void)db_exec(db, "ROLLBACK TO part; RELEASE part", &ignored);
		return -1;
	}
	return db_exec(db, "RELEASE part", e);
}

int db_read_begin(struct db *db, struct err *e)
{
	if (db->in_write || db->in_read)
		return err_set(e, E_BUG, "a snapshot inside a transaction");
	if (db_exec(db, "BEGIN", e) < 0)
		return -1;
	db->in_read = true;
	return 0;
}

void db_read_end(struct db *db)
{
	if (db->in_read)
		(void)sqlite3_exec(db->sq, "COMMIT", NULL, NULL, NULL);
	db->in_read = false;
}

/* ---- migrations ---- */

int db_version(struct db *db, int *have, int *known, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;

	*known = 0;
	for (const struct migration *m = db->schema->migrations; m->version; m++)
		*known = m->version;
	if (db_prepare(db, "SELECT COALESCE(MAX(version), 0) FROM migration", NULL, &st, e) < 0 || stmt_step(st, e) < 0)
		return -1;
	*have = (int)stmt_int(st, 0);
	return 0;
}

/* Types that differ between backends. */
static void fill_types(struct sb *sb, const char *ddl)
{
	static const struct {
		const char *word, *type;
	} types[] = { { "{id}", "INTEGER PRIMARY KEY" }, { "{blob}", "BLOB" }, { "{json}", "TEXT" } };

	while (*ddl) {
		size_t i = 0;

		while (i < COUNT(types) && strncmp(ddl, types[i].word, strlen(types[i].word)) != 0)
			i++;
		if (i == COUNT(types)) {
			sb_addc(sb, *ddl++);
			continue;
		}
		sb_adds(sb, types[i].type);
		ddl += strlen(types[i].word);
	}
}

static int record_step(struct db *db, const struct migration *m, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb sb = SB_INIT(1024);

	if (db_prepare(db, "INSERT INTO main.migration (version, name, at) VALUES ($1, $2, $3)", "migration", &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, m->version);
	stmt_bind_text(st, 2, str_of(m->name));
	stmt_bind_int(st, 3, clock_now());
	if (stmt_run(st, e) < 0)
		return -1;
	sb_addf(&sb,
		"INSERT INTO main.meta (name, value) VALUES ('min_reader', '%d'), ('min_writer', '%d')"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		db->schema->min_reader, db->schema->min_writer);
	return db_exec(db, sb_cstr(&sb), e);
}

static int one_step(struct db *db, void *arg, struct err *e)
{
	const struct migration *m = arg;
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);

	fill_types(&sb, m->ddl);
	if (sb.bad)
		return err_nomem(e);
	if (db_exec(db, sb_cstr(&sb), e) < 0 || record_step(db, m, e) < 0)
		return err_wrap(e, "migration %d (%s)", m->version, m->name);
	return 0;
}

int db_migrate(struct db *db, void (*note)(int version, const char *name, void *arg), void *arg, struct err *e)
{
	int have, known;

	if (db_version(db, &have, &known, e) < 0)
		return -1;
	if (have > known)
		return err_set(e, E_CONFLICT, "%s: schema %d is newer than this program's %d; use a newer sit", db->path, have, known);
	for (const struct migration *m = db->schema->migrations; m->version; m++) {
		struct migration step = *m;

		if (m->version <= have)
			continue;
		if (db_write(db, false, one_step, &step, e) < 0)
			return -1;
		if (note)
			note(m->version, m->name, arg);
	}
	return 0;
}

/* ---- foreign SQL ---- */

/* One statement of a foreign text; *tail moves behind it. Allowed or not is known before it starts. */
static int foreign_one(struct db *db, const char **tail, bool write, struct stmt *st, struct err *e)
{
	const char *text = *tail;
	int rc = sqlite3_prepare_v2(db->sq, text, -1, &st->st, tail);

	if (rc != SQLITE_OK)
		return err_set(e, E_USAGE, "sql: %s", sqlite3_errmsg(db->sq));
	if (st->st && !write && !sqlite3_stmt_readonly(st->st)) {
		(void)sqlite3_finalize(st->st);
		st->st = NULL;
		return err_set(e, E_DENIED, "sql: this changes the store; say --write");
	}
	return 0;
}

struct foreign {
	const char *text;
	bool write;
	int (*row)(struct stmt *st, void *arg, struct err *e);
	void *arg;
};

static int foreign_all(struct db *db, void *arg, struct err *e)
{
	const struct foreign *f = arg;
	const char *tail = f->text;
	AUTO(stmt_freep) struct stmt *before = NULL; /* lives one turn longer: row() tells results apart by address */

	while (*tail) {
		struct stmt *st = calloc(1, sizeof(*st));
		int rc = 0, got;

		if (!st)
			return err_nomem(e);
		st->db = db;
		if (foreign_one(db, &tail, f->write, st, e) < 0) {
			free(st);
			return -1;
		}
		while (st->st && rc == 0 && (got = sqlite3_step(st->st)) != SQLITE_DONE)
			rc = got == SQLITE_ROW ? f->row(st, f->arg, e) :
						 err_set(e, (got & 0xff) == SQLITE_CONSTRAINT ? E_CONFLICT : E_USAGE, "sql: %s",
							 sqlite3_errmsg(db->sq));
		stmt_free(before);
		before = st;
		if (rc < 0)
			return -1;
	}
	return 0;
}

int db_foreign(struct db *db, const char *text, bool write, int (*row)(struct stmt *st, void *arg, struct err *e), void *arg,
	       struct err *e)
{
	struct foreign f = { text, write, row, arg };

	if (db->scoped)
		return err_set(e, E_BUG, "foreign SQL on a scoped connection");
	return write ? db_write(db, false, foreign_all, &f, e) : foreign_all(db, &f, e);
}

/* ---- checks and sizes ---- */

static int check_pragma(struct db *db, const char *pragma, const char *fine, void (*bad)(const char *what, void *arg), void *arg,
			struct err *e)
{
	sqlite3_stmt *st = NULL;
	char line[400];
	int rc = sqlite3_prepare_v2(db->sq, pragma, -1, &st, NULL);

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		const char *first, *third;

		rc = sqlite3_step(st);
		if (rc != SQLITE_ROW)
			break;
		first = (const char *)sqlite3_column_text(st, 0);
		if (fine && first && strcmp(first, fine) == 0)
			continue;
		third = sqlite3_column_count(st) > 2 ? (const char *)sqlite3_column_text(st, 2) : NULL;
		if (third)
			(void)snprintf(line, sizeof(line), "table %s row %lld refers to a missing %s", first ? first : "?",
				       (long long)sqlite3_column_int64(st, 1), third);
		else
			(void)snprintf(line, sizeof(line), "%s", first ? first : "?");
		bad(line, arg);
	}
	(void)sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : db_error(db, rc, e);
}

int db_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	if (check_pragma(db, "PRAGMA integrity_check", "ok", bad, arg, e) < 0)
		return -1;
	return check_pragma(db, "PRAGMA foreign_key_check", NULL, bad, arg, e);
}

int db_size(struct db *db, struct db_size *size, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	char wal[PATH_MAX];
	struct stat s;

	if (db_prepare(db, "SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
		       NULL, &st, e) < 0 ||
	    stmt_step(st, e) < 0)
		return -1;
	*size = (struct db_size){ stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2), 0 };
	(void)snprintf(wal, sizeof(wal), "%s-wal", db->path);
	if (stat(wal, &s) == 0)
		size->wal_bytes = s.st_size;
	return 0;
}
