/* SPDX-License-Identifier: MIT */
/* Files into entries: which thing is said where. What a field may be is not looked at yet. */
#include "base/name.h"
#include "codec/json.h"
#include "estate/impl.h"
#include "os/file.h"
#include "rec/source.h"
#include "task/text.h"
#include "task/work.h"

#define DOCUMENT_MAX ((size_t)1 << 30) /* bytes of one file */

static const struct {
	const char *noun, *key; /* key NULL: within things of another kind */
} kinds[K_COUNT] = {
	[K_FIELD] = { "field", "fields" },	[K_SITE] = { "site", "sites" },	    [K_POLICY] = { "policy", "policies" },
	[K_MODEL] = { "model", "models" },	[K_MODEL_POINT] = { "datapoint", NULL }, [K_PRODUCT] = { "product", "products" },
	[K_ASSET] = { "asset", "assets" },	[K_DEVICE] = { "device", "devices" }, [K_DEVICE_POINT] = { "datapoint", NULL },
	[K_RULE] = { "rule", "rules" },		[K_GROUP] = { "group", "groups" },	[K_CHANNEL] = { "channel", "channels" },
	[K_ROUTE] = { "route", "routes" },	[K_ORG] = { "org", "org" },
};

const char *estate_noun(enum estate_kind k)
{
	return kinds[k].noun;
}

const char *estate_key(enum estate_kind k)
{
	return kinds[k].key;
}

enum estate_kind estate_kind_of(const char *noun)
{
	enum estate_kind k = 0;

	if (strcmp(noun, "gateway") == 0)
		return K_DEVICE;
	while (k < K_COUNT && strcmp(kinds[k].noun, noun) != 0)
		k++;
	return k;
}

struct entry *estate_entry(struct estate *s, enum estate_kind k, struct str name)
{
	const int64_t *at = k < K_COUNT ? map_find(&s->of[k].by_name, name) : NULL;

	return at ? s->of[k].v + *at : NULL;
}

/* ---- entries ---- */

static const char *keep(struct estate *s, struct sb *sb)
{
	const char *text = sb->bad ? NULL : arena_dup(&s->keep, sb_str(sb));

	sb_clear(sb);
	return text;
}

static int grow(struct section *sec, struct err *e)
{
	size_t cap = sec->cap ? sec->cap * 2 : 64;
	struct entry *v = realloc(sec->v, cap * sizeof(*v));

	if (!v)
		return err_nomem(e);
	sec->v = v;
	sec->cap = cap;
	return 0;
}

static int add_entry(struct estate *s, enum estate_kind k, const struct entry *en, struct err *e)
{
	struct section *sec = s->of + k;
	const struct entry *other = estate_entry(s, k, str_of(en->name));

	if (other)
		return err_set(e, E_INPUT, "%s: %s: is in %s, too", en->file, en->path, other->file);
	if (!json_is_object(en->json))
		return err_set(e, E_INPUT, "%s: %s: should be an object {...}", en->file, en->path);
	if (sec->n == sec->cap && grow(sec, e) < 0)
		return -1;
	sec->v[sec->n] = *en;
	return map_put(&sec->by_name, str_of(en->name), (int64_t)sec->n++) < 0 ? err_nomem(e) : 0;
}

/* "NOUN:NAME" of a field; the others have no owner. */
static void cut(struct entry *en, bool scoped)
{
	const char *colon = scoped ? strchr(en->name, ':') : NULL;

	en->leaf = str_of(colon ? colon + 1 : en->name);
	en->owner = colon ? (struct str){ en->name, (size_t)(colon - en->name) } : (struct str){ NULL, 0 };
}

static int add_points(struct estate *s, enum estate_kind k, const struct entry *of, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);
	const json_t *points = json_object_get(of->json, ESTATE_POINTS);
	const char *key;
	json_t *v;

	if (points && !json_is_object(points) && !json_is_null(points))
		return err_set(e, E_INPUT, "%s: %s." ESTATE_POINTS ": should be an object {...}", of->file, of->path);
	s->of[k].there = true;
	json_object_foreach((json_t *)(uintptr_t)points, key, v)
	{
		struct entry en = { .file = of->file, .json = v, .owner = of->leaf };

		sb_addf(&sb, "%s." ESTATE_POINTS ".%s", of->path, key);
		en.path = keep(s, &sb);
		sb_addf(&sb, "%s:%s", of->name, key);
		en.name = keep(s, &sb);
		if (!en.path || !en.name)
			return err_nomem(e);
		en.leaf = str_of(en.name + of->leaf.len + 1);
		if (add_entry(s, k, &en, e) < 0)
			return -1;
	}
	return 0;
}

static int add_thing(struct estate *s, enum estate_kind k, const char *file, const char *name, const json_t *json, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(1 << 20);
	struct entry en = { .file = file, .json = json };

	sb_addf(&sb, k == K_ORG ? "%s" : "%s.%s", kinds[k].key, name);
	en.path = keep(s, &sb);
	sb_adds(&sb, name);
	en.name = keep(s, &sb);
	if (!en.path || !en.name)
		return err_nomem(e);
	cut(&en, k == K_FIELD);
	if (add_entry(s, k, &en, e) < 0)
		return -1;
	if (k == K_MODEL)
		return add_points(s, K_MODEL_POINT, &en, e);
	return k == K_DEVICE ? add_points(s, K_DEVICE_POINT, &en, e) : 0;
}

static int unknown_key(const char *file, const char *key, const struct entity *only, struct err *e)
{
	struct near near = { 0 };
	char hint[96];

	for (enum estate_kind k = 0; k < K_COUNT && !only; k++)
		if (kinds[k].key)
			near_offer(&near, str_of(key), str_of(kinds[k].key));
	if (only)
		return err_set(e, E_INPUT, "%s: %s: only %s belong here (sit-estate takes everything)", file, key, only->plural);
	return err_set(e, E_INPUT, "%s: %s: no such kind of things%s", file, key, near_text(&near, hint, sizeof(hint)));
}

static int add_section(struct estate *s, const char *file, const char *key, const json_t *json, struct err *e)
{
	enum estate_kind k = 0;
	const char *name;
	json_t *v;

	while (k < K_COUNT && (!kinds[k].key || strcmp(kinds[k].key, key) != 0))
		k++;
	if (k == K_COUNT || (s->only && k != estate_kind_of(s->only->noun)))
		return unknown_key(file, key, s->only, e);
	s->of[k].there = true;
	if (k == K_ORG)
		return add_thing(s, k, file, "org", json, e);
	if (!json_is_object(json))
		return err_set(e, E_INPUT, "%s: %s: should be an object of things by their names {...}", file, key);
	json_object_foreach((json_t *)(uintptr_t)json, name, v)
	{
		if (add_thing(s, k, file, name, v, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- files ---- */

static int add_root(struct estate *s, const char *file, json_t *root, struct err *e)
{
	json_t **grown = realloc(s->root, (s->nroot + 1) * sizeof(*grown)); /* NOLINT(bugprone-sizeof-expression) */
	const char *key;
	json_t *v;

	if (!grown) {
		json_decref(root);
		return err_nomem(e);
	}
	s->root = grown;
	s->root[s->nroot++] = root;
	if (!json_is_object(root))
		return err_set(e, E_INPUT, "%s: not an object of kinds of things {\"devices\": {...}}", file);
	json_object_foreach(root, key, v)
	{
		if (add_section(s, file, key, v, e) < 0)
			return -1;
	}
	return 0;
}

static int read_all(const char *path, struct sb *sb, const char **name, struct arena *a, struct err *e)
{
	AUTO(source_freep) struct source *in = NULL;
	char buf[65536];
	ssize_t n;

	if (source_open(path, &in, e) < 0)
		return -1;
	*name = arena_dup(a, str_of(source_name(in)));
	while ((n = source_read(in, buf, sizeof(buf), e)) > 0)
		if (sb_add(sb, buf, (size_t)n) < 0)
			return err_set(e, E_INPUT, "%s: longer than %zu MiB", *name, DOCUMENT_MAX >> 20);
	return n < 0 ? -1 : *name ? 0 : err_nomem(e);
}

static int add_file(const char *path, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(DOCUMENT_MAX);
	struct estate *s = arg;
	const char *name = NULL;
	json_t *root;

	if (read_all(path, &text, &name, &s->keep, e) < 0)
		return -1;
	root = json_read_most(sb_str(&text), DOCUMENT_MAX, e);
	if (!root)
		return err_wrap(e, "%s", name);
	return add_root(s, name, root, e);
}

static int add_folder(struct estate *s, const char *path, struct err *e)
{
	static const char *const parts[] = { "", "/models", "/sites" };
	size_t before = s->nroot;

	for (size_t i = 0; i < COUNT(parts); i++) {
		AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);

		if (sb_addf(&folder, "%s%s", path, parts[i]) < 0)
			return err_set(e, E_INPUT, "%s: path too long", path);
		if (folder_each(sb_cstr(&folder), ".json", add_file, s, e) < 0)
			return -1;
	}
	return s->nroot > before ? 0 : err_set(e, E_NOTFOUND, "%s: no estate.json, sites/*.json or models/*.json in it", path);
}

static struct estate *new_estate(const char *path, const struct entity *only, struct err *e)
{
	struct estate *s = calloc(1, sizeof(*s));

	if (!s) {
		err_nomem(e);
		return NULL;
	}
	s->keep = (struct arena)ARENA_INIT((size_t)1 << 30);
	s->only = only;
	for (enum estate_kind k = 0; k < K_COUNT; k++)
		s->of[k].by_name = (struct map)MAP_INIT;
	s->path = arena_dup(&s->keep, strcmp(path, "-") == 0 ? STR("standard input") : str_of(path));
	if (s->path)
		return s;
	estate_free(s);
	err_nomem(e);
	return NULL;
}

int estate_read(const char *path, const struct entity *only, struct estate **out, struct err *e)
{
	AUTO(estate_freep) struct estate *s = new_estate(path, only, e);

	if (!s || (folder_is(path) ? add_folder(s, path, e) : add_file(path, s, e)) < 0)
		return -1;
	*out = s;
	s = NULL;
	return 0;
}

int estate_of_model(struct work *w, const char *name, const char *as, struct estate **out, struct err *e)
{
	AUTO(estate_freep) struct estate *s = new_estate(name, &model_entity, e);
	AUTO(sb_done) struct sb text = SB_INIT((size_t)64 << 20);
	json_t *root;
	int64_t id, taken;

	if (!s || entity_resolve(w->db, &model_entity, str_of(name), &id, e) < 0 ||
	    entity_lookup(w->db, &model_entity, str_of(as), &taken, e) < 0)
		return -1;
	if (taken)
		return err_set(e, E_CONFLICT, "model \"%s\" is there already", as);
	sb_adds(&text, "{\"models\": {");
	sb_json(&text, str_of(as));
	sb_adds(&text, ": ");
	if (text_of_model(w, id, &text, e) < 0)
		return -1;
	if (sb_adds(&text, "}}") < 0)
		return err_nomem(e);
	root = json_read_most(sb_str(&text), DOCUMENT_MAX, e);
	if (!root || add_root(s, s->path, root, e) < 0)
		return -1;
	*out = s;
	s = NULL;
	return 0;
}

void estate_free(struct estate *s)
{
	if (!s)
		return;
	for (enum estate_kind k = 0; k < K_COUNT; k++) {
		free(s->of[k].v);
		map_done(&s->of[k].by_name);
	}
	for (size_t i = 0; i < s->nroot; i++)
		json_decref(s->root[i]);
	free(s->root);
	arena_done(&s->keep);
	free(s);
}
