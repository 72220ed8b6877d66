/* SPDX-License-Identifier: MIT */
/* The audit row of a change, in the change's own transaction. */
#include "db/caller.h"
#include "os/actor.h"
#include "rec/out.h"
#include "store/org.h"
#include "task/broker_stamp.h"
#include "task/work.h"

/* Fields that differ (or, without other, that have a value) as a JSON object. */
static int as_json(struct work *w, const struct row *row, const struct row *other, struct sb *sb, struct err *e)
{
	sb_addc(sb, '{');
	for (size_t i = 0; i < w->ent->n; i++) {
		AUTO(sb_done) struct sb a = SB_INIT(1 << 20);
		AUTO(sb_done) struct sb b = SB_INIT(1 << 20);
		const struct field *f = w->ent->field + i;

		if (f->flags & FIELD_READONLY || (!other && row->cell[i].type == CELL_NULL))
			continue;
		cell_json(&a, f, row->cell + i, NULL);
		if (other)
			cell_json(&b, f, other->cell + i, NULL);
		if (other && str_eq(sb_str(&a), sb_str(&b)))
			continue;
		if (sb->len > 1)
			sb_addc(sb, ',');
		sb_json(sb, str_of(f->name));
		sb_addc(sb, ':');
		sb_add(sb, sb_cstr(&a), a.len);
	}
	return sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

void work_actor(const struct work *w, char *buf, size_t size)
{
	const struct caller *who = db_caller(w->db);

	if (who)
		(void)snprintf(buf, size, "%s", who->name);
	else
		actor_name(buf, size);
}

int work_trail_text(struct work *w, const char *verb, const char *noun, struct str name, const char *old, const char *now,
		    struct err *e)
{
	struct audit a = { .at = w->when.now, .message = str_of(w->message), .verb = str_of(verb), .noun = str_of(noun),
				 .name = name, .old = str_of(old), .now = str_of(now) };

	if (broker_concerned(noun)) {
		w->broker = true;
		db_notify(w->db, BROKER_CHANNEL);
	}
	/* Written for all organisations at once: those themselves are what can be written so. */
	if (!db_self(w->db) && org_first(w->db, &a.org, NULL, e) < 0)
		return -1;
	return trail_add(w->db, &w->trail, &a, e);
}

int work_trail(struct work *w, const char *verb, const struct row *old, const struct row *now, struct err *e)
{
	AUTO(sb_done) struct sb was = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb is = SB_INIT(1 << 20);
	AUTO(sb_done) struct sb name = SB_INIT(1 << 10);

	if ((old && as_json(w, old, now, &was, e) < 0) || (now && as_json(w, now, old, &is, e) < 0))
		return -1;
	work_full_name(w, now ? now : old, &name);
	if (work_touch_model(w, now ? now : old, e) < 0)
		return -1;
	return work_trail_text(w, verb, w->ent->noun, sb_str(&name), old ? sb_cstr(&was) : NULL, now ? sb_cstr(&is) : NULL, e);
}
