/* SPDX-License-Identifier: MIT */
#include "task/alarm_act.h"

#include "store/alarms.h"
#include "store/entity.h"
#include "task/entity_impl.h"

#define NOTE_MOST 4096 /* bytes of what is said of an alarm */

static const char *const words[] = { "assign", "comment" };
static const char *const changes[] = { "assigned", "commented" };

const char *alarm_act_word(enum alarm_act what)
{
	return words[what];
}

static int trail(struct work *w, const struct target *t, const struct alarm_do *d, struct err *e)
{
	AUTO(sb_done) struct sb now = SB_INIT(1 << 16);

	sb_addc(&now, '{');
	if (d->what == ALARM_ASSIGN) {
		sb_adds(&now, "\"assigned\":");
		if (d->user)
			sb_json(&now, str_of(d->user));
		else
			sb_adds(&now, "null");
	}
	if (sb_addc(&now, '}') < 0)
		return err_nomem(e);
	return work_trail_text(w, words[d->what], "alarm", str_of(t->name), NULL, sb_cstr(&now), e);
}

static int act(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e)
{
	const struct alarm_do *d = arg;
	struct str note = d->what == ALARM_ASSIGN ? str_of(d->user) : str_of(w->message);
	struct alarm_place at;
	char who[128];

	if (alarm_place(w->db, t->id, &at, e) < 0 || entity_own(w->db, &alarm_entity, t->id, e) < 0 || work_may_at(w, "sit-alarm", words[d->what], at.site, "alarm", e) < 0)
		return -1;
	work_actor(w, who, sizeof(who));
	if (d->what == ALARM_ASSIGN && alarm_assign(w->db, t->id, note, e) < 0)
		return -1;
	if (alarm_said(w->db, t->id, changes[d->what], w->when.now, str_of(who), note, e) < 0)
		return -1;
	*did = DID_SET;
	return trail(w, t, d, e);
}

int alarms_do(struct work *w, const struct targets *t, const struct alarm_do *d, work_note *note, void *arg, struct err *e)
{
	struct alarm_do how = *d;
	int64_t user;

	if (w->message && strlen(w->message) > NOTE_MOST)
		return err_set(e, E_USAGE, "--message is longer than %d bytes", NOTE_MOST);
	if (d->what == ALARM_COMMENT && !w->message)
		return err_set(e, E_USAGE, "what is to be said? (--message TEXT)");
	if (d->user && entity_resolve(w->db, &user_entity, str_of(d->user), &user, e) < 0)
		return -1;
	return work_each(w, t, act, &how, note, arg, e);
}
