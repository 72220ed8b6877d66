/* SPDX-License-Identifier: MIT */
#include "cli/trouble.h"

#include "os/clock.h"
#include "task/trouble.h"

int ctx_trouble(struct ctx *c, const char *about, int rc, const struct err *why)
{
	char line[700];
	struct trouble t = { .about = about, .severity = why->code == E_ANSWER ? SEVERITY_CRITICAL : SEVERITY_ERROR, .message = line, .now = clock_now() };
	struct err not = { 0 };
	bool over = rc == 0;

	if (!c->db || (!over && (why->code == E_USAGE || why->code == E_INPUT || why->code == E_SIGNAL)))
		return rc;
	if (over)
		(void)snprintf(line, sizeof(line), "%s %s: well again", c->prog->name, c->verb->name);
	else
		(void)snprintf(line, sizeof(line), "%s %s: %s", c->prog->name, c->verb->name, why->msg);
	if (trouble_tell_apart(c->db, setting(&c->settings, SET_DB), &t, over, &not) < 0 && c->opt->verbose)
		ctx_note(c, "the store has no event of it: %s", not.msg);
	return rc;
}
