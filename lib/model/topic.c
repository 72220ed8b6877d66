/* SPDX-License-Identifier: MIT */
#include "model/topic.h"

#include "base/name.h"
#include "base/utf8.h"

const char *const topic_profiles[TOPIC_PROFILES + 1] = { "sit", "saveit", "zoho", "thingsboard", NULL };

static const char *const kind_words[TOPIC_KINDS] = { "telemetry", "event",	"status", "location",	  "command", "command/ack",
						     "config",	  "config/ack", "ota",	  "ota/progress", "script",  "script/log" };

enum sense { PLAIN, ALIVE, GONE, MANY };

/*
 * The one table. {org} {device} {edge} {ref} stand for a part each; of two patterns that fit, the first counts. What is published to devices by a
 * profile comes from its first pattern of the kind.
 */
static const struct row {
	enum topic_profile profile;
	enum topic_kind kind;
	const char *pattern;
	enum sense sense;
} rows[] = {
	{ TOPIC_SIT, TOPIC_TELEMETRY, "sit/{org}/{device}/telemetry", PLAIN },
	{ TOPIC_SIT, TOPIC_EVENT, "sit/{org}/{device}/event", PLAIN },
	{ TOPIC_SIT, TOPIC_STATUS, "sit/{org}/{device}/status", PLAIN },
	{ TOPIC_SIT, TOPIC_LOCATION, "sit/{org}/{device}/location", PLAIN },
	{ TOPIC_SIT, TOPIC_COMMAND, "sit/{org}/{device}/command", PLAIN },
	{ TOPIC_SIT, TOPIC_COMMAND_ACK, "sit/{org}/{device}/command/ack", PLAIN },
	{ TOPIC_SIT, TOPIC_CONFIG, "sit/{org}/{device}/config", PLAIN },
	{ TOPIC_SIT, TOPIC_CONFIG_ACK, "sit/{org}/{device}/config/ack", PLAIN },
	{ TOPIC_SIT, TOPIC_OTA, "sit/{org}/{device}/ota", PLAIN },
	{ TOPIC_SIT, TOPIC_OTA_PROGRESS, "sit/{org}/{device}/ota/progress", PLAIN },
	{ TOPIC_SIT, TOPIC_SCRIPT, "sit/{org}/{device}/script", PLAIN },
	{ TOPIC_SIT, TOPIC_SCRIPT_LOG, "sit/{org}/{device}/script/log", PLAIN },
	{ TOPIC_SIT, TOPIC_TELEMETRY, "sit/{org}/{device}/{edge}/telemetry", PLAIN },

	{ TOPIC_SAVEIT, TOPIC_TELEMETRY, "saveit/{device}/telemetry", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_TELEMETRY, "saveit/{device}/data", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_STATUS, "saveit/{device}/heartbeat", ALIVE },
	{ TOPIC_SAVEIT, TOPIC_STATUS, "saveit/{device}/status", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_TELEMETRY, "saveit/{device}/{edge}/telemetry", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_TELEMETRY, "saveit/{device}/{edge}/data", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_STATUS, "saveit/{device}/{edge}/status", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_TELEMETRY, "device/{device}/telemetry", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_EVENT, "device/{device}/events", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_COMMAND_ACK, "device/{device}/commands/ack", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_COMMAND, "device/{device}/command", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_CONFIG, "device/{device}/config", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_OTA, "device/{device}/firmware/update", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_COMMAND, "saveit/{device}/commands", PLAIN },
	{ TOPIC_SAVEIT, TOPIC_CONFIG, "gateway/{device}/config/modbus", PLAIN },

	{ TOPIC_ZOHO, TOPIC_TELEMETRY, "/devices/{device}/telemetry", PLAIN },
	{ TOPIC_ZOHO, TOPIC_EVENT, "/devices/{device}/events", PLAIN },
	{ TOPIC_ZOHO, TOPIC_COMMAND_ACK, "/devices/{device}/commands/ack", PLAIN },
	{ TOPIC_ZOHO, TOPIC_CONFIG_ACK, "/devices/{device}/configsettings/ack", PLAIN },
	{ TOPIC_ZOHO, TOPIC_COMMAND, "/devices/{device}/commands", PLAIN },
	{ TOPIC_ZOHO, TOPIC_CONFIG, "/devices/{device}/configsettings", PLAIN },
	{ TOPIC_ZOHO, TOPIC_TELEMETRY, "/device/{device}/telemetry", PLAIN },
	{ TOPIC_ZOHO, TOPIC_EVENT, "/device/{device}/events", PLAIN },

	/* "me" is whoever is logged in, which a broker tells nobody else: its listener's mount point, or a bridge, puts the device before it. */
	{ TOPIC_THINGSBOARD, TOPIC_TELEMETRY, "{device}/v1/devices/me/telemetry", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_CONFIG_ACK, "{device}/v1/devices/me/attributes", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_COMMAND_ACK, "{device}/v1/devices/me/rpc/response/{ref}", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_COMMAND, "{device}/v1/devices/me/rpc/request/{ref}", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_TELEMETRY, "{device}/v1/gateway/telemetry", MANY },
	{ TOPIC_THINGSBOARD, TOPIC_STATUS, "{device}/v1/gateway/connect", ALIVE },
	{ TOPIC_THINGSBOARD, TOPIC_STATUS, "{device}/v1/gateway/disconnect", GONE },
	{ TOPIC_THINGSBOARD, TOPIC_TELEMETRY, "v1/devices/me/telemetry", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_CONFIG_ACK, "v1/devices/me/attributes", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_COMMAND_ACK, "v1/devices/me/rpc/response/{ref}", PLAIN },
	{ TOPIC_THINGSBOARD, TOPIC_TELEMETRY, "v1/gateway/telemetry", MANY },
};

static const struct {
	enum topic_profile profile;
	const char *filter;
} filters[] = {
	{ TOPIC_SIT, "sit/{org}/#" },	   { TOPIC_SAVEIT, "saveit/#" },     { TOPIC_SAVEIT, "device/#" },
	{ TOPIC_ZOHO, "/devices/#" },	   { TOPIC_ZOHO, "/device/#" },	     { TOPIC_THINGSBOARD, "v1/#" },
	{ TOPIC_THINGSBOARD, "+/v1/#" },
};

int topic_profile_find(struct str word, enum topic_profile *out, struct err *e)
{
	for (int i = 0; i < TOPIC_PROFILES; i++)
		if (str_is(word, topic_profiles[i])) {
			*out = (enum topic_profile)i;
			return 0;
		}
	return err_set(e, E_USAGE, "\"%.*s\" is no profile: sit, saveit, zoho or thingsboard", STR_ARG(word));
}

const char *topic_word(enum topic_kind k)
{
	return kind_words[k];
}

bool topic_is_upward(enum topic_kind k)
{
	return k != TOPIC_COMMAND && k != TOPIC_CONFIG && k != TOPIC_OTA && k != TOPIC_SCRIPT;
}

/* ---- reading ---- */

/* The part before the next slash, which is taken off s. */
static struct str cut(struct str *s)
{
	const char *slash = s->len ? memchr(s->ptr, '/', s->len) : NULL;
	struct str part = { s->ptr, slash ? (size_t)(slash - s->ptr) : s->len };

	s->ptr = slash ? slash + 1 : s->ptr + s->len;
	s->len = slash ? s->len - part.len - 1 : 0;
	return part;
}

/* Where a pattern's variable puts its part; NULL for a literal. */
static struct str *target(struct topic *t, struct str part)
{
	return str_is(part, "{org}")	? &t->org :
	       str_is(part, "{device}") ? &t->device :
	       str_is(part, "{edge}")	? &t->edge :
	       str_is(part, "{ref}")	? &t->ref :
					  NULL;
}

static unsigned parts_of(struct str s)
{
	unsigned n = 1;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == '/';
	return n;
}

static bool fits(const struct row *r, struct str topic, struct topic *t)
{
	struct str pattern = str_of(r->pattern);

	if (parts_of(pattern) != parts_of(topic))
		return false;
	for (unsigned n = parts_of(pattern); n; n--) {
		struct str want = cut(&pattern), part = cut(&topic), *to = target(t, want);

		if (to)
			*to = part;
		else if (!str_eq(want, part))
			return false;
	}
	return true;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Resolve the escapes of a part into text, of which *used bytes are taken. */
static int unescape(struct str *part, char *text, size_t *used, struct err *e)
{
	char *to = text + *used;
	size_t n = 0;

	if (!part->ptr)
		return 0;
	if (part->len == 0)
		return err_set(e, E_INPUT, "the topic has an empty part");
	if (part->len > (size_t)TOPIC_PART_MAX)
		return err_set(e, E_INPUT, "a part of the topic is longer than %d bytes", TOPIC_PART_MAX);
	if (!memchr(part->ptr, '%', part->len))
		return 0;
	for (size_t i = 0; i < part->len; i++) {
		int high = part->len - i > 2 ? hex_digit(part->ptr[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(part->ptr[i + 2]);

		if (part->ptr[i] != '%') {
			to[n++] = part->ptr[i];
			continue;
		}
		if (high < 0 || low < 0 || high * 16 + low == 0)
			return err_set(e, E_INPUT, "the topic has a %% that is not followed by two hexadecimal digits of a byte");
		to[n++] = (char)(high * 16 + low);
		i += 2;
	}
	*part = (struct str){ to, n };
	*used += n;
	return utf8_valid(*part) ? 0 : err_set(e, E_INPUT, "the topic is not UTF-8");
}

/* The words that the own grammar has where an edge key may stand. */
static bool is_reserved(struct str edge)
{
	for (int i = 0; i < TOPIC_KINDS; i++) {
		struct str word = str_of(kind_words[i]);

		if (str_eq(cut(&word), edge))
			return true;
	}
	return false;
}

static int check_text(struct str topic, struct err *e)
{
	if (topic.len == 0 || topic.len > TOPIC_MAX)
		return err_set(e, E_INPUT, "a topic has 1 to %d bytes", TOPIC_MAX);
	if (memchr(topic.ptr, '\0', topic.len))
		return err_set(e, E_INPUT, "the topic has a NUL");
	if (memchr(topic.ptr, '+', topic.len) || memchr(topic.ptr, '#', topic.len))
		return err_set(e, E_INPUT, "the topic has wildcards: + and # are for subscriptions (escape them: %%2B, %%23)");
	if (!utf8_valid(topic))
		return err_set(e, E_INPUT, "the topic is not UTF-8");
	if (topic.ptr[0] == '$')
		return err_set(e, E_INPUT, "a topic of the broker's own");
	return 0;
}

int topic_parse(enum topic_profile p, struct str topic, struct topic *out, struct err *e)
{
	const struct row *r = rows, *end = rows + COUNT(rows);
	size_t used = 0;

	if (check_text(topic, e) < 0)
		return -1;
	for (; r < end; r++) {
		out->org = out->device = out->edge = out->ref = (struct str){ NULL, 0 };
		if (r->profile == p && fits(r, topic, out))
			break;
	}
	if (r == end)
		return err_set(e, E_INPUT, "no such topic (profile %s)", topic_profiles[p]);
	out->kind = r->kind;
	out->alive = r->sense == ALIVE;
	out->gone = r->sense == GONE;
	out->many = r->sense == MANY;
	if (unescape(&out->org, out->text, &used, e) < 0 || unescape(&out->device, out->text, &used, e) < 0 ||
	    unescape(&out->edge, out->text, &used, e) < 0 || unescape(&out->ref, out->text, &used, e) < 0)
		return -1;
	if (p == TOPIC_SIT && out->edge.ptr && is_reserved(out->edge))
		return err_set(e, E_INPUT, "\"%.*s\" is a reserved word, no edge key", STR_ARG(out->edge));
	return 0;
}

/* ---- making ---- */

int topic_escape(struct str part, struct sb *sb)
{
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.ptr[i];

		if (c < 0x20 || c == 0x7f || strchr("/+#%", c))
			sb_addf(sb, "%%%02X", c);
		else
			sb_addc(sb, (char)c);
	}
	return sb->bad ? -1 : 0;
}

/* The row speaks of the same parts as the topic to be made. */
static bool serves(const struct row *r, enum topic_profile p, const struct topic *t)
{
	return r->profile == p && r->kind == t->kind && !strstr(r->pattern, "{edge}") == !t->edge.ptr &&
	       !strstr(r->pattern, "{device}") == !t->device.ptr && (r->sense == ALIVE) == t->alive && (r->sense == GONE) == t->gone &&
	       (r->sense == MANY) == t->many;
}

int topic_format(enum topic_profile p, const struct topic *t, struct sb *sb, struct err *e)
{
	const struct row *r = rows, *end = rows + COUNT(rows);
	struct topic parts = *t;
	struct str rest;
	size_t from = sb->len;

	while (r < end && !serves(r, p, t))
		r++;
	if (r == end)
		return err_set(e, E_INPUT, "profile %s has no topic for %s%s", topic_profiles[p], kind_words[t->kind],
			       t->edge.ptr ? " behind a gateway" : "");
	if (p == TOPIC_SIT && t->edge.ptr && is_reserved(t->edge))
		return err_set(e, E_INPUT, "\"%.*s\" is a reserved word, no edge key", STR_ARG(t->edge));
	rest = str_of(r->pattern);
	for (unsigned n = parts_of(rest); n; n--) {
		struct str part = cut(&rest), *var = target(&parts, part);

		if (var && (!var->len || var->len > (size_t)TOPIC_PART_MAX))
			return err_set(e, E_INPUT, "a topic of %s needs %.*s, of 1 to %d bytes", kind_words[t->kind], STR_ARG(part),
				       TOPIC_PART_MAX);
		if (var)
			topic_escape(*var, sb);
		else
			sb_add(sb, part.ptr, part.len);
		if (n > 1)
			sb_addc(sb, '/');
	}
	if (sb->bad)
		return err_nomem(e);
	return sb->len - from <= TOPIC_MAX ? 0 : err_set(e, E_INPUT, "the topic is longer than %d bytes", TOPIC_MAX);
}

/* ---- filters ---- */

bool topic_rule(enum topic_profile p, size_t i, struct str org, struct str device, struct topic_rule *out, struct sb *sb)
{
	struct topic t = { .org = org, .device = device };
	const struct row *r = rows, *end = rows + COUNT(rows);
	struct str rest;

	while (r < end && (r->profile != p || i--))
		r++;
	if (r == end)
		return false;
	*out = (struct topic_rule){ r->kind, strstr(r->pattern, "{edge}") || strstr(r->pattern, "gateway/") };
	if (device.ptr && !strstr(r->pattern, "{device}"))
		return true;
	rest = str_of(r->pattern);
	for (unsigned n = parts_of(rest); n; n--) {
		struct str part = cut(&rest), *var = target(&t, part);

		if (!var)
			sb_add(sb, part.ptr, part.len);
		else if (var->ptr)
			topic_escape(*var, sb);
		else
			sb_addc(sb, '+');
		if (n > 1)
			sb_addc(sb, '/');
	}
	return !sb->bad;
}

bool topic_filter(enum topic_profile p, struct str org, size_t i, struct sb *sb)
{
	for (size_t k = 0; k < COUNT(filters); k++) {
		struct str rest = str_of(filters[k].filter);

		if (filters[k].profile != p || i--)
			continue;
		for (unsigned n = parts_of(rest); n; n--) {
			struct str part = cut(&rest);

			if (str_is(part, "{org}") && !org.ptr)
				return sb_addc(sb, '#') == 0;
			if (str_is(part, "{org}"))
				topic_escape(org, sb);
			else
				sb_add(sb, part.ptr, part.len);
			if (n > 1)
				sb_addc(sb, '/');
		}
		return !sb->bad;
	}
	return false;
}

int topic_filter_check(struct str filter, struct err *e)
{
	struct str rest = filter;

	if (filter.len == 0 || filter.len > TOPIC_MAX || memchr(filter.ptr, '\0', filter.len) || !utf8_valid(filter))
		return err_set(e, E_USAGE, "a topic filter has 1 to %d bytes of UTF-8", TOPIC_MAX);
	for (unsigned n = parts_of(filter); n; n--) {
		struct str part = cut(&rest);
		bool wild = part.len && (memchr(part.ptr, '+', part.len) || memchr(part.ptr, '#', part.len));

		if (wild && (part.len > 1 || (part.ptr[0] == '#' && n > 1)))
			return err_set(e, E_USAGE, "\"%.*s\" is no topic filter: + stands alone between slashes, # alone at the end",
				       STR_ARG(filter));
	}
	return 0;
}

bool topic_matches(struct str filter, struct str topic)
{
	unsigned left;

	if (str_starts(filter, "$share/")) {
		(void)cut(&filter);
		(void)cut(&filter);
	}
	if (!filter.len || !topic.len || (topic.ptr[0] == '$') != (filter.ptr[0] == '$'))
		return false;
	left = parts_of(topic);
	for (unsigned n = parts_of(filter); n; n--, left--) {
		struct str want = cut(&filter), part;

		if (str_is(want, "#"))
			return true; /* also of the level above: a/# takes a */
		if (left == 0)
			return false;
		part = cut(&topic);
		if (!str_is(want, "+") && !str_eq(want, part))
			return false;
	}
	return left == 0;
}
