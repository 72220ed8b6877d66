/* SPDX-License-Identifier: MIT */
/* Channels as they are used, and their secrets. */
#include "notify/impl.h"

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
