/* SPDX-License-Identifier: MIT */
/* Who may log in to the broker, and which topics are theirs: out of the store and the folder's services. */
#include "base/name.h"
#include "broker/impl.h"
#include "codec/mqtt_password.h"
#include "model/topic.h"
#include "os/file.h"
#include "os/secret.h"
#include "store/credential.h"

#define FILE_MOST ((size_t)512 << 20)
#define MADE "# made by sit-broker sync of what the store says: what is changed here is lost\n"

void compiled_done(struct compiled *c)
{
	sb_done(&c->passwd);
	sb_done(&c->acl);
	sb_done(&c->text);
}

/* ---- devices ---- */

/* The column of the policy that allows it; -1: always allowed. */
static int permit_of(enum topic_kind k)
{
	static const int permit[TOPIC_KINDS] = {
		[TOPIC_TELEMETRY] = PERMIT_TELEMETRY, [TOPIC_LOCATION] = PERMIT_TELEMETRY,   [TOPIC_EVENT] = PERMIT_EVENTS,
		[TOPIC_STATUS] = -1,		      [TOPIC_COMMAND] = PERMIT_COMMANDS,     [TOPIC_COMMAND_ACK] = PERMIT_COMMANDS,
		[TOPIC_CONFIG] = PERMIT_CONFIG,	      [TOPIC_CONFIG_ACK] = PERMIT_CONFIG,    [TOPIC_SCRIPT] = PERMIT_CONFIG,
		[TOPIC_SCRIPT_LOG] = PERMIT_CONFIG,   [TOPIC_OTA] = PERMIT_FIRMWARE,	     [TOPIC_OTA_PROGRESS] = PERMIT_FIRMWARE,
	};

	return permit[k];
}

/* Names and the kept password are what this program makes; a line of another form could say something else than it seems to. */
static bool is_safe(const struct credential *c)
{
	if (!name_valid(c->org_name) || !name_valid(c->device_name) || !name_valid(c->login) || c->login.len < 4 || memcmp(c->login.ptr, "dev_", 4) != 0)
		return false;
	for (size_t i = 0; i < c->hash.len; i++)
		if (!((c->hash.ptr[i] | 0x20) >= 'a' && (c->hash.ptr[i] | 0x20) <= 'z') && !strchr("0123456789+/=$", c->hash.ptr[i]))
			return false;
	return c->hash.len > 3 && memcmp(c->hash.ptr, "$7$", 3) == 0;
}

/* 1; 0 when its organisation has not the profile that it is to use: whose device it is would not be in its topics. */
static int grant(const struct credential *d, struct compiled *c, struct err *e)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);
	bool gateway = str_is(d->type, "gateway");
	enum topic_profile profile;
	struct topic_rule rule;

	if (!d->speaks || topic_profile_find(d->profile, &profile, e) < 0) {
		err_clear(e);
		return 0;
	}
	c->profiles |= 1U << profile;
	sb_addf(&c->acl, "user %.*s\n", STR_ARG(d->login));
	for (size_t i = 0; topic_rule(profile, i, d->org_name, d->device_name, &rule, &topic); i++, sb_clear(&topic)) {
		int permit = permit_of(rule.kind);

		if (!topic.len || (permit >= 0 && d->may[permit] == 0) || (rule.gateway && !gateway))
			continue;
		sb_addf(&c->acl, "topic %s %s\n", topic_is_upward(rule.kind) ? "write" : "read", sb_cstr(&topic));
		if (!c->text.len && topic_is_upward(rule.kind))
			sb_adds(&c->text, sb_cstr(&topic));
	}
	return topic.bad ? err_nomem(e) : 1;
}

static int devices(struct db *db, int64_t now, struct compiled *c, struct err *e)
{
	AUTO(stmt_freep) struct stmt *st = NULL;
	struct credential d;
	int got, granted;

	if (credential_ready(db, e) < 0 || credential_list(db, 0, &st, e) < 0)
		return -1;
	while ((got = credential_next(st, &d, e)) > 0) {
		if (d.revoked || (d.expires && d.expires <= now) || !d.enabled)
			continue;
		granted = is_safe(&d) ? grant(&d, c, e) : 0;
		if (granted < 0)
			return -1;
		if (!granted) {
			c->refused++;
			continue;
		}
		c->logins++;
		sb_addf(&c->passwd, "%.*s:%.*s\n", STR_ARG(d.login), STR_ARG(d.hash));
	}
	return got;
}

/* ---- services ---- */

struct services {
	struct compiled *c;
	struct str passwd; /* as it lies in the folder: salts that are there stay */
	bool commands;
};

/* What the file keeps for this user, empty when there is none. */
static struct str kept_of(struct str passwd, struct str user)
{
	for (const char *p = passwd.ptr, *end = p + passwd.len; p && p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (n > user.len && memcmp(p, user.ptr, user.len) == 0 && p[user.len] == ':')
			return (struct str){ p + user.len + 1, n - user.len - 1 };
		p = nl ? nl + 1 : end;
	}
	return (struct str){ NULL, 0 };
}

static int service_passwd(const struct services *s, struct str name, struct str password, struct err *e)
{
	struct str kept = kept_of(s->passwd, name);
	unsigned char salt[MQTT_SALT];
	int same = kept.len ? mqtt_password_check(password, kept, e) : 0;

	sb_addf(&s->c->passwd, "%.*s:", STR_ARG(name));
	if (same > 0)
		sb_add(&s->c->passwd, kept.ptr, kept.len);
	else if (same < 0 || secret_random(salt, sizeof(salt), e) < 0 || mqtt_password_hash(password, salt, &s->c->passwd, e) < 0)
		return -1;
	sb_addc(&s->c->passwd, '\n');
	return 0;
}

/* All that devices say, in the profiles that are in use. */
static bool may_read(enum topic_profile p, struct sb *acl)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);

	for (size_t i = 0; topic_filter(p, STR("o"), i, &topic); i++, sb_clear(&topic))
		sb_addf(acl, "topic read %s\n", sb_cstr(&topic));
	return !topic.bad;
}

/* Everything that devices are told, and their answers. */
static bool may_command(enum topic_profile p, struct sb *acl)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);
	const struct str any = { NULL, 0 };
	struct topic_rule rule;

	for (size_t i = 0; topic_rule(p, i, any, any, &rule, &topic); i++, sb_clear(&topic)) {
		bool upward = topic_is_upward(rule.kind);

		if (!upward || strchr(topic_word(rule.kind), '/'))
			sb_addf(acl, "topic %s %s\n", upward ? "read" : "write", sb_cstr(&topic));
	}
	return !topic.bad;
}

/* What every organisation's devices say. */
static bool may_read_all(struct sb *acl)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);

	for (size_t i = 0; topic_filter(TOPIC_SIT, (struct str){ NULL, 0 }, i, &topic); i++, sb_clear(&topic))
		sb_addf(acl, "topic read %s\n", sb_cstr(&topic));
	return !topic.bad;
}

static int service_acl(const struct services *s, struct str name, struct err *e)
{
	bool made = true;

	sb_addf(&s->c->acl, "user %.*s\n", STR_ARG(name));
	if (!s->commands)
		made = may_read_all(&s->c->acl);
	for (enum topic_profile p = 0; made && p < TOPIC_PROFILES; p++) {
		if (s->commands && (p == TOPIC_SIT || s->c->profiles >> p & 1))
			made = may_command(p, &s->c->acl);
		else if (!s->commands && p != TOPIC_SIT && s->c->profiles >> p & 1)
			made = may_read(p, &s->c->acl);
	}
	return made ? 0 : err_nomem(e);
}

static int service(const char *path, void *arg, struct err *e)
{
	AUTO(sb_wipe) struct sb password = SB_INIT(4096);
	const struct services *s = arg;
	const char *base = strrchr(path, '/') + 1;
	struct str name = { base, (size_t)(strrchr(base, '.') - base) };

	if (!name_valid(name) || memcmp(base, "dev_", 4) == 0 || strncmp(base, PROBE_USER, strlen(PROBE_USER)) == 0)
		return err_set(e, E_INPUT, "%s: no name for a service", path);
	if (file_read_secret(path, &password, e) < 0)
		return -1;
	while (password.len && (password.buf[password.len - 1] == '\n' || password.buf[password.len - 1] == '\r'))
		password.buf[--password.len] = '\0';
	if (password.len < 16)
		return err_set(e, E_INPUT, "%s: a service's password has at least 16 characters (sit-broker rotate makes one)", path);
	if (service_passwd(s, name, sb_str(&password), e) < 0 || service_acl(s, name, e) < 0)
		return -1;
	s->c->logins++;
	return 0;
}

static int services(const char *dir, struct compiled *c, struct err *e)
{
	static const char *const suffix[] = { ".ingest", ".command" };
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb passwd = SB_INIT(FILE_MOST);
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct services s = { .c = c };

	if (broker_path(dir, "services", &folder, e) < 0 || broker_path(dir, "passwd", &path, e) < 0)
		return -1;
	if (file_read(sb_cstr(&path), &passwd, e) < 0 && e->code != E_NOTFOUND)
		return -1;
	err_clear(e);
	s.passwd = sb_str(&passwd);
	for (size_t i = 0; i < COUNT(suffix); i++) {
		s.commands = i == 1;
		if (folder_each(sb_cstr(&folder), suffix[i], service, &s, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- both ---- */

static int digest(struct compiled *c, struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;

	if (sha256_new(&h, e) < 0)
		return -1;
	sha256_add(h, c->passwd.buf, c->passwd.len);
	sha256_add(h, "", 1);
	sha256_add(h, c->acl.buf, c->acl.len);
	return sha256_end(h, c->digest, e);
}

int broker_compile(struct db *db, const char *dir, int64_t now, struct compiled *c, struct err *e)
{
	*c = (struct compiled){ .passwd = SB_INIT(FILE_MOST), .acl = SB_INIT(FILE_MOST), .text = SB_INIT(TOPIC_MAX) };
	sb_adds(&c->acl, MADE);
	if (devices(db, now, c, e) < 0 || services(dir, c, e) < 0)
		return -1;
	if (c->passwd.bad || c->acl.bad || c->text.bad)
		return err_nomem(e);
	c->example = sb_str(&c->text);
	return digest(c, e);
}

/* What sync writes behind the users of the store: a line for each of the proof, whose passwords are new each time, and nothing else. */
static bool probes_follow(struct str rest)
{
	for (const char *c = PROBE_USERS; *c; c++) {
		const char *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
		const char begin[] = { *c, ':', '\0' };
		struct str line = rest;

		if (!end || !str_starts(line, PROBE_USER))
			return false;
		line = (struct str){ line.ptr + strlen(PROBE_USER), line.len - strlen(PROBE_USER) };
		if (!str_starts(line, begin))
			return false;
		rest = (struct str){ end + 1, rest.len - (size_t)(end + 1 - rest.ptr) };
	}
	return rest.len == 0;
}

/* The file begins with this text; what is behind it in *rest, of what was read into `is`. */
static int is_file(const char *dir, const char *name, struct str text, struct sb *is, struct str *rest, bool *same, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	if (broker_path(dir, name, &path, e) < 0)
		return -1;
	*same = false;
	if (file_read(sb_cstr(&path), is, e) < 0) {
		if (e->code != E_NOTFOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	*same = is->len >= text.len && (!text.len || memcmp(is->buf, text.ptr, text.len) == 0);
	*rest = *same ? (struct str){ is->buf + text.len, is->len - text.len } : (struct str){ NULL, 0 };
	return 0;
}

int broker_is_current(const char *dir, const struct compiled *c, bool *current, struct err *e)
{
	AUTO(sb_done) struct sb is_passwd = SB_INIT(FILE_MOST), is_acl = SB_INIT(FILE_MOST), probes = SB_INIT(4096);
	struct str more_passwd = { NULL, 0 }, more_acl = { NULL, 0 };
	bool passwd, acl;

	if (broker_probe_acl(&probes) < 0)
		return err_nomem(e);
	if (is_file(dir, "passwd", sb_str(&c->passwd), &is_passwd, &more_passwd, &passwd, e) < 0 ||
	    is_file(dir, "acl", sb_str(&c->acl), &is_acl, &more_acl, &acl, e) < 0)
		return -1;
	*current = passwd && acl && probes_follow(more_passwd) && str_eq(more_acl, sb_str(&probes));
	return 0;
}
