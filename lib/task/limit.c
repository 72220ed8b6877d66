/* SPDX-License-Identifier: MIT */
#include "task/limit.h"

#include "access/gauge.h"
#include "base/time.h"
#include "db/caller.h"
#include "model/role.h"
#include "store/definition.h"
#include "task/user.h"
#include "task/work.h"

/* ---- whose ---- */

/* A limit with what it is called, and the user behind a key. */
struct whose {
	struct limit_of of;
	int64_t user;
	struct sb name; /* of the thing */
};
#define WHOSE_INIT { .name = SB_INIT(512) }

static void whose_done(struct whose *x)
{
	sb_done(&x->name);
}

static int find_key(struct work *w, struct str prefix, struct whose *x, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct user_key k;
	int got = key_find(w->db, prefix, &st, &k, e);

	if (got > 0) {
		x->of = (struct limit_of){ k.org, LIMIT_KEY, k.id };
		x->user = k.user;
		sb_add(&x->name, k.prefix.ptr, k.prefix.len);
	}
	return got;
}

static int find_named(struct work *w, enum limit_noun noun, struct str name, struct whose *x, struct err *e)
{
	const struct entity *ent = noun == LIMIT_DEVICE ? &device_entity : &user_entity;
	struct row row = { 0 };
	int64_t id;
	int rc;

	if (entity_resolve(w->db, ent, name, &id, e) < 0)
		return -1;
	work_turn(w, ent->noun);
	rc = work_load(w, id, &row, e);
	x->of = (struct limit_of){ row.org, noun, id };
	x->user = noun == LIMIT_USER ? id : 0;
	if (rc == 0) {
		name = work_row_name(w, &row);
		sb_add(&x->name, name.ptr, name.len);
	}
	return rc;
}

/* A device, else a user, else a key. */
static int find_bare(struct work *w, struct str name, struct whose *x, struct err *e)
{
	struct err other = { 0 };
	int got;

	if (find_named(w, LIMIT_DEVICE, name, x, e) == 0)
		return 0;
	if (e->code != E_NOTFOUND)
		return -1;
	if (find_named(w, LIMIT_USER, name, x, &other) == 0) {
		err_clear(e);
		return 0;
	}
	got = find_key(w, name, x, &other);
	if (got > 0)
		err_clear(e);
	else if (got == 0)
		err_set(e, E_NOTFOUND, "no device, user or key \"%.*s\" (org and ingest are the organisation's own limits)", STR_ARG(name));
	else
		*e = other;
	return got > 0 ? 0 : -1;
}

static int find(struct work *w, const char *text, struct whose *x, struct err *e)
{
	struct str s = str_of(text);
	int got;

	x->of = (struct limit_of){ db_self(w->db), LIMIT_ORG, 0 };
	if (!db_self(w->db))
		return err_set(e, E_USAGE, "name the organisation (--org)");
	if (str_is(s, "org"))
		return 0;
	x->of.noun = LIMIT_INGEST;
	if (str_is(s, "ingest"))
		return 0;
	if (str_starts(s, "device:"))
		return find_named(w, LIMIT_DEVICE, (struct str){ s.ptr + 7, s.len - 7 }, x, e);
	if (str_starts(s, "user:"))
		return find_named(w, LIMIT_USER, (struct str){ s.ptr + 5, s.len - 5 }, x, e);
	if (!str_starts(s, "key:"))
		return find_bare(w, s, x, e);
	got = find_key(w, (struct str){ s.ptr + 4, s.len - 4 }, x, e);
	return got == 0 ? err_set(e, E_NOTFOUND, "no key \"%s\"", text + 4) : got < 0 ? -1 : 0;
}

/* "device:NAME" */
static int say_whose(const struct limit_of *of, struct str name, struct sb *sb)
{
	return sb_addf(sb, "%s%s%.*s", limit_words[of->noun], of->id ? ":" : "", STR_ARG(name));
}

/* ---- set, rm ---- */

struct changing {
	const struct whose *x;
	const char *rule, *over;
};

/* Who shows a key changes no limit that holds for themselves as a whole. */
static int may_change(struct work *w, const struct whose *x, struct err *e)
{
	const struct caller *c = db_caller(w->db);

	if (x->of.org != db_self(w->db))
		return err_set(e, E_DENIED, "belongs to another organisation: write there with --org");
	if (x->user)
		return work_turn(w, "user"), user_touch(w, x->user, e);
	if (c && !x->of.id && !(c->rights & RIGHT_STORE))
		return err_set(e, E_DENIED, "%s (key %s) may not say what an organisation may do", c->name, c->key);
	return 0;
}

static void as_json(const char *rule, const char *over, struct sb *sb)
{
	sb_addf(sb, over ? "{\"limit\":\"%s\",\"over\":\"%s\"}" : "{\"limit\":\"%s\"}", rule, over);
}

int limit_change_one(struct work *w, const struct limit_of *of, struct str thing, const char *rule, const char *over, struct err *e)
{
	AUTO(sb_done) struct sb name = SB_INIT(1024);
	AUTO(sb_done) struct sb was = SB_INIT(2048);
	AUTO(sb_done) struct sb is = SB_INIT(2048);
	AUTO(sb_done) struct sb old = SB_INIT(BUCKET_TEXT);
	AUTO(sb_done) struct sb old_over = SB_INIT(64);
	bool done;
	int had = limit_get(w->db, of, &old, &old_over, e);

	if (had < 0)
		return -1;
	if (rule ? limit_put(w->db, of, str_of(rule), over, e) < 0 : limit_rm(w->db, of, &done, e) < 0)
		return -1;
	if (!rule && !had)
		return err_set(e, E_NOTFOUND, "there is no limit of its own");
	as_json(sb_cstr(&old), old_over.len ? sb_cstr(&old_over) : NULL, &was);
	as_json(rule ? rule : "", over, &is);
	say_whose(of, thing, &name);
	return work_trail_text(w, rule ? "set" : "delete", "limit", sb_str(&name), had ? sb_cstr(&was) : NULL, rule ? sb_cstr(&is) : NULL, e);
}

static int change(struct work *w, void *arg, struct err *e)
{
	const struct changing *c = arg;

	return may_change(w, c->x, e) < 0 ? -1 : limit_change_one(w, &c->x->of, sb_str(&c->x->name), c->rule, c->over, e);
}

int limit_change(struct work *w, const char *whose, const char *rule, const char *over, struct err *e)
{
	AUTO(whose_done) struct whose x = WHOSE_INIT;
	AUTO(sb_done) struct sb text = SB_INIT(BUCKET_TEXT);
	struct changing c = { &x, NULL, over };
	struct bucket_rule r;

	if (rule && bucket_rule_read(str_of(rule), &r, e) < 0)
		return -1;
	if (rule && bucket_rule_print(&r, &text) < 0)
		return err_nomem(e);
	c.rule = rule ? sb_cstr(&text) : NULL;
	if (user_ready(w->db, e) < 0 || find(w, whose, &x, e) < 0)
		return -1;
	if (over && x.of.noun != LIMIT_DEVICE && x.of.noun != LIMIT_INGEST)
		return err_set(e, E_INPUT, "over: goes with limits of messages (device:NAME, ingest); a request beyond its limit is refused");
	return work_write(w, change, &c, e);
}

/* ---- list ---- */

/* clang-format off */
const struct field limit_fields[] = {
	{ .name = "whose", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "org, ingest, user:NAME, key:KEY, device:NAME, or policy:NAME: of each of its devices" },
	{ .name = "limit", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "how much may pass, in each window" },
	{ .name = "over", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "what is beyond it: delay, quarantine, refuse" },
	{ .name = "from", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "where it is from: own, policy, tier NAME" },
	{ .name = "devices", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "of a policy: devices that have it" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "the organisation" },
};
/* clang-format on */
const size_t limit_count = COUNT(limit_fields);

static bool of_messages(const char *noun)
{
	return strcmp(noun, "device") == 0 || strcmp(noun, "ingest") == 0;
}

static int list_own(struct work *w, struct out *out, size_t *rows, bool *org, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = limit_each(w->db, &st, e);

	while (got >= 0 && (got = stmt_step(st, e)) > 0) {
		AUTO(sb_done) struct sb name = SB_INIT(1024);
		struct str noun = stmt_text(st, 1), over = stmt_text(st, 4);
		bool messages = str_is(noun, "device") || str_is(noun, "ingest");

		*org |= str_is(noun, "org") && db_self(w->db) && str_is(stmt_text(st, 0), db_self_name(w->db));
		sb_addf(&name, "%.*s%s%.*s", STR_ARG(noun), stmt_is_null(st, 2) ? "" : ":", STR_ARG(stmt_text(st, 2)));
		++*rows;
		if (out_rec(out,
			    (struct cell[]){ CELL_OF_TEXT(sb_str(&name)), CELL_OF_TEXT(stmt_text(st, 3)),
					     CELL_OF_TEXT(messages ? over.len ? over : STR("delay") : STR("refuse")), CELL_OF_TEXT(STR("own")), CELL_OF_NULL,
					     CELL_OF_TEXT(stmt_text(st, 0)) },
			    e) < 0)
			return -1;
	}
	return got;
}

static int list_policies(struct work *w, struct out *out, size_t *rows, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = limit_policies(w->db, &st, e);

	while (got >= 0 && (got = stmt_step(st, e)) > 0) {
		AUTO(sb_done) struct sb name = SB_INIT(1024);
		AUTO(sb_done) struct sb rule = SB_INIT(64);

		sb_addf(&name, "policy:%.*s", STR_ARG(stmt_text(st, 1)));
		sb_addf(&rule, "%" PRId64 ":1m", stmt_int(st, 2));
		++*rows;
		if (out_rec(out,
			    (struct cell[]){ CELL_OF_TEXT(sb_str(&name)), CELL_OF_TEXT(sb_str(&rule)), CELL_OF_TEXT(stmt_text(st, 3)),
					     CELL_OF_TEXT(STR("policy")), CELL_OF_INT(stmt_int(st, 4)), CELL_OF_TEXT(stmt_text(st, 0)) },
			    e) < 0)
			return -1;
	}
	return got;
}

int limit_print(struct work *w, struct out *out, size_t *rows, struct err *e)
{
	AUTO(sb_done) struct sb from = SB_INIT(64);
	bool org = false;
	struct quota q;

	*rows = 0;
	if (list_own(w, out, rows, &org, e) < 0)
		return -1;
	if (!org && db_self(w->db)) {
		if (quota_get(w->db, db_self(w->db), &q, e) < 0)
			return -1;
		sb_addf(&from, "tier %s", q.name);
		*rows += q.tier.requests != NULL;
		if (q.tier.requests &&
		    out_rec(out,
			    (struct cell[]){ CELL_OF_TEXT(STR("org")), CELL_OF_TEXT(str_of(q.tier.requests)), CELL_OF_TEXT(STR("refuse")),
					     CELL_OF_TEXT(sb_str(&from)), CELL_OF_NULL, CELL_OF_TEXT(str_of(db_self_name(w->db))) },
			    e) < 0)
			return -1;
	}
	return list_policies(w, out, rows, e);
}

/* ---- usage ---- */

/* clang-format off */
const struct field usage_fields[] = {
	{ .name = "what", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "devices, gateways, sites, users, points_per_day, retention_days" },
	{ .name = "used", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "how many it and those below it have; points: stored since midnight UTC, by the ledger; days: not counted" },
	{ .name = "quota", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "how many there may be (empty: any number); days that points are kept (sit-prune --retention)" },
	{ .name = "percent", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "of the quota" },
	{ .name = "state", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "good, warning (80 % and more), full" },
	{ .name = "from", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "where the quota is from: own or tier NAME" },
	{ .name = "org", .kind = FIELD_NAME, .flags = FIELD_HIDDEN, .help = "the organisation" },
};
/* clang-format on */
const size_t usage_count = COUNT(usage_fields);

static int64_t percent(int64_t used, int64_t most)
{
	if (most == 0)
		return used ? 100 : 0;
	return used > INT64_MAX / 100 ? used / (most / 100 ? most / 100 : 1) : used * 100 / most;
}

static int use_print(const struct quota *q, int what, int64_t used, struct str org, struct out *out, struct err *e)
{
	int64_t most = q->most[what];
	bool any = most == QUOTA_NONE;
	const char *state = any || !quota_warns(used, most) ? "good" : used < most ? "warning" : "full";
	char from[32];

	(void)snprintf(from, sizeof(from), "tier %s", q->name);
	return out_rec(out,
		       (struct cell[]){ CELL_OF_TEXT(str_of(quota_words[what])), CELL_OF_INT(used), any ? CELL_OF_NULL : CELL_OF_INT(most),
					any ? CELL_OF_NULL : CELL_OF_INT(percent(used, most)), CELL_OF_TEXT(str_of(state)),
					CELL_OF_TEXT(str_of(q->own[what] ? "own" : from)), CELL_OF_TEXT(org) },
		       e);
}

/* How long points are kept: a quota that nothing is refused for. */
static int keep_print(const struct quota *q, struct str org, struct out *out, struct err *e)
{
	int64_t days = (q->retention + US_PER_DAY - 1) / US_PER_DAY;
	char from[32];

	(void)snprintf(from, sizeof(from), "tier %s", q->name);
	return out_rec(out,
		       (struct cell[]){ CELL_OF_TEXT(STR("retention_days")), CELL_OF_NULL, q->retention == QUOTA_NONE ? CELL_OF_NULL : CELL_OF_INT(days),
					CELL_OF_NULL, CELL_OF_TEXT(STR("good")), CELL_OF_TEXT(str_of(q->own_retention ? "own" : from)),
					CELL_OF_TEXT(org) },
		       e);
}

int usage_print(struct work *w, const char *org, struct out *out, struct err *e)
{
	int64_t id = db_self(w->db), day = w->when.now - w->when.now % US_PER_DAY, used;
	struct quota q;

	if (org && entity_resolve(w->db, &org_entity, str_of(org), &id, e) < 0)
		return -1;
	if (!id)
		return err_set(e, E_USAGE, "name the organisation (--org)");
	if (quota_get(w->db, id, &q, e) < 0)
		return -1;
	for (int i = 0; i < QUOTA_N; i++)
		if (quota_count(w->db, id, (enum quota_what)i, day, &used, e) < 0 ||
		    use_print(&q, i, used, str_of(org ? org : db_self_name(w->db)), out, e) < 0)
			return -1;
	return keep_print(&q, str_of(org ? org : db_self_name(w->db)), out, e);
}

/* ---- explain ---- */

/* clang-format off */
const struct field passing_fields[] = {
	{ .name = "whose", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "whose limit it is" },
	{ .name = "window", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "how much may pass in which time" },
	{ .name = "from", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "where it is from: own, policy NAME, tier NAME" },
	{ .name = "left", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "so much passes now (negative: owed)" },
	{ .name = "holds", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "so much passes at once when it is full (burst)" },
	{ .name = "over", .kind = FIELD_ENUM, .flags = FIELD_LIST, .help = "what is beyond it: delay, quarantine, refuse; of what is kept for a time: prune" },
	{ .name = "passes", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when the next one passes this window" },
	{ .name = "grace", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "until when its grace helps, while that is used" },
	{ .name = "refused", .kind = FIELD_INT, .flags = FIELD_HIDDEN, .help = "requests refused since the last one that passed" },
};
/* clang-format on */
const size_t passing_count = COUNT(passing_fields);

struct explaining {
	struct work *w;
	struct buckets buckets;
	struct out *out;
	size_t *rows;
};

static int explain_window(struct explaining *x, struct gauge *g, struct str name, size_t i, struct err *e)
{
	AUTO(sb_done) struct sb whose = SB_INIT(1024);
	AUTO(sb_done) struct sb window = SB_INIT(256);
	bool messages = of_messages(limit_words[g->of.noun]);
	const struct bucket_level *l = g->bucket.level + i;
	const struct bucket_load one = { 1, 1 };
	struct bucket_rule alone = g->rule;
	struct bucket_state b = { .at = g->bucket.at, .level = { *l } };

	alone.window[0] = alone.window[i];
	alone.n = 1;
	say_whose(&g->of, name, &whose);
	bucket_window_say(g->rule.window + i, messages ? "message" : "request", &window);
	++*x->rows;
	return out_rec(x->out,
		       (struct cell[]){ CELL_OF_TEXT(sb_str(&whose)), CELL_OF_TEXT(sb_str(&window)), CELL_OF_TEXT(str_of(g->from)),
					CELL_OF_INT(bucket_has(&g->rule, &g->bucket, i)), CELL_OF_INT(bucket_holds(&g->rule, i)),
					CELL_OF_TEXT(!messages ? STR("refuse") : g->quarantine ? STR("quarantine") : STR("delay")),
					CELL_OF_TIME(x->w->when.now + bucket_wait(&alone, &b, &one, x->w->when.now)),
					l->over ? CELL_OF_TIME(l->over + g->rule.grace_for) : CELL_OF_NULL, CELL_OF_INT(g->refused) },
		       e);
}

static int explain_one(struct explaining *x, const struct limit_of *of, struct str name, struct err *e)
{
	struct gauge g;
	int rc, got = gauge_find(x->w->db, of, &g, e);

	if (got <= 0)
		return got;
	rc = gauge_look(&x->buckets, &g, x->w->when.now, e);
	for (size_t i = 0; i < g.rule.n && rc == 0; i++)
		rc = explain_window(x, &g, name, i, e);
	gauge_done(&g);
	return rc;
}

/* How large a message of the device may be. */
static int explain_size(struct explaining *x, const struct whose *whose, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	AUTO(sb_done) struct sb name = SB_INIT(1024);
	AUTO(sb_done) struct sb from = SB_INIT(256);
	struct device_limit l;
	char window[64];
	int got = limit_device(x->w->db, whose->of.id, &st, &l, e);

	if (got <= 0 || !l.policy.ptr)
		return got < 0 ? -1 : 0;
	say_whose(&whose->of, sb_str(&whose->name), &name);
	sb_addf(&from, "policy %.*s", STR_ARG(l.policy));
	(void)snprintf(window, sizeof(window), l.telemetry ? "%" PRId64 " KiB a message" : "no points", l.size);
	++*x->rows;
	return out_rec(x->out,
		       (struct cell[]){ CELL_OF_TEXT(sb_str(&name)), CELL_OF_TEXT(str_of(window)), CELL_OF_TEXT(sb_str(&from)), CELL_OF_NULL,
					CELL_OF_NULL, CELL_OF_TEXT(STR("quarantine")), CELL_OF_NULL, CELL_OF_NULL, CELL_OF_NULL },
		       e);
}

/* What the organisation may still store today. */
static int explain_points(struct explaining *x, int64_t org, struct err *e)
{
	int64_t now = x->w->when.now, day = now - now % US_PER_DAY, used;
	char from[32], window[64];
	struct quota q;

	if (quota_get(x->w->db, org, &q, e) < 0 || quota_count(x->w->db, org, QUOTA_POINTS, day, &used, e) < 0)
		return -1;
	if (q.most[QUOTA_POINTS] == QUOTA_NONE)
		return 0;
	(void)snprintf(from, sizeof(from), "tier %s", q.name);
	(void)snprintf(window, sizeof(window), "%" PRId64 " points a day", q.most[QUOTA_POINTS]);
	++*x->rows;
	return out_rec(x->out,
		       (struct cell[]){ CELL_OF_TEXT(STR("org")), CELL_OF_TEXT(str_of(window)),
					CELL_OF_TEXT(str_of(q.own[QUOTA_POINTS] ? "own" : from)), CELL_OF_INT(q.most[QUOTA_POINTS] - used),
					CELL_OF_INT(q.most[QUOTA_POINTS]), CELL_OF_TEXT(STR("quarantine")),
					CELL_OF_TIME(used < q.most[QUOTA_POINTS] ? now : day + US_PER_DAY), CELL_OF_NULL, CELL_OF_NULL },
		       e);
}

/* How long its points are kept, for whoever asks why old ones are gone. */
static int explain_retention(struct explaining *x, int64_t org, struct err *e)
{
	char from[32], span[48], window[80];
	struct quota q;

	if (quota_get(x->w->db, org, &q, e) < 0)
		return -1;
	if (q.retention == QUOTA_NONE)
		return 0;
	(void)snprintf(from, sizeof(from), "tier %s", q.name);
	(void)dur_print(q.retention, span);
	(void)snprintf(window, sizeof(window), "points of the last %s", span);
	++*x->rows;
	return out_rec(x->out,
		       (struct cell[]){ CELL_OF_TEXT(STR("org")), CELL_OF_TEXT(str_of(window)), CELL_OF_TEXT(str_of(q.own_retention ? "own" : from)),
					CELL_OF_NULL, CELL_OF_NULL, CELL_OF_TEXT(STR("prune")), CELL_OF_NULL, CELL_OF_NULL, CELL_OF_NULL },
		       e);
}

static int explain_all(struct explaining *x, const struct whose *whose, struct err *e)
{
	const struct limit_of org = { whose->of.org, LIMIT_ORG, 0 }, ingest = { whose->of.org, LIMIT_INGEST, 0 };
	const struct limit_of user = { whose->of.org, LIMIT_USER, whose->user };
	struct str none = STR("");

	if (explain_one(x, &whose->of, sb_str(&whose->name), e) < 0)
		return -1;
	if (whose->of.noun == LIMIT_DEVICE && (explain_size(x, whose, e) < 0 || explain_one(x, &ingest, none, e) < 0))
		return -1;
	if (whose->of.noun == LIMIT_DEVICE || whose->of.noun == LIMIT_INGEST)
		return explain_points(x, whose->of.org, e) < 0 ? -1 : explain_retention(x, whose->of.org, e);
	if (whose->of.noun == LIMIT_KEY) {
		AUTO(sb_done) struct sb name = SB_INIT(512);
		struct row row = { 0 };

		work_turn(x->w, "user");
		if (work_load(x->w, whose->user, &row, e) < 0)
			return -1;
		if (explain_one(x, &user, work_row_name(x->w, &row), e) < 0)
			return -1;
	}
	return whose->of.noun == LIMIT_ORG ? 0 : explain_one(x, &org, none, e);
}

int limit_explain(struct work *w, const char *whose, struct out *out, size_t *rows, struct err *e)
{
	AUTO(whose_done) struct whose of = WHOSE_INIT;
	struct explaining x = { .w = w, .out = out, .rows = rows };
	int rc;

	*rows = 0;
	if (user_ready(w->db, e) < 0 || find(w, whose, &of, e) < 0)
		return -1;
	rc = buckets_open(&x.buckets, w->db, of.of.org, e);
	if (rc == 0)
		rc = explain_all(&x, &of, e);
	buckets_close(&x.buckets);
	return rc;
}
