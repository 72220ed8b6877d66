/* SPDX-License-Identifier: MIT */
#include "task/event.h"

#include "db/caller.h"
#include "os/actor.h"
#include "store/alarm.h"
#include "store/entity.h"
#include "store/nouns.h"
#include "task/work.h"

#define PAGE 1000
#define FOLLOW_LOOK (600 * US_PER_S)

/* ---- which ---- */

/* Groups and what hangs on assets are of devices. */
static bool is_of_devices(const struct select *s)
{
	if (s->kind == SELECT_GROUP || s->kind == SELECT_ASSET)
		return true;
	return (s->a && is_of_devices(s->a)) || (s->b && is_of_devices(s->b));
}

/* An operand is about fields of events where it can be, else it chooses devices. */
static int take_operand(struct event_reader *r, char *operand, struct err *e)
{
	struct select_ctx devices = r->ctx;
	const struct select *one = NULL;
	struct err other = { 0 };
	bool own;

	own = select_is(str_of(operand)) && select_operand(&r->ctx, str_of(operand), &one, e) == 0 && !is_of_devices(one);
	if (own)
		return select_and(&r->ctx, r->select, one, &r->select, e);
	devices.ent = nouns_find(r->ctx.nouns, "device");
	if (e->code && select_operand(&devices, str_of(operand), &one, &other) < 0)
		return -1;
	err_clear(e);
	r->device[r->ndevice++] = operand;
	return 0;
}

static int take_operands(struct event_reader *r, const struct event_which *w, struct err *e)
{
	struct nouns *nouns = arena_alloc(&r->filters, sizeof(*nouns));

	r->device = arena_alloc(&r->filters, ((size_t)w->n + 1) * sizeof(*r->device)); /* NOLINT(bugprone-sizeof-expression) */
	if (!nouns || !r->device)
		return err_nomem(e);
	nouns_plain(nouns);
	if (w->n && (nouns_ready(r->db, e) < 0 || nouns_load(r->db, &r->filters, nouns, e) < 0))
		return -1;
	r->ctx = (struct select_ctx){ .nouns = nouns, .ent = &event_entity, .when = w->when, .arena = &r->filters };
	for (int i = 0; i < w->n; i++)
		if (take_operand(r, w->operand[i], e) < 0)
			return -1;
	return 0;
}

int event_reader_begin(struct event_reader *r, struct db *db, const struct event_which *w, bool alarms, struct err *e)
{
	struct pick_opts devices = { .select = w->select, .only = &device_entity };

	*r = (struct event_reader){ .db = db, .filters = ARENA_INIT((size_t)64 << 20), .page = ARENA_INIT((size_t)256 << 20), .when = w->when };
	r->rows = calloc((size_t)PAGE * EVENT_COLUMNS, sizeof(*r->rows));
	if (!r->rows)
		return err_nomem(e);
	if (event_ready(db, e) < 0 || entity_ready(db, e) < 0 || take_operands(r, w, e) < 0)
		return -1;
	devices.device = r->device;
	devices.n = r->ndevice;
	devices.when = &r->when;
	r->ask = (struct event_ask){ .ctx = &r->ctx, .select = r->select, .range = w->range, .device = w->device, .state = w->state, .alarms = alarms, .upto = w->upto[alarms],
				     .after_ts = w->range.from - 1, .after_id = INT64_MAX, .limit = PAGE };
	return picks_begin(&r->picks, db, &devices, e);
}

void event_reader_done(struct event_reader *r)
{
	picks_done(&r->picks);
	arena_done(&r->filters);
	arena_done(&r->page);
	free(r->rows);
	r->rows = NULL;
}

/* ---- rows ---- */

static int copy(struct event_reader *r, const struct stmt *st, struct cell *cells, struct err *e)
{
	for (int i = 0; i < EVENT_COLUMNS; i++) {
		struct cell *c = cells + i;

		*c = stmt_cell(st, i);
		if (c->type == CELL_TEXT && !(c->s.ptr = arena_dup(&r->page, c->s)))
			return err_nomem(e);
		if (c->type == CELL_INT && i < EVENT_N && event_fields[i].kind == FIELD_TIME)
			c->type = CELL_TIME;
		if (c->type == CELL_TEXT && i < EVENT_N && event_fields[i].kind == FIELD_JSON)
			c->type = CELL_JSON;
	}
	return 0;
}

static int read_page(struct event_reader *r, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = 0;

	arena_clear(&r->page);
	picks_turn(&r->picks);
	r->n = r->at = 0;
	if (event_rows(r->db, &r->ask, &st, e) < 0)
		return -1;
	while (r->n < PAGE && (got = stmt_step(st, e)) > 0)
		if (copy(r, st, r->rows + r->n++ * EVENT_COLUMNS, e) < 0)
			return -1;
	return r->n < PAGE && got < 0 ? -1 : 0;
}

/* It is about a device that is asked for. */
static int fits(struct event_reader *r, const struct cell *row, struct err *e)
{
	const struct picked *p;

	if (row[EVENT_DEVICE_ID].type == CELL_NULL)
		return r->picks.all;
	return picks_find(&r->picks, row[EVENT_DEVICE_ID].i, &p, e);
}

int event_reader_next(struct event_reader *r, struct cell **row, struct err *e)
{
	for (;;) {
		int got;

		if (r->at == r->n) {
			if (r->end && !r->ask.committed)
				return 0;
			if (read_page(r, e) < 0)
				return -1;
			r->end = r->n < PAGE;
			if (r->n == 0)
				return 0;
		}
		*row = r->rows + r->at++ * EVENT_COLUMNS;
		r->ask.after_ts = (*row)[EVENT_TS].i;
		r->ask.after_id = (*row)[EVENT_ROW_ID].i;
		got = fits(r, *row, e);
		if (got)
			return got;
	}
}

/* ---- both in one order ---- */

struct both {
	struct event_reader of[2];
	struct cell *row[2];
	int got[2];
};

static int pull(struct both *b, int i, struct err *e)
{
	b->got[i] = event_reader_next(b->of + i, b->row + i, e);
	return b->got[i] < 0 ? -1 : 0;
}

static int merge(struct both *b, int (*fn)(struct cell *row, void *arg, struct err *e), void *arg, struct err *e)
{
	for (int i = 0; i < 2; i++)
		if (pull(b, i, e) < 0)
			return -1;
	while (b->got[0] || b->got[1]) {
		int i = !b->got[0] || (b->got[1] && b->row[1][EVENT_TS].i < b->row[0][EVENT_TS].i);

		if (fn(b->row[i], arg, e) < 0 || pull(b, i, e) < 0)
			return -1;
	}
	return 0;
}

int event_each(struct db *db, const struct event_which *w, int (*fn)(struct cell *row, void *arg, struct err *e), void *arg, struct err *e)
{
	struct both b = { 0 };
	int rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++)
		rc = event_reader_begin(b.of + i, db, w, i, e);
	if (rc == 0)
		rc = merge(&b, fn, arg, e);
	for (int i = 0; i < 2; i++)
		event_reader_done(b.of + i);
	return rc;
}

struct printing {
	struct out *out;
	size_t *rows;
};

static int print_one(struct cell *row, void *arg, struct err *e)
{
	struct printing *p = arg;

	++*p->rows;
	return out_rec(p->out, row, e);
}

void event_shown(const struct db *db, struct field out[EVENT_N])
{
	memcpy(out, event_fields, EVENT_N * sizeof(*out));
	if (db_many(db))
		out[EVENT_ORG].flags = FIELD_LIST;
}

/* What is written from here on, in the order of commits. */
static int go_on(struct db *db, const struct event_which *w, struct printing *p, struct err *e)
{
	struct event_which behind = *w;
	struct both b = { 0 };
	int rc = 0;

	behind.upto[0] = behind.upto[1] = 0;
	for (int i = 0; i < 2 && rc == 0; i++) {
		rc = event_reader_begin(b.of + i, db, &behind, i, e);
		b.of[i].ask.committed = true;
		b.of[i].ask.after_id = w->upto[i];
	}
	while (rc == 0) {
		rc = merge(&b, print_one, p, e);
		if (rc == 0)
			rc = out_flush(p->out, e) < 0 || db_wait(db, FOLLOW_LOOK, e) < 0 ? -1 : 0;
	}
	for (int i = 0; i < 2; i++)
		event_reader_done(b.of + i);
	return rc;
}

int event_print(struct db *db, const struct event_which *w, bool follow, struct out *out, size_t *rows, struct err *e)
{
	struct printing p = { out, rows };
	struct event_which now = *w;

	if (!follow)
		return event_each(db, w, print_one, &p, e);
	if (event_ready(db, e) < 0 || db_watch(db, ALARM_CHANNEL, e) < 0 || event_newest(db, now.upto, now.upto + 1, e) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		now.upto[i] = now.upto[i] ? now.upto[i] : -1; /* none there */
	if (event_each(db, &now, print_one, &p, e) < 0)
		return -1;
	return go_on(db, &now, &p, e);
}

int event_show(struct db *db, int64_t id, struct out *out, struct err *e)
{
	const struct event_which all = { .range = { TIME_MIN, TIME_MAX } };
	struct event_reader r = { 0 };
	struct cell *row;
	int got = event_reader_begin(&r, db, &all, false, e) < 0 ? -1 : 0;

	r.ask.committed = true;
	r.ask.after_id = id - 1;
	r.ask.limit = 1;
	if (got == 0)
		got = event_reader_next(&r, &row, e);
	if (got > 0 && row[EVENT_ID].i != id)
		got = 0;
	if (got > 0)
		got = out_rec(out, row, e) < 0 ? -1 : 1;
	event_reader_done(&r);
	return got > 0 ? 0 : got < 0 ? -1 : err_set(e, E_NOTFOUND, "no event %" PRId64, id);
}

/* ---- add ---- */

static int make(struct work *w, struct row *row, struct event *v, struct err *e)
{
	struct str device;

	if (entity_complete(w->ent, NULL, row, &w->arena, e) < 0)
		return -1;
	device = row_text(w->ent, row, "device");
	*v = (struct event){ .ts = row_has(row, EVENT_TS) && row->cell[EVENT_TS].type == CELL_TIME ? row->cell[EVENT_TS].i : w->when.now,
			     .at = w->when.now,
			     .source = EVENT_FROM_HAND,
			     .message = row->cell[EVENT_MESSAGE].s };
	if (device.len && entity_resolve(w->db, &device_entity, device, &v->device, e) < 0)
		return -1;
	if (row->cell[EVENT_DATA].type == CELL_JSON)
		v->data = row->cell[EVENT_DATA].s;
	while (!str_is(row->cell[EVENT_KIND].s, event_kind_words[v->kind]))
		v->kind++;
	while (!str_is(row->cell[EVENT_SEVERITY].s, severity_words[v->severity]))
		v->severity++;
	return 0;
}

static int put_row(struct work *w, struct row *row, void *arg, enum did *did, struct err *e)
{
	int64_t change;
	struct event v;

	if (make(w, row, &v, e) < 0)
		return -1;
	v.who = str_of(arg);
	*did = DID_ADD;
	if (event_add(w->db, &v, e) < 0 || event_newest(w->db, &row->id, &change, e) < 0)
		return -1;
	return work_trail(w, "create", NULL, row, e);
}

static int assign(struct work *w, struct row *row, char *const *term, int n, struct err *e)
{
	*row = (struct row){ 0 };
	w->ent = &event_entity;
	if (event_ready(w->db, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (work_assign(w, row, str_of(term[i]), e) < 0)
			return -1;
	return 0;
}

static void who_is(const struct db *db, char *buf, size_t size)
{
	const struct caller *c = db_caller(db);

	if (c)
		(void)snprintf(buf, size, "%s", c->name);
	else
		actor_name(buf, size);
}

struct putting {
	struct row *row;
	char *who;
	int64_t id;
};

static int put_tx(struct work *w, void *arg, struct err *e)
{
	struct putting *p = arg;
	enum did did;

	if (put_row(w, p->row, p->who, &did, e) < 0)
		return -1;
	p->id = p->row->id;
	return 0;
}

int event_put(struct work *w, char *const *term, int n, int64_t *id, struct err *e)
{
	char who[128];
	struct row row;
	struct putting p = { &row, who, 0 };

	who_is(w->db, who, sizeof(who));
	if (assign(w, &row, term, n, e) < 0 || work_write(w, put_tx, &p, e) < 0)
		return -1;
	*id = p.id;
	return 0;
}

int event_put_file(struct work *w, struct work_file *f, char *const *term, int n, struct err *e)
{
	char who[128];
	struct row row;

	who_is(w->db, who, sizeof(who));
	f->row = put_row;
	f->row_arg = who;
	return assign(w, &row, term, n, e) < 0 ? -1 : work_add_file(w, f, &row, e);
}
