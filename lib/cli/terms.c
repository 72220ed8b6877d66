/* SPDX-License-Identifier: MIT */
/* What the options of a selection stand for. */
#include "cli/cli.h"
#include "task/names.h"

void terms_done(struct terms *t)
{
	free(t->v);
	arena_done(&t->text);
	t->v = NULL;
	t->n = 0;
}

static int add(struct terms *t, const char *before, struct str word, struct err *e)
{
	char **grown = realloc(t->v, ((size_t)t->n + 1) * sizeof(*grown));
	char *text = grown ? arena_alloc(&t->text, strlen(before) + word.len + 1) : NULL;

	if (grown)
		t->v = grown;
	if (!text)
		return err_nomem(e);
	memcpy(text, before, strlen(before));
	memcpy(text + strlen(before), word.ptr, word.len);
	t->v[t->n++] = text;
	return 0;
}

static int add_name(struct str name, size_t line, void *arg, struct err *e)
{
	(void)line;
	return add(arg, "", name, e);
}

int ctx_terms(struct ctx *c, int argc, char **argv, struct terms *out, struct err *e)
{
	const struct {
		const char *before, *value;
	} sugar[] = { { "", c->opt->device }, { "site=", c->opt->site }, { "gateway=", c->opt->gateway }, { "group:", c->opt->group } };

	*out = (struct terms){ .text = ARENA_INIT((size_t)64 << 20) };
	for (int i = 0; i < argc; i++) {
		bool list = names_is_list(argv[i]);

		if ((list ? names_read(argv[i], c->opt->nul, add_name, out, e) : add(out, "", str_of(argv[i]), e)) < 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT(sugar); i++)
		if (sugar[i].value && add(out, sugar[i].before, str_of(sugar[i].value), e) < 0)
			return -1;
	return 0;
}
