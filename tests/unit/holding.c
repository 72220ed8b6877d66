/* SPDX-License-Identifier: MIT */
/*
 * No table of organisations is forgotten when one is carried out, brought in or erased: each is walked over as the catalogue has it, or is named with the
 * reason why not; and each of its columns that looks like a reference refers to something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/holding.h"
#include "store/schema.h"

static char path[64];
static struct db *db;
static struct db_tables tables;
static struct err e;

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/sit-holding-%d.db", (int)getpid());
	if (db_open(path, DB_CREATE, &store_schema, &db, &e) < 0 || db_migrate(db, NULL, NULL, &e) < 0 || db_tables(db, &tables, &e) < 0)
		fail_msg("%s", e.msg);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_tables_done(&tables);
	db_discard(db);
	return 0;
}

/* Those of the mirror are Postgres's only, and are named. */
static bool elsewhere(const char *name)
{
	return strcmp(name, "mirror") == 0 || strcmp(name, "mirror_point") == 0 || strcmp(name, "shard_mark") == 0;
}

static void every_tenant_is_held(void **state)
{
	(void)state;
	for (const struct tenant *t = store_schema.tenants; t->table; t++) {
		const struct db_table *table = db_table_find(&tables, str_of(t->table));

		if (elsewhere(t->table))
			assert_int_equal(holding(t->table)->how, HOLD_DERIVED);
		else if (!table || table->org < 0)
			fail_msg("%s: the walk does not come to it: is it there, and has it org_id?", t->table);
	}
}

static void what_is_not_carried_says_why(void **state)
{
	(void)state;
	for (const struct held *h = holdings; h->table; h++) {
		if (h->how != HOLD_ROWS)
			assert_non_null(h->why);
		if (!elsewhere(h->table))
			assert_non_null(db_table_find(&tables, str_of(h->table)));
		if (h->secret)
			assert_true(db_column_find(db_table_find(&tables, str_of(h->table)), str_of(h->secret)) >= 0);
	}
}

/* Called like secrets, and none. */
static bool harmless(const char *table, const char *column)
{
	static const char *const names[][2] = { { "channel", "allow_private" }, { "channel", "secret_since" }, { "notice", "token" } };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i][0], table) == 0 && strcmp(names[i][1], column) == 0)
			return true;
	return false;
}

/* Secrets and blobs that nobody has thought of do not leave the store unseen: columns called so, of tables that are carried. */
static void secrets_are_named(void **state)
{
	static const char *const words[] = { "password", "secret", "private", "token", "hash" };

	(void)state;
	for (size_t i = 0; i < tables.n; i++) {
		const struct db_table *t = tables.table + i;
		const struct held *h = holding(t->name);

		if (t->org < 0 || h->how == HOLD_APART || h->how == HOLD_DERIVED)
			continue;
		for (size_t k = 0; k < t->n; k++)
			for (size_t w = 0; w < COUNT(words); w++)
				if (strstr(t->column[k].name, words[w]) && strncmp(t->name, "model", 5) != 0 && !harmless(t->name, t->column[k].name) &&
				    (!h->secret || strcmp(h->secret, t->column[k].name) != 0))
					fail_msg("%s.%s: a secret? name it in holding.c", t->name, t->column[k].name);
	}
}

static void references_refer(void **state)
{
	(void)state;
	for (size_t i = 0; i < tables.n; i++) {
		const struct db_table *t = tables.table + i;

		if (t->org < 0 || holding(t->name)->how != HOLD_ROWS)
			continue;
		for (size_t k = 0; k < t->n; k++) {
			const struct db_table *to = holding_refers(&tables, t, t->column + k);

			if (to == &refers_unknown)
				fail_msg("%s.%s: refers to which table? Say so in holding_refers()", t->name, t->column[k].name);
			if (to && to != &refers_any && to->org < 0)
				fail_msg("%s.%s: refers to %s, which is no table of organisations", t->name, t->column[k].name, to->name);
		}
	}
}

/* Texts that are no person's name, by column, whatever the table: words, names of things, JSON and text that people write. */
static bool impersonal(const char *column)
{
	static const char *const names[] = { "name", "title", "note", "message", "text", "type", "kind", "role", "rights", "locale", "tz", "unit", "words", "category",
		"reason", "source", "place", "device", "gateway", "edge_key", "datapoint", "quality", "value", "rule", "severity", "state", "schedule", "hash", "noun",
		"pattern", "refers", "default", "select", "tier", "logo", "color", "domain", "footer", "audit_reads", "key", "aggregation", "icon", "tag", "serial",
		"manufacturer", "model_number", "device_type", "protocol", "firmware", "hardware", "decoder", "config_schema", "datasheet", "image", "over", "at", "txt",
		"body", "program", "counters", "first_reason", "first_place", "prefix", "sink", "error", "form", "condition", "threshold", "clear", "expr", "count",
		"stale", "flap", "ladder", "inhibit", "why", "change", "data", "url", "tls", "ca", "command", "path", "subject", "quiet", "quiet_over", "by",
		"escalate", "token", "bucket", "matchers", "ref", "payload", "digest", "terms", "profile", "about" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], column) == 0)
			return true;
	return false;
}

/* Those of one table. */
static bool excused(const char *table, const char *column)
{
	static const char *const excuse[][3] = {
		{ "site", "address", "where it is" },
		{ "login_try", "what", "the number of a user, or a prefix of a key" },
		{ "credential", "login", "of a device" },
		{ "channel", "secret", "of a channel" },
		{ "notice", "record", "of an alarm or event, which names nobody" },
	};

	for (size_t i = 0; i < COUNT(excuse); i++)
		if (strcmp(excuse[i][0], table) == 0 && strcmp(excuse[i][1], column) == 0)
			return true;
	return false;
}

/* Who is erased is looked for wherever a person may be named: a text column that nobody has thought of is one. */
static void people_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < tables.n; i++) {
		const struct db_table *t = tables.table + i;

		if (t->org < 0 || holding(t->name)->how == HOLD_DERIVED || strcmp(t->name, "account") == 0 || strcmp(t->name, "audit") == 0)
			continue; /* account loses them all, the trail its parts */
		for (size_t k = 0; k < t->n; k++) {
			const struct named *n = namings;

			while (n->table && (strcmp(n->table, t->name) != 0 || strcmp(n->column, t->column[k].name) != 0))
				n++;
			if (!n->table && t->column[k].kind == DB_TEXT && !impersonal(t->column[k].name) && !excused(t->name, t->column[k].name))
				fail_msg("%s.%s: can it name a person? To namings in holding.c, or excuse it here", t->name, t->column[k].name);
		}
	}
	for (const struct named *n = namings; n->table; n++) {
		const struct db_table *t = db_table_find(&tables, str_of(n->table));

		assert_non_null(t);
		assert_true(db_column_find(t, str_of(n->column)) >= 0 && db_column_find(t, STR("id")) >= 0);
	}
}

static void order_puts_what_is_referred_to_first(void **state)
{
	const struct db_table **order;
	size_t n, site = 0, device = 0, value = 0, field = 0;

	(void)state;
	assert_int_equal(holding_order(&tables, &order, &n, &e), 0);
	for (size_t i = 0; i < n; i++) {
		site = strcmp(order[i]->name, "site") == 0 ? i : site;
		device = strcmp(order[i]->name, "device") == 0 ? i : device;
		field = strcmp(order[i]->name, "field") == 0 ? i : field;
		value = strcmp(order[i]->name, "field_value") == 0 ? i : value;
	}
	assert_true(site < device && field < value);
	free(order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tenant_is_held),
		cmocka_unit_test(what_is_not_carried_says_why),
		cmocka_unit_test(secrets_are_named),
		cmocka_unit_test(references_refer),
		cmocka_unit_test(people_are_named),
		cmocka_unit_test(order_puts_what_is_referred_to_first),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
