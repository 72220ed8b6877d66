/* SPDX-License-Identifier: MIT */
#include "access/gauge.h"

#include "base/num.h"
#include "base/time.h"
#include "model/reason.h"
#include "os/secret.h"

#define TRIES 10000 /* of each round one that wants to change a bucket does */

/* ---- where they are ---- */

int buckets_open(struct buckets *b, struct db *db, int64_t org, struct err *e)
{
	AUTO(sb_wipe) struct sb password = SB_INIT(1024);
	const char *url = getenv("SIT_REDIS"), *from = getenv("SIT_REDIS_AUTH");
	struct quota q;

	*b = (struct buckets){ .db = db };
	if (!url || !*url)
		return 0;
	if (from && *from && secret_read(from, &password, e) < 0)
		return err_wrap(e, "SIT_REDIS_AUTH");
	if (quota_get(db, org, &q, e) < 0)
		return -1;
	b->created = q.created;
	return shared_open(url, sb_str(&password), &b->shared, e);
}

void buckets_close(struct buckets *b)
{
	shared_close(b->shared);
	b->shared = NULL;
}

static int key_of(const struct buckets *b, const struct limit_of *of, struct sb *sb)
{
	return sb_addf(sb, "sit:bucket:%" PRId64 ":%" PRId64 ":%s:%" PRId64, b->created, of->org, limit_words[of->noun], of->id);
}

static int get(const struct buckets *b, const struct limit_of *of, struct sb *text, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(256);

	if (!b->shared)
		return limit_bucket(b->db, of, text, e);
	key_of(b, of, &key);
	return shared_get(b->shared, sb_str(&key), text, e);
}

/* A full bucket need not be kept. */
static int64_t keep_for(const struct bucket_rule *r)
{
	int64_t longest = r->grace_for;

	for (size_t i = 0; i < r->n; i++)
		longest = r->window[i].period > longest ? r->window[i].period : longest;
	return 2 * longest / US_PER_MS;
}

static int swap(const struct buckets *b, const struct gauge *g, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT(256);

	if (!b->shared)
		return limit_bucket_swap(b->db, &g->of, sb_str(&g->kept), sb_str(&g->next), e);
	key_of(b, &g->of, &key);
	return shared_swap(b->shared, sb_str(&key), sb_str(&g->kept), sb_str(&g->next), keep_for(&g->rule), e);
}

/* ---- which rule ---- */

static int begin(struct gauge *g, const struct limit_of *of, struct str rule, struct err *e)
{
	g->of = *of;
	g->kept = g->next = (struct sb)SB_INIT(2 * BUCKET_TEXT);
	return bucket_rule_read(rule, &g->rule, e) < 0 ? err_wrap(e, "limit of %s", limit_words[of->noun]) : 1;
}

int gauge_of_device(const struct limit_of *of, const struct device_limit *l, struct gauge *g, struct err *e)
{
	struct str over = l->own.ptr || l->rule.ptr ? l->own : l->over;
	char rate[64];

	*g = (struct gauge){ 0 };
	if (!l->rule.ptr && !l->policy.ptr)
		return 0;
	g->quarantine = over.ptr && str_is(over, "quarantine");
	if (l->rule.ptr) {
		(void)snprintf(g->from, sizeof(g->from), "own");
		return begin(g, of, l->rule, e);
	}
	(void)snprintf(g->from, sizeof(g->from), "policy %.*s", STR_ARG(l->policy));
	(void)snprintf(rate, sizeof(rate), "%" PRId64 ":1m", l->rate);
	return begin(g, of, str_of(rate), e);
}

static int find_device(struct db *db, const struct limit_of *of, struct gauge *g, struct err *e)
{
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct device_limit l;
	int got = limit_device(db, of->id, &st, &l, e);

	return got <= 0 ? got : gauge_of_device(of, &l, g, e);
}

int gauge_find(struct db *db, const struct limit_of *of, struct gauge *g, struct err *e)
{
	AUTO(sb_done) struct sb rule = SB_INIT(BUCKET_TEXT);
	AUTO(sb_done) struct sb over = SB_INIT(64);
	struct quota q;
	int got;

	*g = (struct gauge){ 0 };
	if (of->noun == LIMIT_DEVICE)
		return find_device(db, of, g, e);
	got = limit_get(db, of, &rule, &over, e);
	if (got < 0)
		return -1;
	g->quarantine = str_is(sb_str(&over), "quarantine");
	(void)snprintf(g->from, sizeof(g->from), "own");
	if (got > 0)
		return begin(g, of, sb_str(&rule), e);
	if (of->noun != LIMIT_ORG)
		return 0;
	if (quota_get(db, of->org, &q, e) < 0)
		return -1;
	(void)snprintf(g->from, sizeof(g->from), "tier %s", q.name);
	return q.tier.requests ? begin(g, of, str_of(q.tier.requests), e) : 0;
}

void gauge_done(struct gauge *g)
{
	sb_done(&g->kept);
	sb_done(&g->next);
}

/* ---- its bucket; as text: REFUSED|BUCKET ---- */

static void read_state(struct gauge *g)
{
	struct str s = sb_str(&g->kept);
	const char *bar = s.len ? memchr(s.ptr, '|', s.len) : NULL;
	size_t n = bar ? (size_t)(bar - s.ptr) : 0;

	if (!bar || !num_parse_int((struct str){ s.ptr, n }, &g->refused))
		g->refused = 0;
	(void)bucket_read(&g->rule, bar ? (struct str){ bar + 1, s.len - n - 1 } : STR(""), &g->bucket);
}

static int write_state(struct gauge *g, struct err *e)
{
	sb_clear(&g->next);
	sb_addf(&g->next, "%" PRId64 "|", g->refused);
	return bucket_print(&g->rule, &g->bucket, &g->next) < 0 ? err_nomem(e) : 0;
}

int gauge_look(const struct buckets *b, struct gauge *g, int64_t now, struct err *e)
{
	sb_clear(&g->kept);
	if (get(b, &g->of, &g->kept, e) < 0)
		return err_wrap(e, "limit of %s", limit_words[g->of.noun]);
	read_state(g);
	bucket_fill(&g->rule, &g->bucket, now);
	return 0;
}

bool gauge_take(struct gauge *g, const struct bucket_load *load, int64_t now)
{
	if (!bucket_take(&g->rule, &g->bucket, load, now))
		return false;
	g->taken.requests += load->requests;
	g->taken.bytes += load->bytes;
	return true;
}

/* The bucket as it is now replaces the one that was looked at: 1; 0: it is another again. */
static int replace(const struct buckets *b, struct gauge *g, int64_t now, struct err *e)
{
	int64_t refused = g->refused;
	int done;

	if (write_state(g, e) < 0)
		return -1;
	done = swap(b, g, e);
	if (done < 0)
		return err_wrap(e, "limit of %s", limit_words[g->of.noun]);
	if (done == 0 && gauge_look(b, g, now, e) < 0)
		return -1;
	g->refused = refused;
	if (done && b->shared) /* whatever becomes of the transaction */
		gauge_kept(g, true);
	return done;
}

static int crowded(const struct gauge *g, struct err *e)
{
	return err_set(e, E_IO, "limit of %s: its bucket is changed by others all the time", limit_words[g->of.noun]);
}

int gauge_keep(const struct buckets *b, struct gauge *g, int64_t now, bool *over, struct err *e)
{
	int done = 0;

	if (over)
		*over = false;
	for (int i = 0; i < TRIES; i++) {
		done = replace(b, g, now, e);
		if (done)
			return done < 0 ? -1 : 0;
		if (!over)
			bucket_owe(&g->rule, &g->bucket, &g->taken);
		else if (!bucket_take(&g->rule, &g->bucket, &g->taken, now)) {
			*over = true;
			return 0;
		}
	}
	return crowded(g, e);
}

/* The largest part of the load that it gives now, of halves; false: not even one. */
static bool take_part(struct gauge *g, int64_t now, struct bucket_load *part)
{
	*part = g->taken;
	while (!bucket_take(&g->rule, &g->bucket, part, now)) {
		if (part->requests <= 1 && part->bytes <= 1)
			return false;
		part->requests = (part->requests + 1) / 2;
		part->bytes = (part->bytes + 1) / 2;
	}
	return true;
}

int gauge_pay(const struct buckets *b, struct gauge *g, int64_t now, int64_t *wait, struct err *e)
{
	const struct bucket_load all = g->taken;
	struct bucket_load part;
	int done = 0;

	*wait = 0;
	for (int i = 0; done == 0 && i < TRIES; i++) {
		if (gauge_look(b, g, now, e) < 0)
			return -1;
		if (!take_part(g, now, &part)) {
			*wait = bucket_wait(&g->rule, &g->bucket, &part, now);
			return 0;
		}
		done = replace(b, g, now, e);
	}
	if (done <= 0)
		return done < 0 ? -1 : crowded(g, e);
	g->taken = (struct bucket_load){ all.requests > part.requests ? all.requests - part.requests : 0, all.bytes > part.bytes ? all.bytes - part.bytes : 0 };
	*wait = g->taken.requests || g->taken.bytes ? 1 : 0;
	return 0;
}

int gauge_return(const struct buckets *b, struct gauge *g, const struct bucket_load *load, int64_t now, struct err *e)
{
	const struct bucket_load less = { -load->requests, -load->bytes };
	int done = 0;

	for (int i = 0; done == 0 && i < TRIES; i++) {
		if (gauge_look(b, g, now, e) < 0)
			return -1;
		bucket_owe(&g->rule, &g->bucket, &less);
		done = replace(b, g, now, e);
	}
	return done > 0 ? 0 : done < 0 ? -1 : crowded(g, e);
}

void gauge_kept(struct gauge *g, bool committed)
{
	struct sb was = g->kept;

	if (!committed || !g->next.len)
		return;
	g->kept = g->next;
	g->next = was;
	sb_clear(&g->next);
	g->taken = (struct bucket_load){ 0, 0 };
}

int gauge_say(struct gauge *g, const char *what, const struct bucket_load *load, int64_t now, struct sb *sb)
{
	size_t i = bucket_narrowest(&g->rule, &g->bucket, load, now);

	sb_adds(sb, REASON_LIMIT ": ");
	bucket_window_say(g->rule.window + i, what, sb);
	return sb_addf(sb, " (%s)", g->from);
}
