/* SPDX-License-Identifier: MIT */
#include "wire/mqtt.h"

#include <sys/stat.h>

static const struct {
	const char *prefix;
	int port;
} schemes[] = {
	[MQTT_TCP] = { "mqtt://", 1883 }, [MQTT_TLS] = { "mqtts://", 8883 },	[MQTT_WS] = { "ws://", 80 },
	[MQTT_WSS] = { "wss://", 443 },	  [MQTT_UNIX] = { "mqtt+unix://", 0 },
};

static bool find_scheme(const char *text, enum mqtt_scheme *out)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
			*out = (enum mqtt_scheme)i;
			return true;
		}
	return false;
}

bool mqtt_url_is(const char *text)
{
	enum mqtt_scheme s;

	return find_scheme(text, &s);
}

static int copy(char *to, size_t size, struct str from, const char *what, struct err *e)
{
	if (from.len >= size)
		return err_set(e, E_USAGE, "the URL's %s is longer than %zu bytes", what, size - 1);
	memcpy(to, from.ptr, from.len);
	to[from.len] = '\0';
	return 0;
}

/* Digits up to 65535; 0 for anything else. */
static int port_of(struct str s)
{
	int n = 0;

	if (s.len == 0 || s.len > 5)
		return 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return 0;
		n = n * 10 + (s.ptr[i] - '0');
	}
	return n <= 65535 ? n : 0;
}

/* HOST, HOST:PORT, [ADDRESS]:PORT */
static int read_host(struct str host, struct mqtt_url *out, struct err *e)
{
	const char *end = host.ptr + host.len, *close = host.len && *host.ptr == '[' ? memchr(host.ptr, ']', host.len) : NULL;
	const char *colon = close ? close + 1 : host.len ? memchr(host.ptr, ':', host.len) : NULL;

	if (colon && colon < end) {
		out->port = *colon == ':' ? port_of((struct str){ colon + 1, (size_t)(end - colon - 1) }) : 0;
		if (!out->port)
			return err_set(e, E_USAGE, "\"%.*s\": behind the host stands a port, 1 to 65535", STR_ARG(host));
		host.len = (size_t)(colon - host.ptr);
	}
	if (close)
		host = (struct str){ host.ptr + 1, host.len - 2 };
	if (host.len == 0)
		return err_set(e, E_USAGE, "the URL names no host: mqtt://HOST[:PORT]");
	return copy(out->host, sizeof(out->host), host, "host", e);
}

static int read_user(struct str user, struct mqtt_url *out, struct err *e)
{
	if (memchr(user.ptr, ':', user.len))
		return err_set(e, E_USAGE, "a password does not stand in a URL, where others see it: --password @FILE, @env:NAME or @cred:NAME");
	return copy(out->user, sizeof(out->user), user, "user", e);
}

/* What stands behind the host: of a WebSocket its path, else a topic. */
static int read_rest(const char *slash, struct mqtt_url *out, struct err *e)
{
	if (!mqtt_url_ws(out))
		return copy(out->filter, sizeof(out->filter), str_of(slash + 1), "topic", e);
	for (const char *c = slash; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '#')
			return err_set(e, E_USAGE, "\"%s\": the path of a WebSocket is ASCII without blanks and # (other bytes as %%XX)", slash);
	return slash[1] ? copy(out->path, sizeof(out->path), str_of(slash), "path", e) : 0;
}

int mqtt_url_parse(const char *text, struct mqtt_url *out, struct err *e)
{
	const char *rest, *slash, *at;
	struct stat st;

	*out = (struct mqtt_url){ .port = 0 };
	if (!find_scheme(text, &out->scheme))
		return err_set(e, E_USAGE, "no URL of a broker: mqtt://HOST[:PORT], mqtts://HOST[:PORT], ws://HOST[:PORT][/PATH], wss:// or mqtt+unix:///PATH");
	rest = text + strlen(schemes[out->scheme].prefix);
	out->port = schemes[out->scheme].port;
	(void)snprintf(out->path, sizeof(out->path), "%s", mqtt_url_ws(out) ? "/mqtt" : "");
	if (out->scheme == MQTT_UNIX) {
		if (*rest != '/')
			return err_set(e, E_USAGE, "\"%s\": the path of a socket begins with /: mqtt+unix:///run/mosquitto.sock", text);
		if (stat(rest, &st) == 0 && S_ISDIR(st.st_mode))
			return err_set(e, E_USAGE, "\"%s\" is a folder; a broker of sit-broker has its socket at %s/mqtt.sock", text, text);
		return copy(out->host, 108, str_of(rest), "path", e); /* sun_path */
	}
	slash = strchr(rest, '/');
	if (slash && read_rest(slash, out, e) < 0)
		return -1;
	if (!slash)
		slash = rest + strlen(rest);
	at = memchr(rest, '@', (size_t)(slash - rest));
	if (at && read_user((struct str){ rest, (size_t)(at - rest) }, out, e) < 0)
		return -1;
	rest = at ? at + 1 : rest;
	return read_host((struct str){ rest, (size_t)(slash - rest) }, out, e);
}

bool mqtt_url_ws(const struct mqtt_url *u)
{
	return u->scheme == MQTT_WS || u->scheme == MQTT_WSS;
}

bool mqtt_url_tls(const struct mqtt_url *u)
{
	return u->scheme == MQTT_TLS || u->scheme == MQTT_WSS;
}

int mqtt_url_shown(const struct mqtt_url *u, struct sb *sb)
{
	bool six = strchr(u->host, ':') != NULL && u->scheme != MQTT_UNIX;

	sb_addf(sb, "%s%s%s%s", schemes[u->scheme].prefix, six ? "[" : "", u->host, six ? "]" : "");
	if (u->port && u->port != schemes[u->scheme].port)
		sb_addf(sb, ":%d", u->port);
	if (mqtt_url_ws(u) && strcmp(u->path, "/mqtt") != 0)
		sb_add(sb, u->path, strcspn(u->path, "?")); /* what comes behind may be a secret */
	return sb->bad ? -1 : 0;
}
