/* SPDX-License-Identifier: MIT */
/* Tables of an organisation as lines of JSON, as the store's own catalogue has them. */
#include "base/num.h"
#include "carry/impl.h"
#include "os/signal.h"
#include "store/schema.h"

int carry_tables(const char *url, struct db_tables *t, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	return db_open(url, DB_READ, &store_schema, &db, e) < 0 ? -1 : db_tables(db, t, e);
}

/* With a point or an exponent, so that it is read as no integer. */
static void add_real(struct sb *sb, double v)
{
	char text[32];
	size_t n = num_print(v, text);

	(void)sb_add(sb, text, n);
	if (!strpbrk(text, ".eE"))
		(void)sb_adds(sb, ".0");
}

static void add_bytes(struct sb *sb, struct str bytes)
{
	char *room = bytes.len ? sb_room(sb, 2 * bytes.len + 3) : NULL;

	if (!room) {
		(void)sb_adds(sb, "\"\"");
		return;
	}
	room[0] = '"';
	hash_hex((const unsigned char *)bytes.ptr, bytes.len, room + 1);
	room[2 * bytes.len + 1] = '"';
	sb_took(sb, 2 * bytes.len + 2);
}

static void add_cell(struct sb *sb, enum db_kind kind, const struct cell *c)
{
	switch (c->type) {
	case CELL_NULL:
		(void)sb_adds(sb, "null");
		break;
	case CELL_REAL:
		add_real(sb, c->r);
		break;
	case CELL_TEXT:
	case CELL_JSON:
		if (kind == DB_BLOB)
			add_bytes(sb, c->s);
		else
			(void)sb_json(sb, c->s);
		break;
	case CELL_INT:
	case CELL_BOOL:
	case CELL_TIME:
		(void)sb_addf(sb, "%" PRId64, c->i);
	}
}

void row_json(struct sb *sb, const struct db_table *t, const struct cell *row)
{
	const char *secret = holding(t->name)->secret, *glue = "{";

	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->column[i].name, "org_id") == 0 || (secret && strcmp(t->column[i].name, secret) == 0))
			continue;
		(void)sb_adds(sb, glue);
		(void)sb_json(sb, str_of(t->column[i].name));
		(void)sb_addc(sb, ':');
		add_cell(sb, t->column[i].kind, row + i);
		glue = ",";
	}
	(void)sb_addc(sb, '}');
}

int walk_table(struct walk *w, const struct db_table *t, bool (*which)(const struct db_table *t, const struct cell *row, void *arg), void *arg,
	       struct table_sum *sum, struct err *e)
{
	AUTO(sink_drop) struct sink k = { 0 };
	AUTO(db_rows_freep) struct db_rows *rows = NULL;
	const struct cell *row;
	int id = db_column_find(t, STR("id")), got;
	char name[128];

	*sum = (struct table_sum){ .name = t->name };
	(void)snprintf(name, sizeof(name), "tables/%s.jsonl.gz", t->name);
	if (sink_begin(&k, w->set, name, e) < 0 || db_rows_open(w->db, t, w->org, NULL, &rows, e) < 0)
		return -1;
	while ((got = db_rows_next(rows, &row, e)) > 0) {
		if (which && !which(t, row, arg))
			continue;
		if (id >= 0) {
			sum->least = sum->least && sum->least < row[id].i ? sum->least : row[id].i;
			sum->most = sum->most > row[id].i ? sum->most : row[id].i;
		}
		row_json(&k.buf, t, row);
		if (sink_line(&k, e) < 0)
			return -1;
		if (stop_requested())
			return stop_error(e);
	}
	sum->rows = k.lines;
	w->rows += k.lines;
	return got < 0 ? -1 : sink_end(&k, sum->sha256, e);
}

int walk_tables(struct walk *w, struct err *e)
{
	for (size_t i = 0; i < w->tables->n; i++) {
		const struct db_table *t = w->tables->table + i;
		enum holding how = holding(t->name)->how;
		struct table_sum sum;

		if (t->org < 0 || how == HOLD_APART || how == HOLD_DERIVED)
			continue;
		if (walk_table(w, t, NULL, NULL, &sum, e) < 0 || w->table(&sum, w->arg, e) < 0)
			return -1;
	}
	return 0;
}
