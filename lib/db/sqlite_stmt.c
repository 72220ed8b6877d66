/* SPDX-License-Identifier: MIT */
/* Statements of SQLite. */
#include "db/impl.h"

static struct lite_stmt *stmt_of(struct stmt *st)
{
	return (struct lite_stmt *)st;
}

static sqlite3_stmt *raw(const struct stmt *st)
{
	return ((const struct lite_stmt *)st)->s;
}

/* The number of "$7"; 0 when it is not one from 1 to 9999. */
static int number_of(const char *name)
{
	int k = 0;

	if (!name || name[0] != '$' || strlen(name) > 5)
		return 0;
	for (const char *p = name + 1; *p; p++) {
		if (*p < '0' || *p > '9')
			return 0;
		k = k * 10 + *p - '0';
	}
	return k;
}

/* To SQLite "$7" is a name: note where each number went, once. */
static int map_params(struct lite_stmt *ls, struct err *e)
{
	int n = sqlite3_bind_parameter_count(ls->s);

	for (int pass = 0; pass < 2; pass++) {
		for (int i = 1; i <= n; i++) {
			const char *name = sqlite3_bind_parameter_name(ls->s, i);
			int k = number_of(name);

			if (k == 0)
				return err_set(e, E_BUG, "parameter %s: only $1 … are parameters",
					       name ? name : "?");
			if (pass)
				ls->param[k - 1] = i;
			else if (k > ls->nparam)
				ls->nparam = k;
		}
		if (pass == 0) {
			ls->param = calloc((size_t)ls->nparam + 1, sizeof(*ls->param));
			if (!ls->param)
				return err_nomem(e);
		}
	}
	return 0;
}

/* Nothing but blanks, semicolons and comments: as SQLite sees it, no statement. */
static bool nothing_left(struct lite *q, const char *tail)
{
	sqlite3_stmt *s = NULL;
	bool none;

	while (*tail == ' ' || *tail == '\n' || *tail == '\t' || *tail == ';')
		tail++;
	if (!*tail)
		return true;
	none = sqlite3_prepare_v2(q->h, tail, -1, &s, NULL) == SQLITE_OK && !s;
	(void)sqlite3_finalize(s);
	return none;
}

int lite_prepare(struct db *db, const char *text, const char *writes, bool kept, struct stmt **out, struct err *e)
{
	AUTO(sb_done) struct sb scoped = SB_INIT((size_t)32 << 20);
	struct lite *q = lite_of(db);
	struct lite_stmt *ls;
	const char *tail = "";
	struct lite_set sees = {0};
	int rc;

	if (!*text) /* nobody writes an empty statement: building it met no memory */
		return err_nomem(e);
	if (db->self && (lite_scoped(q, text, writes, &sees, &scoped, e) < 0 || lite_ready(db, text, writes, e) < 0))
		return -1;
	ls = calloc(1, sizeof(*ls));
	if (!ls)
		return err_nomem(e);
	ls->st = (struct stmt){.db = db};
	ls->sees = sees;
	/* The authorizer asks again at every re-prepare: the name must live as long as the statement. */
	if (writes && !(ls->st.writes = strdup(writes))) {
		free(ls);
		return err_nomem(e);
	}
	q->target = writes;
	q->sees = &sees;
	rc = sqlite3_prepare_v3(q->h, db->self ? sb_cstr(&scoped) : text, -1, kept ? SQLITE_PREPARE_PERSISTENT : 0, &ls->s, &tail);
	q->sees = NULL;
	q->target = NULL;
	if (rc != SQLITE_OK)
		rc = lite_fail(q, rc, e);
	else if (!ls->s || !nothing_left(q, tail))
		rc = err_set(e, E_BUG, "not one statement: %s", text);
	else
		rc = map_params(ls, e);
	if (rc < 0) {
		lite_stmt_free(&ls->st);
		return -1;
	}
	*out = &ls->st;
	return 0;
}

void lite_stmt_free(struct stmt *st)
{
	struct lite_stmt *ls = stmt_of(st);

	(void)sqlite3_finalize(ls->s);
	free(ls->param);
	free(st->writes);
	free(ls);
}

void lite_reset(struct stmt *st)
{
	struct lite_stmt *ls = stmt_of(st);

	(void)sqlite3_reset(ls->s);
	(void)sqlite3_clear_bindings(ls->s);
	ls->bad = SQLITE_OK;
	ls->bad_param = 0;
}

/* Where $i is for SQLite; remembers the first that is nowhere. */
static int place(struct lite_stmt *ls, int i)
{
	int at = i >= 1 && i <= ls->nparam ? ls->param[i - 1] : 0;

	if (!at && !ls->bad_param)
		ls->bad_param = i;
	return at;
}

static void noted(struct lite_stmt *ls, int rc)
{
	if (rc != SQLITE_OK && ls->bad == SQLITE_OK)
		ls->bad = rc;
}

void lite_bind(struct stmt *st, int i, const struct cell *c)
{
	struct lite_stmt *ls = stmt_of(st);
	int at = place(ls, i);
	int rc = SQLITE_OK;

	if (!at)
		return;
	switch (c->type) {
	case CELL_NULL:
		rc = sqlite3_bind_null(ls->s, at);
		break;
	case CELL_INT:
	case CELL_BOOL:
	case CELL_TIME:
		rc = sqlite3_bind_int64(ls->s, at, c->i);
		break;
	case CELL_REAL:
		rc = sqlite3_bind_double(ls->s, at, c->r);
		break;
	case CELL_TEXT:
	case CELL_JSON:
		rc = sqlite3_bind_text64(ls->s, at, c->s.ptr, c->s.len, SQLITE_STATIC, SQLITE_UTF8);
		break;
	}
	noted(ls, rc);
}

void lite_bind_blob(struct stmt *st, int i, const void *p, size_t n)
{
	struct lite_stmt *ls = stmt_of(st);
	int at = place(ls, i);

	if (at)
		noted(ls, p && n ? sqlite3_bind_blob64(ls->s, at, p, n, SQLITE_STATIC)
				 : sqlite3_bind_zeroblob(ls->s, at, 0));
}

int lite_step(struct stmt *st, struct err *e)
{
	struct lite_stmt *ls = stmt_of(st);
	struct lite *q = lite_of(st->db);
	int rc;

	if (ls->bad_param)
		return err_set(e, E_BUG, "no parameter $%d in: %s", ls->bad_param, sqlite3_sql(ls->s));
	if (ls->bad != SQLITE_OK)
		return err_set(e, E_IO, "%s: %s", st->db->path, sqlite3_errstr(ls->bad));
	q->target = st->writes;
	q->sees = &ls->sees;
	rc = sqlite3_step(ls->s);
	q->sees = NULL;
	q->target = NULL;
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	lite_fail(q, rc, e);
	/* Whatever it held is let go at once; the bindings stay for a second try. */
	(void)sqlite3_reset(ls->s);
	return -1;
}

int lite_columns(const struct stmt *st)
{
	return sqlite3_column_count(raw(st));
}

const char *lite_column_name(const struct stmt *st, int col)
{
	const char *name = sqlite3_column_name(raw(st), col);

	return name ? name : "";
}

bool lite_is_null(const struct stmt *st, int col)
{
	return sqlite3_column_type(raw(st), col) == SQLITE_NULL;
}

int64_t lite_get_int(const struct stmt *st, int col)
{
	return sqlite3_column_int64(raw(st), col);
}

double lite_get_real(const struct stmt *st, int col)
{
	return sqlite3_column_double(raw(st), col);
}

struct str lite_get_text(const struct stmt *st, int col)
{
	const void *p = sqlite3_column_text(raw(st), col);
	int n = sqlite3_column_bytes(raw(st), col);

	return (struct str){p, p ? (size_t)n : 0};
}

struct str lite_get_blob(const struct stmt *st, int col)
{
	const void *p = sqlite3_column_blob(raw(st), col);
	int n = sqlite3_column_bytes(raw(st), col);

	return (struct str){p, p ? (size_t)n : 0};
}

struct cell lite_get_cell(const struct stmt *st, int col)
{
	switch (sqlite3_column_type(raw(st), col)) {
	case SQLITE_NULL:
		return CELL_OF_NULL;
	case SQLITE_INTEGER:
		return CELL_OF_INT(lite_get_int(st, col));
	case SQLITE_FLOAT:
		return CELL_OF_REAL(lite_get_real(st, col));
	case SQLITE_BLOB:
		return CELL_OF_TEXT(lite_get_blob(st, col));
	default:
		return CELL_OF_TEXT(lite_get_text(st, col));
	}
}
