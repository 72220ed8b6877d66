/* SPDX-License-Identifier: MIT */
/* What left the store is told in its trail. */
#include "audit/trail.h"
#include "cli/cli.h"

static void add_operands(struct sb *sb, int argc, char **argv)
{
	sb_adds(sb, "{\"operands\":[");
	for (int i = 0; i < argc; i++) {
		sb_adds(sb, i ? "," : "");
		sb_json(sb, str_of(argv[i]));
	}
	sb_addc(sb, ']');
}

/* As it was asked: operands, and the options that choose. */
static int selection(const struct common *o, int argc, char **argv, struct sb *sb)
{
	const struct {
		const char *name, *value;
	} said[] = {
		{ "from", o->from }, { "to", o->to },	      { "during", o->during }, { "last", o->last },   { "device", o->device },
		{ "site", o->site }, { "gateway", o->gateway }, { "group", o->group },	 { "select", o->select },
	};

	add_operands(sb, argc, argv);
	for (size_t i = 0; i < COUNT(said); i++) {
		if (!said[i].value)
			continue;
		sb_addf(sb, ",\"%s\":", said[i].name);
		sb_json(sb, str_of(said[i].value));
	}
	return sb_addc(sb, '}');
}

int ctx_exported(struct ctx *c, const struct exporting *x, struct err *e)
{
	AUTO(sb_done) struct sb which = SB_INIT((size_t)1 << 20);
	struct exported row = { .program = c->prog->name, .noun = x->noun, .name = x->name, .records = x->records, .message = c->opt->message };
	struct err why = { 0 };
	bool kept;

	if (selection(c->opt, x->argc, x->argv, &which) < 0)
		return err_nomem(e);
	row.selection = sb_str(&which);
	if (trail_export_apart(c->db, setting(&c->settings, SET_DB), &row, &kept, &why) < 0) {
		*e = why;
		return err_wrap(e, "the trail of what was exported");
	}
	if (!kept)
		ctx_note(c, "exported without a row in the trail: %s", why.msg);
	return 0;
}
