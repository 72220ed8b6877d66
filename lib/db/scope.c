/* SPDX-License-Identifier: MIT */
/*
 * The tenant scope on SQLite. Common table expressions of the tables' own names, put before every statement, hide what other
 * organisations have; TEMP triggers guard what is written; an authorizer makes sure that nothing goes around them. Guards are
 * made when a statement first needs them, outside any transaction: one that is rolled back would take its guards with it, and
 * a missing guard guards nothing.
 *
 * Why no TEMP views: making ten of them was a third of the time of a short program (each is parsed twice, written to the
 * temporary schema and ends every prepared statement). An expression is parsed with the statement, and to the authorizer and
 * the optimizer it is what a view is; NOT MATERIALIZED, because a view is not either.
 */
#include "db/impl.h"

#include <strings.h>

#define READ_IDS "(SELECT org_id FROM temp.scope)"
#define IDS_MOST 16 /* that are named one by one; more are in a table, which takes a while to make */
#define OUTSIDE "outside the organisation"
#define UPSERTS "sit_upserts"

static bool same(struct str a, const char *b)
{
	return b && a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

/* Place in schema->tenants, -1 when the name is no tenant table. SQLite's names do not know case. */
static int tenant_of(const struct lite *q, struct str name)
{
	const struct tenant *t = q->db.schema ? q->db.schema->tenants : NULL;

	/* Asked for every column and token: most are told by their first letter. */
	for (int i = 0; t && t[i].table; i++)
		if (name.len && ((name.ptr[0] ^ t[i].table[0]) & ~0x20) == 0 && same(name, t[i].table))
			return i;
	return -1;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '$' || (c & 0x80);
}

/* Behind the closing quote; a doubled one inside comes out as two tokens, which matches no table. */
static const char *quoted(const char *p, char end, struct str *t)
{
	const char *close = strchr(p + 1, end);

	if (!close)
		close = p + strlen(p) - 1;
	*t = (struct str){p + 1, (size_t)(close - p - 1)};
	return close + 1;
}

/* The next token from p: names without their quotes, strings as nothing, else one character. False at the
 * end. */
static bool token(const char **p, struct str *t)
{
	const char *s = *p;

	for (;;) {
		s += strspn(s, " \t\n\r\f");
		if (s[0] == '-' && s[1] == '-')
			s += strcspn(s, "\n");
		else if (s[0] == '/' && s[1] == '*')
			s = strstr(s + 2, "*/") ? strstr(s + 2, "*/") + 2 : s + strlen(s);
		else
			break;
	}
	*t = (struct str){s, 0};
	if (!*s)
		return false;
	if (*s == '\'') {
		*p = quoted(s, '\'', t);
		*t = STR("''");
	} else if (*s == '"' || *s == '`' || *s == '[') {
		*p = quoted(s, *s == '[' ? ']' : *s, t);
	} else {
		while (is_word(s[t->len]))
			t->len++;
		t->len = t->len ? t->len : 1;
		*p = s + t->len;
	}
	return true;
}

static int misuse(const char *what, const char *text, struct err *e)
{
	return err_set(e, E_BUG, "%s in a scoped statement: %s", what, text);
}

/* An unqualified name would be the base table there, whatever expression has its name. */
static bool is_target(const struct str behind[2])
{
	return same(behind[0], "into") || same(behind[0], "update") || (same(behind[0], "from") && same(behind[1], "delete")) ||
	       (same(behind[1], "or") && (same(behind[0], "ignore") || same(behind[0], "abort") || same(behind[0], "fail")));
}

/* "main." has been read and t follows; behind[0] is the token before it, behind[1] the one before that. */
static int check_main(const char *rest, struct str t, const struct str behind[2], const char *writes, const char *text, struct err *e)
{
	struct str next;

	if (!same(t, writes))
		return misuse("main. before what it does not write", text, e);
	/* main.t.column */
	if ((token(&rest, &next) && str_is(next, ".")) || is_target(behind))
		return 0;
	return misuse("main. where it reads", text, e);
}

/* A table-valued function declares a table when it is first used, which the authorizer would refuse. */
static int declare(struct lite *q, struct str name, struct err *e)
{
	int64_t none;

	if (q->declared || name.len != 9 || (!same(name, "json_each") && !same(name, "json_tree")))
		return 0;
	q->declared = true;
	return lite_int(q, "SELECT count(*) FROM json_each('[]'), json_tree('[]')", &none, e);
}

/*
 * Note the tables that the text names, and whether it upserts; refuse what the authorizer cannot see: a base table read under the cover of being
 * written, and REPLACE, which deletes rows without asking the guards.
 */
static int scan(struct lite *q, const char *text, const char *writes, struct lite_set *sees, struct err *e)
{
	struct str behind[2] = { { 0 } };
	const char *p = text;
	struct str t;

	while (token(&p, &t)) {
		const char *ahead = p;
		struct str next;
		int at;

		if (!token(&ahead, &next))
			next = (struct str){ 0 };
		if (same(t, "replace") && !str_is(next, "("))
			return misuse("REPLACE", text, e);
		sees->upserts |= same(t, "do") && same(next, "update");
		if (same(t, "main") && str_is(next, ".")) {
			if (!token(&ahead, &t))
				return misuse("main.", text, e);
			if (check_main(ahead, t, behind, writes, text, e) < 0)
				return -1;
			p = ahead;
		} else if ((at = tenant_of(q, t)) >= 0) {
			if (is_target(behind))
				return misuse("written without main.", text, e);
			set_add(sees, at);
		} else if (declare(q, t, e) < 0) {
			return -1;
		}
		behind[1] = behind[0];
		behind[0] = t;
	}
	return 0;
}

/*
 * A condition with {row} {read} {write} filled in. What may be written is one organisation, and is named by its
 * number: a subquery would be run, with a table of its own, for each row that is written.
 */
static void condition(const struct lite *q, struct sb *sb, const char *text, const char *row)
{
	char write[32];
	const char *const word[][2] = {{"{row}", row}, {"{read}", q->read ? q->read : READ_IDS}, {"{write}", write}};

	(void)snprintf(write, sizeof(write), "(%" PRId64 ")", q->db.self);
	(void)sb_addc(sb, '(');
	while (*text) {
		size_t i = 0;

		while (i < COUNT(word) && strncmp(text, word[i][0], strlen(word[i][0])) != 0)
			i++;
		if (i < COUNT(word)) {
			(void)sb_adds(sb, word[i][1]);
			text += strlen(word[i][0]);
		} else {
			(void)sb_addc(sb, *text++);
		}
	}
	(void)sb_addc(sb, ')');
}

/* "site AS NOT MATERIALIZED (SELECT * FROM main.site WHERE ...)", made once. */
static const char *expression(struct lite *q, size_t i)
{
	const struct tenant *t = q->db.schema->tenants + i;
	AUTO(sb_done) struct sb sb = SB_INIT(65536);

	if (q->tenant[i].expression)
		return q->tenant[i].expression;
	(void)sb_addf(&sb, "\"%s\" AS NOT MATERIALIZED (SELECT * FROM main.\"%s\" WHERE ", t->table, t->table);
	condition(q, &sb, t->visible ? t->visible : "{row}org_id IN {read}", "");
	(void)sb_addc(&sb, ')');
	q->tenant[i].expression = sb.bad ? NULL : strdup(sb_cstr(&sb));
	return q->tenant[i].expression;
}

int lite_scoped(struct lite *q, const char *text, const char *writes, struct lite_set *sees, struct sb *out, struct err *e)
{
	const struct tenant *t = q->db.schema ? q->db.schema->tenants : NULL;
	const char *rest = text, *glue = "WITH ";
	struct str first;

	if (scan(q, text, writes, sees, e) < 0)
		return -1;
	for (size_t i = 0; t && t[i].table; i++) {
		if (!set_has(sees, (int)i))
			continue;
		if (!expression(q, i))
			return err_nomem(e);
		(void)sb_adds(out, glue);
		(void)sb_adds(out, q->tenant[i].expression);
		glue = ", ";
	}
	/* Those of the statement follow; RECURSIVE is a word that SQLite does not need. */
	if (out->len && token(&rest, &first) && same(first, "with")) {
		text = rest;
		if (token(&rest, &first) && same(first, "recursive"))
			text = rest;
		(void)sb_addc(out, ',');
	}
	(void)sb_addc(out, ' ');
	(void)sb_adds(out, text);
	return out->bad ? err_nomem(e) : 0;
}

/*
 * Unknown (NULL) is foreign too: IS NOT TRUE. The old row is asked first, so that a foreign row is skipped without a word: it is not there.
 * Where an insert would turn into its update that cannot be said, something must become of the new row: it aborts, as Postgres does.
 */
static int make_guards(struct lite *q, const struct tenant *t, struct err *e)
{
	static const struct guard {
		const char *tail, *when;
		bool old, new;
	} guards[] = {
		{"insert", "INSERT", false, true},
		{"update", "UPDATE", true, true},
		{"delete", "DELETE", true, false},
	};
	const char *cond = t->writable ? t->writable : "{row}org_id IN {write}";
	AUTO(sb_done) struct sb sb = SB_INIT(65536);

	(void)sb_adds(&sb, "SAVEPOINT guards;");
	for (size_t i = 0; i < COUNT(guards); i++) {
		const struct guard *g = guards + i;

		(void)sb_addf(&sb, "CREATE TEMP TRIGGER \"guard_%s_%s\" BEFORE %s ON main.\"%s\" BEGIN ",
			      t->table, g->tail, g->when, t->table);
		if (g->old && g->new) {
			(void)sb_adds(&sb, "SELECT RAISE(ABORT, '" OUTSIDE "') WHERE ");
			condition(q, &sb, cond, "OLD.");
			(void)sb_adds(&sb, " IS NOT TRUE AND " UPSERTS "(); ");
		}
		if (g->old) {
			(void)sb_adds(&sb, "SELECT RAISE(IGNORE) WHERE ");
			condition(q, &sb, cond, "OLD.");
			(void)sb_adds(&sb, " IS NOT TRUE; ");
		}
		if (g->new) {
			(void)sb_adds(&sb, "SELECT RAISE(ABORT, '" OUTSIDE "') WHERE ");
			condition(q, &sb, cond, "NEW.");
			(void)sb_adds(&sb, " IS NOT TRUE; ");
		}
		(void)sb_adds(&sb, "END;");
	}
	(void)sb_adds(&sb, "RELEASE guards");
	if (sb.bad)
		return err_nomem(e);
	if (lite_exec(q, sb_cstr(&sb), e) == 0)
		return 0;
	db_sqlite.rollback(&q->db);
	return -1;
}

int lite_ready(struct db *db, const char *text, const char *writes, struct err *e)
{
	struct lite *q = lite_of(db);
	int target = writes && db->self ? tenant_of(q, str_of(writes)) : -1;

	(void)text;
	/* Who only reads writes nothing, whatever the statement says. */
	if (target < 0 || db->mode == DB_READ || q->tenant[target].guard)
		return 0;
	if (sqlite3_get_autocommit(q->h) == 0)
		return err_set(e, E_BUG, "no guards of %s in this transaction: db_ready() first", writes);
	if (make_guards(q, db->schema->tenants + target, e) < 0)
		return -1;
	q->tenant[target].guard = true;
	return 0;
}

/* The columns that foreign keys compare. */
static bool is_key(const char *column)
{
	size_t n = strlen(column);

	return strcasecmp(column, "id") == 0 || (n > 3 && strcasecmp(column + n - 3, "_id") == 0);
}

static bool may_read(const struct lite *q, const char *table, const char *column, const char *name,
		     const char *within)
{
	int at = name && strcmp(name, "main") == 0 ? tenant_of(q, str_of(table)) : -1;

	if (at < 0)
		return true;
	/*
	 * No column at all, as by count(*): the optimizer has merged the expression into the statement and does not
	 * say so. scan() has seen to it that the table was not named as main.t.
	 */
	if (!*column && !within && q->sees && set_has(q->sees, at))
		return true;
	if (within)
		return strcasecmp(within, table) == 0 || strncmp(within, "guard_", 6) == 0 ||
		       strcmp(within, "sqlite_returning") == 0;
	if (!q->target)
		return false;
	return strcasecmp(q->target, table) == 0 || is_key(column);
}

/* `within` is the expression, view or trigger that asks. */
static int authorize(void *arg, int op, const char *a, const char *b, const char *name, const char *within)
{
	const struct lite *q = arg;
	bool ok = false;

	if (q->trusted)
		return SQLITE_OK;
	switch (op) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		ok = true;
		break;
	case SQLITE_FUNCTION:
		ok = !b || strcasecmp(b, "load_extension") != 0;
		break;
	case SQLITE_READ:
		ok = may_read(q, a, b, name, within);
		break;
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		ok = q->target && a && strcasecmp(a, q->target) == 0 && name && strcmp(name, "main") == 0 &&
		     !within;
		break;
	default:
		break;
	}
	return ok ? SQLITE_OK : SQLITE_DENY;
}

/* "(1, 3)" of the organisation and those below it. */
static int name_ids(struct lite *q, const int64_t *ids, size_t n, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(65536);

	(void)sb_addf(&sb, "(%" PRId64, q->db.self);
	for (size_t i = 0; i < n; i++)
		if (ids[i] != q->db.self)
			(void)sb_addf(&sb, ", %" PRId64, ids[i]);
	(void)sb_addc(&sb, ')');
	q->read = sb.bad ? NULL : strdup(sb_cstr(&sb));
	return q->read ? 0 : err_nomem(e);
}

static int make_ids(struct lite *q, const int64_t *ids, size_t n, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 26);

	(void)sb_adds(&sb, "BEGIN; CREATE TEMP TABLE scope (org_id INTEGER PRIMARY KEY);");
	(void)sb_addf(&sb, "INSERT INTO temp.scope VALUES (%" PRId64 ");", q->db.self);
	for (size_t i = 0; i < n; i++)
		if (ids[i] != q->db.self)
			(void)sb_addf(&sb, "INSERT OR IGNORE INTO temp.scope VALUES (%" PRId64 ");", ids[i]);
	(void)sb_adds(&sb, "COMMIT");
	if (sb.bad)
		return err_nomem(e);
	/* A connection for reading is told to write nothing, not even temporary things. */
	if (q->db.mode == DB_READ && lite_exec(q, "PRAGMA query_only = OFF", e) < 0)
		return -1;
	if (lite_exec(q, sb_cstr(&sb), e) < 0)
		return -1;
	return q->db.mode == DB_READ ? lite_exec(q, "PRAGMA query_only = ON", e) : 0;
}

/* sit_upserts(): the statement at work is an upsert. */
static void upserts(sqlite3_context *c, int n, sqlite3_value **arg)
{
	const struct lite *q = sqlite3_user_data(c);

	(void)n;
	(void)arg;
	sqlite3_result_int(c, q->sees && q->sees->upserts);
}

int lite_scope(struct db *db, const int64_t *ids, size_t n, struct err *e)
{
	struct lite *q = lite_of(db);

	if (sqlite3_create_function(q->h, UPSERTS, 0, SQLITE_UTF8, q, upserts, NULL, NULL) != SQLITE_OK)
		return err_nomem(e);
	/* The authorizer first: a scope that cannot be made leaves a connection that sees nothing. */
	(void)sqlite3_set_authorizer(q->h, authorize, q);
	return n <= IDS_MOST ? name_ids(q, ids, n, e) : make_ids(q, ids, n, e);
}
