/* SPDX-License-Identifier: MIT */
#include "ingest/live.h"

#include <poll.h>

#include "ingest/again.h"
#include "ingest/body.h"
#include "ingest/spool.h"
#include "os/clock.h"
#include "os/notify.h"
#include "os/signal.h"

#define TURN_MOST 8192		  /* messages between two commits at most */
#define TURN_WAIT 500000	  /* microseconds to wait for a message before looking around */
#define PACE_MOST 8000		  /* microseconds that a message may wait for others */
#define PACE_FROM 256		  /* messages in a commit, from which on it is better to commit less often than sooner */
#define PACE_NAP_MS 1		  /* so long at a time: to be woken by every message would cost more than reading it */
#define PACE_SHARE 3		  /* how much longer than the last commit took */
#define AGAIN_FIRST 250000	  /* after the store failed */
#define AGAIN_MOST (5 * US_PER_S)
#define SAY_EVERY (10 * US_PER_S) /* the line of systemctl status */
#define NAME_EVERY (2 * US_PER_S) /* the name of the organisation is looked at, which its topics begin with */

/* What was told last: one line for all of a kind. */
struct trouble {
	char text[300];
};

struct live {
	const struct live_opts *opt;
	struct ingest *g;
	struct mqtt *m;
	struct body body;
	struct again *known; /* what was delivered before */
	struct spool *spool;
	int64_t old, fresh; /* messages in the spool: of earlier runs, of this one */
	bool spooling;	    /* messages go there, because the store is away or others wait there before them */
	bool connected, ready, was;
	int64_t again;	    /* how long to wait after the next failure of the store */
	int64_t retry;	    /* monotonic: not before that time the store is tried again */
	int64_t said, named;
	uint64_t messages;
	int held;	    /* messages that were read and are not committed */
	bool idle;	    /* none came for a while */
	bool untidy;	    /* there is something to do meanwhile */
	int64_t due;	    /* monotonic: until then messages are gathered for the next commit */
	bool refused; /* a message could not be taken: the store's fault, or the spool's */
	struct trouble wire, store;
};

/* A trouble that the work survives: told once, until it is over. */
static void tell(struct live *l, struct trouble *t, const char *what, const struct err *why)
{
	char line[700];

	if (strncmp(t->text, why->msg, sizeof(t->text) - 1) == 0)
		return;
	(void)snprintf(t->text, sizeof(t->text), "%.299s", why->msg);
	(void)snprintf(line, sizeof(line), "%s; %s", why->msg, what);
	l->opt->complain(l->opt->arg, line);
}

static void nap(int64_t us)
{
	for (int64_t until = clock_monotonic() + us; !stop_requested() && clock_monotonic() < until;) {
		(void)poll(NULL, 0, us > 100000 ? 100 : (int)(us / 1000) + 1);
		notify_alive();
	}
}

static void say(struct live *l)
{
	char line[200];
	int64_t now = clock_monotonic();

	notify_alive();
	if (now - l->said < SAY_EVERY)
		return;
	l->said = now;
	(void)snprintf(line, sizeof(line), "STATUS=%" PRIu64 " messages, %" PRId64 " in the spool%s", l->messages, l->old + l->fresh,
		       l->connected ? "" : ", no connection");
	notify_say(line);
}

/* ---- a message ---- */

static int to_spool(struct live *l, const struct mqtt_message *m, int64_t arrived, struct err *e)
{
	const struct spooled s = { .arrived = arrived ? arrived : clock_now(), .topic = m->topic, .payload = m->payload, .id = m->id, .retained = m->retained };
	int got = spool_put(l->spool, &s, e);

	if (got == 0)
		return err_set(e, E_IO, "the spool is full");
	again_note(l->known, m, s.arrived);
	l->fresh += got > 0;
	if (got > 0)
		ingest_spooled(l->g, 1);
	return got < 0 ? -1 : 0;
}

static int take(struct live *l, const struct mqtt_message *m, struct err *e)
{
	struct broker_message b = { .topic = m->topic, .payload = m->payload, .id = m->id, .retained = m->retained };

	l->messages++;
	if (m->id && (b.arrived = again_find(l->known, m)) == 0)
		b.arrived = clock_now();
	if (l->spooling)
		return to_spool(l, m, b.arrived, e);
	if ((l->messages & 63) == 0 && ingest_tick(l->g, e) < 0)
		return -1;
	if (body_take(l->g, &l->body, &b, e) < 0)
		return -1;
	again_note(l->known, m, b.arrived);
	return 0;
}

static int on_message(void *arg, const struct mqtt_message *m, struct err *e)
{
	struct live *l = arg;

	if (take(l, m, e) == 0)
		return 0;
	l->refused = true;
	return -1;
}

/* ---- the spool ---- */

/* As much of it into the store as a transaction takes. */
static int drain_some(struct live *l, bool *more, struct err *e)
{
	struct spooled s;
	int64_t n = 0;
	int got = 0;

	while (n < TURN_MOST && (got = spool_next(l->spool, &s, e)) > 0) {
		const struct broker_message b = { .topic = s.topic, .payload = s.payload, .arrived = s.arrived, .id = s.id, .retained = s.retained };

		if (body_take(l->g, &l->body, &b, e) < 0)
			return -1;
		n++;
	}
	if (got < 0 || ingest_flush(l->g, e) < 0 || spool_done(l->spool, e) < 0)
		return -1;
	for (; n && l->old; n--)
		l->old--;
	ingest_spooled(l->g, -n);
	l->fresh -= n;
	*more = got > 0;
	return 0;
}

/* The store failed: what is in hand is forgotten, to come again from the broker or the spool. -1 when it is no use to try again. */
static int store_failed(struct live *l, struct err *e)
{
	struct err why = *e;

	if (why.code != E_IO)
		return -1;
	err_clear(e);
	ingest_drop(l->g);
	if (l->spool)
		spool_again(l->spool);
	tell(l, &l->store, l->spool ? "messages go to the spool until it is back" : "messages wait at the broker until it is back", &why);
	l->again = l->again ? (l->again * 2 < AGAIN_MOST ? l->again * 2 : AGAIN_MOST) : AGAIN_FIRST;
	l->retry = clock_monotonic() + l->again;
	return 0;
}

static void store_works(struct live *l)
{
	l->again = 0;
	l->store.text[0] = '\0';
}

/* Take out what waits, if it is time to; the spool is left when nothing does. */
static int drain(struct live *l, struct err *e)
{
	bool more = false;

	if (!l->spooling || l->held || clock_monotonic() < l->retry)
		return 0;
	if (drain_some(l, &more, e) < 0)
		return store_failed(l, e);
	store_works(l);
	l->spooling = more || l->old + l->fresh > 0;
	return 0;
}

/* ---- the connection ---- */

static void lost(struct live *l)
{
	mqtt_cut(l->m);
	l->held = 0;
	l->connected = false;
}

/* 0 also when there is none yet. */
static int connect_again(struct live *l, struct err *e)
{
	if (mqtt_connect(l->m, e) == 0) {
		l->connected = l->was = true;
		again_connected(l->known, mqtt_is_resumed(l->m));
		return 0;
	}
	if (e->code == E_SIGNAL || (e->code != E_IO && !l->was) || e->code == E_USAGE)
		return -1;
	if (!l->was && !l->opt->wait)
		return err_wrap(e, "%s", l->opt->url);
	tell(l, &l->wire, "trying again", e);
	err_clear(e);
	nap(mqtt_backoff(l->m));
	return 0;
}

/* What was read is safe: let the broker know. */
static int acknowledge(struct live *l, struct err *e)
{
	if (mqtt_flush(l->m, e) < 0)
		return -1;
	if (!l->ready && mqtt_is_subscribed(l->m)) {
		l->ready = true;
		notify_say("READY=1");
	}
	return 0;
}

/*
 * A commit costs most of what it costs once, whether it holds ten messages or a thousand. While they are few the next one follows at once: it holds what came
 * meanwhile, and no message waits longer than for two commits. When they are many the next one comes some times as long after this one as this one took, which
 * leaves most of the time to messages.
 */
static int commit(struct live *l, struct err *e)
{
	int64_t from = clock_monotonic(), pace;

	if ((l->spooling ? spool_sync(l->spool, e) : ingest_idle(l->g, e)) < 0)
		return -1;
	l->due = clock_monotonic();
	pace = (l->due - from) * PACE_SHARE;
	l->due += l->held < PACE_FROM ? 0 : pace < PACE_MOST ? pace : PACE_MOST;
	l->held = 0;
	return 0;
}

/* Messages are in hand and there is time for others. */
static bool gathers(const struct live *l)
{
	return l->held > 0 && l->held < TURN_MOST && clock_monotonic() < l->due && !(l->spooling && spool_is_full(l->spool));
}

/*
 * Something of the turn failed: what was read of the broker is not acknowledged, so it will come again. failed: the connection is still good, so it was
 * the store, or the spool.
 */
static int turn_failed(struct live *l, bool wire, struct err *e)
{
	struct err why = *e;

	lost(l);
	if (!wire && !l->spooling) {
		if (store_failed(l, e) < 0)
			return -1;
		l->spooling = l->spool != NULL;
		if (!l->spool)
			nap(l->again);
		return 0;
	}
	if (why.code == E_SIGNAL || why.code == E_CONFLICT || why.code == E_DENIED || why.code == E_BUG)
		return -1;
	err_clear(e);
	ingest_drop(l->g);
	tell(l, wire ? &l->wire : &l->store, wire ? "connecting again" : "messages wait at the broker", &why);
	nap(wire ? mqtt_backoff(l->m) : AGAIN_MOST);
	return 0;
}

static int turn(struct live *l, struct err *e)
{
	struct err wire = { 0 };
	int64_t wait;
	bool any;
	int got;

	if (l->spooling && spool_is_full(l->spool)) {
		nap(AGAIN_FIRST);
		return 0;
	}
	if (!l->connected)
		return connect_again(l, e);
	/* The first flush makes the subscriptions; with messages in hand that are not committed there is none. */
	if (!l->held && acknowledge(l, e) < 0)
		return turn_failed(l, true, e);
	/* Whoever waits for an answer has it; nobody waits for this. */
	if (!l->held && !l->spooling && ingest_tend(l->g, l->idle, &l->untidy, e) < 0)
		return turn_failed(l, false, e);
	l->refused = false;
	if (l->held)
		(void)poll(NULL, 0, PACE_NAP_MS);
	wait = l->held || (l->idle && l->untidy) ? 0 : l->spooling ? AGAIN_FIRST : TURN_WAIT;
	got = mqtt_read(l->m, wait, TURN_MOST - l->held, &wire);
	if (l->refused) {
		*e = wire;
		return turn_failed(l, false, e);
	}
	l->held += got > 0 ? got : 0;
	any = l->held > 0;
	l->idle = !any;
	if (got >= 0 && gathers(l))
		return 0;
	/* Also what came before the connection broke is kept: it is there, and comes again as a duplicate. */
	if (commit(l, e) < 0)
		return turn_failed(l, false, e);
	if (got < 0) {
		*e = wire;
		return wire.code == E_SIGNAL ? 0 : turn_failed(l, true, e);
	}
	if (any && !l->spooling)
		store_works(l);
	if (mqtt_is_subscribed(l->m))
		l->wire.text[0] = '\0';
	return 0;
}

/* ---- all ---- */

static int add_filter(struct live *l, const char *filter, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(TOPIC_MAX + 200);

	if (topic_filter_check(str_of(filter), e) < 0)
		return -1;
	if (filter[0] == '$')
		return err_set(e, E_USAGE, "\"%s\": what a broker says of itself is no telemetry (for a shared subscription: --share GROUP)", filter);
	if (l->opt->share && (!*l->opt->share || strpbrk(l->opt->share, "/+#")))
		return err_set(e, E_USAGE, "--share: a group's name has none of / + #");
	if (l->opt->share)
		(void)sb_addf(&sb, "$share/%s/", l->opt->share);
	if (sb_adds(&sb, filter) < 0)
		return err_nomem(e);
	return mqtt_subscribe(l->m, sb_cstr(&sb), l->opt->dry ? 0 : 1, !l->opt->share, e);
}

static int add_filters(struct live *l, const struct mqtt_url *u, struct err *e)
{
	const struct live_opts *o = l->opt;
	const bool all = ingest_for_all(l->g);

	for (size_t i = 0; i < o->ntopic; i++)
		if (add_filter(l, o->topic[i], e) < 0)
			return -1;
	if (o->ntopic)
		return 0;
	if (u->filter[0])
		return add_filter(l, u->filter, e);
	for (size_t i = 0;; i++) {
		AUTO(sb_done) struct sb sb = SB_INIT(TOPIC_MAX);

		if (!topic_filter(all ? TOPIC_SIT : o->broker.profile, all ? (struct str){ NULL, 0 } : ingest_org(l->g), i, &sb))
			return i ? 0 : err_nomem(e);
		if (add_filter(l, sb_cstr(&sb), e) < 0)
			return -1;
	}
}

/* The same at every start, so that the broker knows its session. */
static int client_id(const struct live *l, struct sb *sb)
{
	char host[64] = "";

	if (l->opt->broker.client_id)
		return sb_adds(sb, l->opt->broker.client_id);
	/* No organisation is called so. */
	sb_addf(sb, "sit-ingest-%.*s", STR_ARG(ingest_for_all(l->g) ? STR("*") : ingest_org(l->g)));
	if (l->opt->share && gethostname(host, sizeof(host) - 1) == 0)
		sb_addf(sb, "-%s", host);
	return sb->bad ? -1 : 0;
}

static int same_name(struct live *l, struct err *e)
{
	int64_t now = clock_monotonic();

	if (l->spooling || now - l->named < NAME_EVERY)
		return 0;
	l->named = now;
	return ingest_same_name(l->g, e);
}

static int run(struct live *l, struct err *e)
{
	int rc = 0;

	while (rc == 0 && !stop_requested()) {
		rc = same_name(l, e) < 0 ? -1 : drain(l, e);
		if (rc == 0)
			rc = turn(l, e);
		say(l);
	}
	notify_say("STOPPING=1");
	if (rc < 0 && e->code != E_SIGNAL)
		return -1;
	err_clear(e);
	/* What is in hand is finished first. */
	if (commit(l, e) < 0)
		return -1;
	if (l->connected && mqtt_flush(l->m, e) == 0)
		mqtt_leave(l->m);
	return stop_error(e);
}

/* What was delivered, where it outlives this process. */
static int remember(struct live *l, struct str id, struct err *e)
{
	AUTO(sb_done) struct sb session = SB_INIT(4096);
	AUTO(sb_done) struct sb file = SB_INIT(PATH_MAX);

	if (sb_addf(&session, "%.*s %s", STR_ARG(id), l->opt->url) < 0 || (l->opt->spool && sb_addf(&file, "%s/delivered", l->opt->spool) < 0))
		return err_nomem(e);
	return again_new(l->opt->spool && !l->opt->dry ? sb_cstr(&file) : NULL, sb_str(&session), &l->known, e);
}

int live_feed(struct ingest *g, const struct live_opts *o, struct err *e)
{
	AUTO(sb_done) struct sb id = SB_INIT(190);
	struct live l = { .opt = o, .g = g, .body = { .profile = o->broker.profile, .as = o->as } };
	struct mqtt_opts mqtt = { .message = on_message, .arg = &l };
	struct mqtt_url url;
	int rc;

	if (mqtt_url_parse(o->url, &url, e) < 0)
		return -1;
	if (client_id(&l, &id) < 0)
		return err_set(e, E_USAGE, "the client id is too long: --client-id");
	mqtt.url = &url;
	mqtt.id = o->dry ? NULL : sb_cstr(&id);
	mqtt.session = o->dry ? 0 : (uint32_t)o->session;
	if (o->spool && spool_open(o->spool, o->spool_most, &l.spool, &l.old, e) < 0)
		return -1;
	l.spooling = l.old > 0;
	rc = remember(&l, sb_str(&id), e);
	if (rc == 0)
		rc = connect_client(&o->broker, &mqtt, &l.m, e);
	if (rc == 0)
		rc = add_filters(&l, &url, e);
	if (rc == 0)
		rc = run(&l, e);
	mqtt_free(l.m);
	spool_free(l.spool);
	again_free(l.known);
	body_done(&l.body);
	return rc;
}
