/* SPDX-License-Identifier: MIT */
#include "alarm/alarms.h"

#include "audit/pages.h"
#include "base/name.h"
#include "base/num.h"
#include "store/alarms.h"
#include "store/entity.h"
#include "task/listing.h"

int alarms_begin(struct work *w, struct err *e)
{
	if (work_begin(w, &device_entity, e) < 0)
		return -1;
	if (alarms_ready(w->db, e) == 0)
		return 0;
	work_end(w);
	return -1;
}

int alarm_id_read(struct str text, int64_t *id, struct err *e)
{
	if (num_parse_int(text, id) && *id > 0)
		return 0;
	return err_set(e, E_USAGE, "\"%.*s\" is no number of an alarm (sit-alarm list)", STR_ARG(text));
}

/* The alarm of that number, as a row that the caller frees; E_NOTFOUND. */
static int find(struct work *w, int64_t id, struct stmt **st, struct err *e)
{
	struct select_ctx ctx = work_select(w);
	int got;

	ctx.ent = &alarm_entity;
	if (alarms_select(w->db, &ctx, NULL, id > 0 ? id - 1 : 0, 1, st, e) < 0 || (got = stmt_step(*st, e)) < 0)
		return -1;
	return got && stmt_int(*st, 0) == id ? 0 : err_set(e, E_NOTFOUND, "no alarm %" PRId64, id);
}

/* ---- which ---- */

/* Ids and devices that were named: one of them it must be. */
static int add_named(struct work *w, struct str t, struct sb *ids, struct sb *devices, struct sb *globs, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int64_t id;

	if (num_parse_int(t, &id)) {
		if (find(w, id, &st, e) < 0)
			return -1;
		sb_addf(ids, "%s%" PRId64, ids->len ? "," : "", id);
		return 0;
	}
	if (glob_is(t)) {
		sb_adds(globs, globs->len ? " or device = " : "device = ");
		for (size_t i = 0; i < t.len; i++)
			if (t.ptr[i] <= ' ' || strchr("(),", t.ptr[i]))
				return err_set(e, E_USAGE, "\"%.*s\" is no pattern of a device's name", STR_ARG(t));
		sb_add(globs, t.ptr, t.len);
		return 0;
	}
	if (entity_resolve(w->db, &device_entity, t, &id, e) < 0)
		return -1;
	sb_addf(devices, "%s%" PRId64, devices->len ? "," : "", id);
	return 0;
}

static void add_either(struct sb *all, const char *before, const struct sb *part)
{
	if (part->len)
		sb_addf(all, "%s%s%s", all->len ? " or " : "", before, sb_cstr(part));
}

/* That ask's range and active say, as an expression. */
static void add_times(const struct alarms_ask *ask, struct sb *sb)
{
	char from[40], to[40];

	sb_adds(sb, "id > 0");
	if (ask->active)
		sb_adds(sb, " and cleared = ''");
	if (ask->loud)
		sb_adds(sb, " and state = active,acknowledged");
	if (!ask->range)
		return;
	(void)time_print(ask->range->from < TIME_MIN ? TIME_MIN : ask->range->from, NULL, from);
	(void)time_print(ask->range->to > TIME_MAX ? TIME_MAX : ask->range->to, NULL, to);
	if (ask->range->to <= TIME_MAX)
		sb_addf(sb, " and raised < '%s'", to);
	if (ask->range->from < TIME_MIN)
		return;
	if (ask->raised)
		sb_addf(sb, " and raised >= '%s'", from);
	else
		sb_addf(sb, " and (cleared = '' or cleared >= '%s')", from);
}

static int and_text(struct work *w, const struct select_ctx *ctx, const struct sb *text, const struct select **out, struct err *e)
{
	const struct select *one;
	char *kept = text->bad ? NULL : arena_dup(&w->keep, sb_str(text));

	if (!kept)
		return err_set(e, E_USAGE, "too many alarms or devices are named");
	return select_parse(ctx, str_of(kept), &one, e) < 0 || select_and(ctx, *out, one, out, e) < 0 ? -1 : 0;
}

int alarms_which(struct work *w, const struct alarms_ask *ask, const struct select **select, struct err *e)
{
	AUTO(sb_done) struct sb ids = SB_INIT(1 << 20), devices = SB_INIT(1 << 20), globs = SB_INIT(1 << 16), named = SB_INIT(1 << 22), times = SB_INIT(1024);
	struct select_ctx ctx = work_select(w);

	ctx.ent = &alarm_entity;
	*select = NULL;
	for (int i = 0; i <= ask->n; i++) {
		const char *t = i < ask->n ? ask->term[i] : ask->select;
		const struct select *one;

		if (!t)
			continue;
		if (i < ask->n && !select_is(str_of(t))) {
			if (add_named(w, str_of(t), &ids, &devices, &globs, e) < 0)
				return -1;
		} else if (select_operand(&ctx, str_of(t), &one, e) < 0 || select_and(&ctx, *select, one, select, e) < 0) {
			return -1;
		}
	}
	add_either(&named, "id = ", &ids);
	add_either(&named, "device.id = ", &devices);
	add_either(&named, "", &globs);
	if (ids.bad || devices.bad || globs.bad)
		return err_set(e, E_USAGE, "too many alarms or devices are named");
	if (named.len && and_text(w, &ctx, &named, select, e) < 0)
		return -1;
	add_times(ask, &times);
	return and_text(w, &ctx, &times, select, e);
}

/* ---- read by pages ---- */

struct reading {
	struct work *w;
	struct alarms_ask *ask;
	struct out *out;	 /* NULL: counted */
	struct targets *targets; /* NULL: none */
	int64_t *rows;
};

static int one_alarm(const struct cell *cells, void *arg, struct err *e)
{
	struct reading *r = arg;
	struct cell c[AL_ALL];
	int64_t end = cells[AL_CLEARED].type == CELL_TIME ? cells[AL_CLEARED].i : r->w->when.now, took = end - cells[AL_RAISED].i;

	r->ask->after = cells[AL_ID].i;
	if (r->ask->limit && *r->rows == r->ask->limit)
		return 0;
	++*r->rows;
	if (r->targets)
		return work_target(r->w, r->targets, cells[AL_ID].i, e);
	if (!r->out)
		return 0;
	memcpy(c, cells, sizeof(c));
	c[AL_DURATION] = CELL_OF_INT(took > 0 ? took - took % US_PER_S : 0);
	return out_rec(r->out, c, e);
}

static int one_change(const struct cell *cells, void *arg, struct err *e)
{
	struct reading *r = arg;

	r->ask->after = cells[AC_ID].i;
	if (r->ask->limit && *r->rows == r->ask->limit)
		return 0;
	++*r->rows;
	return r->out ? out_rec(r->out, cells, e) : 0;
}

/* Rows of the work's alarms, page by page, by a selector that was read already. */
static int each(struct reading *r, bool changes, struct err *e)
{
	const struct pages alarms = { &alarm_entity, alarm_fields, AL_ALL, alarms_select };
	const struct pages rows = { &alarm_entity, alarm_change_fields, AC_ALL, alarm_changes_select };
	struct pages_ask which = { .when = r->w->when, .nouns = &r->w->nouns, .after = r->ask->after };

	*r->rows = 0;
	if (alarms_which(r->w, r->ask, &which.select, e) < 0)
		return -1;
	return pages_each(r->w->db, changes ? &rows : &alarms, &which, changes ? one_change : one_alarm, r, e);
}

int alarms_list(struct work *w, struct alarms_ask *ask, struct out *out, int64_t *rows, struct err *e)
{
	return each(&(struct reading){ w, ask, out, NULL, rows }, false, e);
}

int alarms_history(struct work *w, struct alarms_ask *ask, struct out *out, int64_t *rows, struct err *e)
{
	return each(&(struct reading){ w, ask, out, NULL, rows }, true, e);
}

int alarms_targets(struct work *w, struct alarms_ask *ask, struct targets *out, struct err *e)
{
	int64_t rows;

	return each(&(struct reading){ w, ask, NULL, out, &rows }, false, e);
}

/* ---- one ---- */

int alarms_show(struct work *w, int64_t id, bool table, struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct cell c[AL_ALL];
	int64_t end;

	if (find(w, id, &st, e) < 0)
		return -1;
	for (int i = 0; i < AL_ALL; i++)
		c[i] = field_cell(alarm_fields + i, stmt_cell(st, i));
	end = c[AL_CLEARED].type == CELL_TIME ? c[AL_CLEARED].i : w->when.now;
	c[AL_DURATION] = CELL_OF_INT(end > c[AL_RAISED].i ? (end - c[AL_RAISED].i) / US_PER_S * US_PER_S : 0);
	return table ? listing_pairs(alarm_fields, c, AL_ALL, out, e) : out_rec(out, c, e);
}
