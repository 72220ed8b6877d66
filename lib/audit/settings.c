/* SPDX-License-Identifier: MIT */
#include "audit/settings.h"

#include "base/name.h"
#include "base/sb.h"
#include "db/db.h"
#include "os/file.h"

#define SYSTEM_STORE "/var/lib/sit/sit.db"
#define SYSTEM_FILE "/etc/sit/sit.conf"

static const struct {
	const char *key, *flag, *env;
} names[SET_COUNT] = {
	[SET_DB] = { "db", "--db", "SIT_DB" },
	[SET_ORG] = { "org", "--org", "SIT_ORG" },
	[SET_TZ] = { "tz", "--tz", "SIT_TZ" },
	[SET_FORMAT] = { "format", "--format", "SIT_FORMAT" },
	[SET_KEY] = { "key", NULL, "SIT_KEY" }, /* where it is, never the key itself */
	[SET_AUDIT] = { "audit", NULL, "SIT_AUDIT" }, /* where rows of the trail go besides (audit/sink.h) */
};

const char *setting_word(enum setting_name n)
{
	return names[n].key;
}

const char *setting(const struct settings *s, enum setting_name n)
{
	return s->of[n].value;
}

int setting_shown(const struct settings *s, enum setting_name n, struct sb *sb)
{
	const char *v = s->of[n].value;

	return n == SET_DB && v ? db_url_shown(v, sb) : sb_adds(sb, v ? v : "");
}

int settings_url_check(const char *url, const char *where, struct err *e)
{
	AUTO(sb_done) struct sb shown = SB_INIT(1 << 16);

	if (!url)
		return 0;
	if (db_url_shown(url, &shown) < 0)
		return err_nomem(e);
	if (strcmp(sb_cstr(&shown), url) == 0)
		return 0;
	return err_set(e, E_USAGE, "%s: a password there can be read by everybody; put it into ~/.pgpass or a file that passfile= names", where);
}

int settings_check(const struct settings *s, struct err *e)
{
	const struct setting *db = s->of + SET_DB;

	return strcmp(db->origin, "--db") == 0 ? settings_url_check(db->value, "--db", e) : 0;
}

static int put(struct settings *s, size_t n, struct str value, const char *origin, struct err *e)
{
	/* Where the trail goes adds up, so that nobody takes away what the system wants. */
	const char *was = n == SET_AUDIT ? s->of[n].value : NULL;
	char *copy = NULL;

	if (asprintf(&copy, "%s%s%.*s", was ? was : "", was ? "," : "", STR_ARG(value)) < 0)
		return err_nomem(e);
	free(s->of[n].value);
	s->of[n].value = copy;
	(void)snprintf(s->of[n].origin, sizeof(s->of[n].origin), "%s", origin);
	return 0;
}

static struct str trim(struct str s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = (struct str){ s.ptr + 1, s.len - 1 };
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' || s.ptr[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* "key = value"; blank lines and lines that begin with '#' say nothing. */
static int read_line(struct settings *s, struct str line, const char *path, unsigned number, struct err *e)
{
	const char *eq;
	struct near near = { 0 };
	char origin[256], hint[96];
	struct str key;

	line = trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	eq = memchr(line.ptr, '=', line.len);
	if (!eq)
		return err_set(e, E_USAGE, "%s:%u: not \"key = value\"", path, number);
	key = trim((struct str){ line.ptr, (size_t)(eq - line.ptr) });
	(void)snprintf(origin, sizeof(origin), "%s:%u", path, number);
	for (size_t i = 0; i < SET_COUNT; i++) {
		if (str_is(key, names[i].key))
			return put(s, i, trim((struct str){ eq + 1, (size_t)(line.ptr + line.len - eq - 1) }), origin, e);
		near_offer(&near, key, str_of(names[i].key));
	}
	return err_set(e, E_USAGE, "%s: unknown key \"%.*s\"%s", origin, STR_ARG(key),
		       near_text(&near, hint, sizeof(hint)));
}

static int read_file(struct settings *s, const char *path, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	unsigned number = 1;
	const char *p, *end;

	if (file_read(path, &text, e) < 0) {
		if (e->code == E_NOTFOUND || e->code == E_DENIED) {
			err_clear(e);
			return 0;
		}
		return -1;
	}
	end = sb_cstr(&text) + text.len;
	for (p = sb_cstr(&text); p < end; number++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (read_line(s, (struct str){ p, n }, path, number, e) < 0)
			return -1;
		p += n + 1;
	}
	return 0;
}

/* $VAR/tail, or $HOME/home_tail when VAR is unset or not absolute. */
static void under(struct sb *sb, const char *var, const char *home_tail, const char *tail)
{
	const char *base = getenv(var), *home = getenv("HOME");

	if (base && base[0] == '/')
		sb_addf(sb, "%s%s", base, tail);
	else
		sb_addf(sb, "%s%s%s", home ? home : "", home_tail, tail);
}

static int built_in_store(struct settings *s, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	if (access(SYSTEM_STORE, R_OK) == 0)
		return put(s, SET_DB, STR(SYSTEM_STORE), "built in (system)", e);
	under(&path, "XDG_DATA_HOME", "/.local/share", "/sit/sit.db");
	return put(s, SET_DB, sb_str(&path), "built in", e);
}

int settings_load(const char *const flags[SET_COUNT], struct settings *s, struct err *e)
{
	AUTO(sb_done) struct sb user = SB_INIT(PATH_MAX);

	if (built_in_store(s, e) < 0 || read_file(s, SYSTEM_FILE, e) < 0)
		return -1;
	under(&user, "XDG_CONFIG_HOME", "/.config", "/sit/sit.conf");
	if (read_file(s, sb_cstr(&user), e) < 0)
		return -1;
	for (size_t i = 0; i < SET_COUNT; i++) {
		const char *env = getenv(names[i].env);

		if (env && *env && put(s, i, str_of(env), names[i].env, e) < 0)
			return -1;
		if (flags[i] && put(s, i, str_of(flags[i]), names[i].flag, e) < 0)
			return -1;
	}
	return 0;
}

void settings_done(struct settings *s)
{
	for (size_t i = 0; i < SET_COUNT; i++) {
		free(s->of[i].value);
		s->of[i].value = NULL;
	}
}
