/* SPDX-License-Identifier: MIT */
#include "base/template.h"

#include "base/sb.h"

int template_piece(struct str *s, const char *const *names, struct str *text, int *which)
{
	const char *open = s->len ? memchr(s->ptr, '{', s->len) : NULL, *close;
	size_t before = open ? (size_t)(open - s->ptr) : s->len;

	*which = -1;
	*text = (struct str){ s->ptr, before };
	if (!s->len)
		return 0;
	if (!open || before) {
		*s = (struct str){ s->ptr + before, s->len - before };
		return 1;
	}
	if (s->len > 1 && s->ptr[1] == '{') {
		text->len = 1;
		*s = (struct str){ s->ptr + 2, s->len - 2 };
		return 1;
	}
	close = memchr(s->ptr, '}', s->len);
	*text = (struct str){ s->ptr + 1, close ? (size_t)(close - s->ptr) - 1 : s->len - 1 };
	for (int i = 0; close && names[i]; i++)
		if (str_is(*text, names[i])) {
			*which = i;
			*s = (struct str){ close + 1, s->len - text->len - 2 };
			return 1;
		}
	return -1;
}

int template_check(struct str pattern, const char *const *names, struct err *e)
{
	AUTO(sb_done) struct sb all = SB_INIT(400);
	struct str text;
	int which, got;

	while ((got = template_piece(&pattern, names, &text, &which)) > 0)
		;
	if (got == 0)
		return 0;
	for (size_t i = 0; names[i]; i++)
		sb_addf(&all, " %s", names[i]);
	return err_set(e, E_INPUT, "there is no {%.*s}:%s ({{ is a bracket)", (int)(text.len > 60 ? 60 : text.len), text.ptr, sb_cstr(&all));
}
