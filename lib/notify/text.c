/* SPDX-License-Identifier: MIT */
/* What a message says: templates filled in, with values that come from devices and are written so that they say nothing but themselves. */
#include "base/template.h"
#include "base/utf8.h"
#include "notify/impl.h"
#include "rec/records.h"

#define LINES_MAX 100 /* of a message; how many more there are is said */

/* A character as it is written. */
static void add_char(struct sb *sb, const char *p, size_t n, enum escape how)
{
	static const char markdown[] = "\\`*_[]()#~|>";
	bool control = (unsigned char)*p < ' ' || *p == 0x7f || (n > 1 && utf8_is_hostile(utf8_code(p, n)));

	if (control)
		sb_addc(sb, how == ESCAPE_TEXT && *p == '\n' ? '\n' : ' ');
	else if (how == ESCAPE_SLACK && strchr("&<>", *p))
		sb_adds(sb, *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : "&gt;");
	else if (how == ESCAPE_MARKDOWN && strchr(markdown, *p))
		sb_addf(sb, "\\%c", *p);
	else
		sb_add(sb, p, n);
}

static void add_escaped(struct sb *sb, struct str s, enum escape how)
{
	for (size_t i = 0; i < s.len;) {
		size_t n = utf8_len(s.ptr + i, s.len - i);

		add_char(sb, n ? s.ptr + i : "?", n ? n : 1, how);
		i += n ? n : 1;
	}
}

static void add_place(struct sb *sb, const struct message *m, const json_t *record, const char *name, enum escape how)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)1 << 20);
	const json_t *v = json_object_get(record, name);

	if (strcmp(name, "n") == 0)
		sb_addf(&text, "%zu", m->n);
	else if (v)
		(void)json_term_text(v, &text);
	add_escaped(sb, sb_str(&text), how);
}

static void fill(struct sb *sb, const struct message *m, const json_t *record, const char *pattern, enum escape how)
{
	struct str s = str_of(pattern), text;
	int which;

	while (template_piece(&s, notice_places, &text, &which) > 0)
		if (which < 0)
			add_escaped(sb, text, how);
		else
			add_place(sb, m, record, notice_places[which], how);
}

static bool has(const json_t *record, const char *name)
{
	const char *s = json_string_value(json_object_get(record, name));

	return s && *s;
}

/* The words of these members, those that there are, a blank between. */
static void add_words(struct sb *sb, const struct message *m, const json_t *record, const char *const *name, enum escape how)
{
	size_t at = sb->len;

	for (; *name; name++) {
		if (!has(record, *name))
			continue;
		if (sb->len > at)
			sb_addc(sb, ' ');
		add_place(sb, m, record, *name, how);
	}
}

int message_subject(const struct channel *c, const struct message *m, enum escape how, struct sb *sb)
{
	static const char *const alarm[] = { "severity", "device", "rule", "change", NULL };
	static const char *const event[] = { "severity", "device", "kind", NULL };
	const json_t *first = m->record[0];

	if (has(first, "subject"))
		add_place(sb, m, first, "subject", how);
	else if (c->subject)
		fill(sb, m, first, c->subject, how);
	else
		add_words(sb, m, first, has(first, "rule") ? alarm : event, how);
	if (m->n > 1 && !(c->subject && strstr(c->subject, "{n}")))
		sb_addf(sb, " (and %zu more)", m->n - 1);
	return sb->bad ? -1 : 0;
}

static void add_line(struct sb *sb, const struct channel *c, const struct message *m, const json_t *record, enum escape how)
{
	static const char *const before[] = { "ts", "severity", "device", "rule", "change", NULL };
	struct str kind = str_of(json_string_value(json_object_get(record, "kind")));

	if (c->text) {
		fill(sb, m, record, c->text, how);
		return;
	}
	if (!str_is(kind, "hand") && !str_is(kind, "test")) {
		add_words(sb, m, record, before, how == ESCAPE_TEXT ? ESCAPE_LINE : how);
		if (has(record, "message"))
			sb_adds(sb, ": ");
	}
	add_place(sb, m, record, "message", how);
}

int message_lines(const struct channel *c, const struct message *m, enum escape how, struct sb *sb)
{
	for (size_t i = 0; i < m->n && i < LINES_MAX; i++) {
		if (i)
			sb_addc(sb, '\n');
		add_line(sb, c, m, m->record[i], how);
	}
	if (m->n > LINES_MAX)
		sb_addf(sb, "\n... and %zu more", m->n - LINES_MAX);
	return sb->bad ? -1 : 0;
}
