/* SPDX-License-Identifier: MIT */
/* What is stale or unsafe about a broker. */
#include <sys/stat.h>

#include "base/time.h"
#include "broker/impl.h"
#include "os/file.h"
#include "wire/certificate.h"

/* clang-format off */
const struct field broker_status_fields[] = {
	{ .name = "folder", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "where its configuration lies" },
	{ .name = "process", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "the broker that runs on it; empty: none" },
	{ .name = "current", .kind = FIELD_BOOL, .flags = FIELD_LIST, .help = "the files are what the store says" },
	{ .name = "loaded", .kind = FIELD_BOOL, .flags = FIELD_LIST, .help = "the broker that runs has read them" },
	{ .name = "logins", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "credentials and services that may log in now" },
	{ .name = "refused", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "credentials left out, because of names that are none, or a profile that their organisation has not" },
	{ .name = "listens", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its listeners" },
	{ .name = "certificate_until", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "end of the certificate that it shows; if it does not run, of the one in the file" },
	{ .name = "synced", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when the files were written last, by the system's clock" },
	{ .name = "digest", .kind = FIELD_TEXT, .help = "SHA-256 of what the store says" },
};
const size_t broker_status_count = COUNT(broker_status_fields);

const struct field broker_check_fields[] = {
	{ .name = "what", .kind = FIELD_TEXT, .help = "store, process, conf, files, listener or certificate" },
	{ .name = "finding", .kind = FIELD_TEXT, .help = "what is stale or unsafe, and what to do" },
};
const size_t broker_check_count = COUNT(broker_check_fields);
/* clang-format on */

/* The address that a listener is asked at from here. */
static const char *asked_at(const struct listener *l)
{
	if (!broker_address(l)[0] || strcmp(l->address, "0.0.0.0") == 0)
		return "127.0.0.1";
	return strcmp(l->address, "::") == 0 ? "::1" : l->address;
}

/* The end of the certificate of a listener: shown, else on file. 0 when it has none. */
static int certificate(const struct listener *l, bool running, int64_t *until, struct err *e)
{
	*until = 0;
	if (!l->cert[0])
		return 0;
	return running ? certificate_served(asked_at(l), l->port, until, e) : certificate_of_file(l->cert, until, e);
}

/* ---- status ---- */

static void listens(const struct broker_conf *conf, struct sb *sb)
{
	for (size_t i = 0; i < conf->n; i++) {
		const struct listener *l = conf->listener + i;

		sb_adds(sb, i ? " " : "");
		if (l->port == 0)
			sb_addf(sb, "mqtt+unix://%s", l->address);
		else
			sb_addf(sb, "%s%s://%s:%d", l->websocket ? "ws" : "mqtt", l->cert[0] ? "s" : "", broker_address(l)[0] ? l->address : "*", l->port);
	}
}

static struct cell written(const char *dir)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct err ignored = { 0 };
	struct stat st;

	if (broker_path(dir, "passwd", &path, &ignored) < 0 || stat(sb_cstr(&path), &st) < 0)
		return CELL_OF_NULL;
	return CELL_OF_TIME((int64_t)st.st_mtime * US_PER_S);
}

int broker_status(struct db *db, const char *dir, int64_t now, struct out *out, struct err *e)
{
	AUTO(compiled_done) struct compiled c = { 0 };
	AUTO(sb_done) struct sb where = SB_INIT(16384);
	struct err none = { 0 };
	struct broker_conf conf;
	int64_t until = 0, one;
	pid_t pid = broker_pid(dir);
	bool current;
	int loaded = 0;

	if (broker_conf_read(dir, &conf, e) < 0 || broker_compile(db, dir, now, &c, e) < 0 || broker_is_current(dir, &c, &current, e) < 0)
		return -1;
	if (pid)
		loaded = broker_loaded(dir, &none);
	for (size_t i = 0; i < conf.n; i++)
		if (certificate(conf.listener + i, pid != 0, &one, &none) == 0 && one && (!until || one < until))
			until = one;
	listens(&conf, &where);
	return out_rec(out,
		       (struct cell[]){ CELL_OF_TEXT(str_of(dir)), pid ? CELL_OF_INT(pid) : CELL_OF_NULL, CELL_OF_BOOL(current), CELL_OF_BOOL(loaded > 0),
					CELL_OF_INT(c.logins), CELL_OF_INT(c.refused), CELL_OF_TEXT(sb_str(&where)),
					until ? CELL_OF_TIME(until) : CELL_OF_NULL, written(dir), CELL_OF_TEXT(str_of(c.digest)) },
		       e);
}

/* ---- check ---- */

struct checking {
	const char *dir;
	struct broker_conf conf;
	struct compiled compiled;
	int64_t now, within;
	pid_t pid;
	struct out *out;
	size_t findings;
};

PRINTF_LIKE(4, 5) static int find(struct checking *k, struct err *e, const char *what, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	k->findings++;
	return out_rec(k->out, (struct cell[]){ CELL_OF_TEXT(str_of(what)), CELL_OF_TEXT(str_of(text)) }, e);
}

static int check_store(struct checking *k, struct err *e)
{
	bool current;

	if (broker_is_current(k->dir, &k->compiled, &current, e) < 0)
		return -1;
	if (!current && find(k, e, "store", "the files are not what the store says: sit-broker sync") < 0)
		return -1;
	return k->compiled.refused ? find(k, e, "store", "%" PRId64 " credentials are left out: their names are none, or their device uses topics that their organisation has not (profile=)", k->compiled.refused) : 0;
}

static int check_process(struct checking *k, struct err *e)
{
	struct err why = { 0 };
	int loaded;

	if (!k->pid)
		return find(k, e, "process", "no broker runs on this folder");
	loaded = broker_loaded(k->dir, &why);
	if (loaded < 0)
		return find(k, e, "process", "the broker does not answer: %s", why.msg);
	return loaded ? 0 : find(k, e, "process", "the broker has not read its files: sit-broker sync");
}

static int check_conf(struct checking *k, struct err *e)
{
	const struct broker_conf *c = &k->conf;
	AUTO(sb_done) struct sb passwd = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb acl = SB_INIT(PATH_MAX);

	if (broker_path(k->dir, "passwd", &passwd, e) < 0 || broker_path(k->dir, "acl", &acl, e) < 0)
		return -1;
	if (c->anonymous && find(k, e, "conf", "allow_anonymous is true: whoever reaches the broker is in") < 0)
		return -1;
	if (c->per_listener && find(k, e, "conf", "per_listener_settings is true: password_file and acl_file hold for one listener only") < 0)
		return -1;
	if (c->includes && find(k, e, "conf", "include_dir: what is included is not checked") < 0)
		return -1;
	if (c->sys && find(k, e, "conf", "sys_interval is not 0: $SYS is published") < 0)
		return -1;
	if (!c->persistence && find(k, e, "conf", "persistence is not true: sessions and queued messages are gone with the process") < 0)
		return -1;
	if (strcmp(c->passwd, sb_cstr(&passwd)) != 0 && find(k, e, "conf", "password_file is not %s", sb_cstr(&passwd)) < 0)
		return -1;
	return strcmp(c->acl, sb_cstr(&acl)) != 0 ? find(k, e, "conf", "acl_file is not %s", sb_cstr(&acl)) : 0;
}

static int check_file(struct checking *k, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(e, errno, path);
	if (st.st_mode & 077)
		return find(k, e, "files", "%s: others can touch it (mode %03o): chmod go= it", path, (unsigned)(st.st_mode & 0777));
	return st.st_uid == geteuid() ? 0 : find(k, e, "files", "%s: belongs to user %lu", path, (unsigned long)st.st_uid);
}

static int check_service(const char *path, void *arg, struct err *e)
{
	return check_file(arg, path, e);
}

static int check_files(struct checking *k, struct err *e)
{
	static const char *const name[] = { ".", "mosquitto.conf", "passwd", "acl", PROBE_FILE, "services", "data" };
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	for (size_t i = 0; i < COUNT(name); i++)
		if (broker_path(k->dir, name[i], &path, e) < 0 || check_file(k, sb_cstr(&path), e) < 0)
			return -1;
	return broker_path(k->dir, "services", &path, e) < 0 ? -1 : folder_each(sb_cstr(&path), "", check_service, k, e);
}

static int check_certificate(struct checking *k, const struct listener *l, struct err *e)
{
	struct err why = { 0 };
	int64_t until, file = 0;
	char when[40];

	if (certificate(l, k->pid != 0, &until, &why) < 0)
		return find(k, e, "certificate", "%s", why.msg);
	(void)time_print(until, NULL, when);
	if (until <= k->now)
		return find(k, e, "certificate", "port %d: its certificate ended at %s: devices turn away", l->port, when);
	if (until - k->now < k->within && find(k, e, "certificate", "port %d: its certificate ends at %s", l->port, when) < 0)
		return -1;
	if (k->pid && certificate_of_file(l->cert, &file, &why) == 0 && file != until)
		return find(k, e, "certificate", "port %d: it shows another certificate than %s has: restart it", l->port, l->cert);
	return 0;
}

static int check_listeners(struct checking *k, struct err *e)
{
	for (size_t i = 0; i < k->conf.n; i++) {
		const struct listener *l = k->conf.listener + i;

		if (l->port == 0)
			continue;
		if (strcmp(broker_address(l), l->address) != 0 &&
		    find(k, e, "listener", "port %d is not on %s, but on all addresses: a listener for WebSockets needs socket_domain ipv4", l->port, l->address) < 0)
			return -1;
		if (!l->cert[0] && !broker_is_loopback(broker_address(l)) &&
		    find(k, e, "listener", "port %d on %s is without TLS: passwords cross the network in the clear", l->port,
			 broker_address(l)[0] ? l->address : "all addresses") < 0)
			return -1;
		if (!l->own_id && find(k, e, "listener", "port %d: use_username_as_clientid is not true: one login can take the session of another", l->port) < 0)
			return -1;
		if (l->cert[0] && check_certificate(k, l, e) < 0)
			return -1;
	}
	return 0;
}

int broker_check(struct db *db, const char *dir, int64_t now, int64_t within, struct out *out, size_t *findings, struct err *e)
{
	struct checking k = { .dir = dir, .now = now, .within = within, .pid = broker_pid(dir), .out = out };
	struct err why = { 0 };
	int rc = broker_conf_read(dir, &k.conf, e);

	if (rc == 0 && broker_compile(db, dir, now, &k.compiled, &why) == 0)
		rc = check_store(&k, e);
	else if (rc == 0 && err_is_fatal(&why))
		rc = (*e = why, -1);
	else if (rc == 0) /* a service's file, which the others need not wait for */
		rc = find(&k, e, "files", "%s", why.msg);
	if (rc == 0)
		rc = check_process(&k, e);
	if (rc == 0)
		rc = check_conf(&k, e);
	if (rc == 0)
		rc = check_files(&k, e);
	if (rc == 0)
		rc = check_listeners(&k, e);
	compiled_done(&k.compiled);
	*findings = k.findings;
	return rc;
}
