/* SPDX-License-Identifier: MIT */
#include "store/pick.h"

#include "base/name.h"
#include "store/entity.h"
#include "store/nouns.h"
#include "store/where.h"

#define PICK_JOINS                                                                                                             \
	" JOIN org o ON o.id = t.org_id LEFT JOIN site s ON s.id = t.site_id"                                                  \
	" LEFT JOIN device g ON g.id = t.gateway_id LEFT JOIN model m ON m.id = t.model_id WHERE t.retired IS NULL"
#define PICK_MODEL                                                                                                             \
	", s.tz, t.model_id, EXISTS (SELECT 1 FROM datapoint dp WHERE dp.device_id = t.id AND dp.retired IS NULL)"
#define PICK_SERIES                                                                                                            \
	"SELECT se.id, t.id, t.org_id, t.name, o.name, se.name, s.name, g.name, m.name, t.type" PICK_MODEL " FROM series se"           \
	" JOIN device t ON t.id = se.device_id" PICK_JOINS
#define PICK_DEVICES                                                                                                           \
	"SELECT 0, t.id, t.org_id, t.name, o.name, '', s.name, g.name, m.name, t.type" PICK_MODEL " FROM device t" PICK_JOINS

struct pick {
	struct db *db;
	struct stmt *st;
	struct nouns nouns;
	struct select_ctx ctx;
	struct where where;
	struct arena arena;
	char shown[2 * NAME_MAX_LEN + 4];
};

int pick_ready(struct db *db, struct err *e)
{
	static const struct sql all[] = { { PICK_SERIES, NULL }, { PICK_DEVICES, NULL } };

	return db_ready(db, all, COUNT(all), e) < 0 ? -1 : nouns_ready(db, e);
}

/* "a,b*": any of them, datapoints or things of noun `devices`; those that are plainly named must exist. */
static int add_names(struct pick *p, const char *list, const struct entity *devices, struct sb *sql, struct err *e)
{
	if (!*list)
		return err_set(e, E_USAGE, "an empty name of a %s: '*' stands for all", devices ? devices->noun : "datapoint");
	for (const char *s = list; *s;) {
		struct str name = { s, strcspn(s, ",") };
		bool glob = glob_is(name);
		struct cell c = CELL_OF_TEXT(name);
		int at;

		if (devices && !glob) {
			int64_t id;

			if (entity_resolve(p->db, devices, name, &id, e) < 0)
				return -1;
			c = CELL_OF_INT(id);
		}
		if (sql->len)
			sb_adds(sql, " OR ");
		if (glob)
			at = where_glob(&p->where, sql, name, devices ? "t.name" : "se.name", e);
		else if ((at = where_param(&p->where, &c, e)) >= 0)
			sb_addf(sql, "$%d = %s", at, devices ? "t.id" : "se.name");
		if (at < 0)
			return -1;
		s += name.len;
		s += *s == ',';
	}
	return 0;
}

/* Every selector holds, and the device is one of those named. */
static int choose(struct pick *p, const struct pick_opts *o, struct sb *names, struct err *e)
{
	const struct select *all = NULL, *one;

	for (int i = 0; i < o->n; i++) {
		struct str operand = str_of(o->device[i]);

		if (!select_is(operand)) {
			if (add_names(p, o->device[i], o->only ? o->only : &device_entity, names, e) < 0)
				return -1;
		} else if (select_operand(&p->ctx, operand, &one, e) < 0 || select_and(&p->ctx, all, one, &all, e) < 0) {
			return -1;
		}
	}
	if (o->select && (select_parse(&p->ctx, str_of(o->select), &one, e) < 0 || select_and(&p->ctx, all, one, &all, e) < 0))
		return -1;
	return all ? where_select(&p->where, all, "t", e) : 0;
}

static int build(struct pick *p, const struct pick_opts *o, struct sb *text, struct err *e)
{
	AUTO(sb_done) struct sb names = SB_INIT((size_t)4 << 20);
	AUTO(sb_done) struct sb points = SB_INIT(1 << 20);

	if (choose(p, o, &names, e) < 0 || (o->datapoints && add_names(p, o->datapoints, NULL, &points, e) < 0))
		return -1;
	sb_adds(text, o->only ? PICK_DEVICES : PICK_SERIES);
	if (o->only && o->only->only[0]) {
		int at = where_param(&p->where, &CELL_OF_TEXT(str_of(o->only->only[1])), e);

		if (at < 0)
			return -1;
		sb_addf(text, " AND t.\"%s\" = $%d", o->only->only[0], at);
	}
	if (p->where.sql.len)
		sb_addf(text, " AND %s", sb_cstr(&p->where.sql));
	if (names.len)
		sb_addf(text, " AND (%s)", sb_cstr(&names));
	if (points.len)
		sb_addf(text, " AND (%s)", sb_cstr(&points));
	sb_adds(text, o->only ? " ORDER BY o.name, t.name, t.id" : " ORDER BY o.name, t.name, t.id, se.name");
	return text->bad ? err_nomem(e) : 0;
}

/* Something is selected by a condition, which may name custom fields. */
static bool is_selected(const struct pick_opts *o)
{
	bool any = o->select != NULL;

	for (int i = 0; i < o->n && !any; i++)
		any = select_is(str_of(o->device[i]));
	return any;
}

int pick_begin(struct db *db, const struct pick_opts *o, struct pick **out, struct err *e)
{
	AUTO(pick_freep) struct pick *p = calloc(1, sizeof(*p));
	AUTO(sb_done) struct sb text = SB_INIT((size_t)16 << 20);

	if (!p)
		return err_nomem(e);
	p->db = db;
	p->arena.max = (size_t)64 << 20;
	p->ctx = (struct select_ctx){ .nouns = &p->nouns, .when = *o->when, .arena = &p->arena };
	p->where = where_begin(db, &p->ctx, 1);
	nouns_plain(&p->nouns);
	if (is_selected(o) && nouns_load(db, &p->arena, &p->nouns, e) < 0)
		return -1;
	p->ctx.ent = nouns_find(&p->nouns, "device");
	if (build(p, o, &text, e) < 0 || db_prepare(db, sb_cstr(&text), NULL, &p->st, e) < 0)
		return -1;
	where_bind(&p->where, p->st);
	stmt_stream(p->st);
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
			      stmt_text(p->st, 8), stmt_text(p->st, 9), stmt_text(p->st, 10), stmt_int(p->st, 11), stmt_int(p->st, 12) != 0 };
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
	where_done(&p->where);
	arena_done(&p->arena);
	free(p);
}
