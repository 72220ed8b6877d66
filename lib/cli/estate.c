/* SPDX-License-Identifier: MIT */
#include "cli/estate.h"

#include "base/name.h"
#include "cli/entity.h"

static int begin(struct ctx *c, struct work *w, struct err *e)
{
	*w = (struct work){ .db = c->db, .program = c->prog->name, .message = c->opt->message, .when = { c->now, c->zone },
			    .dry = c->opt->dry_run };
	return work_begin(w, &site_entity, e);
}

/* ---- export ---- */

static int put(struct ctx *c, const struct estate_docs *docs, struct err *e)
{
	if (c->opt->output)
		return estate_write(docs, c->opt->output, e);
	for (size_t i = 0; i < docs->n; i++)
		(void)fputs(sb_cstr(&docs->v[i].text), stdout); /* whether it arrived is asked at the end */
	return 0;
}

/* Those of one noun: names, patterns, --select; without any of them all. */
static int pick(struct ctx *c, struct work *w, int argc, char **argv, struct targets *t, struct err *e)
{
	AUTO(sb_done) struct sb select = SB_INIT(1 << 20);
	char **names = arena_alloc(&w->keep, ((size_t)argc + 1) * sizeof(*names));
	int n = 0;

	if (!names)
		return err_nomem(e);
	if (c->opt->select)
		sb_addf(&select, "(%s)", c->opt->select);
	else if (argc == 0)
		sb_adds(&select, "name=*");
	for (int i = 0; i < argc; i++)
		if (glob_is(str_of(argv[i])))
			sb_addf(&select, "%sname=%s", select.len ? " or " : "", argv[i]);
		else
			names[n++] = argv[i];
	if (select.bad)
		return err_nomem(e);
	return work_targets(w, names, n, select.len ? sb_cstr(&select) : NULL, c->opt->nul, t, e);
}

int estate_out(struct ctx *c, const struct entity *only, int argc, char **argv, struct err *e)
{
	struct estate_docs docs = { 0 };
	struct targets t;
	struct work w;
	int rc = 0;

	if (begin(c, &w, e) < 0)
		return -1;
	if (only) {
		work_turn(&w, only->noun);
		rc = pick(c, &w, argc, argv, &t, e);
	}
	if (rc == 0)
		rc = estate_export(&w, c->opt->output && estate_is_folder(c->opt->output), only ? &t : NULL, &docs, e);
	if (rc == 0)
		rc = put(c, &docs, e);
	estate_docs_done(&docs);
	work_end(&w);
	return rc;
}

/* ---- diff ---- */

static void complain(void *arg, const char *why)
{
	ctx_complain(arg, "%s", why);
}

struct printing {
	struct ctx *c;
	struct out *out;
	size_t n;
};

static void complain_printing(void *arg, const char *why)
{
	const struct printing *p = arg;

	ctx_complain(p->c, "%s", why);
}

static struct cell json_cell(struct str s)
{
	return s.len ? CELL_OF_JSON(s) : CELL_OF_NULL;
}

static int print(void *arg, const struct estate_diff *d, struct err *e)
{
	struct printing *p = arg;
	struct cell cells[] = { CELL_OF_TEXT(str_of(d->noun)), CELL_OF_TEXT(d->name), d->field ? CELL_OF_TEXT(str_of(d->field)) : CELL_OF_NULL,
				json_cell(d->here), json_cell(d->there) };

	p->n++;
	return out_rec(p->out, cells, e);
}

int estate_beside(struct ctx *c, const char *path, const struct entity *only, struct err *e)
{
	AUTO(estate_freep) struct estate *s = NULL;
	AUTO(out_dropp) struct out *out = NULL;
	struct printing p = { .c = c };
	struct estate_how how = { .bad = complain_printing, .differs = print, .arg = &p };
	struct estate_counts counts;
	struct work w;
	int rc;

	if (estate_read(path, only, &s, e) < 0 || begin(c, &w, e) < 0)
		return -1;
	rc = ctx_out(c, estate_diff_fields, estate_diff_count, &out, e);
	p.out = out;
	if (rc == 0)
		rc = estate_diff(&w, s, &how, &counts, e);
	if (rc == 0)
		rc = out_end(&out, e);
	work_end(&w);
	return rc < 0 ? -1 : p.n ? err_set(e, E_ANSWER, "%zu differences", p.n) : 0;
}

/* ---- apply ---- */

static void note(void *arg, const char *noun, const char *name, enum did did, const char *fields)
{
	struct ctx *c = arg;

	if (c->opt->verbose || c->opt->dry_run)
		ctx_note(c, "%s \"%s\" %s%s%s%s", noun, name, did_word(did), *fields ? ": " : "", fields, c->opt->dry_run ? " (dry run)" : "");
}

/* What is to go is counted and asked for before anything is changed: 0 go on, 1 no. */
static int ask(struct ctx *c, struct work *w, struct estate *s, struct estate_how *how, struct err *e)
{
	struct estate_counts counts;
	char question[100];

	if (!how->prune || estate_diff(w, s, how, &counts, e) < 0)
		return how->prune ? -1 : 0;
	how->most = counts.removed;
	if (c->opt->dry_run)
		ctx_note(c, "%zu to be removed (dry run)", counts.removed);
	(void)snprintf(question, sizeof(question), "Remove %zu thing%s?", counts.removed, counts.removed == 1 ? "" : "s");
	return counts.removed ? ctx_confirm(c, question, e) : 0;
}

int estate_in(struct ctx *c, struct estate *s, struct estate_how *how, struct err *e)
{
	struct estate_counts n = { 0 };
	struct work w;
	int rc;

	how->bad = complain;
	how->done = note;
	how->note = complain;
	how->arg = c;
	how->most = SIZE_MAX;
	if (begin(c, &w, e) < 0)
		return -1;
	rc = ask(c, &w, s, how, e);
	if (rc == 0) {
		rc = estate_apply(&w, s, how, &n, e);
		if (rc == 0 && (c->opt->verbose || c->opt->dry_run))
			ctx_note(c, "added %zu, changed %zu, removed %zu, only here %zu%s", n.added, n.changed, n.removed, n.kept,
				 c->opt->dry_run ? " (dry run)" : "");
	}
	work_end(&w);
	return rc < 0 ? -1 : 0;
}
