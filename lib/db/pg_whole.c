/* SPDX-License-Identifier: MIT */
/* The database of a store as a whole: what is in it, a snapshot for others to see, what makes a loaded dump a store of this database. */
#include "db/pg_impl.h"

/* Not what only a server has: numbers of transactions, rows made out of the rest. */
const char pg_catalogue[] =
	"SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, NULL), COALESCE((SELECT k.n FROM pg_catalog.pg_index i"
	" CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k (num, n) WHERE i.indrelid = c.oid AND i.indisprimary"
	" AND k.num = a.attnum), 0) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	" WHERE c.relnamespace = 'main'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0"
	" AND NOT a.attisdropped AND c.relname NOT IN ('unbound', 'batch', 'mirror', 'mirror_point', 'shard', 'shard_mark') ORDER BY c.relname COLLATE \"C\", a.attnum";

/* References cannot be told to wait: they are taken away, written down in the same transaction, and made again at the end. */
const char pg_unbind[] =
	"CREATE TABLE IF NOT EXISTS main.unbound (\"table\" TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);"
	"DO $$ DECLARE c record; BEGIN FOR c IN SELECT t.relname, k.conname, pg_get_constraintdef(k.oid) AS text FROM pg_constraint k"
	" JOIN pg_class t ON t.oid = k.conrelid WHERE k.contype = 'f' AND k.connamespace = 'main'::regnamespace AND k.conparentid = 0 LOOP"
	" INSERT INTO main.unbound VALUES (c.relname, c.conname, c.text);"
	" EXECUTE format('ALTER TABLE main.%I DROP CONSTRAINT %I', c.relname, c.conname); END LOOP; END $$;";
const char pg_bind_again[] =
	"DO $$ DECLARE c record; BEGIN IF to_regclass('main.unbound') IS NOT NULL THEN FOR c IN SELECT * FROM main.unbound LOOP"
	" EXECUTE format('ALTER TABLE main.%I ADD CONSTRAINT %I %s', c.\"table\", c.name, c.text); END LOOP;"
	" DROP TABLE main.unbound; END IF; END $$;";

int pg_snapshot(struct db *db, struct sb *name, struct sb *owner, struct err *e)
{
	struct pg *q = pg_of(db);

	(void)sb_adds(owner, q->own_name);
	return pg_ask(q, "SELECT pg_catalog.pg_export_snapshot()", name, e) < 0 ? -1 : 0;
}

/* What came with the dump names the role of the database that it is of. */
int pg_adopt(struct db *db, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	struct pg *q = pg_of(db);
	int rc;

	if (pg_exec(q, "BEGIN", e) < 0)
		return -1;
	rc = pg_make_role(q, e);
	if (rc == 0) {
		(void)sb_adds(&text, "UPDATE main.meta SET value = ");
		pg_add_string(q, &text, q->role);
		(void)sb_adds(&text, " WHERE name = 'role'");
		rc = text.bad ? err_nomem(e) : pg_exec(q, sb_cstr(&text), e);
	}
	if (rc == 0)
		rc = pg_secure(db, e);
	free(q->setup); /* it names the role */
	q->setup = NULL;
	if (rc == 0)
		return pg_exec(q, "COMMIT", e);
	db->be->rollback(db);
	return -1;
}
