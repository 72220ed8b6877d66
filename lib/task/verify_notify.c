/* SPDX-License-Identifier: MIT */
/* What is asked of channels and routes before they are kept. */
#include "base/name.h"
#include "judge/schedule.h"
#include "model/notify.h"
#include "store/notice.h"
#include "store/nouns.h"
#include "store/where.h"
#include "task/work.h"

int work_verify_channel(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	static const char *const bound[] = { "url", "user", "ca", "tls" };
	struct str name = work_row_name(w, now);
	bool moved = false;

	for (size_t i = 0; old && i < COUNT(bound); i++) {
		int at = entity_field(w->ent, str_of(bound[i]));

		moved |= row_has(now, (size_t)at) && !cell_same(old->cell + at, now->cell + at);
	}
	if (moved && row_cell(w->ent, old, "secret_since")->type != CELL_NULL) {
		(void)snprintf(w->notice, sizeof(w->notice),
			       "channel %.*s: its secret was for where it went before, and is gone: sit-notify channel secret %.*s", STR_ARG(name), STR_ARG(name));
		return channel_secret_set(w->db, now->id, (struct str){ NULL, 0 }, w->when.now, e);
	}
	if ((!old || moved) && channel_needs_secret(now))
		(void)snprintf(w->notice, sizeof(w->notice), "channel %.*s needs its secret: sit-notify channel secret %.*s", STR_ARG(name), STR_ARG(name));
	return 0;
}

int route_select_check(struct work *w, struct str text, struct err *e)
{
	struct select_ctx ctx = work_select(w);
	const struct select *s;
	struct where where;
	int rc;

	ctx.ent = nouns_find(&w->nouns, "device");
	if (select_parse(&ctx, text, &s, e) < 0)
		return -1;
	where = where_begin(w->db, &ctx, 1);
	rc = where_select(&where, s, "t", e);
	where_done(&where);
	return rc;
}

static int verify_windows(const struct row *now, struct err *e)
{
	static const char *const windows[] = { "schedule", "quiet" };
	struct schedule s;

	for (size_t i = 0; i < COUNT(windows); i++)
		if (schedule_read(row_text(&route_entity, now, windows[i]), &s, e) < 0)
			return err_wrap(e, "%s", windows[i]);
	return 0;
}

static int verify_escalation(struct work *w, const struct row *now, struct err *e)
{
	struct escalation step[ESCALATION_MAX];
	size_t n;
	int64_t id;

	if (escalation_read(row_text(&route_entity, now, "escalate"), step, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (entity_resolve(w->db, &channel_entity, step[i].channel, &id, e) < 0)
			return err_wrap(e, "escalate");
	return 0;
}

/* Patterns may be for rules to come; a name that no rule has is a slip. */
static int verify_rules(struct work *w, const struct row *now, struct err *e)
{
	struct str list = row_text(&route_entity, now, "rule"), one;
	int64_t id;

	if (!row_has(now, (size_t)entity_field(&route_entity, STR("rule"))))
		return 0;
	while (list_word(&list, &one))
		if (one.len && !glob_is(one) && entity_resolve(w->db, &rule_entity, one, &id, e) < 0)
			return err_wrap(e, "rule");
	return 0;
}

int work_verify_route(struct work *w, const struct row *now, struct err *e)
{
	struct str select = row_text(&route_entity, now, "select");
	int rc = 0;

	if (select.len && route_select_check(w, select, e) < 0)
		rc = err_wrap(e, "select");
	if (rc == 0)
		rc = verify_windows(now, e);
	if (rc == 0)
		rc = verify_escalation(w, now, e);
	if (rc == 0)
		rc = verify_rules(w, now, e);
	if (rc < 0 && (e->code == E_USAGE || e->code == E_NOTFOUND))
		e->code = E_INPUT;
	return rc;
}
