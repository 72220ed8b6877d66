/* SPDX-License-Identifier: MIT */
#include "alarm/act.h"

#include "alarm/judging.h"
#include "series/series.h"
#include "store/alarms.h"
#include "store/entity.h"
#include "task/work.h"

#define NOTE_MOST 4096 /* bytes of what is said of an alarm */

static const struct {
	const char *word, *done;
} words[] = {
	[ALARM_ACK] = { "ack", "acknowledged" },
	[ALARM_CLEAR] = { "clear", "cleared" },
	[ALARM_SHELVE] = { "shelve", "shelved" },
	[ALARM_UNSHELVE] = { "unshelve", "unshelved" },
	[ALARM_ASSIGN] = { "assign", "assigned" },
	[ALARM_COMMENT] = { "comment", "commented" },
};

const char *alarm_act_word(enum alarm_act what)
{
	return words[what].word;
}

const char *alarm_act_done(enum alarm_act what)
{
	return words[what].done;
}

/* Acts that the rule's state hears of. */
static bool is_judged(enum alarm_act what)
{
	return what <= ALARM_UNSHELVE;
}

struct doing {
	struct work *w;
	const struct targets *t;
	const struct alarm_do *d;
	struct judging *g; /* NULL: nothing is judged */
	work_note *note;
	void *arg;
	size_t refused;
	char who[128];
};

static int trail(const struct doing *x, const struct target *t, struct err *e)
{
	AUTO(sb_done) struct sb now = SB_INIT(1 << 16);
	const struct alarm_do *d = x->d;
	char until[40];

	sb_addc(&now, '{');
	if (d->what == ALARM_ASSIGN) {
		sb_adds(&now, "\"assigned\":");
		if (d->user)
			sb_json(&now, str_of(d->user));
		else
			sb_adds(&now, "null");
	}
	if (d->what == ALARM_SHELVE) {
		(void)time_print(d->until, NULL, until);
		sb_addf(&now, "\"shelved\":\"%s\"", until);
	}
	if (sb_addc(&now, '}') < 0)
		return err_nomem(e);
	return work_trail_text(x->w, words[d->what].word, "alarm", str_of(t->name), NULL, sb_cstr(&now), e);
}

/* It is so already. */
static bool was_so(const struct alarm_do *d, const struct alarm_place *at)
{
	return (d->what == ALARM_ACK && at->acked) || (d->what == ALARM_UNSHELVE && !at->shelved);
}

/* Through the rule: *did stays when there was nothing to do. */
static int judge(struct doing *x, const struct target *t, struct alarm_place *at, enum did *did, struct err *e)
{
	static const int what[] = { ACT_ACKNOWLEDGE, ACT_CLEAR, ACT_SHELVE, ACT_UNSHELVE };
	struct judging_act a = { .ts = x->w->when.now, .until = x->d->until, .who = str_of(x->who), .note = str_of(x->w->message) };

	a.what = what[x->d->what];
	/* What time has decided meanwhile comes first: it may have ended by itself. */
	if (judging_time(x->g, at->device, x->w->when.now, e) < 0 || alarm_place(x->w->db, t->id, at, e) < 0)
		return -1;
	if (!at->open)
		return err_set(e, E_CONFLICT, "alarm %s has ended", t->name);
	if (was_so(x->d, at))
		return 0;
	*did = DID_SET;
	return judging_act(x->g, at->device, at->rule, &a, e) < 0 ? err_wrap(e, "alarm %s", t->name) : trail(x, t, e);
}

static int say(struct doing *x, const struct target *t, struct err *e)
{
	const struct alarm_do *d = x->d;
	struct work *w = x->w;
	struct str note = d->what == ALARM_ASSIGN ? str_of(d->user) : str_of(w->message);

	if (d->what == ALARM_ASSIGN && alarm_assign(w->db, t->id, note, e) < 0)
		return -1;
	if (alarm_said(w->db, t->id, words[d->what].done, w->when.now, str_of(x->who), note, e) < 0)
		return -1;
	return trail(x, t, e);
}

/* Nothing is written before it is certain that the act is not refused, so that nothing has to be undone. */
static int do_one(struct doing *x, const struct target *t, enum did *did, struct err *e)
{
	struct alarm_place at;

	if (alarm_place(x->w->db, t->id, &at, e) < 0)
		return -1;
	if (entity_own(x->w->db, &alarm_entity, t->id, e) < 0)
		return err_wrap(e, "alarm %s", t->name);
	if (work_may_at(x->w, "sit-alarm", words[x->d->what].word, at.site, "alarm", e) < 0)
		return -1;
	if (x->g)
		return judge(x, t, &at, did, e);
	*did = DID_SET;
	return say(x, t, e);
}

static int do_all(struct work *w, void *arg, struct err *e)
{
	struct doing *x = arg;

	x->refused = 0;
	if (x->g && judging_open(x->g, w->when.now, e) < 0)
		return -1;
	for (size_t i = 0; i < x->t->n; i++) {
		const struct target *t = x->t->v + i;
		enum did did = DID_NOTHING;
		int rc = do_one(x, t, &did, e);

		if (rc < 0 && (!w->partly || err_is_fatal(e)))
			return -1;
		x->refused += rc < 0;
		x->note(x->arg, "", str_of(t->name), did, e);
		err_clear(e);
	}
	return x->g ? judging_close(x->g, e) : 0;
}

/* In one transaction, anew when rules change meanwhile. */
static int turn(struct work *w, struct doing *x, struct err *e)
{
	bool any;
	int rc;

	for (;;) {
		if (judging_prepare(x->g, &any, e) < 0)
			return -1;
		rc = work_write(w, do_all, x, e);
		if (rc == 0)
			return judging_end(x->g, !w->dry, e);
		(void)judging_end(x->g, false, &(struct err){ 0 });
		if (!judging_stale(x->g))
			return -1;
		err_clear(e);
	}
}

int alarms_do(struct work *w, const struct targets *t, const struct alarm_do *d, work_note *note, void *arg, struct err *e)
{
	AUTO(judging_freep) struct judging *g = NULL;
	struct judging_opts how = { .program = w->program, .complain = d->complain, .arg = d->arg };
	struct doing x = { .w = w, .t = t, .d = d, .note = note, .arg = arg };
	int64_t user;
	int rc;

	if (w->message && strlen(w->message) > NOTE_MOST)
		return err_set(e, E_USAGE, "--message is longer than %d bytes", NOTE_MOST);
	if (d->what == ALARM_COMMENT && !w->message)
		return err_set(e, E_USAGE, "what is to be said? (--message TEXT)");
	if (d->user && entity_resolve(w->db, &user_entity, str_of(d->user), &user, e) < 0)
		return -1;
	work_actor(w, x.who, sizeof(x.who));
	if (is_judged(d->what) && (series_ready(w->db, e) < 0 || judging_new(w->db, &how, &g, e) < 0))
		return -1;
	x.g = g;
	rc = g ? turn(w, &x, e) : work_write(w, do_all, &x, e);
	if (rc < 0)
		return -1;
	return x.refused ? err_set(e, E_PARTIAL, "%zu of %zu refused", x.refused, t->n) : 0;
}
