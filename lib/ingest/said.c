/* SPDX-License-Identifier: MIT */
/* What devices say that is no point: that they are there or gone, and messages for the inbox; in the transaction of the points beside it. */
#include "codec/hash.h"
#include "codec/json.h"
#include "ingest/impl.h"
#include "store/event.h"

#define SAID_TEXT ((size_t)8 << 20) /* bytes that wait for their transaction about at most */

struct str ingest_org(const struct ingest *g)
{
	return str_of(g->db ? db_self_name(g->db) : NULL);
}

bool ingest_knows(const struct dev *d)
{
	return d->known;
}

const char *ingest_unfit(const struct dev *d)
{
	return !d->known	 ? "unknown device" :
	       d->foreign	 ? "the device belongs to another organisation: ingest with --org" :
	       !d->ref.enabled ? "the device is not enabled" :
				   NULL;
}

int ingest_status(struct ingest *g, struct dev *d, bool online, struct err *e)
{
	int64_t now = ingest_now(g);
	const char *why = ingest_unfit(d);

	if (why)
		return ingest_refuse(g, d, why, e);
	g->pressing = true;
	if (online)
		told_heard(&g->tellings, d->told, now, now);
	else
		told_gone(&g->tellings, d->told, now);
	return 0;
}

/* The digest of what makes the message this one; the caller's arena keeps it. */
static int digest_of(struct ingest *g, const struct told_message *m, const char **out, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(m->payload.len + m->ref.len + 40);
	char hex[SHA256_HEX + 1];

	if (m->ref.ptr)
		sb_add(&sb, m->ref.ptr, m->ref.len);
	sb_addc(&sb, '\0');
	if (!m->has_ts && !m->ref.ptr) /* the same words at another time are another message */
		sb_addf(&sb, "%" PRId64 " %d", g->at.arrived, (int)g->at.id);
	if (m->payload.ptr)
		sb_add(&sb, m->payload.ptr, m->payload.len);
	if (sb.bad)
		return err_nomem(e);
	if (hash_sha256(sb_str(&sb), hex, e) < 0)
		return -1;
	*out = arena_dup(&g->batch, str_of(hex));
	return *out ? 0 : err_nomem(e);
}

int ingest_message(struct ingest *g, struct dev *d, const struct told_message *m, struct err *e)
{
	const char *why = ingest_unfit(d);
	int64_t now = ingest_now(g);
	struct said *s;

	if (why)
		return ingest_refuse(g, d, why, e);
	told_heard(&g->tellings, d->told, m->has_ts ? m->ts : now, now);
	s = arena_alloc(&g->batch, sizeof(*s));
	if (!s)
		return err_nomem(e);
	s->row = (struct inbox_row){ .device = d->ref.id, .ts = m->has_ts ? m->ts : now, .at = now, .kind = m->kind };
	s->row.payload = (struct str){ arena_dup(&g->batch, m->payload), m->payload.len };
	s->row.ref = (struct str){ m->ref.ptr ? arena_dup(&g->batch, m->ref) : NULL, m->ref.len };
	if (!s->row.payload.ptr || (m->ref.ptr && !s->row.ref.ptr))
		return err_nomem(e);
	if ((m->has_ts || m->ref.ptr || g->at.id) && digest_of(g, m, &s->row.digest, e) < 0)
		return -1;
	*g->said_tail = s;
	g->said_tail = &s->next;
	g->pressing = true;
	return g->batch.used > SAID_TEXT ? ingest_flush(g, e) : 0;
}

/* The text of the first of these members that has one. */
static struct str text_of(const json_t *o, const char *const *name)
{
	for (; *name; name++) {
		const json_t *v = json_object_get(o, *name);

		if (json_is_string(v) && json_string_length(v))
			return (struct str){ json_string_value(v), json_string_length(v) };
	}
	return (struct str){ NULL, 0 };
}

/* Place of the word in the list; without one (or another) `none`. */
static int place_of(struct str word, const char *const *list, int none)
{
	for (int i = 0; word.ptr && list[i]; i++)
		if (str_is(word, list[i]))
			return i;
	return none;
}

/* What a device says on .../event, in the words that ours and others use. */
static int write_event(struct ingest *g, const struct inbox_row *row, struct err *e)
{
	static const char *const kinds[] = { "kind", "type", "event_type", NULL }, *const bads[] = { "severity", "level", NULL };
	static const char *const messages[] = { "message", "event_desc", "description", "text", NULL };
	struct event v = { .device = row->device, .ts = row->ts, .at = row->at, .source = EVENT_FROM_DEVICE };
	struct err ignored = { 0 };
	json_t *o = json_read(row->payload, &ignored);
	struct str kind = text_of(o, kinds);
	int rc;

	v.kind = (enum event_kind)place_of(kind, event_kind_words, EVENT_STATE_CHANGE);
	v.severity = (enum severity)place_of(text_of(o, bads), severity_words, SEVERITY_INFO);
	v.message = text_of(o, messages);
	if (!v.message.ptr)
		v.message = kind.ptr ? kind : json_is_string(o) ? str_of(json_string_value(o)) : json_is_object(o) ? STR("event") : row->payload;
	if (v.message.len > EVENT_MESSAGE_MOST) {
		v.message.len = EVENT_MESSAGE_MOST;
		while (((unsigned char)v.message.ptr[v.message.len] & 0xc0) == 0x80) /* not within a character */
			v.message.len--;
	}
	if (json_is_object(o))
		v.data = row->payload;
	rc = event_add_once(g->db, &v, row->digest, e);
	json_decref(o);
	return rc;
}

int ingest_write_said(struct ingest *g, struct err *e)
{
	/* The event first: its message in the inbox says that it is there. */
	for (const struct said *s = g->said; s; s = s->next)
		if ((strcmp(s->row.kind, "event") == 0 && write_event(g, &s->row, e) < 0) || inbox_add(g->db, &s->row, e) < 0)
			return -1;
	return 0;
}
