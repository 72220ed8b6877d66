/* SPDX-License-Identifier: MIT */
#include "cli/carry.h"

#include "carry/carry.h"
#include "cli/entity.h"
#include "cli/user.h"
#include "os/clock.h"

static const char *after;

/* clang-format off */
const struct opt carry_opts[] = {
	OPT_TEXT_OF("erase", 0, "after", &after, "SET", "the export without which nothing is erased"),
	OPT_END
};
/* clang-format on */

static void bad(void *arg, const char *what)
{
	ctx_complain(arg, "%s", what);
}

static struct carrying carrying(struct ctx *c, const char *dir)
{
	return (struct carrying){ .url = setting(&c->settings, SET_DB), .program = c->prog->name, .message = c->opt->message, .dir = dir,
				  .now = clock_now(), .dry = c->opt->dry_run, .hearing = { bad, c, 0 } };
}

static void note(struct ctx *c, const char *did, const struct carrying *k)
{
	if (c->err_terminal || c->opt->verbose || k->dry)
		ctx_note(c, "%s%s: %" PRId64 " rows, %" PRId64 " points", k->dry ? "would be " : "", did, k->rows, k->points);
}

static int out_dir(const struct ctx *c, struct err *e)
{
	return c->opt->output ? 0 : err_set(e, E_USAGE, "where shall it go: -o SET, a folder that is not there yet");
}

/* The organisation is one that can be seen from here; then the connection is its own. */
static int seen(struct ctx *c, const char *name, struct err *e)
{
	struct target org;
	struct work w;

	if (user_begin(c, &w, name, &org, e) < 0)
		return -1;
	work_end(&w);
	return 0;
}

static int turn_to(struct ctx *c, const char *name, unsigned needs, struct err *e)
{
	char *copy;

	if (seen(c, name, e) < 0)
		return -1;
	copy = strdup(name);
	if (!copy)
		return err_nomem(e);
	free(c->settings.of[SET_ORG].value);
	c->settings.of[SET_ORG].value = copy;
	return ctx_open(c, needs, e);
}

int carry_v_org_export(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct carrying k = carrying(c, c->opt->output);

	(void)argc;
	if (out_dir(c, e) < 0 || turn_to(c, argv[0], NEED_WRITE, e) < 0 || carry_org_out(c->db, &k, e) < 0)
		return -1;
	note(c, "exported", &k);
	return 0;
}

int carry_v_org_import(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct carrying k;

	(void)argc;
	if (ctx_open(c, NEED_WRITE | NEED_OWNER, e) < 0)
		return -1;
	k = carrying(c, argv[0]);
	if (carry_org_in(c->db, &k, argv[1], e) < 0)
		return -1;
	note(c, "imported", &k);
	return 0;
}

static int ask(struct ctx *c, const char *what, const char *name, struct err *e)
{
	AUTO(sb_done) struct sb question = SB_INIT(1024);
	int no;

	if (!after)
		return err_set(e, E_USAGE, "needs --after SET: what is erased is exported first");
	if (sb_addf(&question, "Erase %s %s for good?", what, name) < 0)
		return err_nomem(e);
	no = ctx_confirm(c, sb_cstr(&question), e);
	return no > 0 ? err_set(e, E_USAGE, "nothing was erased") : no;
}

int carry_v_org_erase(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct carrying k = carrying(c, after);

	(void)argc;
	if (seen(c, argv[0], e) < 0 || ask(c, "organisation", argv[0], e) < 0 || ctx_open(c, NEED_WRITE | NEED_OWNER, e) < 0 ||
	    carry_org_erase(c->db, &k, argv[0], e) < 0)
		return -1;
	note(c, "erased", &k);
	return 0;
}

int carry_v_user_export(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct carrying k = carrying(c, c->opt->output);
	struct target who = { 0 };
	struct work w;
	int rc;

	(void)argc;
	if (out_dir(c, e) < 0 || user_begin(c, &w, argv[0], &who, e) < 0)
		return -1;
	rc = carry_user_out(&w, &who, &k, e);
	work_end(&w);
	if (rc == 0)
		note(c, "exported", &k);
	return rc;
}

int carry_v_user_erase(struct ctx *c, int argc, char **argv, struct err *e)
{
	struct carrying k = carrying(c, after);
	struct target who = { 0 };
	char label[16] = "";
	struct work w;
	int rc;

	(void)argc;
	if (ask(c, "user", argv[0], e) < 0 || user_begin(c, &w, argv[0], &who, e) < 0)
		return -1;
	rc = carry_user_erase(&w, &who, &k, label, e);
	work_end(&w);
	if (rc == 0 && (c->err_terminal || c->opt->verbose || k.dry))
		ctx_note(c, "%s %s from now on", k.dry ? "would be called" : "is called", k.dry ? "erased-..." : label);
	return rc;
}
