/* SPDX-License-Identifier: MIT */
/* What happened becomes notices: for each route that it goes, one for each receiver of its channel. */
#include "base/name.h"
#include "codec/hash.h"
#include "codec/json.h"
#include "notify/impl.h"
#include "rec/records.h"
#include "store/epoch.h"
#include "task/trouble.h"

#define BATCH 500
#define ROUTES_MAX 1000

struct route {
	int64_t id, group, repeat;
	struct channel channel;
	struct channel step[ESCALATION_MAX];
	struct escalation after[ESCALATION_MAX];
	size_t nstep;
	const struct select *select;
	struct str rules, kinds, changes;
	enum severity severity;
	struct schedule schedule;
	struct quiet quiet;
	enum route_by by;
	bool *hit; /* which of the batch's devices it is about */
};

/* A batch on its way. */
struct routing {
	struct work *w;
	struct arena arena; /* of the batch */
	const struct listener *listener;
	struct epoch epoch;
	int64_t now;
	struct route *route;
	size_t nroute;
	struct happening *h;
	size_t n;
	int64_t *device; /* ids of its devices, sorted */
	size_t ndevice;
	int64_t made;
};

/* ---- routes ---- */

static struct str text_of(struct work *w, const struct row *row, const char *name)
{
	struct str s = row_text(&route_entity, row, name);
	char *kept = s.len ? arena_dup(&w->keep, s) : NULL;

	return (struct str){ kept, kept ? s.len : 0 };
}

static int64_t span_of(const struct row *row, const char *name)
{
	const struct cell *c = row_cell(&route_entity, row, name);

	return c->type == CELL_INT ? c->i : 0;
}

static int load_channel(struct work *w, struct str name, struct channel *out, struct err *e)
{
	int64_t id;

	return entity_resolve(w->db, &channel_entity, name, &id, e) < 0 ? -1 : channel_load(w, id, out, e);
}

static int load_steps(struct work *w, struct route *r, struct str text, struct err *e)
{
	if (escalation_read(text, r->after, &r->nstep, e) < 0)
		return -1;
	for (size_t i = 0; i < r->nstep; i++)
		if (load_channel(w, r->after[i].channel, r->step + i, e) < 0)
			return -1;
	return 0;
}

static int load_select(struct work *w, struct route *r, struct str text, struct err *e)
{
	struct select_ctx ctx = work_select(w);

	ctx.ent = nouns_find(&w->nouns, "device");
	if (!text.len)
		return 0;
	return route_select_check(w, text, e) < 0 ? err_wrap(e, "select") : select_parse(&ctx, text, &r->select, e);
}

static int load_route(struct work *w, const struct row *row, struct route *r, struct err *e)
{
	const struct quiet_text quiet = { row_text(&route_entity, row, "quiet"), row_text(&route_entity, row, "quiet_over"), text_of(w, row, "tz") };

	*r = (struct route){ .id = row->id, .group = span_of(row, "group"), .repeat = span_of(row, "repeat"), .rules = text_of(w, row, "rule"),
			     .kinds = text_of(w, row, "kind"), .changes = text_of(w, row, "change") };
	r->severity = (enum severity)notify_word(severity_words, row_text(&route_entity, row, "severity"));
	r->by = (enum route_by)notify_word(route_by_words, row_text(&route_entity, row, "by"));
	if (quiet_read(&quiet, &r->quiet, e) < 0 || schedule_read(row_text(&route_entity, row, "schedule"), &r->schedule, e) < 0 ||
	    load_select(w, r, text_of(w, row, "select"), e) < 0 || load_steps(w, r, text_of(w, row, "escalate"), e) < 0)
		return -1;
	return load_channel(w, text_of(w, row, "channel"), &r->channel, e);
}

/* Ids first: what a route refers to is read with statements of its own. */
static int route_ids(struct work *w, int64_t *id, size_t *n, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx = { .nouns = &w->nouns, .ent = nouns_find(&w->nouns, "route"), .when = w->when, .arena = &w->keep };
	struct entity_ask ask = { .ctx = &ctx };
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	int got;

	*n = 0;
	if (!row)
		return err_nomem(e);
	if (entity_select(w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0)
		if (row->org == db_self(w->db) && row_cell(ctx.ent, row, "enabled")->i && *n < ROUTES_MAX)
			id[(*n)++] = row->id;
	return got;
}

static void drop_route(struct route *r)
{
	channel_done(&r->channel);
	for (size_t k = 0; k < r->nstep; k++)
		channel_done(r->step + k);
}

/* It leads nowhere, or does again: an event, and a line, when that is news. A group or a zone may have gone, or what it names was brought in from elsewhere. */
static int say_route(struct routing *x, struct str name, const struct err *why, struct err *e)
{
	char about[100], line[600];
	struct trouble t = { .about = about, .severity = SEVERITY_ERROR, .message = line, .org = db_self(x->w->db), .now = x->now };
	bool news;

	(void)snprintf(about, sizeof(about), "route %.*s", STR_ARG(name));
	if (why)
		(void)snprintf(line, sizeof(line), "%s tells nobody: %.400s (sit-notify route set)", about, why->msg);
	else
		(void)snprintf(line, sizeof(line), "%s works again", about);
	if (x->w->dry)
		news = why != NULL;
	else if (trouble_tell(x->w->db, &t, !why, &news, e) < 0)
		return -1;
	if (news && why)
		x->listener->told(x->listener->arg, line);
	return 0;
}

static int load_one(struct routing *x, int64_t id, struct row *row, struct err *e)
{
	struct route *r = x->route + x->nroute;
	struct err why;

	*r = (struct route){ .id = id };
	work_turn(x->w, "route");
	if (work_load(x->w, id, row, e) < 0)
		return -1;
	if (load_route(x->w, row, r, e) == 0) {
		x->nroute++;
		return say_route(x, row_text(&route_entity, row, "name"), NULL, e);
	}
	drop_route(r);
	if (err_is_fatal(e))
		return -1;
	why = *e;
	err_clear(e);
	return say_route(x, row_text(&route_entity, row, "name"), &why, e);
}

static int load_routes(struct routing *x, struct err *e)
{
	struct work *w = x->w;
	int64_t *id = arena_alloc(&w->keep, ROUTES_MAX * sizeof(*id));
	struct row *row = arena_alloc(&w->keep, sizeof(*row));
	size_t n;

	if (!id || !row || route_ids(w, id, &n, e) < 0)
		return e->code ? -1 : err_nomem(e);
	x->route = arena_alloc(&w->keep, (n + 1) * sizeof(*x->route));
	if (!x->route)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		if (load_one(x, id[i], row, e) < 0)
			return -1;
	return 0;
}

static void drop_routes(struct routing *x)
{
	for (size_t i = 0; i < x->nroute; i++)
		drop_route(x->route + i);
}

/* ---- which routes it goes ---- */

static bool in_list(struct str list, struct str word, bool pattern)
{
	struct str one;

	while (list_word(&list, &one))
		if (pattern && glob_is(one) ? glob_match(one, word) : str_eq(one, word))
			return true;
	return false;
}

static size_t place_of(const struct routing *x, int64_t device)
{
	size_t lo = 0, hi = x->ndevice;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (x->device[mid] < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Shelving or a silence is over, and the alarm is still there. */
static bool comes_back(const struct happening *h)
{
	return !h->event && (str_is(h->change, "unshelved") || str_is(h->change, "unsuppressed"));
}

/*
 * 1, 0, -1. The end of an alarm goes where it was told of, also when it was less by then than the route asks for. To whom nothing was said of it because it was
 * shelved or silenced it begins when that is over.
 */
static int goes(const struct routing *x, const struct route *r, const struct happening *h, struct err *e)
{
	bool less = notify_word(severity_words, h->severity) < (int)r->severity, begins = comes_back(h) && in_list(r->changes, STR("raised"), false);
	int64_t until;
	int told;

	if (!in_list(r->kinds, h->kind, false) || (less && (h->event || !str_is(h->change, "cleared"))))
		return 0;
	if (!h->event && !in_list(r->changes, h->change, false) && !begins)
		return 0;
	if (r->rules.len && (h->event || !in_list(r->rules, h->rule, true)))
		return 0;
	if (r->select && (!h->device || !r->hit[place_of(x, h->device)]))
		return 0;
	if (!schedule_on(&r->schedule, r->quiet.zone, x->now, &until))
		return 0;
	if (!less && (h->event || in_list(r->changes, h->change, false)))
		return 1;
	told = notice_told(x->w->db, r->id, h->alarm, e);
	return told < 0 || less ? told : !told;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int match_devices(struct routing *x, struct err *e)
{
	struct select_ctx ctx = work_select(x->w);
	size_t once = 0;

	ctx.ent = nouns_find(&x->w->nouns, "device");
	x->ndevice = 0;
	x->device = arena_alloc(&x->arena, (x->n + 1) * sizeof(*x->device));
	if (!x->device)
		return err_nomem(e);
	for (size_t i = 0; i < x->n; i++)
		if (x->h[i].device)
			x->device[x->ndevice++] = x->h[i].device;
	qsort(x->device, x->ndevice, sizeof(*x->device), by_id);
	for (size_t i = 0; i < x->ndevice; i++)
		if (!once || x->device[once - 1] != x->device[i])
			x->device[once++] = x->device[i];
	x->ndevice = once;
	for (size_t i = 0; i < x->nroute; i++) {
		struct route *r = x->route + i;

		r->hit = arena_alloc(&x->arena, x->n + 1);
		if (!r->hit)
			return err_nomem(e);
		if (r->select && happening_devices(x->w->db, &ctx, r->select, x->device, x->ndevice, r->hit, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- the notice ---- */

static void member(struct sb *sb, const char *key, struct str value)
{
	if (!value.len)
		return;
	sb_addf(sb, "%c\"%s\":", sb->len ? ',' : '{', key);
	sb_json(sb, value);
}

/* A value is kept as text; what reads as JSON is written as that. */
static void value_member(struct sb *sb, const char *key, struct str value)
{
	json_t *v = value.len ? json_loadb(value.ptr, value.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (!v) {
		member(sb, key, value);
		return;
	}
	json_decref(v);
	sb_addf(sb, "%c\"%s\":%.*s", sb->len ? ',' : '{', key, STR_ARG(value));
}

int happening_record(const struct happening *h, struct sb *sb, struct err *e)
{
	char ts[40];

	(void)time_print(h->ts, NULL, ts);
	member(sb, "ts", str_of(ts));
	member(sb, "kind", h->kind);
	if (h->alarm)
		sb_addf(sb, ",\"alarm\":%" PRId64, h->alarm);
	member(sb, "rule", h->rule);
	member(sb, "title", h->title);
	member(sb, "device", h->device_name);
	member(sb, "datapoint", h->datapoint);
	member(sb, "change", h->change);
	member(sb, "severity", h->severity);
	value_member(sb, "value", h->value);
	value_member(sb, "threshold", h->threshold);
	member(sb, "message", h->message);
	member(sb, "gateway", h->gateway_name);
	member(sb, "site", h->site_name);
	member(sb, "org", h->org);
	return sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

int notice_token(struct work *w, struct str key, char token[33], struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	char hex[SHA256_HEX + 1];

	sb_addf(&text, "%s/%.*s", db_self_name(w->db) ? db_self_name(w->db) : "", STR_ARG(key));
	if (text.bad)
		return err_nomem(e);
	if (hash_sha256(sb_str(&text), hex, e) < 0)
		return -1;
	(void)snprintf(token, 33, "%.32s", hex);
	return 0;
}

/* What goes into one message. */
static void bucket_of(const struct route *r, const struct happening *h, bool waits, char out[80])
{
	const int64_t of[] = { [BY_ALL] = 0, [BY_GATEWAY] = h->gateway ? h->gateway : h->device, [BY_SITE] = h->site, [BY_DEVICE] = h->device,
			       [BY_RULE] = h->rule_id };

	(void)snprintf(out, 80, "%" PRId64 ":%s:%" PRId64 "%s", r->id, route_by_words[r->by], of[r->by], waits ? ":quiet" : "");
}

/* One for each receiver of the channel. */
static int put(struct routing *x, const struct channel *c, const struct happening *h, const struct notice *n, const char *suffix, struct err *e)
{
	struct str rest = { NULL, 0 }, to;
	bool first = true;

	while (channel_next(c, &rest, &first, &to)) {
		AUTO(sb_done) struct sb key = SB_INIT(2048);
		struct notice one = *n;
		char token[33];
		int64_t id;

		if (h->event)
			sb_addf(&key, "event:%" PRId64, h->id);
		else
			sb_addf(&key, "alarm:%" PRId64 ":%" PRId64 ":%" PRId64 ":%.*s:%" PRId64, h->rule_id, h->device, h->number, STR_ARG(h->change), h->ts);
		sb_addf(&key, "%s@%" PRId64 ":%.*s", suffix, c->id, STR_ARG(to));
		if (key.bad)
			return err_nomem(e);
		if (notice_token(x->w, sb_str(&key), token, e) < 0)
			return -1;
		one.channel = c->id;
		one.to = to;
		one.key = sb_str(&key);
		one.token = str_of(token);
		if (notice_add(x->w->db, &one, &id, e) < 0)
			return -1;
		x->made += id != 0;
	}
	return 0;
}

/*
 * With it the alarm is one that the route is about: from then on repeats and escalation count. An alarm whose severity grows comes to it later, or again, or becomes one
 * that does not wait for the morning.
 */
static int begins(struct routing *x, const struct route *r, const struct happening *h, bool *out, struct err *e)
{
	int before = -1, told;
	bool wakes;

	*out = !h->event && str_is(h->change, "raised");
	if (comes_back(h)) {
		told = notice_told(x->w->db, r->id, h->alarm, e);
		*out = told == 0;
		return told < 0 ? -1 : 0;
	}
	if (h->event || !str_is(h->change, "escalated") || (!r->repeat && !r->nstep))
		return 0;
	if (happening_before(x->w->db, h, &before, e) < 0)
		return -1;
	wakes = before >= (int)r->severity && quiet_end(&r->quiet, before, x->now) > x->now &&
		quiet_end(&r->quiet, notify_word(severity_words, h->severity), x->now) == x->now;
	*out = before < (int)r->severity || wakes;
	if (wakes && reminder_rouse(x->w->db, h->alarm, r->id, x->now, e) < 0)
		return -1;
	return *out ? reminder_anew(x->w->db, h->alarm, r->id, x->now, e) : 0;
}

/* Who was called in hears how it goes on, and that it is over. */
static int put_called_in(struct routing *x, const struct route *r, const struct happening *h, const struct notice *n, struct err *e)
{
	for (size_t i = 0; i < r->nstep; i++) {
		int told = notice_escalated(x->w->db, h->alarm, r->step[i].id, e);

		if (told < 0 || (told && put(x, r->step + i, h, n, "", e) < 0))
			return -1;
	}
	return 0;
}

static int put_route(struct routing *x, const struct route *r, const struct happening *h, struct str record, struct err *e)
{
	int64_t soonest = x->now + r->group, awake = quiet_end(&r->quiet, notify_word(severity_words, h->severity), soonest);
	bool held = x->epoch.number && h->at < x->epoch.started, first;
	struct notice n = { .route = r->id, .device = h->device, .alarm = h->alarm, .created = x->now, .severity = h->severity, .record = record,
			    .state = held ? NOTICE_HELD : NOTICE_WAITING, .kind = h->event ? STR("event") : STR("alarm") };
	char bucket[80], suffix[32];

	if (begins(x, r, h, &first, e) < 0)
		return -1;
	bucket_of(r, h, awake > soonest, bucket);
	n.due = awake;
	n.bucket = r->group || awake > soonest ? str_of(bucket) : (struct str){ NULL, 0 };
	n.again = first ? r->repeat : 0;
	if (put(x, &r->channel, h, &n, "", e) < 0)
		return -1;
	if (!first)
		return h->event ? 0 : put_called_in(x, r, h, &n, e);
	n.kind = STR("escalation");
	n.bucket = (struct str){ NULL, 0 };
	n.again = 0;
	for (size_t i = 0; i < r->nstep; i++) {
		n.due = (awake > soonest ? awake : h->at) + r->after[i].after; /* who is asleep does not see to it */
		(void)snprintf(suffix, sizeof(suffix), ":step%zu", i + 1);
		if (put(x, r->step + i, h, &n, suffix, e) < 0)
			return -1;
	}
	return 0;
}

static int route_tx(struct db *db, void *arg, struct err *e)
{
	struct routing *x = arg;

	for (size_t i = 0; i < x->n; i++) {
		AUTO(sb_done) struct sb record = SB_INIT((size_t)1 << 20);
		bool ours = false;

		if (happening_told(db, x->h + i, x->now, &ours, e) < 0)
			return -1;
		if (!ours || happening_record(x->h + i, &record, e) < 0) {
			if (ours)
				return -1;
			continue;
		}
		if (x->h[i].alarm && reminder_wake(db, x->h[i].alarm, x->now, e) < 0)
			return -1;
		for (size_t k = 0; k < x->nroute; k++) {
			int got = goes(x, x->route + k, x->h + i, e);

			if (got < 0 || (got > 0 && put_route(x, x->route + k, x->h + i, sb_str(&record), e) < 0))
				return -1;
		}
	}
	return 0;
}

static void route_undo(void *arg)
{
	struct routing *x = arg;

	x->made = 0;
}

/* All that is untold of one table, a batch a transaction. */
static int route_all(struct routing *x, bool events, struct notify_done *done, struct err *e)
{
	do {
		arena_clear(&x->arena);
		x->made = 0;
		if (happening_untold(x->w->db, events, BATCH, &x->arena, &x->h, &x->n, e) < 0)
			return -1;
		if (!x->n)
			return 0;
		if (!x->route && load_routes(x, e) < 0)
			return -1;
		if (match_devices(x, e) < 0 || db_write_again(x->w->db, x->w->dry, route_tx, route_undo, x, e) < 0)
			return -1;
		done->made += x->made;
	} while (x->n == BATCH && !x->w->dry);
	return 0;
}

int notify_route(struct work *w, int64_t now, const struct listener *l, struct notify_done *done, struct err *e)
{
	struct routing x = { .w = w, .now = now, .listener = l, .arena = ARENA_INIT((size_t)256 << 20) };
	int rc = epoch_now(w->db, &x.epoch, e);

	if (rc == 0)
		rc = route_all(&x, false, done, e);
	if (rc == 0)
		rc = route_all(&x, true, done, e);
	drop_routes(&x);
	arena_done(&x.arena);
	return rc;
}
