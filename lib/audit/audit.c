/* SPDX-License-Identifier: MIT */
/* Listing, counting, exporting. */
#include "audit/audit.h"

#include "audit/impl.h"
#include "audit/pages.h"
#include "audit/trail.h"

#define TERMS_MAX 64

struct listing {
	struct out *out;
	size_t *rows;
	int64_t *last;
};

/* Digests and salts are kept as bytes and printed as digits. */
static struct cell digits(struct str bytes, char hex[SHA256_HEX + 1])
{
	size_t n = bytes.len <= SHA256_LEN ? bytes.len : 0;

	hash_hex((const unsigned char *)bytes.ptr, n, hex);
	return bytes.ptr ? CELL_OF_TEXT(str_of(hex)) : CELL_OF_NULL;
}

static int list_one(const struct cell *cells, void *arg, struct err *e)
{
	char hex[A_ALL - A_HASH][SHA256_HEX + 1];
	struct listing *l = arg;
	struct cell c[A_ALL];

	memcpy(c, cells, sizeof(c));
	for (int i = A_HASH; i < A_ALL; i++)
		if (c[i].type == CELL_TEXT)
			c[i] = digits(c[i].s.ptr ? c[i].s : STR(""), hex[i - A_HASH]);
	*l->last = c[A_ID].i;
	++*l->rows;
	return out_rec(l->out, c, e);
}

/* ---- what is asked, as terms ---- */

struct asked {
	char *term[TERMS_MAX];
	int n;
	struct sb text;
};

/* In quotes, doubled inside: taken for itself. */
static void add_quoted(struct sb *sb, const char *s, size_t n)
{
	sb_addc(sb, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			sb_addc(sb, '"');
		sb_addc(sb, s[i]);
	}
	sb_addc(sb, '"');
}

/* What the options say becomes one expression behind the terms. */
static int asked_terms(const struct audit_ask *ask, struct asked *a, struct err *e)
{
	const char *slash = ask->resource ? strchr(ask->resource, '/') : NULL;
	char at[40];

	*a = (struct asked){ .text = SB_INIT(1 << 16) };
	if (ask->n >= TERMS_MAX)
		return err_set(e, E_USAGE, "more than %d filters", TERMS_MAX - 1);
	for (int i = 0; i < ask->n; i++)
		a->term[a->n++] = ask->term[i];
	if (!ask->user && !ask->resource && !ask->range)
		return 0;
	sb_adds(&a->text, "(id > 0");
	if (ask->user) {
		AUTO(sb_done) struct sb regex = SB_INIT(1 << 12);

		sb_addf(&regex, "(^|\\) sudo )\\Q%s\\E(\\(|$)", ask->user);
		sb_adds(&a->text, " and actor ~ ");
		add_quoted(&a->text, sb_cstr(&regex), regex.len);
	}
	if (ask->resource) {
		sb_adds(&a->text, " and noun = ");
		add_quoted(&a->text, ask->resource, slash ? (size_t)(slash - ask->resource) : strlen(ask->resource));
	}
	if (slash) {
		sb_adds(&a->text, " and name = ");
		add_quoted(&a->text, slash + 1, strlen(slash + 1));
	}
	if (ask->range && ask->range->from > TIME_MIN) {
		(void)time_print(ask->range->from, NULL, at);
		sb_addf(&a->text, " and at >= \"%s\"", at);
	}
	if (ask->range && ask->range->to < TIME_MAX) {
		(void)time_print(ask->range->to, NULL, at);
		sb_addf(&a->text, " and at < \"%s\"", at);
	}
	if (sb_addc(&a->text, ')') < 0)
		return err_set(e, E_USAGE, "a filter is too long");
	a->term[a->n++] = a->text.buf;
	return 0;
}

int audit_list(struct db *db, struct audit_ask *ask, struct out *out, size_t *rows, struct err *e)
{
	static const struct pages pages = { &audit_entity, audit_fields, A_ALL, audit_select };
	struct listing l = { .out = out, .rows = rows, .last = &ask->after };
	struct pages_ask which = { .when = ask->when, .after = ask->after };
	struct asked a;
	int rc = asked_terms(ask, &a, e);

	which.term = a.term;
	which.n = a.n;
	if (rc == 0)
		rc = audit_ready(db, e);
	if (rc == 0)
		rc = pages_each(db, &pages, &which, list_one, &l, e);
	sb_done(&a.text);
	return rc;
}

/* ---- stats ---- */

int audit_by_read(const char *text, struct audit_by *by, struct err *e)
{
	static const int may[AUDIT_BY_MAX] = { A_ACTOR, A_VERB, A_NOUN, A_NAME };
	static const struct field tail[] = {
		{ .name = "rows", .kind = FIELD_INT, .help = "how many" },
		{ .name = "first", .kind = FIELD_TIME, .help = "the oldest" },
		{ .name = "last", .kind = FIELD_TIME, .help = "the newest" },
	};

	by->n = 0;
	for (const char *p = text; *p;) {
		struct str word = { p, strcspn(p, ",") };
		size_t i = 0;

		while (i < COUNT(may) && !str_is(word, audit_fields[may[i]].name))
			i++;
		if (i == COUNT(may) || field_find(by->field, by->n, word) >= 0)
			return err_set(e, E_USAGE, "--by takes some of actor, verb, noun, name, each once; not \"%.*s\"", STR_ARG(word));
		by->field[by->n] = audit_fields[may[i]];
		by->field[by->n++].flags = 0;
		p += word.len + (p[word.len] == ',');
	}
	if (by->n == 0)
		return err_set(e, E_USAGE, "--by needs some of actor, verb, noun, name");
	memcpy(by->field + by->n, tail, sizeof(tail));
	by->n += COUNT(tail);
	return 0;
}

static int print_counts(struct db *db, const struct select_ctx *ctx, const struct select *select, const struct audit_by *by,
			struct out *out, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	AUTO(sb_done) struct sb columns = SB_INIT(200);
	struct cell c[AUDIT_BY_MAX + 3];
	int got;

	for (size_t i = 0; i + 3 < by->n; i++)
		sb_addf(&columns, "%s%s", i ? ", " : "", by->field[i].name);
	if (audit_count(db, ctx, select, sb_cstr(&columns), &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0) {
		for (size_t i = 0; i < by->n; i++) {
			c[i] = stmt_cell(st, (int)i);
			if (by->field[i].kind == FIELD_TIME)
				c[i].type = CELL_TIME;
		}
		if (out_rec(out, c, e) < 0)
			return -1;
	}
	return got;
}

int audit_stats(struct db *db, const struct audit_ask *ask, const struct audit_by *by, struct out *out, struct err *e)
{
	AUTO(arena_done) struct arena filters = ARENA_INIT((size_t)16 << 20);
	struct select_ctx ctx = { .ent = &audit_entity, .when = ask->when, .arena = &filters };
	const struct select *select;
	struct asked a;
	int rc = asked_terms(ask, &a, e);

	if (rc == 0)
		rc = audit_ready(db, e);
	if (rc == 0)
		rc = pages_terms(&ctx, a.term, a.n, &select, e);
	if (rc == 0)
		rc = print_counts(db, &ctx, select, by, out, e);
	sb_done(&a.text);
	return rc;
}

/* ---- sinks ---- */

const struct field sink_fields[] = {
	{ .name = "org", .kind = FIELD_NAME, .help = "whose rows" },
	{ .name = "sink", .kind = FIELD_TEXT, .help = "where they should have gone" },
	{ .name = "failed", .kind = FIELD_INT, .help = "how many did not at once" },
	{ .name = "waiting", .kind = FIELD_INT, .help = "how many still have not; they are in the trail, and go with the next row" },
	{ .name = "at", .kind = FIELD_TIME, .help = "when it failed last" },
	{ .name = "error", .kind = FIELD_TEXT, .help = "why it did" },
};
const size_t sink_count = COUNT(sink_fields);

int audit_sink_stats(struct db *db, struct out *out, int64_t *failed, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got = audit_watching_ready(db, e) < 0 || audit_sinks(db, &st, e) < 0 ? -1 : 1;

	*failed = 0;
	while (got > 0 && (got = stmt_step(st, e)) > 0) {
		const struct cell c[] = { stmt_cell(st, 0), stmt_cell(st, 1), stmt_cell(st, 2), stmt_cell(st, 3), CELL_OF_TIME(stmt_int(st, 4)), stmt_cell(st, 5) };

		*failed += stmt_int(st, 3);
		if (out && out_rec(out, c, e) < 0)
			return -1;
	}
	return got;
}

/* ---- export ---- */

static struct cell text_or_null(struct str s)
{
	return s.ptr ? CELL_OF_TEXT(s) : CELL_OF_NULL;
}

void audit_cells(const struct audit *a, struct str org, char hex[A_ALL - A_HASH][SHA256_HEX + 1], struct cell c[A_ALL])
{
	const struct cell all[A_ALL] = {
		[A_ID] = CELL_OF_INT(a->id), [A_SEQ] = a->seq ? CELL_OF_INT(a->seq) : CELL_OF_NULL, [A_AT] = CELL_OF_TIME(a->at),
		[A_ACTOR] = text_or_null(a->actor), [A_VERB] = text_or_null(a->verb), [A_NOUN] = text_or_null(a->noun),
		[A_NAME] = text_or_null(a->name), [A_MESSAGE] = text_or_null(a->message), [A_ORIGIN] = text_or_null(a->origin),
		[A_ADDRESS] = text_or_null(a->address), [A_AGENT] = text_or_null(a->agent), [A_SESSION] = text_or_null(a->session),
		[A_ORG] = CELL_OF_TEXT(org),
	};

	memcpy(c, all, sizeof(all));
	if (a->old.ptr)
		c[A_OLD] = CELL_OF_JSON(a->old);
	if (a->now.ptr)
		c[A_NEW] = CELL_OF_JSON(a->now);
	c[A_HASH] = digits(a->hash, hex[0]);
	c[A_WHO] = digits(a->who, hex[1]);
	c[A_WHAT] = digits(a->what, hex[2]);
}

static int print_row(struct db *db, const struct audit *a, struct out *out, struct err *e)
{
	char hex[A_ALL - A_HASH][SHA256_HEX + 1];
	struct cell c[A_ALL];

	audit_cells(a, str_of(db_self_name(db)), hex, c);
	return out_rec(out, c + A_SEQ, e);
}

int audit_print(struct db *db, int64_t to, struct out *out, int64_t *rows, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct audit a = { 0 };
	int got = 0;

	*rows = 0;
	if (audit_rows(db, db_self(db), &st, e) < 0)
		return -1;
	while (a.seq < to && (got = audit_next(st, &a, e)) > 0) {
		if (print_row(db, &a, out, e) < 0)
			return -1;
		++*rows;
	}
	return got < 0 ? -1 : 0;
}

int audit_export(struct db *db, const char *program, const char *message, struct out *out, struct err *e)
{
	struct exported x = { .program = program, .message = message, .noun = "audit", .name = "trail" };
	int64_t rows;

	if (!db_self(db))
		return err_set(e, E_USAGE, "a chain is an organisation's: name it with --org");
	if (audit_ready(db, e) < 0 || audit_head(db, db_self(db), &x.head, e) < 0)
		return -1;
	x.records = x.head.seq + 1;
	return trail_export(db, &x, e) < 0 ? -1 : audit_print(db, x.head.seq, out, &rows, e);
}
