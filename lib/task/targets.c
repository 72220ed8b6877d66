/* SPDX-License-Identifier: MIT */
#include "task/targets.h"

#include "base/name.h"
#include "rec/out.h"
#include "series/series.h"
#include "store/definition.h"
#include "store/entity.h"

#define NEAR_MAX 10000 /* names offered for an error line */

/* One name or glob of a list, and whether anything fits it. */
struct pattern {
	struct str text;
	bool glob, found;
};

struct finding {
	const struct asking *ask;
	struct targets *t;
	struct filter *filter;
	size_t nfilter;
	struct pattern *name, *datapoint;
	size_t nname, ndatapoint;
	int by;			     /* field of device; -1: none */
	const struct target_device *at; /* the device at hand */
};

bool list_next(struct str *list, struct str *part)
{
	const char *comma;

	if (!list->ptr)
		return false;
	comma = list->len ? memchr(list->ptr, ',', list->len) : NULL;
	*part = *list;
	if (comma) {
		part->len = (size_t)(comma - list->ptr);
		*list = (struct str){ comma + 1, list->len - part->len - 1 };
	} else {
		*list = (struct str){ NULL, 0 };
	}
	return true;
}

static int add_patterns(struct arena *a, struct str list, struct pattern **p, size_t *n, struct err *e)
{
	struct str part;
	size_t most = *n + 1;
	struct pattern *all;

	for (size_t i = 0; i < list.len; i++)
		most += list.ptr[i] == ',';
	all = arena_alloc(a, most * sizeof(*all));
	if (!all)
		return err_nomem(e);
	if (*n)
		memcpy(all, *p, *n * sizeof(*all));
	*p = all;
	while (list_next(&list, &part)) {
		if (!part.len)
			return err_set(e, E_USAGE, "an empty name in a list");
		all[(*n)++] = (struct pattern){ part, glob_is(part), false };
	}
	return 0;
}

static int add_filter(struct finding *f, struct str term, struct err *e)
{
	return filter_parse(&device_entity, term, &f->ask->when, &f->t->arena, f->filter + f->nfilter++, e);
}

/* A short form is the same as its term. */
static int add_short(struct finding *f, const char *field, const char *value, struct err *e)
{
	AUTO(sb_done) struct sb term = SB_INIT(1 << 16);

	if (!value)
		return 0;
	if (sb_addf(&term, "%s=%s", field, value) < 0)
		return err_set(e, E_USAGE, "--%s: too long", field);
	return add_filter(f, sb_str(&term), e);
}

static int read_operands(struct finding *f, struct err *e)
{
	const struct asking *ask = f->ask;
	struct arena *a = &f->t->arena;

	f->filter = arena_alloc(a, ((size_t)ask->n + 2) * sizeof(*f->filter));
	if (!f->filter)
		return err_nomem(e);
	for (int i = 0; i < ask->n; i++) {
		struct str word = str_of(ask->operand[i]), field, op, value;

		if (term_split(word, &field, &op, &value)) {
			if (add_filter(f, word, e) < 0)
				return -1;
		} else if (add_patterns(a, word, &f->name, &f->nname, e) < 0) {
			return -1;
		}
	}
	if (ask->device && add_patterns(a, str_of(ask->device), &f->name, &f->nname, e) < 0)
		return -1;
	if (ask->datapoints && add_patterns(a, str_of(ask->datapoints), &f->datapoint, &f->ndatapoint, e) < 0)
		return -1;
	if (add_short(f, "site", ask->site, e) < 0 || add_short(f, "gateway", ask->gateway, e) < 0)
		return -1;
	f->by = ask->by ? entity_field(&device_entity, str_of(ask->by)) : -1;
	return ask->by && f->by < 0 ? entity_unknown(&device_entity, str_of(ask->by), e) : 0;
}

/* ---- devices ---- */

/* Room for one more of the vector; its elements move. */
static int grow(void *vector, size_t n, size_t *cap, size_t size, struct err *e)
{
	void *old, *p;

	if (n < *cap)
		return 0;
	memcpy(&old, vector, sizeof(old));
	p = realloc(old, (*cap ? *cap * 2 : 64) * size);
	if (!p)
		return err_nomem(e);
	*cap = *cap ? *cap * 2 : 64;
	memcpy(vector, &p, sizeof(p));
	return 0;
}

static int keep(struct arena *a, struct str s, const char **out, struct err *e)
{
	*out = s.len ? arena_dup(a, s) : NULL;
	return s.len && !*out ? err_nomem(e) : 0;
}

static int add_device(struct finding *f, const struct entity_cursor *c, const struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb group = SB_INIT(1 << 16);
	struct targets *t = f->t;
	struct arena *a = &t->arena;
	struct target_device *d;

	if (grow(&t->device, t->ndevice, &t->devices, sizeof(*d), e) < 0)
		return -1;
	if (f->by >= 0 && cell_text(&group, device_entity.field + f->by, row->cell + f->by, NULL) < 0)
		return err_nomem(e);
	d = t->device + t->ndevice++;
	*d = (struct target_device){ .id = row->id };
	if (keep(a, row_text(&device_entity, row, "name"), &d->name, e) < 0 || keep(a, entity_row_org(c), &d->org, e) < 0 ||
	    keep(a, row_text(&device_entity, row, "site"), &d->site, e) < 0 ||
	    keep(a, row_text(&device_entity, row, "gateway"), &d->gateway, e) < 0)
		return -1;
	return keep(a, sb_str(&group), &d->group, e);
}

/* Without a slash a glob is over names alone, wherever they are; with one over ORG/NAME. */
static bool fits(const struct pattern *p, size_t n, struct str name)
{
	const char *slash = name.len ? memchr(name.ptr, '/', name.len) : NULL;
	struct str bare = slash ? (struct str){ slash + 1, name.len - (size_t)(slash + 1 - name.ptr) } : name;

	for (size_t i = 0; i < n; i++)
		if (p[i].glob && glob_match(p[i].text, memchr(p[i].text.ptr, '/', p[i].text.len) ? name : bare))
			return true;
	return false;
}

/* Devices that fit the filters: the one with the id, or those that fit a glob, or all. */
static int read_devices(struct finding *f, int64_t id, bool all, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct row row;
	int got;

	if (entity_select(f->ask->db, &device_entity, f->filter, f->nfilter, id, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, &row, e)) > 0)
		if ((all || fits(f->name, f->nname, row_text(&device_entity, &row, "name"))) &&
		    add_device(f, c, &row, e) < 0)
			return -1;
	return got;
}

static int by_name(const void *a, const void *b)
{
	const struct target_device *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int find_devices(struct finding *f, struct err *e)
{
	struct targets *t = f->t;
	bool globs = f->nname == 0;
	size_t kept = 0;
	int64_t id;

	for (size_t i = 0; i < f->nname; i++) {
		globs |= f->name[i].glob;
		if (f->name[i].glob)
			continue;
		if (entity_resolve(f->ask->db, &device_entity, f->name[i].text, &id, e) < 0 ||
		    read_devices(f, id, true, e) < 0)
			return -1;
	}
	if (globs && read_devices(f, 0, f->nname == 0, e) < 0)
		return -1;
	if (t->ndevice)
		qsort(t->device, t->ndevice, sizeof(*t->device), by_name);
	for (size_t i = 0; i < t->ndevice; i++) /* named twice */
		if (!kept || t->device[kept - 1].id != t->device[i].id)
			t->device[kept++] = t->device[i];
	t->ndevice = kept;
	return 0;
}

/* ---- datapoints ---- */

static int offer_series(int64_t id, struct str name, void *arg, struct err *e)
{
	struct finding *f = arg;
	struct targets *t = f->t;
	bool wanted = f->ndatapoint == 0;

	for (size_t i = 0; i < f->ndatapoint; i++) {
		struct pattern *p = f->datapoint + i;

		if (p->glob ? glob_match(p->text, name) : str_eq(p->text, name))
			wanted = p->found = true;
	}
	if (!wanted)
		return 0;
	if (grow(&t->target, t->n, &t->cap, sizeof(*t->target), e) < 0)
		return -1;
	t->target[t->n] = (struct target){ f->at, id, arena_dup(&t->arena, name) };
	return t->target[t->n++].datapoint ? 0 : err_nomem(e);
}

/* A datapoint may be defined and have no points yet. */
static int look_defined(struct finding *f, struct pattern *p, struct err *e)
{
	AUTO(arena_done) struct arena a = ARENA_INIT(1 << 20);
	struct definition def;
	struct device_ref ref;

	for (size_t i = 0; i < f->t->ndevice && !p->found; i++) {
		int got = device_by_id(f->ask->db, f->t->device[i].id, &ref, e);

		if (got > 0)
			got = definition_named(f->ask->db, &ref, p->text, &a, &def, e);
		if (got < 0)
			return -1;
		p->found = got > 0;
		arena_clear(&a);
	}
	return 0;
}

struct nearing {
	struct near near;
	struct str wanted;
	struct arena *arena;
	size_t n;
};

static int offer_near(int64_t id, struct str name, void *arg, struct err *e)
{
	struct nearing *n = arg;
	char *copy = n->n++ < NEAR_MAX ? arena_dup(n->arena, name) : NULL;

	(void)id;
	(void)e;
	if (copy)
		near_offer(&n->near, n->wanted, (struct str){ copy, name.len });
	return 0;
}

static int no_datapoint(struct finding *f, struct str name, struct err *e)
{
	struct nearing n = { .wanted = name, .arena = &f->t->arena };
	struct err ignored = { 0 };
	char hint[96];

	for (size_t i = 0; i < f->t->ndevice && n.n < NEAR_MAX; i++)
		(void)series_each(f->ask->db, f->t->device[i].id, offer_near, &n, &ignored);
	return err_set(e, E_NOTFOUND, "no datapoint \"%.*s\" of %s%s", (int)(name.len > 200 ? 200 : name.len), name.ptr,
		       f->t->ndevice == 1 ? f->t->device[0].name : "the devices chosen",
		       near_text(&n.near, hint, sizeof(hint)));
}

static int find_datapoints(struct finding *f, struct err *e)
{
	for (size_t i = 0; i < f->t->ndevice; i++) {
		f->at = f->t->device + i;
		if (series_each(f->ask->db, f->at->id, offer_series, f, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < f->ndatapoint && f->t->ndevice; i++) {
		struct pattern *p = f->datapoint + i;

		if (!p->glob && !p->found && look_defined(f, p, e) < 0)
			return -1;
		if (!p->glob && !p->found)
			return no_datapoint(f, p->text, e);
	}
	return 0;
}

int targets_find(const struct asking *ask, struct targets *t, struct err *e)
{
	struct finding f = { .ask = ask, .t = t };

	if (read_operands(&f, e) < 0 || find_devices(&f, e) < 0)
		return -1;
	return find_datapoints(&f, e);
}

void targets_done(struct targets *t)
{
	free(t->device);
	free(t->target);
	arena_done(&t->arena);
	t->device = NULL;
	t->target = NULL;
	t->ndevice = t->devices = t->n = t->cap = 0;
}
