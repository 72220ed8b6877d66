/* SPDX-License-Identifier: MIT */
/*
 * The tenant scope on Postgres: row-level security, forced. Scoped connections become a role that owns nothing and has policies made of the
 * conditions of the tenants; the scope is set for one transaction at a time, because behind a pooler the next one may belong to somebody else.
 * What is not set lets nothing through. The owner has a policy that lets everything through.
 */
#include "db/pg_impl.h"

#define SELF "(SELECT NULLIF(pg_catalog.current_setting('sit.self', true), '')::bigint)"
#define READ_IDS "((SELECT NULLIF(pg_catalog.current_setting('sit.scope', true), '')::bigint[])::bigint[])"
#define FINDING "(SELECT pg_catalog.current_setting('sit.find', true) = '1')"

static void add_escaped(struct sb *sb, char *escaped)
{
	if (escaped)
		(void)sb_adds(sb, escaped);
	else
		sb->bad = true;
	PQfreemem(escaped);
}

void pg_add_name(const struct pg *q, struct sb *sb, const char *s)
{
	add_escaped(sb, PQescapeIdentifier(q->c, s, strlen(s)));
}

void pg_add_string(const struct pg *q, struct sb *sb, const char *s)
{
	add_escaped(sb, PQescapeLiteral(q->c, s, strlen(s)));
}

static void add_setting(const struct pg *q, struct sb *sb, const char *name, const char *value)
{
	(void)sb_addf(sb, ", pg_catalog.set_config('%s', ", name);
	pg_add_string(q, sb, value);
	(void)sb_adds(sb, ", true)");
}

static int make_setup(struct pg *q, const char *scope, bool scoped, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 26);
	const char *role = scoped || !q->owner ? q->role : q->own_name;
	char self[32] = "";

	if (scoped)
		(void)snprintf(self, sizeof(self), "%" PRId64, q->db.self);
	/* Temporary tables are looked at last: nobody can slip one in under the name of ours. */
	(void)sb_adds(&sb, "SELECT pg_catalog.set_config('search_path', 'main, pg_temp', true)");
	/*
	 * Statements of ours go by a key. What the server knows of a table that has just been filled would make it read all of it for each (measured:
	 * the look-up of a device 4.7 ms among 1,000).
	 */
	if (scoped)
		(void)sb_adds(&sb, ", pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('enable_bitmapscan', 'off', true),"
				   " pg_catalog.set_config('jit', 'off', true)");
	if (role)
		add_setting(q, &sb, "role", role);
	add_setting(q, &sb, "sit.self", self);
	add_setting(q, &sb, "sit.scope", scope);
	/* Who does not own the store looks up organisations before there is a scope, and sees nothing else. */
	add_setting(q, &sb, "sit.find", !scoped && !q->owner ? "1" : "");
	if (sb.bad)
		return err_nomem(e);
	free(q->setup);
	q->setup = strdup(sb_cstr(&sb));
	return q->setup ? 0 : err_nomem(e);
}

int pg_setup(struct pg *q, const char **text, struct err *e)
{
	/* A scope that could not be set shows nothing. */
	if (!q->setup && make_setup(q, "", q->db.self != 0, e) < 0)
		return -1;
	*text = q->setup;
	return 0;
}

int pg_scope(struct db *db, const int64_t *ids, size_t n, struct err *e)
{
	struct pg *q = pg_of(db);
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 25);

	free(q->setup);
	q->setup = NULL;
	(void)sb_addf(&sb, "{%" PRId64, db->self);
	for (size_t i = 0; i < n; i++)
		(void)sb_addf(&sb, ",%" PRId64, ids[i]);
	if (sb_addc(&sb, '}') < 0)
		return err_nomem(e);
	return make_setup(q, sb_cstr(&sb), true, e);
}

/* ---- policies ---- */

/* A condition over the row of the table with {row} {read} {write} filled in; "IN {read}" so that an index can be used. */
static void condition(struct sb *sb, const char *text, const char *table)
{
	static const char *const word[][2] = {
		{ "IN {read}", "= ANY " READ_IDS },
		{ "IN {write}", "= " SELF },
		{ "{read}", "(SELECT pg_catalog.unnest(" READ_IDS "))" },
		{ "{write}", "(" SELF ")" },
		{ "{row}", NULL },
	};

	(void)sb_addc(sb, '(');
	while (*text) {
		size_t i = 0;

		while (i < COUNT(word) && strncmp(text, word[i][0], strlen(word[i][0])) != 0)
			i++;
		if (i == COUNT(word)) {
			(void)sb_addc(sb, *text++);
			continue;
		}
		if (word[i][1])
			(void)sb_adds(sb, word[i][1]);
		else
			(void)sb_addf(sb, "\"%s\".", table);
		text += strlen(word[i][0]);
	}
	(void)sb_addc(sb, ')');
}

/* The table of organisations is the one whose own id the scope lists. */
static bool lists_organisations(const struct tenant *t)
{
	return t->visible && strncmp(t->visible, "{row}id IN {read}", 17) == 0;
}

static void add_policy(const struct pg *q, struct sb *sb, const struct tenant *t, const char *what, bool old, bool fresh)
{
	bool reads = strcmp(what, "SELECT") == 0;
	const char *cond = reads ? t->visible : t->writable;

	if (!cond)
		cond = reads ? "{row}org_id IN {read}" : "{row}org_id IN {write}";
	(void)sb_addf(sb, "DROP POLICY IF EXISTS \"sit_%s\" ON main.\"%s\"; CREATE POLICY \"sit_%s\" ON main.\"%s\" FOR %s TO ", what,
		      t->table, what, t->table, what);
	pg_add_name(q, sb, q->role);
	if (old) {
		(void)sb_adds(sb, " USING (");
		condition(sb, cond, t->table);
		(void)sb_addf(sb, "%s)", reads && lists_organisations(t) ? " OR " FINDING : "");
	}
	if (fresh) {
		(void)sb_adds(sb, " WITH CHECK (");
		condition(sb, cond, t->table);
		(void)sb_adds(sb, ")");
	}
	(void)sb_adds(sb, ";");
}

static void secure_table(const struct pg *q, struct sb *sb, const struct tenant *t)
{
	(void)sb_addf(sb,
		      "ALTER TABLE main.\"%s\" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
		      "DROP POLICY IF EXISTS sit_owner ON main.\"%s\";"
		      "CREATE POLICY sit_owner ON main.\"%s\" TO ",
		      t->table, t->table, t->table);
	pg_add_name(q, sb, q->own_name);
	(void)sb_adds(sb, " USING (true) WITH CHECK (true);");
	add_policy(q, sb, t, "SELECT", true, false);
	add_policy(q, sb, t, "INSERT", false, true);
	add_policy(q, sb, t, "UPDATE", true, true);
	add_policy(q, sb, t, "DELETE", true, false);
}

/*
 * A part of a table is reached through the table, whose policies hold then: by itself it is nobody's but the owner's. Who made it has seen to that, but what
 * came with a dump has neither rights nor policies.
 */
static const char parts[] =
	"DO $$ DECLARE t record; BEGIN FOR t IN SELECT relname AS name, pg_get_userbyid(relowner) AS owner, relkind = 'r' AND NOT (relrowsecurity AND"
	" relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)) AS open FROM pg_class c"
	" WHERE relnamespace = 'main'::regnamespace AND relispartition AND relkind IN ('r', 'p', 'f') LOOP"
	" EXECUTE format('REVOKE ALL ON main.%I FROM %I', t.name, (SELECT value FROM main.meta WHERE name = 'role'));"
	" IF t.open THEN EXECUTE format('ALTER TABLE main.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.name);"
	" EXECUTE format('CREATE POLICY sit_owner ON main.%I TO %I USING (true) WITH CHECK (true)', t.name, t.owner); END IF; END LOOP; END $$";

/* Rights come last: a table that a migration made is closed to everybody else until its policies are there. */
static int grant(struct pg *q, struct sb *sb)
{
	AUTO(sb_done) struct sb role = SB_INIT(256);

	pg_add_name(q, &role, q->role);
	return sb_addf(sb,
		       "GRANT USAGE ON SCHEMA main TO PUBLIC; GRANT SELECT ON main.meta, main.migration TO PUBLIC;"
		       "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA main TO %s;"
		       "GRANT USAGE ON ALL SEQUENCES IN SCHEMA main TO %s;"
		       "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA main TO %s;"
		       "REVOKE INSERT, UPDATE, DELETE ON main.migration, main.meta FROM %s;%s",
		       sb_cstr(&role), sb_cstr(&role), sb_cstr(&role), sb_cstr(&role), parts) < 0 || role.bad ? -1 : 0;
}

/* The store's own tables are the owner's to write. */
static int close_owned(struct pg *q, struct sb *sb, struct err *e)
{
	const char *const *t = q->db.schema ? q->db.schema->owned : NULL;

	for (; t && *t; t++) {
		char ask[200];
		int there;

		(void)snprintf(ask, sizeof(ask), "SELECT pg_catalog.to_regclass('main.%s')", *t);
		there = pg_ask(q, ask, NULL, e);
		if (there < 0)
			return -1;
		if (there) {
			(void)sb_addf(sb, ";REVOKE INSERT, UPDATE, DELETE ON main.\"%s\" FROM ", *t);
			pg_add_name(q, sb, q->role);
		}
	}
	return 0;
}

/* Blobs are packed already: no second attempt, and no splitting of what fits a page. */
static const char blobs[] =
	"DO $$ DECLARE t record; BEGIN FOR t IN SELECT c.relname AS name, a.attname AS col FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	" WHERE c.relnamespace = 'main'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'bytea'::regtype AND a.attnum > 0 AND"
	" NOT a.attisdropped AND a.attstorage = 'x' LOOP EXECUTE format('ALTER TABLE main.%I ALTER %I SET STORAGE EXTERNAL', t.name, t.col);"
	" EXECUTE format('ALTER TABLE main.%I SET (toast_tuple_target = 8160)', t.name); END LOOP; END $$;";

/* Rows that came with ids of their own do not move the counters of new ones. */
const char pg_counters[] =
	"DO $$ DECLARE t record; BEGIN FOR t IN SELECT c.relname AS name, pg_get_serial_sequence(format('main.%I', c.relname), 'id') AS seq"
	" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'main'::regnamespace AND a.attname = 'id' AND"
	" a.attidentity <> '' LOOP EXECUTE format('SELECT setval(%L, max(id)) FROM main.%I HAVING max(id) >= (SELECT last_value FROM %s)',"
	" t.seq, t.name, t.seq); END LOOP; END $$;";

int pg_secure(struct db *db, struct err *e)
{
	struct pg *q = pg_of(db);
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)1 << 24);
	const struct tenant *t = db->schema ? db->schema->tenants : NULL;
	int numbered;

	(void)sb_adds(&sb, blobs);
	(void)sb_adds(&sb, pg_counters);
	for (; t && t->table; t++) {
		char ask[200];
		int there;

		(void)snprintf(ask, sizeof(ask), "SELECT pg_catalog.to_regclass('main.%s')", t->table);
		there = pg_ask(q, ask, NULL, e);
		if (there < 0)
			return -1;
		if (there)
			secure_table(q, &sb, t);
	}
	if (grant(q, &sb) < 0 || close_owned(q, &sb, e) < 0 || sb.bad)
		return e->code ? -1 : err_nomem(e);
	if (pg_exec(q, sb_cstr(&sb), e) < 0)
		return -1;
	numbered = pg_ask(q, "SELECT pg_catalog.to_regclass('main.batch')", NULL, e);
	q->batches = numbered > 0;
	return numbered < 0 ? -1 : 0;
}
