/* SPDX-License-Identifier: MIT */
/* What a device is given when it is taken in: where the broker is, its login, its topics; as JSON, as a command, as a header for firmware. */
#include "broker/broker.h"
#include "model/topic.h"
#include "store/credential.h"
#include "store/org.h"
#include "task/credential.h"
#include "wire/mqtt.h"

const char *const bundle_words[] = { "json", "mosquitto_pub", "c", NULL };

int bundle_form_find(const char *word, enum bundle_form *out, struct err *e)
{
	for (size_t i = 0; bundle_words[i]; i++)
		if (!word || strcmp(word, bundle_words[i]) == 0) {
			*out = (enum bundle_form)i;
			return 0;
		}
	return err_set(e, E_USAGE, "--bundle %s: json, mosquitto_pub or c", word);
}

/* ---- the forms ---- */

int broker_url_read(const char *url, struct mqtt_url *out, struct err *e)
{
	if (mqtt_url_parse(url, out, e) < 0)
		return -1;
	if ((out->scheme != MQTT_TCP && out->scheme != MQTT_TLS) || out->user[0] || out->filter[0])
		return err_set(e, E_USAGE, "\"%s\": write mqtts://HOST[:PORT] or mqtt://HOST[:PORT]", url);
	for (const char *p = out->host; *p; p++)
		if (!((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') && !strchr("0123456789.-:_", *p))
			return err_set(e, E_USAGE, "\"%s\": what stands for HOST is none", url);
	return 0;
}

struct making {
	const struct bundle *b;
	enum topic_profile profile;
	struct mqtt_url url;
	bool tls;
	struct str ca; /* PEM; empty: none */
	struct sb *sb;
};

/* Empty when the profile has none of that kind. */
static int topic_of(const struct making *m, enum topic_kind k, struct sb *sb, struct err *e)
{
	struct topic_rule rule;

	sb_clear(sb);
	for (size_t i = 0; topic_rule(m->profile, i, m->b->org, m->b->device, &rule, sb); i++, sb_clear(sb))
		if (sb->len && rule.kind == k && !rule.gateway)
			return 0;
	return sb->bad ? err_nomem(e) : 0;
}

static int find_profile(struct making *m, struct db *db, struct err *e)
{
	AUTO(sb_done) struct sb word = SB_INIT(64);
	bool speaks;

	if (!m->b->id) /* of a dry run */
		return 0;
	if (credential_profile(db, m->b->id, &word, &speaks, e) < 0 || topic_profile_find(sb_str(&word), &m->profile, e) < 0)
		return -1;
	if (!speaks)
		return err_set(e, E_CONFLICT, "device \"%.*s\" uses topics of %s, which its organisation has not: sit-org set %.*s profile=%s", STR_ARG(m->b->device),
			       sb_cstr(&word), STR_ARG(m->b->org), sb_cstr(&word));
	return 0;
}

static void member(struct sb *sb, const char *key, struct str value)
{
	sb_addf(sb, ",\"%s\":", key);
	sb_json(sb, value);
}

static int as_json(const struct making *m, struct err *e)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);
	struct sb *sb = m->sb;

	sb_adds(sb, "{\"device\":");
	sb_json(sb, m->b->device);
	member(sb, "org", m->b->org);
	member(sb, "host", str_of(m->url.host));
	sb_addf(sb, ",\"port\":%d,\"tls\":%s", m->url.port, m->tls ? "true" : "false");
	member(sb, "client_id", str_of(m->b->secret->login));
	member(sb, "username", str_of(m->b->secret->login));
	member(sb, "password", sb_str(&m->b->secret->password));
	sb_adds(sb, ",\"topics\":{");
	for (enum topic_kind k = 0; k < TOPIC_KINDS; k++) {
		if (topic_of(m, k, &topic, e) < 0)
			return -1;
		if (!topic.len)
			continue;
		sb_addf(sb, "%s\"%s\":", sb->buf[sb->len - 1] == '{' ? "" : ",", topic_word(k));
		sb_json(sb, sb_str(&topic));
	}
	sb_addc(sb, '}');
	if (m->ca.len)
		member(sb, "ca", m->ca);
	sb_adds(sb, "}\n");
	return 0;
}

/* Nothing in it needs quotes in a shell: names, a host, letters and digits. */
static int as_command(const struct making *m, struct err *e)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);

	if (topic_of(m, TOPIC_TELEMETRY, &topic, e) < 0)
		return -1;
	sb_addf(m->sb, "mosquitto_pub -V 5 -q 1 -h %s -p %d%s -i %s -u %s -P %s -t %s -m '{\"values\":{}}'\n", m->url.host, m->url.port,
		m->tls ? " --cafile ca.pem" : "", m->b->secret->login, m->b->secret->login, sb_cstr(&m->b->secret->password), sb_cstr(&topic));
	return 0;
}

static void define(struct sb *sb, const char *name, struct str value)
{
	sb_addf(sb, "#define SIT_MQTT_%s \"", name);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\n')
			sb_adds(sb, i + 1 < value.len ? "\\n\" \\\n\t\"" : "\\n");
		else if (c == '"' || c == '\\')
			sb_addf(sb, "\\%c", c);
		else if ((unsigned char)c >= ' ' && (unsigned char)c < 0x7f)
			sb_addc(sb, c);
		else
			sb_addf(sb, "\\%03o", (unsigned)(unsigned char)c);
	}
	sb_adds(sb, "\"\n");
}

static int as_header(const struct making *m, struct err *e)
{
	AUTO(sb_done) struct sb topic = SB_INIT(TOPIC_MAX);
	char name[64];

	sb_addf(m->sb, "/* %.*s of %.*s */\n", STR_ARG(m->b->device), STR_ARG(m->b->org));
	define(m->sb, "HOST", str_of(m->url.host));
	sb_addf(m->sb, "#define SIT_MQTT_PORT %d\n#define SIT_MQTT_TLS %d\n", m->url.port, m->tls);
	define(m->sb, "CLIENT_ID", str_of(m->b->secret->login));
	define(m->sb, "USERNAME", str_of(m->b->secret->login));
	define(m->sb, "PASSWORD", sb_str(&m->b->secret->password));
	for (enum topic_kind k = 0; k < TOPIC_KINDS; k++) {
		if (topic_of(m, k, &topic, e) < 0)
			return -1;
		if (!topic.len)
			continue;
		(void)snprintf(name, sizeof(name), "TOPIC_%s", topic_word(k));
		for (char *p = name; *p; p++)
			*p = *p == '/' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
		define(m->sb, name, sb_str(&topic));
	}
	if (m->ca.len)
		define(m->sb, "CA", m->ca);
	return 0;
}

int bundle_text(struct db *db, enum bundle_form form, const struct bundle *b, struct sb *sb, struct err *e)
{
	static int (*const make[])(const struct making *m, struct err *e) = { as_json, as_command, as_header };
	AUTO(sb_done) struct sb url = SB_INIT(1024);
	AUTO(sb_done) struct sb ca = SB_INIT(1 << 18);
	struct making m = { .b = b, .sb = sb };

	if (b->url)
		sb_adds(&url, b->url);
	else if (meta_get(db, BROKER_URL, &url, e) < 0)
		return -1;
	if (!url.len)
		return err_set(e, E_CONFLICT, "where is the broker? Say --url mqtts://HOST:PORT, or once for all sit-broker init --url");
	if (broker_url_read(sb_cstr(&url), &m.url, e) < 0 || meta_get(db, BROKER_CA, &ca, e) < 0)
		return -1;
	m.tls = m.url.scheme == MQTT_TLS;
	if (m.tls)
		m.ca = sb_str(&ca);
	if (find_profile(&m, db, e) < 0 || make[form](&m, e) < 0)
		return -1;
	return sb->bad ? err_nomem(e) : 0;
}
