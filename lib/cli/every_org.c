/* SPDX-License-Identifier: MIT */
#include "cli/every_org.h"

#include "access/open.h"

struct names {
	char **v;
	size_t n;
};

static int add_name(struct str name, void *arg, struct err *e)
{
	struct names *s = arg;
	char **v = realloc(s->v, (s->n + 1) * sizeof(char *));

	if (v) {
		s->v = v;
		v[s->n] = strndup(name.ptr, name.len);
	}
	return v && v[s->n++] ? 0 : err_nomem(e);
}

/* One that has gone meanwhile has nothing to be done. */
static int turn(struct ctx *c, const struct every_org *x, const char *name, struct err *e)
{
	struct db *all = c->db, *one = NULL;
	int rc = ctx_open_one(c, NEED_WRITE, str_of(name), &one, e);

	if (rc > 0) {
		c->db = one;
		rc = x->one(c, x->arg, e);
		c->db = all;
		db_close(one);
	}
	return rc < 0 ? -1 : 0;
}

/* Told once, as long as it stays the same. Lines stand between line ends, so that none is found within another. */
static int fails(const struct ctx *c, const struct every_org *x, const char *name, const struct err *why, struct sb *said, struct err *e)
{
	AUTO(sb_done) struct sb line = SB_INIT(1024);

	if (sb_addf(&line, "\n%s: %s\n", name, why->msg) < 0 || sb_adds(said, line.buf) < 0)
		return err_nomem(e);
	if (!x->said.len || !strstr(x->said.buf, line.buf))
		ctx_complain(c, "organisation %.*s", (int)line.len - 2, line.buf + 1);
	return 0;
}

static int each(struct ctx *c, struct every_org *x, const struct names *names, struct err *e)
{
	struct sb said = SB_INIT((size_t)16 << 20);
	struct err last = { 0 };
	size_t failed = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < names->n; i++) {
		struct err why = { 0 };

		if (turn(c, x, names->v[i], &why) == 0)
			continue;
		last = why;
		failed++;
		if (why.code == E_SIGNAL || why.code == E_BUG)
			rc = -1;
		else
			rc = fails(c, x, names->v[i], &why, &said, e);
	}
	sb_done(&x->said);
	x->said = said;
	if (failed)
		*e = last;
	if (rc == 0 && failed && failed < names->n)
		return err_set(e, E_PARTIAL, "%zu of %zu organisations", failed, names->n);
	return failed ? -1 : rc;
}

int every_org(struct ctx *c, struct every_org *x, struct err *e)
{
	struct names names = { NULL, 0 };
	int rc = x->names(c->db, add_name, &names, e) < 0 ? -1 : each(c, x, &names, e);

	for (size_t i = 0; i < names.n; i++)
		free(names.v[i]);
	free(names.v);
	return rc;
}
