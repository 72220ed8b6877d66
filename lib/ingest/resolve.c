/* SPDX-License-Identifier: MIT */
/* Names of devices and datapoints to what they are, kept for the run; made on the way when asked to. */
#include "base/name.h"
#include "base/num.h"
#include "ingest/impl.h"
#include "os/zones.h"
#include "store/audit.h"
#include "store/entity.h"
#include "task/entity.h"

#define KEPT_MAX ((size_t)40 << 20) /* bytes of names; beyond them all are forgotten and looked up anew */
#define AHEAD_AFTER 4  /* devices looked up one by one: of what was read ahead a change may be seen only when names are looked up anew */
#define AHEAD_FIRST 128 /* devices read ahead, twice as many each time that the one asked for was among them */
#define AHEAD_MOST 1024
#define GUESSES_MAX 20 /* unknown names of a run that near ones are looked for: each costs a reading of names */
#define STRANGERS_MAX 1024	    /* names of a device beyond which unknown ones are not kept: who invents names fills no memory */

/* *to becomes a copy that lives as long as the device. */
static int keep(struct ingest *g, struct str s, struct str *to, struct err *e)
{
	*to = s;
	if (!s.ptr)
		return 0;
	to->ptr = arena_dup(&g->keep, s);
	return to->ptr ? 0 : err_nomem(e);
}

/* What names take, but for what the allocator adds; 64 bytes are an entry of a map. */
static size_t kept(const struct ingest *g)
{
	const struct ahead *a = &g->ahead;

	return g->keep.used + g->by_name.keys.used + g->names.keys.used + a->by_name.keys.used + 64 * (g->by_name.len + g->names.len + a->by_name.len) +
	       g->nslot * sizeof(struct slot) + a->n * sizeof(*a->ref);
}

/* Many look-ups in a row are one read of the store. */
static int learn(struct ingest *g, struct err *e)
{
	if (!g->learning && db_read_begin(g->db, e) < 0)
		return -1;
	g->learning = true;
	return 0;
}

void ingest_learned(struct ingest *g)
{
	if (g->learning)
		db_read_end(g->db);
	g->learning = false;
}

/* What g->names knows, by whose name it is (an index of g->dev, or an id) and the name. */
enum known {
	KNOWN_SLOT,   /* index into the device's slots, by name on the wire */
	KNOWN_SERIES, /* id, by name; of the device with that id */
	KNOWN_MODEL,  /* address of the model's definition or 0, by name on the wire */
};

static struct str key_of(struct ingest *g, enum known what, int64_t whose, struct str name)
{
	sb_clear(&g->key);
	sb_addc(&g->key, (char)what);
	sb_add(&g->key, &whose, sizeof(whose));
	sb_add(&g->key, name.ptr, name.len);
	return sb_str(&g->key);
}

static int know(struct ingest *g, enum known what, int64_t whose, struct str name, int64_t v, struct err *e)
{
	struct str key = key_of(g, what, whose, name);

	return g->key.bad || map_put(&g->names, key, v) < 0 ? err_nomem(e) : 0;
}

/* ---- devices ---- */

static int keep_ahead(const struct device_ref *d, struct str name, void *arg, struct err *e)
{
	struct ingest *g = arg;
	struct ahead *a = &g->ahead;

	if (map_find(&a->by_name, name))
		return 0;
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : AHEAD_MOST;
		struct device_ref *p = realloc(a->ref, cap * sizeof(*p));

		if (!p)
			return err_nomem(e);
		a->ref = p;
		a->cap = cap;
	}
	a->ref[a->n] = *d;
	return map_put(&a->by_name, name, (int64_t)a->n++) < 0 ? err_nomem(e) : 0;
}

static int know_series(int64_t device, int64_t id, struct str name, void *arg, struct err *e)
{
	return know(arg, KNOWN_SERIES, device, name, id, e);
}

/* As device_lookup(), and the series of those read ahead are known then: *listed. */
static int look_up_named(struct ingest *g, struct str name, struct device_ref *ref, bool *listed, struct err *e)
{
	struct ahead *a = &g->ahead;
	int64_t *at = map_find(&a->by_name, name);

	if (!at && db_posts(g->db) && !memchr(name.ptr, '/', name.len) && a->missed++ >= AHEAD_AFTER) {
		a->next = a->next < AHEAD_FIRST ? AHEAD_FIRST : a->next > AHEAD_MOST ? AHEAD_MOST : a->next;
		if (device_ahead(g->db, name, a->next, keep_ahead, g, e) < 0 || series_of_devices(g->db, name, a->next, know_series, g, e) < 0)
			return -1;
		at = map_find(&a->by_name, name);
		a->next = at ? a->next * 2 : 0;
		a->missed = at ? a->missed : 0;
	}
	if (!at)
		return device_lookup(g->db, name, ref, e);
	*ref = a->ref[*at];
	*listed = true;
	return 1;
}

static int look_up(struct ingest *g, struct dev *d, struct err *e)
{
	int got;

	if (!g->db)
		return 0;
	got = learn(g, e);
	if (got == 0)
		got = d->name.ptr ? look_up_named(g, d->name, &d->ref, &d->listed, e) : device_lookup_edge(g->db, d->gateway, d->edge_key, &d->ref, e);
	if (got < 0)
		return -1;
	d->known = got > 0;
	d->foreign = d->known && d->ref.org != db_self(g->db);
	if (!d->known)
		return 0;
	d->now.device = d->ref.id;
	return zones_get(d->ref.tz, &d->zone, e);
}

struct given {
	const char *field;
	struct str value;
};

/* Add a thing through the same work as the programs do: checked and audited. The values come from devices: they are text, never @FILE. */
static int create(struct ingest *g, const struct entity *ent, const struct given *given, size_t n, struct err *e)
{
	struct work w = { .db = g->db, .program = g->opt.program, .message = "--auto-create", .when = { .now = g->opt.now },
			  .dry = g->opt.dry };
	struct row row = { 0 };
	enum did did;
	int rc = 0;

	if (g->created >= g->opt.max_create)
		return err_set(e, E_PARTIAL, "more than --max-create %" PRId64 " new things", g->opt.max_create);
	ingest_learned(g);
	if (work_begin(&w, ent, e) < 0)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = work_assign_record(&w, &row, str_of(given[i].field), given[i].value, e);
	if (rc == 0)
		rc = work_add(&w, &row, &did, e);
	work_end(&w);
	g->created += rc == 0;
	return rc;
}

static int create_device(struct ingest *g, struct dev *d, struct err *e)
{
	const struct given given[] = { { "name", d->name }, { "site", str_of(g->opt.create_site) } };

	if (!d->name.ptr || !name_valid(d->name))
		return 0;
	if (create(g, &device_entity, given, COUNT(given), e) < 0) {
		if (e->code != E_PARTIAL && e->code != E_DENIED)
			return -1;
		d->unmade = e->code == E_DENIED ? arena_dup(&g->keep, str_of(e->msg)) : NULL;
		err_clear(e);
		return 0;
	}
	return look_up(g, d, e);
}

/* Where to note that it is heard of, and its gateway through it. */
static int meet(struct ingest *g, struct dev *d, struct err *e)
{
	struct device_ref gateway;
	int got;

	if (d->known && !d->foreign && d->ref.enabled && !(d->told = tellings_of(&g->tellings, &d->ref, e)))
		return -1;
	if (!g->db)
		return 0;
	if (learn(g, e) < 0 || ingest_allowance(g, d, e) < 0)
		return -1;
	if (!d->gateway.ptr)
		return 0;
	got = device_lookup(g->db, d->gateway, &gateway, e);
	if (got <= 0 || gateway.org != db_self(g->db) || !gateway.enabled)
		return got < 0 ? -1 : 0;
	d->via = tellings_of(&g->tellings, &gateway, e);
	return d->via ? 0 : -1;
}

static struct dev *new_device(struct ingest *g, struct str name, struct str gateway, struct str edge_key, struct err *e)
{
	struct dev *d = arena_alloc(&g->keep, sizeof(*d));

	if (g->ndev == g->capdev) {
		size_t cap = g->capdev ? g->capdev * 2 : 64;
		struct dev **p = realloc(g->dev, cap * sizeof(*p));

		if (!p)
			d = NULL;
		else
			g->dev = p, g->capdev = cap;
	}
	if (!d) {
		err_nomem(e);
		return NULL;
	}
	if (keep(g, name, &d->name, e) < 0 || keep(g, gateway, &d->gateway, e) < 0 || keep(g, edge_key, &d->edge_key, e) < 0)
		return NULL;
	d->at = (int64_t)g->ndev;
	d->now.source = g->opt.source;
	d->shown = d->name.ptr ? d->name.ptr : d->edge_key.ptr;
	g->dev[g->ndev++] = d;
	if (look_up(g, d, e) < 0)
		return NULL;
	if (!d->known && g->opt.create_site && create_device(g, d, e) < 0)
		return NULL;
	return meet(g, d, e) < 0 ? NULL : d;
}

static struct dev *find_device(struct ingest *g, struct str name, struct str gateway, struct str edge_key, struct err *e)
{
	AUTO(sb_done) struct sb key = SB_INIT((size_t)4 << 20);
	struct dev *d;
	int64_t *at;

	if (!name.ptr) { /* a NUL keeps gateway and edge key apart, as no name holds one */
		sb_add(&key, gateway.ptr, gateway.len);
		sb_addc(&key, '\0');
		sb_add(&key, edge_key.ptr, edge_key.len);
	}
	if (key.bad) {
		err_nomem(e);
		return NULL;
	}
	at = map_find(&g->by_name, name.ptr ? name : sb_str(&key));
	if (at)
		return g->dev[*at];
	d = new_device(g, name, gateway, edge_key, e);
	if (d && map_put(&g->by_name, name.ptr ? name : sb_str(&key), (int64_t)g->ndev - 1) < 0) {
		err_nomem(e);
		return NULL;
	}
	return d;
}

struct dev *ingest_device(struct ingest *g, struct str name, struct str gateway, struct str edge_key, struct err *e)
{
	struct dev *last, *d;

	if (kept(g) > KEPT_MAX && ingest_forget(g, e) < 0)
		return NULL;
	last = g->last;
	/* Most records are of the device that the one before was of, or of the one that followed it the last time. */
	if (!name.ptr)
		return find_device(g, name, gateway, edge_key, e);
	if (last && str_eq(last->name, name))
		return last;
	d = last ? last->after : NULL;
	if (!d || !str_eq(d->name, name)) {
		d = find_device(g, name, gateway, edge_key, e);
		if (last)
			last->after = d;
	}
	g->last = d;
	return d;
}

bool ingest_time_known(struct ingest *g, struct str text, int64_t *ts)
{
	if (text.len == g->known_len && text.len && memcmp(text.ptr, g->known_text, text.len) == 0) {
		*ts = g->known;
		return true;
	}
	if (g->opt.time_format || !time_rfc3339(text, ts))
		return false;
	if (text.len <= sizeof(g->known_text)) {
		memcpy(g->known_text, text.ptr, text.len);
		g->known_len = text.len;
		g->known = *ts;
	}
	return true;
}

int ingest_time(struct ingest *g, const struct dev *d, struct str text, int64_t *ts, struct err *e)
{
	struct time_ctx when = { 0, g->opt.zone_given ? g->opt.zone : d->zone };
	int64_t whole = 0;
	double epoch = 0;
	int rc;

	if (ingest_time_known(g, text, ts))
		return 0;
	when.now = ingest_now(g);
	if (!g->opt.time_format && (num_parse_int(text, &whole) || num_parse(text, &epoch) == NUM_OK)) {
		rc = (whole ? time_epoch_whole(whole, ts) : time_epoch(epoch, ts)) ? 0 : err_set(e, E_INPUT, "time %.*s is outside the years 0 to 9999", STR_ARG(text));
	} else {
		rc = g->opt.time_format ? time_parse_format(text, g->opt.time_format, &when, ts, e) : time_parse(text, &when, ts, e);
	}
	if (rc == 0)
		return 0;
	if (!g->opt.time_format) {
		struct err why = *e;

		err_set(e, E_INPUT, "%s (--time-format for times written otherwise)", why.msg);
	}
	e->code = E_INPUT;
	return -1;
}

/* ---- datapoints ---- */

/* The definition in force, NULL for none. */
static int look_up_definition(struct ingest *g, const struct dev *d, struct str wire, const struct definition **out, struct err *e)
{
	struct definition def, *own;
	int got;

	*out = NULL;
	if (learn(g, e) < 0)
		return -1;
	got = definition_lookup(g->db, &d->ref, wire, &g->keep, &def, e);
	if (got <= 0)
		return got;
	own = arena_alloc(&g->keep, sizeof(*own));
	if (!own)
		return err_nomem(e);
	*own = def;
	*out = own;
	return 0;
}

/* The same, looked up once for all devices of a model that have no definitions of their own. */
static int find_definition(struct ingest *g, const struct dev *d, struct str wire, const struct definition **out, struct err *e)
{
	int64_t *at;

	if (d->ref.own)
		return look_up_definition(g, d, wire, out, e);
	at = map_find(&g->names, key_of(g, KNOWN_MODEL, d->ref.model, wire));
	if (at) {
		*out = (const struct definition *)(uintptr_t)*at;
		return 0;
	}
	if (look_up_definition(g, d, wire, out, e) < 0)
		return -1;
	if (!*out && d->nslot >= STRANGERS_MAX)
		return 0;
	return know(g, KNOWN_MODEL, d->ref.model, wire, (int64_t)(uintptr_t)*out, e);
}

static int create_datapoint(struct ingest *g, struct dev *d, struct slot *s, const struct raw_value *v, struct err *e)
{
	char folded[NAME_MAX_LEN + 1], device[32];
	struct definition there;
	double num;
	int got;
	static const char *const types[] = { "float", "float", "boolean", "string", "location" };
	const char *is = v->typed ? types[v->type] : num_parse(v->txt, &num) == NUM_OK ? "float" : "string";

	if (!ident_fold(s->wire, folded) || (v->typed && v->type == VALUE_NULL))
		return 0;
	got = learn(g, e) < 0 ? -1 : definition_lookup(g->db, &d->ref, str_of(folded), &g->keep, &there, e);
	if (got < 0)
		return -1;
	if (got && strcmp(folded, there.name) == 0)
		return 0; /* two names on the wire that fold to one: held back */
	(void)snprintf(device, sizeof(device), "id:%" PRId64, d->ref.id);
	if (create(g, &datapoint_entity,
		   (struct given[]){ { "name", str_of(folded) }, { "device", str_of(device) }, { "type", str_of(is) }, { "key", s->wire } },
		   str_is(s->wire, folded) ? 3 : 4, e) < 0) {
		if (e->code == E_IO || e->code == E_BUG)
			return -1;
		err_clear(e);
		return 0;
	}
	s->created = d->ref.own = true;
	return look_up_definition(g, d, s->wire, &s->def, e);
}

struct listing {
	struct ingest *g;
	const struct dev *d;
};

static int note_series(int64_t id, struct str name, void *arg, struct err *e)
{
	const struct listing *l = arg;

	return know(l->g, KNOWN_SERIES, l->d->ref.id, name, id, e);
}

/* The series that the slot's points go to, 0 when there is none yet. */
static int find_series(struct ingest *g, struct dev *d, struct slot *s, struct err *e)
{
	struct listing l = { g, d };
	int64_t *at;

	if (!d->listed && (learn(g, e) < 0 || series_each(g->db, d->ref.id, note_series, &l, e) < 0))
		return -1;
	d->listed = true;
	at = map_find(&g->names, key_of(g, KNOWN_SERIES, d->ref.id, str_of(s->name)));
	s->series = at ? *at : 0;
	return 0;
}

/* Room for a slot behind those of the device; it is one of them once it is kept. NULL out of memory. */
static struct slot *next_slot(struct dev *d, struct str wire, struct err *e)
{
	if (d->nslot == d->capslot) {
		size_t cap = d->capslot ? d->capslot * 2 : 1;
		struct slot *p = realloc(d->slot, cap * sizeof(*p));

		if (!p) {
			err_nomem(e);
			return NULL;
		}
		d->slot = p;
		d->capslot = cap;
	}
	d->slot[d->nslot] = (struct slot){ .wire = wire };
	return d->slot + d->nslot;
}

static int keep_slot(struct ingest *g, struct dev *d, struct slot *s, struct err *e)
{
	if (know(g, KNOWN_SLOT, d->at, s->wire, (int64_t)d->nslot, e) < 0 || keep(g, s->wire, &s->wire, e) < 0)
		return -1;
	d->nslot++;
	g->nslot++;
	return 0;
}

/* What the slot's name means for the device. */
static int find_slot(struct ingest *g, struct dev *d, struct slot *s, const struct raw_value *v, struct err *e)
{
	enum builtin computed;

	if (find_definition(g, d, s->wire, &s->def, e) < 0)
		return -1;
	if (!s->def && g->opt.create_site && create_datapoint(g, d, s, v, e) < 0)
		return -1;
	if (!s->def || builtin_find(str_of(s->def->name), &computed))
		return 0;
	s->name = s->def->name;
	return find_series(g, d, s, e);
}

bool slot_known(struct ingest *g, const struct dev *d, struct str wire)
{
	return map_find(&g->names, key_of(g, KNOWN_SLOT, d->at, wire)) != NULL;
}

struct slot *resolve_slot(struct ingest *g, struct dev *d, struct str wire, const struct raw_value *v, struct err *e)
{
	int64_t *at = map_find(&g->names, key_of(g, KNOWN_SLOT, d->at, wire));
	struct slot *s;

	if (at)
		return d->slot + *at;
	s = next_slot(d, wire, e);
	if (!s || !d->known || d->foreign)
		return s; /* the device says it all: nothing to keep of its names */
	if (find_slot(g, d, s, v, e) < 0)
		return NULL;
	if (!s->name && d->nslot >= STRANGERS_MAX)
		return s;
	return keep_slot(g, d, s, e) < 0 ? NULL : s;
}

/* ---- for who mistyped ---- */

static const char *look_near(struct ingest *g, const struct dev *d, const struct slot *s, struct err *e)
{
	char name[NAME_MAX_LEN + 1], text[NAME_MAX_LEN + 40] = "";
	const char *kept;

	if (learn(g, e) < 0 || (d->known ? definition_near(g->db, &d->ref, s->wire, name, e) : device_near(g->db, d->name, name, e)) < 0)
		return NULL;
	if (name[0])
		(void)snprintf(text, sizeof(text), " (did you mean \"%s\"?)", name);
	kept = arena_dup(&g->keep, str_of(text));
	if (!kept)
		err_nomem(e);
	return kept;
}

const char *resolve_near(struct ingest *g, struct dev *d, struct slot *s, struct err *e)
{
	const char **near = d->known ? &s->near : &d->near;

	if (!*near) {
		if ((!d->known && !d->name.ptr) || g->guesses >= GUESSES_MAX)
			return "";
		g->guesses++;
		*near = look_near(g, d, s, e);
	}
	return *near;
}
