/* SPDX-License-Identifier: MIT */
/* Text that we did not write, under an authorizer of its own; integrity; sizes. */
#include "db/impl.h"

struct rule {
	bool write;
};

/* Pragmas that only tell. */
static const char *const telling[] = {
	"application_id", "auto_vacuum",       "collation_list",   "compile_options", "database_list",
	"encoding",	  "foreign_key_check", "foreign_key_list", "freelist_count",  "function_list",
	"index_info",	  "index_list",	       "index_xinfo",	   "integrity_check", "journal_mode",
	"page_count",	  "page_size",	       "pragma_list",	   "quick_check",     "schema_version",
	"synchronous",	  "table_info",	       "table_list",	   "table_xinfo",     "user_version",
};
/* Of those the ones whose argument names a table or a number of lines, and sets nothing. */
static const char *const asking[] = {
	"foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
	"integrity_check",   "quick_check",	 "table_info", "table_list", "table_xinfo",
};

static bool among(const char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list[i], s) == 0)
			return true;
	return false;
}

static int authorize(void *arg, int op, const char *a, const char *b, const char *name, const char *trigger)
{
	const struct rule *r = arg;

	(void)name;
	(void)trigger;
	switch (op) {
	/*
	 * A table-valued function declares itself when first used, which looks like this; a statement that
	 * really does it is not read-only (and defensive mode forbids it), and is refused for that.
	 */
	case SQLITE_UPDATE:
		return r->write || (a && strcmp(a, "sqlite_master") == 0) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && strcasecmp(b, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		return a && (b ? among(asking, COUNT(asking), a) : among(telling, COUNT(telling), a))
			       ? SQLITE_OK
			       : SQLITE_DENY;
	/* The transaction is ours, and there is one store. */
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		return SQLITE_DENY;
	default:
		return r->write ? SQLITE_OK : SQLITE_DENY;
	}
}

static int foreign_fail(struct lite *q, int rc, bool write, struct err *e)
{
	if (rc == SQLITE_AUTH)
		return err_set(e, E_DENIED, "%s: not allowed%s: %s", q->db.path,
			       write ? "" : " without --write", sqlite3_errmsg(q->h));
	if ((rc & 0xff) == SQLITE_ERROR)
		return err_set(e, E_USAGE, "%s", sqlite3_errmsg(q->h));
	return lite_fail(q, rc, e);
}

static int run_one(struct lite *q, sqlite3_stmt *s, bool write,
		   int (*row)(struct stmt *st, void *arg, struct err *e), void *arg, struct err *e)
{
	struct lite_stmt ls = {.st = {.db = &q->db}, .s = s};
	int rc;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		if (row && row(&ls.st, arg, e) < 0)
			return -1;
	return rc == SQLITE_DONE ? 0 : foreign_fail(q, rc, write, e);
}

/* Go through the text; run: also run each statement, else only see whether all are allowed. */
static int pass(struct lite *q, const char *text, bool write, bool run,
		int (*row)(struct stmt *st, void *arg, struct err *e), void *arg, struct err *e)
{
	int rc = 0;

	while (rc == 0 && *text) {
		sqlite3_stmt *s = NULL;
		int code = sqlite3_prepare_v2(q->h, text, -1, &s, &text);

		if (code != SQLITE_OK)
			rc = foreign_fail(q, code, write, e);
		else if (s && !write && !sqlite3_stmt_readonly(s))
			rc = err_set(e, E_DENIED, "%s: not allowed without --write", q->db.path);
		else if (s && run)
			rc = run_one(q, s, write, row, arg, e);
		(void)sqlite3_finalize(s);
	}
	return rc;
}

int lite_foreign(struct db *db, const char *text, bool write,
		 int (*row)(struct stmt *st, void *arg, struct err *e), void *arg, struct err *e)
{
	struct lite *q = lite_of(db);
	struct rule r = {.write = write};
	int rc = 0;

	(void)sqlite3_set_authorizer(q->h, authorize, &r);
	/* Nothing runs when a later statement is refused; when writing, a later one may need what an earlier
	 * one makes. */
	if (!write)
		rc = pass(q, text, write, false, NULL, NULL, e);
	if (rc == 0)
		rc = pass(q, text, write, true, row, arg, e);
	(void)sqlite3_set_authorizer(q->h, NULL, NULL);
	return rc;
}

int lite_check(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	struct lite *q = lite_of(db);
	const char *const text[] = {
		"SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
		"SELECT 'row ' || coalesce(rowid, '?') || ' of ' || \"table\" || ' refers to no row of ' || "
		"parent "
		"FROM pragma_foreign_key_check",
	};
	int rc = SQLITE_DONE;

	q->trusted = true;
	for (size_t i = 0; i < COUNT(text) && rc == SQLITE_DONE; i++) {
		sqlite3_stmt *s = NULL;

		rc = sqlite3_prepare_v2(q->h, text[i], -1, &s, NULL);
		if (rc == SQLITE_OK)
			while ((rc = sqlite3_step(s)) == SQLITE_ROW)
				bad((const char *)sqlite3_column_text(s, 0), arg);
		if (rc != SQLITE_DONE)
			lite_fail(q, rc, e);
		(void)sqlite3_finalize(s);
	}
	q->trusted = false;
	return rc == SQLITE_DONE ? 0 : -1;
}

int lite_size(struct db *db, struct db_size *size, struct err *e)
{
	struct lite *q = lite_of(db);

	*size = (struct db_size){.wal_bytes = lite_wal_bytes(q)};
	if (lite_int(q, "PRAGMA page_count", &size->pages, e) < 0 ||
	    lite_int(q, "PRAGMA freelist_count", &size->free_pages, e) < 0 ||
	    lite_int(q, "PRAGMA page_size", &size->page_bytes, e) < 0)
		return -1;
	return 0;
}
