/* SPDX-License-Identifier: MIT */
/* Channels as they are used, their secrets, and what is asked of channels and routes before they are kept. */
#include "os/zones.h"
#include "store/where.h"
#include "judge/schedule.h"
#include "task/notify_impl.h"

/* The text of a field in the work's memory; NULL when it is empty. */
static const char *kept(struct work *w, const struct row *row, const char *name)
{
	struct str s = row_text(&channel_entity, row, name);

	return s.len ? arena_dup(&w->keep, s) : NULL;
}

static int64_t number(const struct row *row, const char *name)
{
	return row_cell(&channel_entity, row, name)->i;
}

int channel_load(struct work *w, int64_t id, struct channel *c, struct err *e)
{
	struct row row = { 0 };

	work_turn(w, "channel");
	if (work_load(w, id, &row, e) < 0)
		return -1;
	*c = (struct channel){ .id = id, .timeout = number(&row, "timeout"), .tries = (int)number(&row, "tries"), .private = number(&row, "allow_private"),
			       .enabled = number(&row, "enabled"), .plain = str_is(row_text(&channel_entity, &row, "tls"), "off"), .secret = SB_INIT(1 << 16) };
	c->type = (enum channel_type)notify_word(channel_words, row_text(&channel_entity, &row, "type"));
	c->name = kept(w, &row, "name");
	c->url = kept(w, &row, "url");
	c->to = kept(w, &row, "to");
	c->from = kept(w, &row, "from");
	c->user = kept(w, &row, "user");
	c->ca = kept(w, &row, "ca");
	c->path = kept(w, &row, "path");
	c->subject = kept(w, &row, "subject");
	c->text = kept(w, &row, "text");
	c->command = kept(w, &row, "command");
	return channel_secret(w->db, id, &c->secret, e);
}

void channel_done(struct channel *c)
{
	sb_wipe(&c->secret);
}

bool channel_next(const struct channel *c, struct str *rest, bool *first, struct str *to)
{
	bool many = c->type == CHANNEL_EMAIL || c->type == CHANNEL_SMS;

	if (*first)
		*rest = many ? str_of(c->to) : (struct str){ NULL, 0 };
	*to = (struct str){ NULL, 0 };
	if (!many) {
		bool once = *first;

		*first = false;
		return once;
	}
	*first = false;
	while (list_word(rest, to))
		if (to->len)
			return true;
	return false;
}

/* ---- secrets ---- */

struct keeping {
	int64_t id;
	const char *name;
	struct str secret;
};

static int secret_tx(struct work *w, void *arg, struct err *e)
{
	const struct keeping *k = arg;
	struct row row = { 0 };

	if (work_load(w, k->id, &row, e) < 0 || work_may(w, &row, e) < 0 || entity_own(w->db, w->ent, k->id, e) < 0 ||
	    channel_secret_set(w->db, k->id, k->secret, w->when.now, e) < 0)
		return -1;
	return work_trail_text(w, k->secret.ptr ? "secret" : "clear secret", "channel", str_of(k->name), NULL, NULL, e);
}

int notify_secret(struct work *w, const char *channel, struct str secret, struct err *e)
{
	struct keeping k = { .name = channel, .secret = secret };

	work_turn(w, "channel");
	if (notice_ready(w->db, e) < 0 || entity_resolve(w->db, &channel_entity, str_of(channel), &k.id, e) < 0)
		return -1;
	for (size_t i = 0; i < secret.len; i++)
		if ((unsigned char)secret.ptr[i] < ' ')
			return err_set(e, E_INPUT, "a control character cannot be in a secret");
	return work_write(w, secret_tx, &k, e);
}

int notify_verify_channel(struct work *w, const struct row *old, const struct row *now, struct err *e)
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

/* ---- routes ---- */

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

int notify_verify_route(struct work *w, const struct row *now, struct err *e)
{
	struct str select = row_text(&route_entity, now, "select");
	int rc = 0;

	if (select.len && route_select_check(w, select, e) < 0)
		rc = err_wrap(e, "select");
	if (rc == 0)
		rc = verify_windows(now, e);
	if (rc == 0)
		rc = verify_escalation(w, now, e);
	if (rc < 0 && (e->code == E_USAGE || e->code == E_NOTFOUND))
		e->code = E_INPUT;
	return rc;
}
