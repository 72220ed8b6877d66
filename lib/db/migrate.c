/* SPDX-License-Identifier: MIT */
/* Versions of the schema: which one a store has, whether this program can work with it, how it gets the
 * newest. */
#include "db/backend.h"
#include "os/clock.h"

static int newest(const struct db_schema *s)
{
	int v = 0;

	for (const struct migration *m = s ? s->migrations : NULL; m && m->version; m++)
		v = m->version > v ? m->version : v;
	return v;
}

/* The number in the one row that text gives with $1 bound to name (when not NULL); 0 when there is no row. */
static int number(struct db *db, const char *text, const char *name, int *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int rc;

	*out = 0;
	if (db_prepare(db, text, NULL, &st, e) < 0)
		return -1;
	if (name)
		stmt_bind_text(st, 1, str_of(name));
	rc = stmt_step(st, e);
	if (rc > 0 && (stmt_int(st, 0) < 0 || stmt_int(st, 0) > INT_MAX))
		return err_set(e, E_IO, "%s: impossible version of the schema", db->path);
	if (rc > 0)
		*out = (int)stmt_int(st, 0);
	return rc < 0 ? -1 : 0;
}

int db_version(struct db *db, int *have, int *known, struct err *e)
{
	*known = newest(db->schema);
	return number(db, "SELECT max(version) FROM migration", NULL, have, e);
}

int db_version_check(struct db *db, struct err *e)
{
	bool write = db->mode != DB_READ;
	int have, known, least;

	if (db_version(db, &have, &known, e) < 0)
		return -1;
	if (have == known)
		return 0;
	if (have < known)
		return err_set(e, E_CONFLICT,
			       "%s: schema %d is older than this program's %d: run sit-db migrate", db->path,
			       have, known);
	if (number(db, "SELECT CAST(value AS BIGINT) FROM meta WHERE name = $1",
		   write ? "min_writer" : "min_reader", &least, e) < 0)
		return -1;
	/* A store that does not say is not known to be compatible. */
	if (least && known >= least)
		return 0;
	return err_set(e, E_CONFLICT,
		       "%s: schema %d is newer than this program's %d%s: install the newer sit", db->path,
		       have, known, write ? ", which must not write it" : "");
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool starts(const char *text, const char *what)
{
	return strncmp(text, what, strlen(what)) == 0;
}

struct translating {
	const struct db_backend *be;
	bool table; /* in CREATE TABLE or ALTER TABLE, where types are named */
	bool skip;  /* in a part for another backend */
	char quote; /* in a string or a quoted name */
};

/* {id} and its like at text: its length, 0 when it is none. */
static size_t placeholder(struct translating *t, const char *text, const char **put)
{
	const char *const word[][2] = {{"{id}", t->be->id},	{"{blob}", t->be->blob}, {"{json}", t->be->json},
				       {"{sqlite}", NULL}, {"{postgres}", NULL}, {"{both}", NULL}};

	for (size_t i = 0; i < COUNT(word); i++) {
		if (!starts(text, word[i][0]))
			continue;
		*put = word[i][1] ? word[i][1] : "";
		if (!word[i][1])
			t->skip = !starts(text, "{both}") && !starts(text + 1, t->be->name);
		return strlen(word[i][0]);
	}
	return 0;
}

/* A word of the backend's table at text: its length, 0 when it is none. */
static size_t own_word(const struct translating *t, const char *text, const char **put)
{
	for (const char *const(*w)[2] = t->be->words; (*w)[0]; w++) {
		size_t n = strlen((*w)[0]);

		if (starts(text, (*w)[0]) && !is_word(text[n])) {
			*put = (*w)[1];
			return n;
		}
	}
	return 0;
}

/* The DDL in the backend's words. */
static int translate(const struct db_backend *be, const char *ddl, struct sb *sb)
{
	struct translating t = {.be = be};
	bool begins = true; /* a statement */
	char before = ' ';

	for (size_t n; *ddl; ddl += n) {
		const char *put = NULL;

		n = t.quote ? 0 : placeholder(&t, ddl, &put);
		if (n == 0 && begins && *ddl != ' ') {
			t.table = starts(ddl, "CREATE TABLE") || starts(ddl, "ALTER TABLE");
			begins = false;
		}
		if (n == 0 && !t.quote && t.table && !is_word(before))
			n = own_word(&t, ddl, &put);
		if (n == 0) {
			n = 1;
			if (t.quote ? *ddl == t.quote : *ddl == '\'' || *ddl == '"')
				t.quote = t.quote ? '\0' : *ddl;
			begins |= *ddl == ';' && !t.quote;
		}
		before = ddl[n - 1];
		if (t.skip)
			continue;
		if (put)
			(void)sb_adds(sb, put);
		else
			(void)sb_addc(sb, *ddl);
	}
	return sb->bad ? -1 : 0;
}

static int put_meta(struct db *db, const char *name, int v, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", v);
	if (db_prepare(db,
		       "INSERT INTO main.meta (name, value) VALUES ($1, $2) "
		       "ON CONFLICT (name) DO UPDATE SET value = excluded.value "
		       "WHERE CAST(meta.value AS BIGINT) < CAST(excluded.value AS BIGINT)",
		       "meta", &st, e) < 0)
		return -1;
	stmt_bind_text(st, 1, str_of(name));
	stmt_bind_text(st, 2, str_of(text));
	return stmt_run(st, e);
}

struct step {
	const struct migration *m;
	bool old;  /* the store had a schema before */
	bool done; /* not by somebody else in the meantime */
};

static void keep_finding(const char *what, void *arg)
{
	struct err *e = arg;

	if (!e->code)
		(void)err_set(e, E_CONFLICT, "%s", what);
}

/* With foreign keys off nobody looked: now somebody does. */
static int check_rebuilt(struct db *db, struct err *e)
{
	struct err found = {0};

	if (db->be->check(db, keep_finding, &found, e) < 0)
		return -1;
	if (found.code)
		*e = found;
	return found.code ? -1 : 0;
}

static int move(struct db *db, bool old, struct err *e)
{
	if (old && !db->mover)
		return err_set(e, E_BUG, "nobody to move the rows");
	if (old && db->mover(db, e) < 0)
		return -1;
	return db->be->exec(db, db->schema->moved, e);
}

static int migrate_one(struct db *db, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb ddl = SB_INIT((size_t)1 << 24);
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct step *s = arg;
	int have, known;

	if (db_version(db, &have, &known, e) < 0)
		return -1;
	if (have >= s->m->version)
		return 0;
	if (translate(db->be, s->m->ddl, &ddl) < 0)
		return err_nomem(e);
	if (db->be->exec(db, sb_cstr(&ddl), e) < 0)
		return err_wrap(e, "migration %d (%s)", s->m->version, s->m->name);
	if (s->m->version == db->schema->moves && move(db, s->old, e) < 0)
		return err_wrap(e, "migration %d (%s)", s->m->version, s->m->name);
	if (s->m->rebuilds && db->be->foreign_keys && check_rebuilt(db, e) < 0)
		return err_wrap(e, "migration %d (%s)", s->m->version, s->m->name);
	if (db_prepare(db, "INSERT INTO main.migration (version, name, at) VALUES ($1, $2, $3)", "migration",
		       &st, e) < 0)
		return -1;
	stmt_bind_int(st, 1, s->m->version);
	stmt_bind_text(st, 2, str_of(s->m->name));
	stmt_bind_int(st, 3, clock_now());
	if (stmt_run(st, e) < 0)
		return -1;
	/* With the first step already: a store left halfway must not let in programs that the newest schema
	 * refuses. */
	if (put_meta(db, "min_reader", db->schema->min_reader, e) < 0 ||
	    put_meta(db, "min_writer", db->schema->min_writer, e) < 0)
		return -1;
	s->done = true;
	return 0;
}

static int migrate(struct db *db, struct step *s, struct err *e)
{
	struct err late = {0};
	int rc;

	if (!s->m->rebuilds || !db->be->foreign_keys)
		return db_write(db, false, migrate_one, s, e);
	if (db->be->foreign_keys(db, false, e) < 0)
		return -1;
	rc = db_write(db, false, migrate_one, s, e);
	return db->be->foreign_keys(db, true, rc < 0 ? &late : e) < 0 ? -1 : rc;
}

static int secure(struct db *db, void *arg, struct err *e)
{
	(void)arg;
	return db->be->secure(db, e);
}

/* Functions, or views. */
static int make_anew(struct db *db, void *arg, struct err *e)
{
	for (const char *const *text = arg; text && *text; text++) {
		AUTO(sb_done) struct sb ddl = SB_INIT((size_t)1 << 20);

		if (translate(db->be, *text, &ddl) < 0)
			return err_nomem(e);
		if (ddl.len && db->be->exec(db, sb_cstr(&ddl), e) < 0)
			return -1;
	}
	return 0;
}

int db_furnish(struct db *db, struct err *e)
{
	if (db->schema && db->schema->views && make_anew(db, (void *)(uintptr_t)db->schema->views, e) < 0)
		return -1;
	return db->be->secure ? db->be->secure(db, e) : 0;
}

static int make_all(struct db *db, const char *const *texts, struct err *e)
{
	return texts ? db_write(db, false, make_anew, (void *)(uintptr_t)texts, e) : 0;
}

int db_migrate(struct db *db, void (*note)(int version, const char *name, void *arg), void *arg,
	       struct err *e)
{
	int have, known;

	if (db->self)
		return err_set(e, E_BUG, "db_migrate() on a scoped connection");
	if (db_version(db, &have, &known, e) < 0)
		return -1;
	if (have > known)
		return err_set(e, E_CONFLICT,
			       "%s: schema %d is newer than this program's %d: install the newer sit",
			       db->path, have, known);
	if (db->schema && make_all(db, db->schema->functions, e) < 0)
		return -1;
	for (const struct migration *m = db->schema ? db->schema->migrations : NULL; m && m->version; m++) {
		struct step s = {.m = m, .old = have > 0};

		if (m->version <= have)
			continue;
		if (migrate(db, &s, e) < 0)
			return -1;
		if (note && s.done)
			note(m->version, m->name, arg);
	}
	if (db->schema && make_all(db, db->schema->views, e) < 0)
		return -1;
	/* Always: the last one may have been stopped before it. */
	return db->be->secure ? db_write(db, false, secure, NULL, e) : 0;
}
