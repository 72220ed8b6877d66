/* SPDX-License-Identifier: MIT */
#include "alarm/silence.h"

#include "audit/pages.h"
#include "base/name.h"
#include "codec/json.h"
#include "db/caller.h"
#include "judge/schedule.h"
#include "model/role.h"
#include "os/zones.h"
#include "store/alarms.h"
#include "store/entity.h"
#include "store/nouns.h"
#include "task/work.h"

#define SILENCES_BYTES ((size_t)64 << 20)

struct silence_one {
	int64_t id, begins, ends;
	struct schedule schedule;
	const struct zone *zone;
	struct str matchers;
	bool asked; /* test is there */
	struct silence_test test;
	struct select_ctx ctx;
};

int silences_ready(struct db *db, struct err *e)
{
	return silence_ready(db, e) < 0 || alarms_ready(db, e) < 0 || nouns_ready(db, e) < 0 || entity_ready(db, e) < 0 ? -1 : 0;
}

void silences_done(struct silences *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].asked)
			silence_test_done(&s->v[i].test);
	free(s->v);
	arena_done(&s->keep);
	*s = (struct silences){ .db = s->db };
}

/* ---- filters ---- */

/* An alarm that is about to be told of is known by its device, rule, datapoint and severity, and these by name, list, pattern or rank. */
static int check(const struct select *s, struct err *e)
{
	const struct select_step *own = s->step;

	if (s->kind == SELECT_AND || s->kind == SELECT_OR)
		return check(s->a, e) < 0 ? -1 : check(s->b, e);
	if (s->kind == SELECT_NOT)
		return check(s->a, e);
	if (s->kind != SELECT_TERM || own->ent != &alarm_entity || own->field == AL_DEVICE)
		return 0;
	if (own->field != AL_RULE && own->field != AL_DATAPOINT && own->field != AL_SEVERITY)
		return err_set(e, E_USAGE, "%s: a silence is about devices (and their fields and groups), rule, datapoint, severity", select_field(s)->name);
	if (s->cond.op == COND_REGEX)
		return err_set(e, E_USAGE, "%s: a silence takes names and patterns (*), not regular expressions", select_field(s)->name);
	return 0;
}

/* The filters as one selector. */
static int parse(const struct select_ctx *ctx, struct str matchers, const struct select **out, struct err *e)
{
	json_t *list = json_read(matchers, e), *v;
	size_t i;
	int rc = 0;

	*out = NULL;
	if (!list)
		return -1;
	json_array_foreach(list, i, v)
	{
		const struct select *one = NULL;
		char *text = arena_dup(ctx->arena, str_of(json_string_value(v)));

		if (!text)
			rc = err_nomem(e);
		if (rc == 0)
			rc = select_operand(ctx, str_of(text), &one, e);
		if (rc == 0)
			rc = select_and(ctx, *out, one, out, e);
	}
	json_decref(list);
	if (rc == 0 && !*out)
		return err_set(e, E_BUG, "a silence without filters");
	return rc < 0 ? -1 : check(*out, e);
}

/* ---- for who writes changes ---- */

static int read_one(const struct silence_row *row, void *arg, struct err *e)
{
	struct silences *s = arg;
	struct silence_one *one;
	const char *tz;

	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct silence_one *v = realloc(s->v, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		s->v = v;
		s->cap = cap;
	}
	one = s->v + s->n;
	*one = (struct silence_one){ .id = row->id, .begins = row->begins, .ends = row->ends };
	one->matchers = (struct str){ arena_dup(&s->keep, row->matchers), row->matchers.len };
	tz = arena_dup(&s->keep, row->tz.len ? row->tz : STR("UTC"));
	if (!one->matchers.ptr || !tz)
		return err_nomem(e);
	if (schedule_read(row->schedule, &one->schedule, e) < 0 || zones_get(tz, &one->zone, e) < 0)
		return err_wrap(e, "silence %" PRId64, row->id);
	s->n++;
	return 0;
}

static int read_all(struct silences *s, struct err *e)
{
	if (s->read)
		return 0;
	s->keep = (struct arena)ARENA_INIT(SILENCES_BYTES);
	s->read = true;
	return silence_each(s->db, INT64_MIN, read_one, s, e) < 0 ? -1 : s->n ? nouns_load(s->db, &s->keep, &s->nouns, e) : 0;
}

static bool is_on(const struct silence_one *one, int64_t ts)
{
	int64_t until;

	return one->begins <= ts && ts < one->ends && schedule_on(&one->schedule, one->zone, ts, &until);
}

static int ask(struct silences *s, struct silence_one *one, const struct silenced *a, int64_t ts, struct err *e)
{
	const struct select *select;

	if (!one->asked) {
		one->ctx = (struct select_ctx){ &s->nouns, &alarm_entity, { .now = ts }, &s->keep };
		if (parse(&one->ctx, one->matchers, &select, e) < 0)
			return -1;
		one->asked = true;
		if (silence_test(s->db, &one->ctx, select, &one->test, e) < 0)
			return -1;
	}
	return silence_asked(&one->test, a, e);
}

int silences_match(struct silences *s, const struct silenced *a, int64_t ts, bool *quiet, struct err *e)
{
	*quiet = false;
	if (read_all(s, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n && !*quiet; i++) {
		int got = is_on(s->v + i, ts) ? ask(s, s->v + i, a, ts, e) : 0;

		if (got < 0 && err_is_fatal(e))
			return err_wrap(e, "silence %" PRId64, s->v[i].id);
		*quiet = got > 0;
		if (got < 0) { /* a group or field that it names is gone: it is about nothing */
			s->v[i].ends = INT64_MIN;
			err_clear(e);
		}
	}
	return 0;
}

struct settled {
	struct silences *s;
	int64_t now;
	struct turned {
		int64_t id;
		bool on, shelved;
	} *v;
	size_t n, cap;
};

static int settle_one(const struct alarm_open *a, void *arg, struct err *e)
{
	const struct silenced is = { a->device, a->rule, a->severity, a->datapoint };
	struct settled *t = arg;
	bool quiet;

	if (silences_match(t->s, &is, t->now, &quiet, e) < 0)
		return -1;
	if (quiet == a->suppressed)
		return 0;
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct turned *v = realloc(t->v, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		t->v = v;
		t->cap = cap;
	}
	t->v[t->n++] = (struct turned){ a->id, quiet, a->shelved };
	return 0;
}

int silences_settle(struct silences *s, int64_t now, int64_t *n, struct err *e)
{
	struct settled t = { .s = s, .now = now };
	bool any = false;
	int rc = read_all(s, e);

	for (size_t i = 0; i < s->n; i++)
		any = any || is_on(s->v + i, now);
	if (rc == 0)
		rc = alarms_open(s->db, any, settle_one, &t, e);
	for (size_t i = 0; rc == 0 && i < t.n; i++)
		rc = alarm_suppress(s->db, t.v[i].id, t.v[i].on, t.v[i].shelved, now, e);
	*n = (int64_t)t.n;
	free(t.v);
	return rc;
}

/* ---- for people ---- */

/* Rules that are named are there: patterns may be for those to come. */
static int check_rule(struct str name, void *arg, struct err *e)
{
	int64_t id;

	return entity_resolve(arg, &rule_entity, name, &id, e) < 0 ? err_wrap(e, "rule") : 0;
}

int silence_begin(struct work *w, struct err *e)
{
	return silences_ready(w->db, e);
}

/* A grant for one site is not one to keep the organisation quiet. */
static int may(struct work *w, struct err *e)
{
	const struct caller *c = db_caller(w->db);

	if (!c || c->rights & right_needed("sit-alarm", "silence add"))
		return 0;
	return err_set(e, E_DENIED, "%s (key %s) may not silence alarms of the whole organisation", c->name, c->key);
}

/* Devices that were named become one filter, in the list and as text. */
static int add_devices(struct work *w, const struct silence_new *n, struct sb *list, struct err *e)
{
	AUTO(sb_done) struct sb term = SB_INIT(1 << 20);
	int64_t id;

	for (int i = 0; i < n->n; i++) {
		struct str t = str_of(n->term[i]);

		if (select_is(t))
			continue;
		if (!glob_is(t) && (entity_resolve(w->db, &device_entity, t, &id, e) < 0 || entity_own(w->db, &device_entity, id, e) < 0))
			return -1;
		sb_addf(&term, "%s%.*s", term.len ? "," : "device=", STR_ARG(t));
	}
	if (term.bad)
		return err_nomem(e);
	if (!term.len)
		return 0;
	sb_adds(list, list->len > 1 ? "," : "");
	return sb_json(list, sb_str(&term)) < 0 ? err_nomem(e) : 0;
}

/* The filters as they are kept; read once, so that what they name is there. */
static int matchers(struct work *w, const struct silence_new *n, struct sb *list, struct err *e)
{
	struct select_ctx ctx = work_select(w);
	struct silence_test test = { .st = NULL };
	const struct select *select;
	int rc;

	ctx.ent = &alarm_entity;
	sb_addc(list, '[');
	for (int i = 0; i < n->n; i++)
		if (select_is(str_of(n->term[i]))) {
			sb_adds(list, list->len > 1 ? "," : "");
			sb_json(list, str_of(n->term[i]));
		}
	if (add_devices(w, n, list, e) < 0)
		return -1;
	if (list->len == 1)
		return err_set(e, E_USAGE, "which alarms? Name devices or filters ('severity>=info' is all of them)");
	if (sb_addc(list, ']') < 0)
		return err_nomem(e);
	if (parse(&ctx, sb_str(list), &select, e) < 0 || select_texts(select, &alarm_entity, AL_RULE, check_rule, w->db, e) < 0)
		return -1;
	rc = silence_test(w->db, &ctx, select, &test, e);
	silence_test_done(&test);
	return rc;
}

/* The row as a JSON object, for the trail. */
static int as_json(const struct silence_row *s, struct sb *sb, struct err *e)
{
	char begins[40], ends[40];

	(void)time_print(s->begins, NULL, begins);
	(void)time_print(s->ends, NULL, ends);
	sb_addf(sb, "{\"matchers\":%.*s,\"begins\":\"%s\",\"ends\":\"%s\"", STR_ARG(s->matchers), begins, ends);
	if (s->schedule.len) {
		sb_adds(sb, ",\"schedule\":");
		sb_json(sb, s->schedule);
		sb_adds(sb, ",\"tz\":");
		sb_json(sb, s->tz);
	}
	sb_adds(sb, ",\"owner\":");
	sb_json(sb, s->owner);
	sb_adds(sb, ",\"note\":");
	sb_json(sb, s->note);
	return sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

static int add_tx(struct work *w, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb now = SB_INIT(1 << 22);
	struct silence_row *row = arg;
	char name[24];

	if (silence_add(w->db, row, w->when.now, e) < 0 || as_json(row, &now, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "%" PRId64, row->id);
	return work_trail_text(w, "add", "silence", str_of(name), NULL, sb_cstr(&now), e);
}

int silence_new(struct work *w, const struct silence_new *n, int64_t *id, struct err *e)
{
	AUTO(sb_done) struct sb list = SB_INIT(1 << 20);
	char owner[128];
	struct schedule schedule;
	const struct zone *zone;
	struct silence_row row = { .begins = n->begins, .ends = n->ends, .note = str_of(n->note) };
	int rc;

	if (may(w, e) < 0 || schedule_read(str_of(n->schedule), &schedule, e) < 0 || zones_get(n->tz ? n->tz : "UTC", &zone, e) < 0)
		return -1;
	if (n->ends <= n->begins || n->ends <= w->when.now)
		return err_set(e, E_USAGE, "a silence ends after it begins, and not in the past");
	if (matchers(w, n, &list, e) < 0)
		return -1;
	row.matchers = sb_str(&list);
	if (schedule.n) {
		row.schedule = str_of(n->schedule);
		row.tz = str_of(n->tz ? n->tz : "UTC");
	}
	work_actor(w, owner, sizeof(owner));
	row.owner = str_of(owner);
	rc = work_write(w, add_tx, &row, e);
	*id = row.id;
	return rc;
}

static int remove_one(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e)
{
	AUTO(sb_done) struct sb old = SB_INIT(1 << 22);
	struct silence_row row;

	(void)arg;
	if (may(w, e) < 0 || silence_rm(w->db, t->id, &row, e) < 0 || as_json(&row, &old, e) < 0)
		return -1;
	*did = DID_DELETE;
	return work_trail_text(w, "delete", "silence", str_of(t->name), sb_cstr(&old), NULL, e);
}

int silence_remove(struct work *w, const struct targets *t, work_note *note, void *arg, struct err *e)
{
	return work_each(w, t, remove_one, NULL, note, arg, e);
}

struct printing {
	struct work *w;
	struct out *out;
	bool all;
	int64_t *rows;
};

static enum silence_state state_of(const struct cell *c, int64_t now, struct err *e)
{
	struct silence_one one = { .begins = c[SL_BEGINS].i, .ends = c[SL_ENDS].i };

	if (now >= one.ends)
		return SILENCE_OVER;
	if (now < one.begins)
		return SILENCE_WAITING;
	if (c[SL_SCHEDULE].type == CELL_TEXT &&
	    (schedule_read(c[SL_SCHEDULE].s, &one.schedule, e) < 0 || zones_get(c[SL_TZ].s.ptr, &one.zone, e) < 0))
		err_clear(e);
	return is_on(&one, now) ? SILENCE_ON : SILENCE_BETWEEN;
}

static int print_one(const struct cell *cells, void *arg, struct err *e)
{
	struct printing *p = arg;
	struct cell c[SL_ALL];
	enum silence_state state = state_of(cells, p->w->when.now, e);

	if (state == SILENCE_OVER && !p->all)
		return 0;
	memcpy(c, cells, sizeof(c));
	c[SL_STATE] = CELL_OF_TEXT(str_of(silence_words[state]));
	++*p->rows;
	return out_rec(p->out, c, e);
}

int silence_list(struct work *w, char **term, int n, bool all, struct out *out, int64_t *rows, struct err *e)
{
	const struct pages pages = { &silence_entity, silence_fields, SL_ALL, silence_select };
	const struct pages_ask ask = { .term = term, .n = n, .when = w->when, .nouns = &w->nouns };
	struct printing p = { w, out, all, rows };

	*rows = 0;
	return pages_each(w->db, &pages, &ask, print_one, &p, e);
}
