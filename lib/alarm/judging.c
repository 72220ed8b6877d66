/* SPDX-License-Identifier: MIT */
#include "alarm/judging.h"

#include <math.h>

#include "alarm/judging_impl.h"
#include "series/series.h"
#include "store/entity.h"
#include "store/state.h"

int judging_new(struct db *db, const struct judging_opts *o, struct judging **out, struct err *e)
{
	struct judging *g = calloc(1, sizeof(*g));

	if (!g)
		return err_nomem(e);
	g->db = db;
	g->opt = *o;
	g->rules = (struct rules)RULES_INIT;
	g->keep = (struct arena)ARENA_INIT((size_t)8 << 30);
	g->batch = (struct arena)ARENA_INIT((size_t)256 << 20);
	g->by_device = g->by_ear = (struct map)MAP_INIT;
	g->touched_tail = &g->touched;
	g->said_tail = &g->said;
	g->head.rules = -1;
	g->silences.db = db;
	if (alarm_ready(db, e) < 0 || state_ready(db, e) < 0 || silences_ready(db, e) < 0) {
		judging_free(g);
		return -1;
	}
	*out = g;
	return 0;
}

/* Devices, states and who listens to what; the rules stay. */
static void forget(struct judging *g)
{
	g->nears = g->ndevice = 0;
	g->touched = NULL;
	g->touched_tail = &g->touched;
	map_done(&g->by_device);
	map_done(&g->by_ear);
	arena_clear(&g->keep);
	g->generation++;
}

void judging_free(struct judging *g)
{
	if (!g)
		return;
	forget(g);
	if (g->working)
		work_end(&g->work);
	silences_done(&g->silences);
	rules_done(&g->rules);
	arena_done(&g->keep);
	arena_done(&g->batch);
	free(g->use);
	free(g->placed);
	free(g->stand_in);
	free(g->device);
	free(g->ears);
	free(g->found);
	free(g);
}

uint64_t judging_generation(const struct judging *g)
{
	return g->generation;
}

bool judging_stale(const struct judging *g)
{
	return g->stale;
}

int judging_prepare(struct judging *g, bool *any, struct err *e)
{
	struct alarm_head h;
	int got = alarm_head_read(g->db, &h, e);

	if (got < 0)
		return -1;
	g->stale = false;
	if (h.rules != g->head.rules || g->org != db_self(g->db)) {
		g->head.rules = -1;
		forget(g);
		if (judging_load_rules(g, e) < 0)
			return -1;
		g->head = h;
		g->org = db_self(g->db);
	}
	*any = g->n > 0 || got > 0;
	return 0;
}

int judging_open(struct judging *g, int64_t now, struct err *e)
{
	struct ids ids = { NULL, 0, 0 };
	struct alarm_head h;
	int rc = 0;

	g->now = now;
	g->seq = 0;
	g->turn++;
	silences_done(&g->silences);
	if (alarm_head_read(g->db, &h, e) < 0)
		return -1;
	if (h.rules != g->head.rules) {
		g->stale = true;
		return err_set(e, E_CONFLICT, "the rules have changed meanwhile");
	}
	if (h.seq != g->head.seq && g->ndevice) {
		rc = alarm_devices(g->db, ALARM_SINCE, g->head.seq, 0, &ids, e);
		for (size_t i = 0; i < ids.n; i++) {
			const int64_t *at = map_find(&g->by_device, (struct str){ (const char *)&ids.v[i], sizeof(ids.v[i]) });

			if (at)
				g->device[*at]->loaded = false;
		}
	}
	ids_done(&ids);
	g->head = h;
	return rc;
}

/* ---- who listens ---- */

/* It is the datapoint behind the prefix. */
static bool is_called(struct str name, const char *prefix, struct str datapoint)
{
	size_t n = strlen(prefix);

	return str_starts(name, prefix) && str_eq((struct str){ name.ptr + n, name.len - n }, datapoint);
}

static int found(struct judging *g, size_t n, struct ear ear, struct err *e)
{
	if (n == g->capfound) {
		size_t cap = g->capfound ? g->capfound * 2 : 64;
		struct ear *v = realloc(g->found, cap * sizeof(*v));

		if (!v)
			return err_nomem(e);
		g->found = v;
		g->capfound = cap;
	}
	g->found[n] = ear;
	return 0;
}

/* The rules of the device that look at prefix and datapoint, into g->found. */
static int listeners(struct judging *g, const struct watched_device *d, const char *prefix, struct str datapoint, size_t *n, struct err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct rule *r = d->v[i]->rule;

		for (size_t k = 0; k < r->inputs; k++)
			if (is_called(r->input[k], prefix, datapoint) && found(g, (*n)++, (struct ear){ d->v[i], k }, e) < 0)
				return -1;
	}
	return 0;
}

static int listen(struct ears *s, struct watched_device *d, const char *prefix, struct str datapoint, struct err *e)
{
	struct judging *g = d->judging;
	struct watched_device **from;
	struct ear *v;
	size_t more = 0;

	if (listeners(g, d, prefix, datapoint, &more, e) < 0)
		return -1;
	if (!more)
		return 0;
	v = arena_alloc(&g->keep, (s->n + more) * sizeof(*v));
	from = arena_alloc(&g->keep, (s->nfrom + 1) * sizeof(*from));
	if (!v || !from)
		return err_nomem(e);
	if (s->n) {
		memcpy(v, s->v, s->n * sizeof(*v));
		memcpy(from, s->from, s->nfrom * sizeof(*from));
	}
	memcpy(v + s->n, g->found, more * sizeof(*v));
	for (size_t i = 0; i < more; i++)
		s->several = s->several || v[s->n + i].w->rule->inputs > 1;
	s->v = v;
	s->n += more;
	s->from = from;
	from[s->nfrom++] = d;
	return 0;
}

static int listen_others(struct judging *g, struct ears *s, const struct ids *ids, const char *prefix, struct str datapoint, struct err *e)
{
	for (size_t i = 0; i < ids->n; i++) {
		struct watched_device *d;

		if (judging_device(g, ids->v[i], &d, e) < 0 || (d && listen(s, d, prefix, datapoint, e) < 0))
			return -1;
	}
	return 0;
}

/* Rules of devices behind it, if it is a gateway, and of its asset. */
static int listen_outside(struct judging *g, struct ears *s, const struct alarm_device *d, struct str datapoint, struct err *e)
{
	struct ids ids = { NULL, 0, 0 };
	int rc = alarm_devices(g->db, ALARM_OF_GATEWAY, d->id, 0, &ids, e);

	if (rc == 0)
		rc = listen_others(g, s, &ids, "gateway.", datapoint, e);
	if (rc == 0 && d->asset)
		rc = alarm_devices(g->db, ALARM_OF_ASSET, d->asset, 0, &ids, e);
	if (rc == 0 && d->asset)
		rc = listen_others(g, s, &ids, "asset.", datapoint, e);
	ids_done(&ids);
	return rc;
}

static int keep_ears(struct judging *g, struct ears *s, struct str key, struct err *e)
{
	if (g->nears == g->capears) {
		size_t cap = g->capears ? g->capears * 2 : 256;
		struct ears **v = realloc(g->ears, cap * sizeof(struct ears *));

		if (!v)
			return err_nomem(e);
		g->ears = v;
		g->capears = cap;
	}
	g->ears[g->nears++] = s;
	return map_put(&g->by_ear, key, (int64_t)g->nears - 1) < 0 ? err_nomem(e) : 0;
}

struct ears *judging_ears(struct judging *g, int64_t device, struct str datapoint, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(4096);
	struct watched_device *d;
	const int64_t *at;
	struct ears *s;

	if (g->n == 0)
		return NULL;
	sb_addf(&key, "%" PRId64 ":", device);
	sb_add(&key, datapoint.ptr, datapoint.len);
	at = key.bad ? NULL : map_find(&g->by_ear, sb_str(&key));
	if (at)
		return g->ears[*at]->n ? g->ears[*at] : NULL;
	s = arena_alloc(&g->keep, sizeof(*s));
	if (!s || key.bad) {
		err_nomem(e);
		return NULL;
	}
	if (keep_ears(g, s, sb_str(&key), e) < 0 || judging_device(g, device, &d, e) < 0)
		return NULL;
	if (d && (listen(s, d, "", datapoint, e) < 0 || (g->outside && listen_outside(g, s, &d->device, datapoint, e) < 0)))
		return NULL;
	return s->n ? s : NULL;
}

/* ---- values ---- */

/* The alarm of a rule began or ended: what it inhibits on the device is told. */
static int pass_on(const struct watched *w, struct err *e)
{
	const struct watched_device *d = w->device;
	bool on = judged_active(&w->state);

	for (size_t i = 0; i < d->n; i++) {
		struct watched *other = d->v[i];

		if (!str_eq(other->rule->inhibit, w->rule->name) || other == w)
			continue;
		judging_touch(other);
		if (judged_inhibit(JUDGE_OF(other), &other->state, on, w->state.at, e) < 0)
			return -1;
	}
	return 0;
}

int judging_settled(struct watched *w, struct err *e)
{
	bool was = judged_active(&w->state);

	if (judged_settle(JUDGE_OF(w), &w->state, e) < 0)
		return -1;
	return judged_active(&w->state) == was ? 0 : pass_on(w, e);
}

static int hear(struct watched *w, size_t input, const struct point *p, struct err *e)
{
	bool was = judged_active(&w->state);

	judging_touch(w);
	if (judged_value(JUDGE_OF(w), &w->state, input, p, e) < 0)
		return -1;
	return judged_active(&w->state) == was ? 0 : pass_on(w, e);
}

int judging_ready(struct judging *g, struct ears *s, struct err *e)
{
	uint64_t loads = 0;

	if (s->turn == g->turn)
		return 0;
	for (size_t i = 0; i < s->nfrom; i++) {
		if (!s->from[i]->loaded && judging_refresh(g, s->from[i], e) < 0)
			return -1;
		loads += s->from[i]->loads;
	}
	/* The other inputs may have come through another process. */
	g->nnewest = 0;
	for (size_t i = 0; s->several && i < s->n; i++)
		if (s->v[i].w->rule->inputs > 1 && judging_recall(s->v[i].w, e) < 0)
			return -1;
	if (loads != s->loads)
		s->calm = s->behind = false;
	s->loads = loads;
	s->turn = g->turn;
	return 0;
}

static bool plain(const struct point *p)
{
	return p->value.type == VALUE_NUMBER && (p->quality == QUALITY_GOOD || p->quality == QUALITY_SUSPECT);
}

/* Where the next value changes nothing. */
static void look_ahead(struct ears *s, const struct point *p)
{
	s->band = (struct judged_band){ -INFINITY, INFINITY, INT64_MAX };
	s->newest = p->ts;
	s->calm = plain(p);
	for (size_t i = 0; i < s->n && s->calm; i++)
		s->calm = judged_calm(s->v[i].w->rule, &s->v[i].w->state, p->value.num, &s->band);
}

int judging_point(struct ears *s, const struct point *p, struct err *e)
{
	if (s->calm && plain(p) && p->ts > s->newest && p->ts < s->band.until && p->value.num >= s->band.lo && p->value.num <= s->band.hi) {
		s->newest = p->ts;
		s->num = p->value.num;
		s->behind = true;
		return 0;
	}
	if (s->calm && p->ts <= s->newest)
		return 0;
	if (s->behind) {
		const struct point last = { .ts = s->newest, .value = { .type = VALUE_NUMBER, .num = s->num } };

		for (size_t i = 0; i < s->n; i++)
			judged_recall(JUDGE_OF(s->v[i].w), &s->v[i].w->state, s->v[i].input, &last);
		s->behind = false;
	}
	for (size_t i = 0; i < s->n; i++)
		if (hear(s->v[i].w, s->v[i].input, p, e) < 0)
			return -1;
	look_ahead(s, p);
	return 0;
}

/* ---- time ---- */

/* Its gateway has been silent for too long, since *ts; or was heard of last then. */
static int gateway_silent(struct judging *g, const struct alarm_device *d, bool *silent, int64_t *ts, struct err *e)
{
	struct device_state s;
	int got = d->gateway ? state_read(g->db, d->gateway, &s, e) : 0;

	*silent = got > 0 && state_late(&s, g->now);
	*ts = got > 0 && s.last_seen != STATE_NONE ? s.last_seen : g->now;
	if (*silent)
		*ts = g->now - state_silence(&s, g->now) + s.offline_after;
	return got < 0 ? -1 : 0;
}

/* What a silent gateway inhibits is from when its silence was too long. */
static int follow_gateway(struct judging *g, struct watched *w, struct err *e)
{
	bool silent;
	int64_t ts;

	if (gateway_silent(g, &w->device->device, &silent, &ts, e) < 0)
		return -1;
	if (w->state.inhibited == silent)
		return 0;
	judging_touch(w);
	return judged_inhibit(JUDGE_OF(w), &w->state, silent, ts, e);
}

int judging_time(struct judging *g, int64_t device, int64_t now, struct err *e)
{
	struct watched_device *d;

	if (judging_device(g, device, &d, e) < 0)
		return -1;
	for (size_t i = 0; d && i < d->n; i++) {
		struct watched *w = d->v[i];
		bool was = judged_active(&w->state);

		if (str_is(w->rule->inhibit, "gateway") && follow_gateway(g, w, e) < 0)
			return -1;
		if (judged_due(w->rule, &w->state) <= now || w->due <= now) {
			judging_touch(w);
			if (judged_time(JUDGE_OF(w), &w->state, now, e) < 0)
				return -1;
			w->behind = true;
		}
		if (judged_active(&w->state) != was && pass_on(w, e) < 0)
			return -1;
	}
	return 0;
}

/* Built-in datapoints have their values of now. */
static int look_builtin(struct judging *g, struct watched *w, struct err *e)
{
	for (size_t i = 0; i < w->rule->inputs; i++) {
		struct point p = { .ts = g->now };
		int got = judging_builtin(w, i, &p, e);

		if (got < 0 || (got > 0 && hear(w, i, &p, e) < 0))
			return -1;
	}
	return 0;
}

static int look_rule(struct judging *g, const struct use *u, const struct ids *ids, struct err *e)
{
	for (size_t i = 0; i < ids->n; i++) {
		struct watched_device *d;

		if (judging_device(g, ids->v[i], &d, e) < 0)
			return -1;
		for (size_t k = 0; d && k < d->n; k++)
			if (d->v[k]->use == u && look_builtin(g, d->v[k], e) < 0)
				return -1;
	}
	return 0;
}

int judging_look(struct judging *g, int64_t now, struct err *e)
{
	struct ids ids = { NULL, 0, 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < g->n; i++) {
		if (!g->use[i].builtin)
			continue;
		rc = alarm_devices(g->db, ALARM_WATCHED, g->use[i].place.id, 0, &ids, e);
		if (rc == 0)
			rc = look_rule(g, g->use + i, &ids, e);
	}
	if (rc == 0)
		rc = alarm_devices(g->db, ALARM_INHIBITED, 0, 0, &ids, e);
	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = judging_time(g, ids.v[i], now, e);
	ids_done(&ids);
	return rc;
}

int judging_sweep(struct judging *g, int64_t *n, struct err *e)
{
	struct ids ids = { NULL, 0, 0 };
	struct watched_device *d;
	int rc = 0;

	*n = 0;
	if (g->head.swept == g->head.rules)
		return 0;
	for (size_t i = 0; rc == 0 && i < g->n; i++) {
		const struct alarm_rule *r = &g->use[i].place;

		if (r->device) {
			rc = judging_device(g, r->device, &d, e);
			continue;
		}
		rc = alarm_devices(g->db, ALARM_OF_MODEL, r->model, r->id, &ids, e);
		for (size_t k = 0; rc == 0 && k < ids.n; k++)
			rc = judging_device(g, ids.v[k], &d, e);
	}
	/* And those that are there but should not. */
	if (rc == 0)
		rc = alarm_devices(g->db, ALARM_WATCHED, 0, 0, &ids, e);
	for (size_t k = 0; rc == 0 && k < ids.n; k++)
		rc = judging_device(g, ids.v[k], &d, e);
	*n = (int64_t)g->ndevice;
	ids_done(&ids);
	return rc < 0 ? -1 : alarm_head_swept(g->db, g->head.rules, e);
}

/* ---- people ---- */

static int act(struct watched *w, const struct judging_act *a, struct err *e)
{
	switch (a->what) {
	case ACT_ACKNOWLEDGE:
		return judged_acknowledge(JUDGE_OF(w), &w->state, a->ts, e);
	case ACT_CLEAR:
		if (!judged_active(&w->state))
			return err_set(e, E_CONFLICT, "there is no alarm to clear");
		return judged_end(JUDGE_OF(w), &w->state, a->ts, e);
	case ACT_SHELVE:
		return judged_shelve(JUDGE_OF(w), &w->state, a->until, a->ts, e);
	case ACT_UNSHELVE:
		return judged_shelve(JUDGE_OF(w), &w->state, JUDGED_NEVER, a->ts, e);
	}
	return 0;
}

int judging_act(struct judging *g, int64_t device, int64_t rule, const struct judging_act *a, struct err *e)
{
	struct watched_device *d;
	int rc;

	if (judging_device(g, device, &d, e) < 0)
		return -1;
	for (size_t i = 0; d && i < d->n; i++) {
		struct watched *w = d->v[i];
		bool was = judged_active(&w->state);

		if (w->use->place.id != rule)
			continue;
		judging_touch(w);
		g->act = a;
		rc = act(w, a, e);
		g->act = NULL;
		return rc < 0 ? -1 : judged_active(&w->state) == was ? 0 : pass_on(w, e);
	}
	return err_set(e, E_NOTFOUND, "the rule does not judge the device any more");
}
