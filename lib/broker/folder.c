/* SPDX-License-Identifier: MIT */
/* The broker's folder: made, its configuration written and read. */
#include <arpa/inet.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/num.h"
#include "broker/impl.h"
#include "codec/mqtt_password.h"
#include "os/file.h"
#include "os/secret.h"
#include "store/org.h"
#include "wire/certificate.h"

#define SECRET_LETTERS 52

int broker_path(const char *dir, const char *name, struct sb *sb, struct err *e)
{
	sb_clear(sb);
	return sb_addf(sb, "%s/%s", dir, name) < 0 ? err_set(e, E_USAGE, "%s: the folder's name is too long", dir) : 0;
}

int broker_write(const char *dir, const char *name, struct str text, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct file *f;

	if (broker_path(dir, name, &path, e) < 0 || file_begin(sb_cstr(&path), 0600, &f, e) < 0)
		return -1;
	if (file_write(f, text.ptr, text.len, e) < 0)
		return file_drop(f);
	return file_commit(f, e);
}

int broker_folder(struct db *db, const char *given, struct sb *dir, struct err *e)
{
	struct stat st;

	if (given)
		sb_adds(dir, given);
	else if (meta_get(db, BROKER_DIR, dir, e) < 0)
		return -1;
	if (!dir->len)
		return err_set(e, E_USAGE, "which folder: --dir DIR (sit-broker init makes it)");
	if (stat(sb_cstr(dir), &st) < 0)
		return errno == ENOENT ? err_set(e, E_NOTFOUND, "%s: no such folder; sit-broker init makes it", sb_cstr(dir))
				       : err_errno(e, errno, sb_cstr(dir));
	/* Whoever else writes into it leaves files behind that the broker cannot read. */
	if (st.st_uid != geteuid())
		return err_set(e, E_DENIED, "%s: belongs to user %lu, who runs the broker: do it as them", sb_cstr(dir), (unsigned long)st.st_uid);
	return 0;
}

/* ---- init ---- */

static int service_file(const char *dir, const char *name, struct err *e)
{
	AUTO(sb_wipe) struct sb secret = SB_INIT(SECRET_LETTERS + 1);

	if (secret_letters(SECRET_LETTERS, &secret, e) < 0 || sb_addc(&secret, '\n') < 0)
		return e->code ? -1 : err_nomem(e);
	return broker_write(dir, name, sb_str(&secret), e);
}

int broker_rotate(const char *dir, const char *service, struct err *e)
{
	static const char *const suffix[] = { "ingest", "command" };
	AUTO(sb_done) struct sb name = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	for (size_t i = 0; i < COUNT(suffix); i++) {
		sb_clear(&name);
		sb_addf(&name, "services/%s.%s", service, suffix[i]);
		if (broker_path(dir, sb_cstr(&name), &path, e) < 0)
			return -1;
		if (!strchr(service, '/') && access(sb_cstr(&path), F_OK) == 0)
			return service_file(dir, sb_cstr(&name), e);
	}
	return err_set(e, E_NOTFOUND, "no service \"%s\" in %s/services", service, dir);
}

/* A path that stands on a line of the configuration. */
static int line_path(struct sb *sb, const char *key, const char *path, struct err *e)
{
	AUTO(free_chars) char *real = realpath(path, NULL);

	if (!real)
		return err_errno(e, errno, path);
	if (strpbrk(real, "\r\n"))
		return err_set(e, E_USAGE, "a line feed in a path: %s", key);
	return sb_addf(sb, "%s %s\n", key, real) < 0 ? err_nomem(e) : 0;
}

/* [ADDRESS:]PORT */
static int read_listen(const char *option, const char *text, struct listener *l, struct err *e)
{
	const char *colon = strrchr(text, ':');
	struct str address = { text, colon ? (size_t)(colon - text) : 0 };
	int64_t port;

	if (address.len > 2 && text[0] == '[' && text[address.len - 1] == ']') {
		address.ptr++;
		address.len -= 2;
	}
	if (!num_parse_int(str_of(colon ? colon + 1 : text), &port) || port < 1 || port > 65535 || address.len >= sizeof(l->address) ||
	    (colon && !address.len) || strpbrk(text, " \r\n\t"))
		return err_set(e, E_USAGE, "%s \"%s\": write [ADDRESS:]PORT", option, text);
	l->port = (int)port;
	memcpy(l->address, address.ptr, address.len);
	l->address[address.len] = '\0';
	return 0;
}

/* A listener for other hosts with TLS, or for this one without. */
static int conf_listener(const struct broker_init *how, const char *option, const struct listener *l, struct sb *sb, struct err *e)
{
	int64_t until;

	if (!how->cert && !broker_is_loopback(l->address))
		return err_set(e, E_USAGE, "%s: other hosts reach it only with TLS (--cert FILE --key FILE), or say 127.0.0.1:%d", option, l->port);
	sb_addf(sb, "listener %d%s%s\nprotocol %s\nuse_username_as_clientid true\n", l->port, l->address[0] ? " " : "", l->address,
		l->websocket ? "websockets" : "mqtt");
	if (l->four)
		sb_adds(sb, "socket_domain ipv4\n");
	if (!how->cert)
		return 0;
	if (!how->key)
		return err_set(e, E_USAGE, "--cert needs --key");
	if (certificate_of_file(how->cert, &until, e) < 0 || line_path(sb, "certfile", how->cert, e) < 0 || line_path(sb, "keyfile", how->key, e) < 0)
		return -1;
	return sb_adds(sb, "tls_version tlsv1.2\n") < 0 ? err_nomem(e) : 0;
}

static int conf_listeners(const struct broker_init *how, struct sb *sb, struct err *e)
{
	struct listener plain = { 0 }, web = { .websocket = true };
	struct in_addr four;

	if (how->listen || (how->cert && !how->websocket)) {
		sb_adds(sb, "\n# For devices: the login is the client id, so that nobody takes the session of another.\n");
		if (read_listen("--listen", how->listen ? how->listen : "8883", &plain, e) < 0 || conf_listener(how, "--listen", &plain, sb, e) < 0)
			return -1;
	}
	if (!how->websocket)
		return 0;
	if (read_listen("--websocket", how->websocket, &web, e) < 0)
		return -1;
	/* Of another address mosquitto 2.0 does not say that it does not listen on it. */
	web.four = web.address[0] != '\0';
	if (web.four && inet_pton(AF_INET, web.address, &four) != 1)
		return err_set(e, E_USAGE, "--websocket %s: the address is one of IPv4, or none", how->websocket);
	sb_adds(sb, "\n# For devices and programs that come through a WebSocket.\n");
	return conf_listener(how, "--websocket", &web, sb, e);
}

static int conf_text(const char *dir, const struct broker_init *how, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb socket = SB_INIT(PATH_MAX);
	const struct passwd *me = getpwuid(geteuid());

	if (how->socket)
		sb_adds(&socket, how->socket);
	else if (broker_path(dir, "mqtt.sock", &socket, e) < 0)
		return -1;
	if (socket.len >= sizeof(((struct sockaddr_un *)0)->sun_path) || socket.buf[0] != '/' || strpbrk(socket.buf, " \r\n\t"))
		return err_set(e, E_USAGE, "%s: a Unix socket has an absolute path of at most %zu bytes, without blanks (--socket PATH)", sb_cstr(&socket),
			       sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	sb_addf(sb, "# made by sit-broker init\nuser %s\npid_file %s/mosquitto.pid\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\n",
		me ? me->pw_name : "mosquitto", dir);
	sb_addf(sb, "\nallow_anonymous false\npassword_file %s/passwd\nacl_file %s/acl\n", dir, dir);
	sb_addf(sb, "\n# What was acknowledged is there after a kill: every change is written.\npersistence true\npersistence_location %s/data/\n"
		    "autosave_on_changes true\nautosave_interval 100\npersistent_client_expiration 14d\n", dir);
	sb_adds(sb, "\n# Who reads sets how much is sent ahead of its acknowledgements; what nobody takes is kept up to these limits.\nmax_inflight_messages 0\n"
		    "max_queued_messages 100000\nmax_queued_bytes 268435456\nmax_packet_size 1048576\nmax_keepalive 3600\n"
		    "\n# Nothing is told in $SYS.\nsys_interval 0\n");
	sb_addf(sb, "\n# For programs of this host: each has a client id of its own choice.\nlistener 0 %s\n", sb_cstr(&socket));
	if (conf_listeners(how, sb, e) < 0)
		return -1;
	return sb->bad ? err_nomem(e) : 0;
}

struct settings_kept {
	const char *dir, *url;
	struct str ca;
};

static int keep_settings(struct db *db, void *arg, struct err *e)
{
	const struct settings_kept *k = arg;

	if (meta_put(db, BROKER_DIR, k->dir, e) < 0 || (k->url && meta_put(db, BROKER_URL, k->url, e) < 0))
		return -1;
	return k->ca.len ? meta_put(db, BROKER_CA, k->ca.ptr, e) : 0;
}

bool broker_is_made(const char *dir)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct err ignored = { 0 };

	return broker_path(dir, "mosquitto.conf", &path, &ignored) == 0 && access(sb_cstr(&path), F_OK) == 0;
}

static int make_folders(const char *dir, struct err *e)
{
	static const char *const name[] = { "services", "data" };
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	if (folder_make(dir, 0700, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(name); i++)
		if (broker_path(dir, name[i], &path, e) < 0 || folder_make(sb_cstr(&path), 0700, e) < 0)
			return -1;
	return broker_is_made(dir) ? err_set(e, E_CONFLICT, "%s/mosquitto.conf is there already", dir) : 0;
}

static void make_stamp(const struct db *db)
{
	const char *file = db_url_file(db_path(db));
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int fd;

	if (!file || sb_addf(&path, "%s.broker", file) < 0)
		return;
	fd = open_file(sb_cstr(&path), O_WRONLY | O_CREAT, 0660);
	if (fd < 0)
		return;
	(void)fchmod(fd, 0660); /* whoever may write to the store */
	(void)close(fd);
}

static int read_settings(const struct broker_init *how, struct sb *ca, struct settings_kept *k, struct err *e)
{
	struct mqtt_url url;

	if ((how->url && broker_url_read(how->url, &url, e) < 0) || (how->ca && file_read(how->ca, ca, e) < 0))
		return -1;
	*k = (struct settings_kept){ .url = how->url, .ca = sb_str(ca) };
	return 0;
}

/* What bundles say of a broker whose folder is there is not in the folder, and may be said later. */
static int say_settings(struct db *db, const struct broker_init *how, struct err *e)
{
	AUTO(sb_done) struct sb ca = SB_INIT(1 << 18);
	AUTO(free_chars) char *dir = realpath(how->dir, NULL);
	struct settings_kept k;

	if (!dir)
		return err_errno(e, errno, how->dir);
	if (read_settings(how, &ca, &k, e) < 0)
		return -1;
	k.dir = dir;
	return db_write(db, false, keep_settings, &k, e);
}

static bool says_conf(const struct broker_init *how)
{
	return how->listen || how->websocket || how->cert || how->key || how->socket;
}

int broker_again(struct db *db, const struct broker_init *how, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb want = SB_INIT(1 << 16);
	AUTO(sb_done) struct sb socket = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb is = SB_INIT(1 << 20);

	if (broker_path(how->dir, "mosquitto.conf", &path, e) < 0 || file_read(sb_cstr(&path), &is, e) < 0 || conf_listeners(how, &want, e) < 0)
		return -1;
	if (how->socket && sb_addf(&socket, "listener 0 %s\n", how->socket) < 0)
		return err_nomem(e);
	if (!strstr(sb_cstr(&is), sb_cstr(&want)) || !strstr(sb_cstr(&is), sb_cstr(&socket)))
		return err_set(e, E_CONFLICT, "%s says something else of listeners: change that file, or leave these options away", sb_cstr(&path));
	return how->url || how->ca ? say_settings(db, how, e) : 0;
}

static int init(struct db *db, const struct broker_init *how, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1 << 16);
	AUTO(sb_done) struct sb ca = SB_INIT(1 << 18);
	AUTO(free_chars) char *dir = NULL;
	struct settings_kept k = { 0 };

	if (read_settings(how, &ca, &k, e) < 0)
		return -1;
	if (make_folders(how->dir, e) < 0)
		return -1;
	dir = realpath(how->dir, NULL);
	if (!dir || strpbrk(dir, " \r\n\t"))
		return dir ? err_set(e, E_USAGE, "%s: no blanks in the folder's name", dir) : err_errno(e, errno, how->dir);
	if (conf_text(dir, how, &text, e) < 0 || service_file(dir, "services/sit-ingest.ingest", e) < 0 ||
	    service_file(dir, "services/sit-command.command", e) < 0)
		return -1;
	k.dir = dir;
	if (db_write(db, false, keep_settings, &k, e) < 0 || broker_write(dir, "mosquitto.conf", sb_str(&text), e) < 0)
		return -1;
	make_stamp(db);
	return 0;
}

/* What was made of a folder that is not to be; another's files stay, and the folder with them. */
static void unmake(const char *dir)
{
	static const char *const file[] = { "services/sit-ingest.ingest", "services/sit-command.command" };
	static const char *const folder[] = { "services", "data" };
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct err ignored = { 0 };

	for (size_t i = 0; i < COUNT(file); i++)
		if (broker_path(dir, file[i], &path, &ignored) == 0)
			(void)unlink(sb_cstr(&path));
	for (size_t i = 0; i < COUNT(folder); i++)
		if (broker_path(dir, folder[i], &path, &ignored) == 0)
			(void)rmdir(sb_cstr(&path));
	(void)rmdir(dir);
}

int broker_init(struct db *db, const struct broker_init *how, struct err *e)
{
	bool there = folder_is(how->dir);

	if (there && broker_is_made(how->dir) && (how->url || how->ca) && !says_conf(how))
		return say_settings(db, how, e);
	if (init(db, how, e) == 0)
		return 0;
	if (!there)
		unmake(how->dir);
	return -1;
}

/* ---- the users of the proof ---- */

int broker_probe_passwd(struct str password, struct sb *sb, struct err *e)
{
	unsigned char salt[MQTT_SALT];

	for (const char *c = PROBE_USERS; *c; c++) {
		sb_addf(sb, PROBE_USER "%c:", *c);
		if (secret_random(salt, sizeof(salt), e) < 0 || mqtt_password_hash(password, salt, sb, e) < 0)
			return -1;
		sb_addc(sb, '\n');
	}
	return sb->bad ? err_nomem(e) : 0;
}

int broker_probe_acl(struct sb *sb)
{
	for (const char *c = "ab"; *c; c++)
		sb_addf(sb, "user " PROBE_USER "%c\ntopic readwrite " PROBE_ROOT "/%c/said\n", *c, *c);
	return sb_adds(sb, "user " PROBE_USER "c\ntopic read " PROBE_ROOT "/#\n");
}

/* ---- reading the configuration ---- */

bool broker_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0;
}

static void put(char *to, size_t size, struct str value)
{
	size_t n = value.len < size ? value.len : size - 1;

	memcpy(to, value.ptr, n);
	to[n] = '\0';
}

static int add_listener(struct broker_conf *c, struct str value, struct err *e)
{
	const char *blank = value.len ? memchr(value.ptr, ' ', value.len) : NULL;
	struct str port = { value.ptr, blank ? (size_t)(blank - value.ptr) : value.len };
	struct listener *l = c->listener + c->n;
	int64_t n;

	if (c->n == LISTENERS_MOST || !num_parse_int(port, &n) || n < 0 || n > 65535)
		return err_set(e, E_INPUT, "mosquitto.conf: listener %.*s", STR_ARG(value));
	c->n++;
	*l = (struct listener){ .port = (int)n };
	if (blank)
		put(l->address, sizeof(l->address), (struct str){ blank + 1, value.len - port.len - 1 });
	return 0;
}

static int conf_line(struct broker_conf *c, struct str key, struct str value, struct err *e)
{
	struct listener *l = c->n ? c->listener + c->n - 1 : NULL;
	bool yes = str_is(value, "true");

	if (str_is(key, "listener"))
		return add_listener(c, value, e);
	if (str_is(key, "port")) /* the listener of old, which has no address */
		return str_is(value, "0") ? 0 : add_listener(c, value, e);
	if (str_is(key, "allow_anonymous"))
		c->anonymous |= yes;
	else if (str_is(key, "per_listener_settings"))
		c->per_listener = yes;
	else if (str_is(key, "include_dir"))
		c->includes = true;
	else if (str_is(key, "sys_interval"))
		c->sys = !str_is(value, "0");
	else if (str_is(key, "persistence"))
		c->persistence = yes;
	else if (str_is(key, "password_file"))
		put(c->passwd, sizeof(c->passwd), value);
	else if (str_is(key, "acl_file"))
		put(c->acl, sizeof(c->acl), value);
	else if (str_is(key, "certfile") && l)
		put(l->cert, sizeof(l->cert), value);
	else if (str_is(key, "use_username_as_clientid") && l)
		l->own_id = yes;
	else if (str_is(key, "protocol") && l)
		l->websocket = str_is(value, "websockets");
	else if (str_is(key, "socket_domain") && l)
		l->four = str_is(value, "ipv4");
	else if (str_is(key, "bind_address") && l)
		put(l->address, sizeof(l->address), value);
	return 0;
}

int broker_conf_read(const char *dir, struct broker_conf *c, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb text = SB_INIT(1 << 20);
	const char *p, *end;

	*c = (struct broker_conf){ .sys = true };
	if (broker_path(dir, "mosquitto.conf", &path, e) < 0)
		return -1;
	if (file_read(sb_cstr(&path), &text, e) < 0)
		return e->code == E_NOTFOUND ? err_set(e, E_NOTFOUND, "%s: no such file; sit-broker init makes it", sb_cstr(&path)) : -1;
	for (p = sb_cstr(&text), end = p + text.len; p < end; p += strcspn(p, "\n") + 1) {
		size_t n = strcspn(p, "\r\n"), key = strcspn(p, " \r\n"), gap = strspn(p + key, " ");

		if (*p == '#' || !n || key + gap > n)
			continue;
		while (n && p[n - 1] == ' ')
			n--;
		if (conf_line(c, (struct str){ p, key }, (struct str){ p + key + gap, n > key + gap ? n - key - gap : 0 }, e) < 0)
			return -1;
	}
	return 0;
}

const char *broker_address(const struct listener *l)
{
	return l->websocket && !l->four ? "" : l->address;
}

int broker_door(const struct broker_conf *c, struct mqtt_url *out, struct err *e)
{
	const struct listener *door = NULL;

	for (size_t i = 0; i < c->n && !(door && door->port == 0); i++)
		if (c->listener[i].port == 0 || (!c->listener[i].cert[0] && !c->listener[i].websocket && broker_is_loopback(c->listener[i].address)))
			door = c->listener + i;
	if (!door)
		return err_set(e, E_CONFLICT, "mosquitto.conf has no Unix socket, on which a broker could be asked whether it does what it should");
	*out = (struct mqtt_url){ .scheme = door->port ? MQTT_TCP : MQTT_UNIX, .port = door->port };
	put(out->host, sizeof(out->host), str_of(door->address));
	return 0;
}
