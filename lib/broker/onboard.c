/* SPDX-License-Identifier: MIT */
#include "broker/onboard.h"

#include "task/work.h"

const char *const onboard_login_words[] = { "auto", "always", "never", NULL };

static bool given(const struct work *w, const struct row *row, const char *name)
{
	return row_has(row, (size_t)entity_field(w->ent, str_of(name))) && row_text(w->ent, row, name).len;
}

/* What is behind a gateway has a name there: its own, unless another was said. */
static int name_at_gateway(struct work *w, struct row *row, struct err *e)
{
	if (!given(w, row, "gateway") || given(w, row, "edge_key"))
		return 0;
	return work_assign_field(w, row, (size_t)entity_field(w->ent, STR("edge_key")), work_row_name(w, row), e);
}

/* It speaks for itself, by MQTT. */
static bool logs_in(const struct work *w, const struct row *row, enum onboard_login login)
{
	struct str at = row_text(w->ent, row, "at");

	if (login != ONBOARD_AUTO)
		return login == ONBOARD_ALWAYS;
	if (str_is(row_text(w->ent, row, "type"), "peripheral"))
		return false;
	return !at.len || (at.len >= 4 && memcmp(at.ptr, "mqtt", 4) == 0);
}

static int log_in(struct work *w, const struct row *row, struct onboarding *o, struct err *e)
{
	AUTO(sb_wipe) struct sb text = SB_INIT(1 << 19);
	const char *org = db_self_name(w->db);
	struct str name = work_row_name(w, row);
	struct target who = { row->id, arena_dup(&w->arena, name) };
	struct credential_made m = { 0 };
	struct bundle b = { .org = str_of(org), .device = name, .id = row->id, .url = o->url, .secret = &m };
	int rc;

	if (!who.name)
		return err_nomem(e);
	rc = credential_make(&m, e);
	if (rc == 0)
		rc = bundle_text(w->db, o->form, &b, &text, e);
	if (rc == 0)
		rc = credential_keep_in(w, &who, &m, &o->terms, e);
	if (rc == 0 && !w->dry)
		rc = o->hand(o->arg, who.name, &text, e);
	o->made += rc == 0;
	credential_done(&m);
	return rc;
}

int onboard_row(struct work *w, struct row *row, void *arg, enum did *did, struct err *e)
{
	struct onboarding *o = arg;

	if (name_at_gateway(w, row, e) < 0 || work_add_row(w, row, did, e) < 0)
		return -1;
	return logs_in(w, row, o->login) ? log_in(w, row, o, e) : 0;
}

struct adding {
	struct row *row;
	struct onboarding *o;
	enum did *did;
};

static int add_tx(struct work *w, void *arg, struct err *e)
{
	const struct adding *a = arg;

	return onboard_row(w, a->row, a->o, a->did, e);
}

int onboard_add(struct work *w, struct onboarding *o, struct row *row, enum did *did, struct err *e)
{
	struct adding a = { row, o, did };

	return credential_ready(w->db, e) < 0 ? -1 : work_write(w, add_tx, &a, e);
}
