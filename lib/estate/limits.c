/* SPDX-License-Identifier: MIT */
/*
 * What a device may send: {"over": "quarantine", "rule": "100:1s"} within the device. What the organisation may do as a whole is said by who runs the store, as its
 * quotas are; users and keys are not part of an estate, nor what limits them.
 */
#include "codec/json.h"
#include "estate/impl.h"
#include "model/bucket.h"
#include "task/limit.h"
#include "task/work.h"

/* ---- in the store ---- */

static int by_id(const void *pa, const void *pb)
{
	const struct device_limit_set *a = pa, *b = pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

static int keep(struct work *w, struct str s, struct str *out, struct err *e)
{
	*out = (struct str){ arena_dup(&w->keep, s), s.len };
	return out->ptr ? 0 : err_nomem(e);
}

int limits_read(struct work *w, struct device_limits *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = limit_each(w->db, &st, e);
	size_t cap = 0;

	*out = (struct device_limits){ 0 };
	while (got >= 0 && (got = stmt_step(st, e)) > 0) {
		struct device_limit_set *v = out->v;

		if (!str_is(stmt_text(st, 0), db_self_name(w->db)) || !str_is(stmt_text(st, 1), limit_words[LIMIT_DEVICE]))
			continue;
		if (out->n == cap) {
			cap = cap ? cap * 2 : 16;
			v = arena_alloc(&w->keep, cap * sizeof(*v));
			if (!v)
				return err_nomem(e);
			if (out->n)
				memcpy(v, out->v, out->n * sizeof(*v));
			out->v = v;
		}
		v += out->n++;
		v->id = stmt_int(st, 5);
		if (keep(w, stmt_text(st, 3), &v->rule, e) < 0 || keep(w, stmt_is_null(st, 4) ? STR("") : stmt_text(st, 4), &v->over, e) < 0)
			return -1;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_id);
	return got;
}

static struct device_limit_set find(const struct device_limits *all, int64_t device)
{
	const struct device_limit_set key = { .id = device }, *one = all->n ? bsearch(&key, all->v, all->n, sizeof(key), by_id) : NULL;

	return one ? *one : key;
}

static int as_json(const struct device_limit_set *l, struct sb *sb, struct err *e)
{
	if (!l->rule.len)
		return 0;
	if (l->over.len)
		sb_addf(sb, "{\"over\": \"%.*s\", \"rule\": \"%.*s\"}", STR_ARG(l->over), STR_ARG(l->rule));
	else
		sb_addf(sb, "{\"rule\": \"%.*s\"}", STR_ARG(l->rule));
	return sb->bad ? err_nomem(e) : 0;
}

int limits_text(const struct device_limits *all, int64_t device, struct sb *sb, struct err *e)
{
	const struct device_limit_set l = find(all, device);

	return as_json(&l, sb, e);
}

/* ---- in the text ---- */

static int wrong(struct err *e)
{
	return err_set(e, E_INPUT, ESTATE_LIMIT ": should be {\"rule\": \"100:1s\"}, with \"over\": \"delay\" or \"quarantine\" in it or not");
}

/* Nothing said: empty. */
static int there(struct work *w, const struct entry *entry, struct device_limit_set *out, struct err *e)
{
	const json_t *json = json_object_get(entry->json, ESTATE_LIMIT), *rule = json_object_get(json, "rule"), *over = json_object_get(json, "over");
	AUTO(sb_done) struct sb text = SB_INIT(BUCKET_TEXT);
	struct bucket_rule r;

	*out = (struct device_limit_set){ 0 };
	if (!json || json_is_null(json))
		return 0;
	if (!json_is_object(json) || !json_is_string(rule) || (over && !json_is_string(over)) || json_object_size(json) != (over ? 2 : 1))
		return wrong(e);
	if (over) {
		out->over = (struct str){ json_string_value(over), json_string_length(over) };
		if (!str_is(out->over, "delay") && !str_is(out->over, "quarantine"))
			return wrong(e);
	}
	if (bucket_rule_read((struct str){ json_string_value(rule), json_string_length(rule) }, &r, e) < 0)
		return err_wrap(e, ESTATE_LIMIT);
	return bucket_rule_print(&r, &text) < 0 ? err_nomem(e) : keep(w, sb_str(&text), &out->rule, e);
}

static bool same(const struct device_limit_set *a, const struct device_limit_set *b)
{
	return str_eq(a->rule, b->rule) && str_eq(a->over, b->over);
}

static int say(struct estate_run *r, const struct entry *entry, const struct device_limit_set *here, const struct device_limit_set *to, struct err *e)
{
	AUTO(sb_done) struct sb a = SB_INIT(2 * BUCKET_TEXT);
	AUTO(sb_done) struct sb b = SB_INIT(2 * BUCKET_TEXT);
	struct estate_diff d = { .noun = "device", .name = str_of(entry->name), .field = ESTATE_LIMIT };

	if (!r->how->differs)
		return 0;
	if (as_json(here, &a, e) < 0 || as_json(to, &b, e) < 0)
		return -1;
	d.here = sb_str(&a);
	d.there = sb_str(&b);
	return r->how->differs(r->how->arg, &d, e);
}

int limits_compare(struct estate_run *r, struct entry *entry, int64_t device, struct err *e)
{
	const struct device_limit_set here = find(&r->limits, device);
	struct device_limit_set to;
	struct item *item;

	if (there(r->w, entry, &to, e) < 0) {
		if (err_is_fatal(e))
			return -1;
		estate_bad(r, r->w->ent, entry, e->msg);
		err_clear(e);
		return 0;
	}
	if (same(&here, &to))
		return 0;
	if (device && say(r, entry, &here, &to, e) < 0)
		return -1;
	item = estate_todo(r, TO_LIMIT, K_DEVICE, entry, entry->name);
	if (!item)
		return err_nomem(e);
	item->fields = ESTATE_LIMIT;
	r->counts.changed += device != 0;
	return 0;
}

int limits_apply(struct work *w, const struct entry *entry, enum did *did, struct err *e)
{
	struct limit_of of = { .org = db_self(w->db), .noun = LIMIT_DEVICE };
	struct device_limit_set to;

	if (work_may_at(w, "sit-limit", "set", 0, ESTATE_LIMIT, e) < 0 || there(w, entry, &to, e) < 0 ||
	    entity_resolve(w->db, &device_entity, str_of(entry->name), &of.id, e) < 0)
		return -1;
	*did = DID_SET;
	return limit_change_one(w, &of, str_of(entry->name), to.rule.len ? to.rule.ptr : NULL, to.over.len ? to.over.ptr : NULL, e);
}
