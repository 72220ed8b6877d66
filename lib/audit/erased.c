/* SPDX-License-Identifier: MIT */
#include "audit/erased.h"

#include "codec/json.h"
#include "os/secret.h"
#include "os/signal.h"

#define PAGE 256 /* rows looked at before those of them that are chosen change */

bool erased_part(const struct audit *a, int part)
{
	struct str s = part == PART_WHO ? a->who : a->what;

	return s.ptr && s.len != AUDIT_SALT;
}

int erased_label(char label[ERASED_LABEL + 1], struct err *e)
{
	unsigned char random[4];
	char hex[2 * sizeof(random) + 1];

	if (secret_random(random, sizeof(random), e) < 0)
		return -1;
	hash_hex(random, sizeof(random), hex);
	(void)snprintf(label, ERASED_LABEL + 1, "erased-%s", hex);
	return 0;
}

int erased_count(struct erased *x, int part, struct sha256 *h, const struct audit *a, struct err *e)
{
	char hex[SHA256_HEX + 1] = "", text[SHA256_HEX + 32];
	int n;

	if (a->hash.len == AUDIT_HASH)
		hash_hex((const unsigned char *)a->hash.ptr, AUDIT_HASH, hex);
	n = snprintf(text, sizeof(text), "%" PRId64 " %s", a->seq, hex);
	x->part[part].rows++;
	sha256_add(h, x->part[part].digest, AUDIT_HASH);
	sha256_add(h, text, (size_t)n);
	return sha256_end_bytes(h, x->part[part].digest, e);
}

int erased_text(const struct erased *x, struct sb *sb)
{
	static const char *const name[PARTS] = { "who", "what" };
	char hex[SHA256_HEX + 1];

	for (int i = 0; i < PARTS; i++) {
		hash_hex(x->part[i].digest, AUDIT_HASH, hex);
		sb_addf(sb, "%s\"%s\":{\"rows\":%" PRId64 ",\"sha256\":\"%s\"}", i ? "," : "{", name[i], x->part[i].rows, hex);
	}
	if (x->early.rows) {
		hash_hex(x->early.digest, AUDIT_HASH, hex);
		sb_addf(sb, ",\"early\":{\"rows\":%" PRId64 ",\"sha256\":\"%s\"}", x->early.rows, hex);
	}
	return sb_addc(sb, '}');
}

/* ---- verifying ---- */

static bool is_label(struct str s)
{
	return s.len == ERASED_LABEL && str_starts(s, "erased-");
}

static struct str label_of(const struct audit *a, int part)
{
	return part == PART_WHO ? a->actor : a->name;
}

static bool known_length(struct str part)
{
	return !part.ptr || part.len == 0 || part.len == AUDIT_SALT || part.len == AUDIT_HASH;
}

const char *erased_wrong(const struct audit *a)
{
	const struct str who[] = { a->origin, a->address, a->agent, a->session }, what[] = { a->old, a->now, a->message };
	bool clean = true;

	if (!a->who.ptr != !a->what.ptr || !known_length(a->who) || !known_length(a->what) ||
	    (a->who.ptr && (a->who.len == 0) != (a->what.len == 0)))
		return "has half of its parts";
	for (size_t i = 0; erased_part(a, PART_WHO) && i < COUNT(who); i++)
		clean = clean && !who[i].ptr;
	for (size_t i = 0; erased_part(a, PART_WHAT) && i < COUNT(what); i++)
		clean = clean && !what[i].ptr;
	for (int i = 0; i < PARTS; i++)
		clean = clean && (!erased_part(a, i) || is_label(label_of(a, i)));
	return clean ? NULL : "was erased, and something stands in its place";
}

void erasures_done(struct erasures *s)
{
	free(s->v);
	*s = (struct erasures){ 0 };
}

static struct erased *find(struct erasures *s, struct str label, struct err *e)
{
	struct erased *v;

	for (size_t i = 0; i < s->n; i++)
		if (str_is(label, s->v[i].label))
			return s->v + i;
	v = realloc(s->v, (s->n + 1) * sizeof(*v));
	if (!v) {
		err_nomem(e);
		return NULL;
	}
	s->v = v;
	v += s->n++;
	*v = (struct erased){ 0 };
	memcpy(v->label, label.ptr, ERASED_LABEL);
	return v;
}

/* What the row says of those from before the chain. */
static struct resealed early_of(const struct audit *a)
{
	struct err ignored = { 0 };
	json_t *now = a->now.ptr ? json_read(a->now, &ignored) : NULL;
	const json_t *early = json_object_get(now, "early");
	const char *hex = json_string_value(json_object_get(early, "sha256"));
	struct resealed r = { 0 };

	if (hex && strlen(hex) == SHA256_HEX && hash_unhex(str_of(hex), r.digest, AUDIT_HASH))
		r.rows = json_integer_value(json_object_get(early, "rows"));
	json_decref(now);
	return r;
}

static const char *told(struct erased *x, const struct audit *a)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);

	if (x->said)
		return "tells of an erasure that was told already";
	x->said = true;
	x->early = early_of(a);
	if (erased_text(x, &text) < 0 || !str_eq(sb_str(&text), a->now))
		return "tells of an erasure of other rows than have lost content";
	return NULL;
}

int erasures_row(struct erasures *s, struct sha256 *h, const struct audit *a, const char **why, struct err *e)
{
	struct erased *x;
	bool any = false;

	for (int i = 0; i < PARTS; i++) {
		if (!erased_part(a, i))
			continue;
		x = find(s, label_of(a, i), e);
		if (!x || erased_count(x, i, h, a, e) < 0)
			return -1;
		if (x->said)
			*why = "lost content after its erasure was told";
		any = true;
	}
	if (!erased_part(a, PART_WHAT) && str_is(a->verb, ERASED_VERB) && is_label(a->name)) {
		x = find(s, a->name, e);
		if (!x)
			return -1;
		*why = told(x, a);
		if (x->early.rows)
			s->early = x->early;
	}
	return any;
}

const struct erased *erasures_untold(struct erasures *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->v[i].said) {
			s->v[i].said = true;
			return s->v + i;
		}
	return NULL;
}

/* ---- erasing ---- */

struct chosen_row {
	int64_t id;
	unsigned bits;
	bool whole; /* it has no parts */
	unsigned char digest[PARTS][AUDIT_HASH];
};

struct wiping {
	struct db *db;
	struct trail *t;
	struct erased *x;
	int64_t org;
	erased_fn *which;
	void *arg;
	struct chosen_row row[PAGE];
	size_t n;
	bool changed;
	struct sb scratch;
};

static int choose(struct wiping *w, const struct audit *a, struct err *e)
{
	struct chosen_row *r = w->row + w->n;

	*r = (struct chosen_row){ .id = a->id, .bits = w->which(a, w->arg), .whole = !a->who.ptr || !a->what.ptr };
	/* What tells of an erasure stays. */
	if (str_is(a->verb, ERASED_VERB) && is_label(a->name))
		r->bits &= ~(1u << PART_WHAT);
	if (r->bits && r->whole)
		r->bits = 1 << PART_WHO | 1 << PART_WHAT;
	for (int i = 0; i < PARTS; i++) {
		if (erased_part(a, i))
			r->bits &= ~(1u << i);
		if (!(r->bits & 1u << i))
			continue;
		if ((!r->whole && trail_part(w->t->hasher, a, i, &w->scratch, r->digest[i], e) < 0) ||
		    erased_count(w->x, i, w->t->hasher, a, e) < 0)
			return -1;
	}
	w->n += r->bits != 0;
	w->changed |= r->bits != 0;
	return 0;
}

static int change(struct wiping *w, struct err *e)
{
	for (size_t k = 0; k < w->n; k++) {
		const struct chosen_row *r = w->row + k;
		struct str bytes[PARTS];

		for (int i = 0; i < PARTS; i++)
			bytes[i] = r->whole ? STR("") : (struct str){ (const char *)r->digest[i], AUDIT_HASH };
		if (audit_erase(w->db,
				&(struct audit_gone){ r->id, w->x->label, r->bits & 1 << PART_WHO ? bytes + PART_WHO : NULL,
						      r->bits & 1 << PART_WHAT ? bytes + PART_WHAT : NULL },
				e) < 0)
			return -1;
	}
	w->n = 0;
	return 0;
}

static int wipe(struct wiping *w, bool early, struct err *e)
{
	int64_t after = 0;
	int seen = PAGE;

	while (seen == PAGE) {
		AUTO(stmt_freep) struct stmt *st = NULL;
		struct audit a;
		int got;

		if (stop_requested())
			return stop_error(e);
		if (audit_page(w->db, w->org, early, after, PAGE, &st, e) < 0)
			return -1;
		for (seen = 0; (got = audit_next(st, &a, e)) > 0; seen++) {
			after = early ? a.id : a.seq;
			if (choose(w, &a, e) < 0)
				return -1;
		}
		stmt_reset(st);
		if (got < 0 || change(w, e) < 0)
			return -1;
	}
	return 0;
}

/* The rows from before the chain, as they are now. */
static int reseal(struct wiping *w, struct resealed *r, struct err *e)
{
	int64_t after = 0;
	int seen = PAGE;

	while (seen == PAGE) {
		AUTO(stmt_freep) struct stmt *st = NULL;
		struct audit a;
		int got;

		if (audit_page(w->db, w->org, true, after, PAGE, &st, e) < 0)
			return -1;
		for (seen = 0; (got = audit_next(st, &a, e)) > 0; seen++) {
			after = a.id;
			r->rows++;
			if (trail_digest(w->t->hasher, r->digest, &a, &w->scratch, r->digest, e) < 0)
				return -1;
		}
		if (got < 0)
			return -1;
	}
	return 0;
}

int trail_erase(struct db *db, struct trail *t, struct erased *x, const struct audit *tell, erased_fn *which, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	struct wiping w = { .db = db, .t = t, .x = x, .org = tell->org ? tell->org : db_self(db), .which = which, .arg = arg,
			    .scratch = SB_INIT((size_t)64 << 20) };
	struct audit a = *tell;
	int rc = t->hasher ? 0 : sha256_new(&t->hasher, e);

	if (rc == 0)
		rc = wipe(&w, true, e);
	if (rc == 0 && w.changed)
		rc = reseal(&w, &x->early, e);
	if (rc == 0)
		rc = wipe(&w, false, e);
	sb_done(&w.scratch);
	if (rc < 0)
		return -1;
	if (erased_text(x, &text) < 0)
		return err_nomem(e);
	a.verb = STR(ERASED_VERB);
	a.name = str_of(x->label);
	a.now = sb_str(&text);
	return trail_add(db, t, &a, e);
}
