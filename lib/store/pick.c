/* SPDX-License-Identifier: MIT */
#include "store/pick.h"

#include "base/name.h"
#include "store/entity.h"
#include "store/where.h"

#define PICK_FROM                                                                                                              \
	"SELECT se.id, t.id, t.org_id, t.name, o.name, se.name, s.name, g.name, m.name, t.type, s.tz FROM series se"           \
	" JOIN device t ON t.id = se.device_id JOIN org o ON o.id = t.org_id LEFT JOIN site s ON s.id = t.site_id"             \
	" LEFT JOIN device g ON g.id = t.gateway_id LEFT JOIN model m ON m.id = t.model_id WHERE t.retired IS NULL"

struct pick {
	struct db *db;
	struct stmt *st;
	struct where where;
	struct arena arena;
	char shown[2 * NAME_MAX_LEN + 4];
};

int pick_ready(struct db *db, struct err *e)
{
	static const struct sql all[] = { { PICK_FROM, NULL } };

	return db_ready(db, all, COUNT(all), e);
}

static void column(int field, char out[96])
{
	const struct field *f = device_entity.field + field;

	if (f->kind != FIELD_REF)
		(void)snprintf(out, 96, "t.\"%s\"", f->name);
	else
		(void)snprintf(out, 96, "%s.name", strcmp(f->name, "site") == 0 ? "s" : strcmp(f->name, "gateway") == 0 ? "g" : "m");
}

static int add_filter(struct pick *p, struct str term, const struct time_ctx *when, struct err *e)
{
	struct filter f;
	char col[96];

	if (filter_parse(&device_entity, term, when, &p->arena, &f, e) < 0)
		return -1;
	column(f.field, col);
	return where_add(&p->where, &f, col, e);
}

static int add_cell(struct pick *p, const struct cell *c, struct err *e)
{
	if (p->where.nbind == WHERE_BINDS_MAX)
		return err_set(e, E_USAGE, "too many names (at most %d)", WHERE_BINDS_MAX);
	p->where.bind[p->where.nbind++] = *c;
	return (int)p->where.nbind;
}

/* "a,b*": any of them; plain device names must exist. */
static int add_names(struct pick *p, const char *list, bool devices, struct sb *sql, struct err *e)
{
	for (const char *s = list; *s;) {
		struct str name = { s, strcspn(s, ",") };
		bool glob = glob_is(name);
		struct cell c = CELL_OF_TEXT(name);
		int at;

		if (devices && !glob) {
			int64_t id;

			if (entity_resolve(p->db, &device_entity, name, &id, e) < 0)
				return -1;
			c = CELL_OF_INT(id);
		}
		if ((at = add_cell(p, &c, e)) < 0)
			return -1;
		if (sql->len)
			sb_adds(sql, " OR ");
		if (glob)
			sb_addf(sql, "sit_glob($%d, %s)", at, devices ? "t.name" : "se.name");
		else
			sb_addf(sql, "$%d = %s", at, devices ? "t.id" : "se.name");
		s += name.len;
		s += *s == ',';
	}
	return 0;
}

static int build(struct pick *p, const struct pick_opts *o, struct sb *text, struct err *e)
{
	AUTO(sb_done) struct sb names = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb points = SB_INIT(1 << 20);

	for (int i = 0; i < o->n; i++)
		if ((strchr(o->device[i], '=') ? add_filter(p, str_of(o->device[i]), o->when, e) :
						 add_names(p, o->device[i], true, &names, e)) < 0)
			return -1;
	if (o->datapoints && add_names(p, o->datapoints, false, &points, e) < 0)
		return -1;
	sb_adds(text, PICK_FROM);
	if (p->where.sql.len)
		sb_addf(text, " AND %s", sb_cstr(&p->where.sql));
	if (names.len)
		sb_addf(text, " AND (%s)", sb_cstr(&names));
	if (points.len)
		sb_addf(text, " AND (%s)", sb_cstr(&points));
	sb_adds(text, " ORDER BY o.name, t.name, t.id, se.name");
	return text->bad ? err_nomem(e) : 0;
}

int pick_begin(struct db *db, const struct pick_opts *o, struct pick **out, struct err *e)
{
	AUTO(pick_freep) struct pick *p = calloc(1, sizeof(*p));
	AUTO(sb_done) struct sb text = SB_INIT((size_t)4 << 20);

	if (!p)
		return err_nomem(e);
	p->db = db;
	p->where.first = 1;
	p->where.sql.max = 1 << 20;
	p->arena.max = (size_t)16 << 20;
	if (build(p, o, &text, e) < 0 || db_prepare(db, sb_cstr(&text), NULL, &p->st, e) < 0)
		return -1;
	where_bind(&p->where, p->st);
	*out = p;
	p = NULL;
	return 0;
}

int pick_next(struct pick *p, struct picked *s, struct err *e)
{
	int got = stmt_step(p->st, e);

	if (got <= 0)
		return got;
	*s = (struct picked){ stmt_int(p->st, 0),  stmt_int(p->st, 1),	stmt_int(p->st, 2),  stmt_text(p->st, 3),
			      stmt_text(p->st, 4), stmt_text(p->st, 5), stmt_text(p->st, 6), stmt_text(p->st, 7),
			      stmt_text(p->st, 8), stmt_text(p->st, 9), stmt_text(p->st, 10) };
	if (s->org != db_self(p->db)) {
		(void)snprintf(p->shown, sizeof(p->shown), "%.*s/%.*s", STR_ARG(s->org_name), STR_ARG(s->device_name));
		s->device_name = str_of(p->shown);
	}
	return 1;
}

void pick_free(struct pick *p)
{
	if (!p)
		return;
	stmt_free(p->st);
	sb_done(&p->where.sql);
	arena_done(&p->arena);
	free(p);
}
