/* SPDX-License-Identifier: MIT */
/*
 * The text: kinds and things sorted by name, one thing a line, so that a line of a diff says which thing it is about and two people who
 * change two things do not collide. Only what has parts (datapoints, members) is spread over lines, one for each.
 */
#include "estate/impl.h"
#include "os/file.h"
#include "task/text.h"
#include "task/work.h"

#define TEXT_MAX ((size_t)1 << 30) /* bytes of a document */
#define REST "estate.json"

/* A thing, written. */
struct piece {
	const char *doc, *key;
	struct str name, text;
};

struct export
{
	struct work *w;
	bool split;
	enum estate_kind only;	      /* K_COUNT: everything */
	const struct targets *these; /* of that kind; NULL: all */
	struct piece *v;
	size_t n, cap;
	struct owned owned;
	struct device_limits limits;
};

/* Sorted by their keys. */
static const enum estate_kind order[] = { K_ASSET,	 K_CHANNEL, K_DEVICE,  K_FIELD, K_GROUP, K_MODEL,
					 K_ORG,	 K_POLICY,  K_PRODUCT, K_ROUTE, K_RULE,	 K_SITE };

/* ---- things ---- */

/* Datapoints of a model or device, each on a line. */
static int points_text(struct export *x, bool of_model, struct str owner, struct sb *sb, struct err *e)
{
	size_t n;
	const struct owned_one *one = owned_find(&x->owned, of_model, owner, &n);

	for (size_t i = 0; i < n; i++) {
		sb_adds(sb, i ? ",\n        " : "{\n        ");
		sb_json(sb, one[i].name);
		sb_adds(sb, ": ");
		sb_add(sb, one[i].text.ptr, one[i].text.len);
	}
	return n && sb_adds(sb, "\n      }") < 0 ? err_nomem(e) : 0;
}

/* The file that the thing belongs to. */
static const char *doc_of(struct export *x, enum estate_kind k, const struct row *row)
{
	AUTO(sb_done) struct sb name = SB_INIT(1024);
	struct str site = k == K_SITE ? work_row_name(x->w, row) : row_text(x->w->ent, row, "site");

	if (!x->split)
		return REST;
	if (k == K_MODEL)
		sb_addf(&name, "models/%.*s.json", STR_ARG(work_row_name(x->w, row)));
	else if (site.len)
		sb_addf(&name, "sites/%.*s.json", STR_ARG(site));
	else
		return REST;
	return arena_dup(&x->w->keep, sb_str(&name));
}

static struct piece *add_piece(struct export *x)
{
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 256;
		struct piece *v = realloc(x->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		x->v = v;
		x->cap = cap;
	}
	return x->v + x->n++;
}

static int thing_text(struct export *x, enum estate_kind k, const struct row *row, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb a = SB_INIT(TEXT_MAX);
	AUTO(sb_done) struct sb b = SB_INIT(TEXT_MAX);
	struct text_part part[TEXT_PARTS] = { { 0 } };
	const struct entity *ent = x->w->ent;
	bool spread = false;

	if (k == K_MODEL || k == K_DEVICE) {
		if (points_text(x, k == K_MODEL, work_row_name(x->w, row), &a, e) < 0)
			return -1;
		part[0] = (struct text_part){ ESTATE_POINTS, sb_str(&a) };
		spread = a.len > 0;
		if (k == K_DEVICE && limits_text(&x->limits, row->id, &b, e) < 0)
			return -1;
		part[1] = (struct text_part){ ESTATE_LIMIT, sb_str(&b) };
	} else if (k == K_GROUP && !row_text(ent, row, "select").len) {
		if (members_text(x->w, row->id, "\n      ", &a, &b, e) < 0)
			return -1;
		part[0] = (struct text_part){ "devices", sb_str(&a) };
		part[1] = (struct text_part){ "groups", sb_str(&b) };
		spread = a.len || b.len;
	}
	sb_adds(sb, spread ? "{\n      " : "{");
	if (text_members(ent, row, part, spread ? ",\n      " : ", ", sb, e) < 0)
		return -1;
	return sb_adds(sb, spread ? "\n    }" : "}") < 0 ? err_nomem(e) : 0;
}

static int export_thing(struct export *x, enum estate_kind k, const struct row *row, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);
	AUTO(sb_done) struct sb name = SB_INIT(1024);
	struct arena *keep = &x->w->keep;
	struct piece *p = add_piece(x);

	if (!p)
		return err_nomem(e);
	if (thing_text(x, k, row, &text, e) < 0)
		return -1;
	work_full_name(x->w, row, &name);
	*p = (struct piece){ .doc = doc_of(x, k, row), .key = estate_key(k), .name = { arena_dup(keep, sb_str(&name)), name.len },
			     .text = { arena_dup(keep, sb_str(&text)), text.len } };
	return p->doc && p->name.ptr && p->text.ptr ? 0 : err_nomem(e);
}

static bool is_mine(struct export *x, enum estate_kind k, const struct row *row)
{
	return (k == K_ORG ? row->id : row->org) == db_self(x->w->db);
}

static bool is_target(const struct targets *t, int64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].id == id)
			return true;
	return false;
}

static int export_kind(struct export *x, enum estate_kind k, struct err *e)
{
	AUTO(entity_cursor_freep) struct entity_cursor *c = NULL;
	struct select_ctx ctx;
	bool want[ENTITY_FIELDS_MAX];
	struct entity_ask ask = { .ctx = &ctx, .want = want };
	struct row *row = arena_alloc(&x->w->keep, sizeof(*row));
	int got;

	if (!row)
		return err_nomem(e);
	work_turn(x->w, estate_noun(k));
	ctx = work_select(x->w);
	for (size_t i = 0; i < x->w->ent->n; i++)
		want[i] = !(x->w->ent->field[i].flags & FIELD_READONLY);
	if (entity_select(x->w->db, &ask, &c, e) < 0)
		return -1;
	while ((got = entity_next(c, row, e)) > 0) {
		arena_clear(&x->w->arena);
		if (!is_mine(x, k, row) || (x->these && !is_target(x->these, row->id)))
			continue;
		if (export_thing(x, k, row, e) < 0)
			return -1;
	}
	return got;
}

/* ---- documents ---- */

static int by_place(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;
	int c = strcmp(a->doc, b->doc);

	if (c == 0)
		c = strcmp(a->key, b->key);
	return c ? c : str_cmp(a->name, b->name);
}

/* The things of one kind; returns how many there were. */
static size_t write_kind(const struct piece *p, size_t n, const char *key, struct sb *sb)
{
	size_t k = 0;

	while (k < n && strcmp(p[k].key, key) == 0 && strcmp(p[k].doc, p->doc) == 0) {
		sb_adds(sb, k ? ",\n    " : "\n    ");
		sb_json(sb, p[k].name);
		sb_adds(sb, ": ");
		sb_add(sb, p[k].text.ptr, p[k].text.len);
		k++;
	}
	return k;
}

/* All pieces of one document; whole: kinds that it has none of are written, too, since there are none. */
static size_t write_doc(const struct piece *p, size_t n, bool whole, struct sb *sb)
{
	const char *between = "{\n  ";
	size_t done = 0;

	for (size_t i = 0; i < COUNT(order); i++) {
		bool any = done < n && strcmp(p[done].key, estate_key(order[i])) == 0 && strcmp(p[done].doc, p->doc) == 0;

		if (!any && !whole)
			continue;
		sb_adds(sb, between);
		sb_json(sb, str_of(estate_key(order[i])));
		between = ",\n  ";
		if (order[i] == K_ORG) {
			sb_adds(sb, ": ");
			sb_adds(sb, any ? p[done++].text.ptr : "{}");
			continue;
		}
		sb_adds(sb, ": {");
		if (any)
			done += write_kind(p + done, n - done, estate_key(order[i]), sb);
		sb_adds(sb, any ? "\n  }" : "}");
	}
	sb_adds(sb, "\n}\n");
	return done;
}

static int add_doc(struct estate_docs *docs, const char *name, struct err *e)
{
	struct estate_doc *v = realloc(docs->v, (docs->n + 1) * sizeof(*v));

	if (!v)
		return err_nomem(e);
	docs->v = v;
	v[docs->n] = (struct estate_doc){ .name = strdup(name), .text = SB_INIT(TEXT_MAX) };
	return v[docs->n++].name ? 0 : err_nomem(e);
}

static int write_docs(struct export *x, struct estate_docs *out, struct err *e)
{
	qsort(x->v, x->n, sizeof(*x->v), by_place);
	for (size_t i = 0; i < x->n;) {
		if (add_doc(out, x->v[i].doc, e) < 0)
			return -1;
		i += write_doc(x->v + i, x->n - i, x->only == K_COUNT && strcmp(x->v[i].doc, REST) == 0, &out->v[out->n - 1].text);
		if (out->v[out->n - 1].text.bad)
			return err_nomem(e);
	}
	return 0;
}

static int export_all(struct export *x, struct err *e)
{
	if (owned_read(x->w, NULL, &x->owned, e) < 0 || limits_read(x->w, &x->limits, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(order); i++)
		if ((x->only == K_COUNT || order[i] == x->only) && export_kind(x, order[i], e) < 0)
			return -1;
	return 0;
}

int estate_export(struct work *w, bool split, const struct targets *these, struct estate_docs *out, struct err *e)
{
	struct export x = { .w = w, .split = split, .only = these ? estate_kind_of(w->ent->noun) : K_COUNT, .these = these };
	int rc;

	*out = (struct estate_docs){ 0 };
	if (!db_self(w->db))
		return err_set(e, E_USAGE, "an estate is that of one organisation: say which (--org NAME)");
	if (db_read_begin(w->db, e) < 0)
		return -1;
	rc = export_all(&x, e);
	db_read_end(w->db);
	if (rc == 0)
		rc = write_docs(&x, out, e);
	free(x.v);
	return rc;
}

void estate_docs_done(struct estate_docs *docs)
{
	for (size_t i = 0; i < docs->n; i++) {
		free((char *)(uintptr_t)docs->v[i].name);
		sb_done(&docs->v[i].text);
	}
	free(docs->v);
}

/* ---- files ---- */

bool estate_is_folder(const char *path)
{
	size_t n = strlen(path);

	return (n && path[n - 1] == '/') || folder_is(path);
}

/* A file that says the same already is not touched. */
static int write_file(const char *path, struct str text, struct err *e)
{
	AUTO(sb_done) struct sb old = SB_INIT(TEXT_MAX);
	struct err none = { 0 };
	struct file *f;

	if (file_read(path, &old, &none) == 0 && str_eq(sb_str(&old), text))
		return 0;
	if (file_begin(path, 0644, &f, e) < 0)
		return -1;
	(void)fputs(text.ptr, file_stream(f)); /* file_commit() finds its errors; JSON holds no NUL */
	return file_commit(f, e);
}

struct sweep {
	const struct estate_docs *docs;
	size_t root; /* bytes of the folder's path with its slash */
};

static int remove_stale(const char *path, void *arg, struct err *e)
{
	const struct sweep *s = arg;

	for (size_t i = 0; i < s->docs->n; i++)
		if (strcmp(path + s->root, s->docs->v[i].name) == 0)
			return 0;
	return file_remove(path, e);
}

/* ROOT/NAME. */
static int under(const char *root, const char *name, struct sb *full, struct err *e)
{
	return sb_addf(full, "%s/%s", root, name) < 0 ? err_set(e, E_INPUT, "%s: path too long", root) : 0;
}

static int write_docs_under(const struct estate_docs *docs, const char *root, struct err *e)
{
	for (size_t i = 0; i < docs->n; i++) {
		AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

		if (under(root, docs->v[i].name, &path, e) < 0 || write_file(sb_cstr(&path), sb_str(&docs->v[i].text), e) < 0)
			return -1;
	}
	return 0;
}

/* Only a folder that held an estate before is swept. */
static int write_folder(const struct estate_docs *docs, struct str path, struct err *e)
{
	static const char *const parts[] = { "models", "sites" };
	AUTO(sb_done) struct sb root = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb rest = SB_INIT(PATH_MAX);
	struct sweep sweep = { docs, 0 };
	bool again;

	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	sb_add(&root, path.ptr, path.len);
	sweep.root = root.len + 1;
	if (under(sb_cstr(&root), REST, &rest, e) < 0)
		return -1;
	again = access(sb_cstr(&rest), F_OK) == 0;
	for (size_t i = 0; i < COUNT(parts); i++) {
		AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);

		if (under(sb_cstr(&root), parts[i], &folder, e) < 0 || folder_make(sb_cstr(&folder), 0755, e) < 0 ||
		    (again && folder_each(sb_cstr(&folder), ".json", remove_stale, &sweep, e) < 0))
			return -1;
	}
	return write_docs_under(docs, sb_cstr(&root), e);
}

int estate_write(const struct estate_docs *docs, const char *path, struct err *e)
{
	if (estate_is_folder(path))
		return write_folder(docs, str_of(path), e);
	return docs->n == 1 ? write_file(path, sb_str(&docs->v[0].text), e) : err_set(e, E_BUG, "%s: several documents", path);
}
