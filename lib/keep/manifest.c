/* SPDX-License-Identifier: MIT */
#include "keep/manifest.h"

#include "base/time.h"
#include "codec/json.h"
#include "db/table.h"
#include "series/series.h"
#include "store/epoch.h"
#include "store/stats.h"

#define MANIFEST_MAX ((size_t)256 << 20)
#define SEAL "\"sha256\":\""

/* ---- counting ---- */

void census_done(struct census *c)
{
	free(c->table);
	free(c->org);
	arena_done(&c->a);
	*c = (struct census){ 0 };
}

static int add_row(struct census *c, bool org, const struct census_row *row, struct err *e)
{
	struct census_row **list = org ? &c->org : &c->table;
	size_t *n = org ? &c->norg : &c->ntable;
	struct census_row *all = *n & (*n - 1) ? *list : realloc(*list, (*n ? 2 * *n : 1) * sizeof(*all));

	if (!all)
		return err_nomem(e);
	*list = all;
	all[*n] = *row;
	all[*n].name = arena_dup(&c->a, str_of(row->name));
	return all[(*n)++].name ? 0 : err_nomem(e);
}

static int count_tables(struct db *db, struct census *c, struct err *e)
{
	AUTO(db_tables_done) struct db_tables t = { 0 };

	if (db_tables(db, &t, e) < 0)
		return -1;
	for (size_t i = 0; i < t.n; i++) {
		struct census_row row = { t.table[i].name, 0, 0 };

		if (db_table_count(db, t.table + i, &row.n, e) < 0 || add_row(c, false, &row, e) < 0)
			return -1;
	}
	return 0;
}

static int count_points(struct db *db, struct census *c, struct err *e)
{
	struct stats_thing t = { .org = SB_INIT(PATH_MAX), .device = SB_INIT(PATH_MAX) };
	int got;

	while ((got = stats_next(db, false, &t, e)) > 0) {
		const struct series_of of = { t.id, 0 };
		struct census_row row = { sb_cstr(&t.org), t.id, 0 };
		struct series_stats s;

		got = series_stats(db, &of, &s, e);
		row.n = s.points;
		c->points += s.points;
		if (got < 0 || (got = add_row(c, true, &row, e)) < 0)
			break;
	}
	sb_done(&t.org);
	sb_done(&t.device);
	return got;
}

int census_take(struct db *db, struct census *c, struct err *e)
{
	struct epoch now;
	int known;

	*c = (struct census){ .a = ARENA_INIT((size_t)64 << 20) };
	if (db_version(db, &c->schema, &known, e) < 0 || epoch_now(db, &now, e) < 0)
		return -1;
	c->epoch = now.number;
	return count_tables(db, c, e) < 0 ? -1 : count_points(db, c, e);
}

static void compare(const struct census_row *was, size_t n, const struct census_row *now, size_t m, fault_fn *bad, void *arg)
{
	size_t k = 0;
	char what[256];

	for (size_t i = 0; i < n; i++) {
		const char *unit = was[i].id ? "points of" : "rows of table";

		while (k < m && (was[i].id ? now[k].id < was[i].id : strcmp(now[k].name, was[i].name) < 0))
			k++;
		if (k < m && strcmp(now[k].name, was[i].name) == 0 && now[k].id == was[i].id && now[k].n == was[i].n)
			continue;
		(void)snprintf(what, sizeof(what), "restored it has not the %" PRId64 " %s %s", was[i].n, unit, was[i].name);
		bad(&(struct fault){ NULL, 0, -1, what }, arg);
	}
}

void census_compare(const struct census *was, const struct census *now, fault_fn *bad, void *arg)
{
	/* Of an older version the tables have other rows by now. */
	if (was->schema == now->schema)
		compare(was->table, was->ntable, now->table, now->ntable, bad, arg);
	compare(was->org, was->norg, now->org, now->norg, bad, arg);
}

/* ---- the text ---- */

void manifest_done(struct manifest *m)
{
	census_done(&m->census);
	packed_done(&m->packed);
	free(m->store);
	free(m->file);
	*m = (struct manifest){ 0 };
}

static void print_census(const struct census *c, struct sb *sb)
{
	(void)sb_addf(sb, "\"schema\":%d,\n\"epoch\":%" PRId64 ",\n\"points\":%" PRId64 ",\n\"tables\":{", c->schema, c->epoch, c->points);
	for (size_t i = 0; i < c->ntable; i++) {
		(void)sb_adds(sb, i ? "," : "");
		(void)sb_json(sb, str_of(c->table[i].name));
		(void)sb_addf(sb, ":%" PRId64, c->table[i].n);
	}
	(void)sb_adds(sb, "},\n\"orgs\":[");
	for (size_t i = 0; i < c->norg; i++) {
		(void)sb_addf(sb, "%s{\"id\":%" PRId64 ",\"name\":", i ? ",\n" : "", c->org[i].id);
		(void)sb_json(sb, str_of(c->org[i].name));
		(void)sb_addf(sb, ",\"points\":%" PRId64 "}", c->org[i].n);
	}
	(void)sb_adds(sb, "],\n");
}

int manifest_print(const struct manifest *m, struct sb *sb, struct err *e)
{
	const struct packed *p = &m->packed;
	char at[40], hex[SHA256_HEX + 1];

	(void)time_print(m->at, NULL, at);
	(void)sb_addf(sb, "{\"format\":%d,\n\"kind\":\"%s\",\n\"store\":", MANIFEST_FORMAT, m->database ? "postgres" : "sqlite");
	(void)sb_json(sb, str_of(m->store));
	(void)sb_addf(sb, ",\n\"at\":\"%s\",\n", at);
	print_census(&m->census, sb);
	(void)sb_adds(sb, "\"file\":");
	(void)sb_json(sb, str_of(m->file));
	(void)sb_addf(sb, ",\n\"bytes\":%" PRId64 ",\n\"unpacked\":%" PRId64 ",\n\"digest\":\"%s\",\n\"chunks\":[", p->bytes, p->unpacked,
		      p->sha256);
	for (size_t i = 0; i < p->n; i++)
		(void)sb_addf(sb, "%s\n[%" PRId64 ",%" PRId64 ",\"%s\"]", i ? "," : "", p->chunk[i].bytes, p->chunk[i].unpacked,
			      p->chunk[i].sha256);
	(void)sb_adds(sb, "],\n");
	if (sb->bad)
		return err_nomem(e);
	if (hash_sha256(sb_str(sb), hex, e) < 0)
		return -1;
	return sb_addf(sb, SEAL "%s\"}\n", hex) < 0 ? err_nomem(e) : 0;
}

/* The last member is the digest of what is before it, and nothing is behind it. */
static int check_seal(struct str text, struct err *e)
{
	const size_t tail = strlen(SEAL) + SHA256_HEX + 3;
	char hex[SHA256_HEX + 1];
	const char *seal;

	if (text.len < tail)
		return err_set(e, E_INPUT, "is cut off");
	seal = text.ptr + text.len - tail;
	if (memcmp(seal, SEAL, strlen(SEAL)) != 0 || memcmp(text.ptr + text.len - 3, "\"}\n", 3) != 0)
		return err_set(e, E_INPUT, "does not end with its digest");
	if (hash_sha256((struct str){ text.ptr, text.len - tail }, hex, e) < 0)
		return -1;
	if (memcmp(seal + strlen(SEAL), hex, SHA256_HEX) != 0)
		return err_set(e, E_INPUT, "is not what was written");
	return 0;
}

static int64_t number(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

static char *text_of(const json_t *v, const char *key)
{
	const char *s = json_string_value(json_object_get(v, key));

	return strdup(s ? s : "");
}

static int parse_census(const json_t *v, struct census *c, struct err *e)
{
	const char *name;
	json_t *n;
	size_t i;

	*c = (struct census){ .schema = (int)number(v, "schema"), .epoch = number(v, "epoch"), .points = number(v, "points"),
			      .a = ARENA_INIT((size_t)64 << 20) };
	json_object_foreach(json_object_get(v, "tables"), name, n)
		if (add_row(c, false, &(struct census_row){ name, 0, json_integer_value(n) }, e) < 0)
			return -1;
	json_array_foreach(json_object_get(v, "orgs"), i, n) {
		const char *org = json_string_value(json_object_get(n, "name"));

		if (add_row(c, true, &(struct census_row){ org ? org : "", number(n, "id"), number(n, "points") }, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_digest(const char *s)
{
	return s && strlen(s) == SHA256_HEX && strspn(s, "0123456789abcdef") == SHA256_HEX;
}

static int parse_packed(const json_t *v, struct packed *p, struct err *e)
{
	const json_t *list = json_object_get(v, "chunks");
	const char *digest = json_string_value(json_object_get(v, "digest"));
	int64_t bytes = 0, unpacked = 0;
	json_t *one;
	size_t i;

	*p = (struct packed){ .bytes = number(v, "bytes"), .unpacked = number(v, "unpacked"), .n = json_array_size(list) };
	p->chunk = calloc(p->n + 1, sizeof(*p->chunk));
	if (!p->chunk)
		return err_nomem(e);
	json_array_foreach(list, i, one) {
		const char *sha = json_string_value(json_array_get(one, 2));
		struct packed_chunk *c = p->chunk + i;

		c->bytes = json_integer_value(json_array_get(one, 0));
		c->unpacked = json_integer_value(json_array_get(one, 1));
		if (c->bytes <= 0 || c->unpacked <= 0 || c->bytes > INT32_MAX || c->unpacked > INT32_MAX || !is_digest(sha))
			return err_set(e, E_INPUT, "chunk %zu is not one", i);
		memcpy(c->sha256, sha, SHA256_HEX + 1);
		bytes += c->bytes;
		unpacked += c->unpacked;
	}
	if (!is_digest(digest) || bytes != p->bytes || unpacked != p->unpacked)
		return err_set(e, E_INPUT, "the chunks do not add up to the file");
	memcpy(p->sha256, digest, SHA256_HEX + 1);
	return 0;
}

static int parse(const json_t *v, struct manifest *m, struct err *e)
{
	const char *kind = json_string_value(json_object_get(v, "kind")), *at = json_string_value(json_object_get(v, "at"));

	if (number(v, "format") != MANIFEST_FORMAT)
		return err_set(e, E_INPUT, "is of format %" PRId64 ", this program knows %d", number(v, "format"), MANIFEST_FORMAT);
	if (!kind || !at || !time_rfc3339(str_of(at), &m->at))
		return err_set(e, E_INPUT, "does not say what it is of");
	m->database = strcmp(kind, "postgres") == 0;
	m->store = text_of(v, "store");
	m->file = text_of(v, "file");
	if (!m->store || !m->file)
		return err_nomem(e);
	/* A name of a file in the set, never a path out of it. */
	if (!*m->file || *m->file == '.' || strchr(m->file, '/') || strcmp(m->file, MANIFEST) == 0)
		return err_set(e, E_INPUT, "names no file");
	return parse_census(v, &m->census, e) < 0 ? -1 : parse_packed(v, &m->packed, e);
}

int manifest_parse(struct str text, struct manifest *m, struct err *e)
{
	json_t *v;
	int rc;

	*m = (struct manifest){ 0 };
	if (check_seal(text, e) < 0)
		return -1;
	v = json_read_most(text, MANIFEST_MAX, e);
	if (!v)
		return -1;
	rc = parse(v, m, e);
	json_decref(v);
	return rc;
}
