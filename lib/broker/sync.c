/* SPDX-License-Identifier: MIT */
/* The broker's files brought to what the store says, the broker told, and what it then does. */
#include <signal.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/time.h"
#include "broker/impl.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/secret.h"
#include "os/signal.h"

#define PATIENCE (10 * US_PER_S)  /* until a broker has read its files */
#define ANSWER (5 * US_PER_S)	  /* until it answers one question */
#define STEP (20 * US_PER_MS)
#define SECRET_LETTERS 52

/* ---- its process ---- */

pid_t broker_pid(const char *dir)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb text = SB_INIT(64);
	struct err ignored = { 0 };
	char name[64];
	int64_t pid;

	if (broker_path(dir, "mosquitto.pid", &path, &ignored) < 0 || file_read(sb_cstr(&path), &text, &ignored) < 0)
		return 0;
	if (!num_parse_int((struct str){ text.buf, strcspn(sb_cstr(&text), "\r\n") }, &pid) || pid < 2 || pid > INT_MAX)
		return 0;
	/* The number of one that is gone may be another's by now. */
	(void)snprintf(name, sizeof(name), "/proc/%" PRId64 "/comm", pid);
	sb_clear(&text);
	if (file_read(name, &text, &ignored) < 0 || strcmp(sb_cstr(&text), "mosquitto\n") != 0)
		return 0;
	return (pid_t)pid;
}

/* ---- questions to it ---- */

/* One connection of the proof. */
struct probe {
	struct mqtt *m;
	struct mqtt_url url;
	char user[32], id[64];
	struct sb *password; /* NULL: anonymous */
	const char *own;     /* topic that it may hear */
	const char *awaited; /* text of a message that shall come */
	bool came;
	char strange[128]; /* topic of a message that should not have come; "" none */
	const char *const *filter; /* subscribed with every login; ends with NULL, NULL: none */
	int mid;
	bool answered, refused;
};

static int on_message(void *arg, const struct mqtt_message *m, struct err *e)
{
	struct probe *p = arg;

	(void)e;
	if (p->awaited && str_is(m->payload, p->awaited))
		p->came = true;
	else if (!p->own || !str_is(m->topic, p->own))
		(void)snprintf(p->strange, sizeof(p->strange), "%.*s", STR_ARG(m->topic));
	return 0;
}

static void on_published(void *arg, int mid, const char *why)
{
	struct probe *p = arg;

	if (mid != p->mid)
		return;
	p->answered = true;
	p->refused = why != NULL;
}

/* Log in: 1, 0 when it was refused, -1. */
static int log_in(struct probe *p, const char *user, struct sb *password, struct err *e)
{
	struct mqtt_opts o = { .url = &p->url, .id = p->id, .keepalive = 60, .message = on_message, .published = on_published, .arg = p };
	AUTO(sb_done) struct sb shown = SB_INIT(2048);

	(void)snprintf(p->user, sizeof(p->user), "%s", user ? user : "");
	(void)snprintf(p->id, sizeof(p->id), "%s-%d", user ? user : PROBE_USER "0", (int)getpid());
	o.user = user ? p->user : NULL;
	o.password = password ? sb_cstr(password) : NULL;
	mqtt_free(p->m);
	p->m = NULL;
	if (mqtt_new(&o, &p->m, e) < 0)
		return -1;
	for (const char *const *f = p->filter; f && *f; f++)
		if (mqtt_subscribe(p->m, *f, 1, true, e) < 0)
			return -1;
	if (mqtt_connect(p->m, e) == 0)
		return 1;
	if (e->code == E_IO && mqtt_url_shown(&p->url, &shown) == 0)
		return err_wrap(e, "%s", sb_cstr(&shown));
	if (e->code != E_DENIED)
		return -1;
	err_clear(e);
	return 0;
}

/* Work until *flag: 0, or E_IO. */
static int until(struct probe *p, const bool *flag, const char *what, struct err *e)
{
	int64_t end = clock_monotonic() + ANSWER;

	while (!*flag) {
		if (mqtt_flush(p->m, e) < 0 || mqtt_read(p->m, STEP, 100, e) < 0)
			return err_wrap(e, "%s", what);
		if (!*flag && clock_monotonic() > end)
			return err_set(e, E_IO, "%s: no answer", what);
	}
	return 0;
}

static int publish(struct probe *p, const char *topic, const char *text, bool *refused, struct err *e)
{
	p->answered = p->refused = false;
	if (mqtt_publish(p->m, topic, str_of(text), 1, false, &p->mid, e) < 0 || until(p, &p->answered, topic, e) < 0)
		return -1;
	*refused = p->refused;
	return 0;
}

/* Subscriptions of a stranger are granted or refused, as the broker likes: what counts is what arrives. */
static int settle(struct probe *p, struct err *e)
{
	int64_t end = clock_monotonic() + ANSWER;

	while (!mqtt_is_subscribed(p->m)) {
		if (mqtt_flush(p->m, e) < 0 || mqtt_read(p->m, STEP, 100, e) < 0) {
			if (e->code != E_DENIED)
				return -1;
			err_clear(e);
			return 0;
		}
		if (clock_monotonic() > end)
			return err_set(e, E_IO, "subscribing: no answer");
	}
	return 0;
}

/* ---- the proof ---- */

struct proof {
	struct probe none, a, b, c;
	struct sb password;
	struct str example;
};

static int prove_logins(struct proof *p, struct err *e)
{
	static const char *const theirs[] = { "#", "$SYS/#", PROBE_ROOT "/b/said", "+/b/#", "$share/probe/" PROBE_ROOT "/#", NULL };
	static const char *const all[] = { PROBE_ROOT "/#", NULL };
	AUTO(sb_done) struct sb wrong = SB_INIT(64);
	int got;

	sb_adds(&wrong, "not the password");
	got = log_in(&p->none, NULL, NULL, e);
	if (got)
		return got < 0 ? -1 : err_set(e, E_IO, "the broker lets in who has no name: anonymous logins are open");
	got = log_in(&p->none, PROBE_USER "a", &wrong, e);
	if (got)
		return got < 0 ? -1 : err_set(e, E_IO, "the broker takes a wrong password");
	p->a.filter = theirs;
	p->a.own = PROBE_ROOT "/a/said";
	p->c.filter = all;
	if ((got = log_in(&p->a, PROBE_USER "a", &p->password, e)) > 0 && (got = log_in(&p->b, PROBE_USER "b", &p->password, e)) > 0)
		got = log_in(&p->c, PROBE_USER "c", &p->password, e);
	if (got == 0)
		return err_set(e, E_IO, "the broker does not take a password that is in its file: it has not read it");
	return got < 0 ? -1 : 0;
}

static int prove_publishing(struct proof *p, struct err *e)
{
	AUTO(sb_done) struct sb foreign = SB_INIT(4096);
	const char *forbidden[] = { PROBE_ROOT "/b/said", PROBE_ROOT "/a/other", "$SYS/broker/version", NULL };
	bool refused;

	sb_add(&foreign, p->example.ptr, p->example.len);
	forbidden[3] = foreign.len ? sb_cstr(&foreign) : PROBE_ROOT "/c/said";
	if (publish(&p->a, PROBE_ROOT "/a/said", "mine", &refused, e) < 0)
		return -1;
	if (refused)
		return err_set(e, E_IO, "the broker refuses what a device may say");
	for (size_t i = 0; i < COUNT(forbidden); i++) {
		if (publish(&p->a, forbidden[i], "", &refused, e) < 0)
			return -1;
		if (!refused)
			return err_set(e, E_IO, "the broker lets one device speak for another (%s)", forbidden[i]);
	}
	if (publish(&p->c, PROBE_ROOT "/a/said", "", &refused, e) < 0)
		return -1;
	return refused ? 0 : err_set(e, E_IO, "the broker lets who may only read speak");
}

/* One connection gets its messages in their order: what was forbidden and came would have come before what is allowed. */
static int prove_reading(struct proof *p, struct err *e)
{
	bool refused;

	if (settle(&p->a, e) < 0 || settle(&p->c, e) < 0)
		return -1;
	p->a.awaited = "end";
	p->c.awaited = "secret";
	if (publish(&p->b, PROBE_ROOT "/b/said", "secret", &refused, e) < 0 || until(&p->c, &p->c.came, "a service that reads", e) < 0 ||
	    publish(&p->a, PROBE_ROOT "/a/said", "end", &refused, e) < 0 || until(&p->a, &p->a.came, "a device that reads its own", e) < 0)
		return -1;
	if (p->a.strange[0])
		return err_set(e, E_IO, "the broker lets one device hear what is not for it (%s)", p->a.strange);
	return 0;
}

static int probe_password(const char *dir, struct sb *password, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);

	return broker_path(dir, PROBE_FILE, &path, e) < 0 ? -1 : file_read_secret(sb_cstr(&path), password, e);
}

static int begin(const char *dir, struct proof *p, struct err *e)
{
	struct broker_conf conf;
	struct mqtt_url url;

	*p = (struct proof){ .password = SB_INIT(256) };
	if (broker_conf_read(dir, &conf, e) < 0 || broker_door(&conf, &url, e) < 0 || probe_password(dir, &p->password, e) < 0)
		return -1;
	p->none.url = p->a.url = p->b.url = p->c.url = url;
	return 0;
}

static void end(struct proof *p)
{
	struct probe *all[] = { &p->none, &p->a, &p->b, &p->c };

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i]->m)
			mqtt_leave(all[i]->m);
		mqtt_free(all[i]->m);
	}
	sb_wipe(&p->password);
}

int broker_prove(const char *dir, struct str example, struct err *e)
{
	struct proof p;
	int rc = begin(dir, &p, e);

	p.example = example;
	if (rc == 0)
		rc = prove_logins(&p, e);
	if (rc == 0)
		rc = prove_publishing(&p, e);
	if (rc == 0)
		rc = prove_reading(&p, e);
	end(&p);
	if (rc < 0 && e->code == E_DENIED)
		e->code = E_IO;
	return rc;
}

int broker_loaded(const char *dir, struct err *e)
{
	struct proof p;
	int got = begin(dir, &p, e);

	if (got == 0)
		got = log_in(&p.a, PROBE_USER "a", &p.password, e);
	else if (e->code == E_NOTFOUND) {
		err_clear(e);
		got = 0; /* never synced */
	}
	end(&p);
	return got;
}

/* ---- sync ---- */

/* The password file comes last: who is in it has its topics already. */
static int write_files(const char *dir, struct compiled *c, struct err *e)
{
	AUTO(sb_wipe) struct sb password = SB_INIT(SECRET_LETTERS);

	if (secret_letters(SECRET_LETTERS, &password, e) < 0 || broker_probe_passwd(sb_str(&password), &c->passwd, e) < 0)
		return -1;
	if (broker_probe_acl(&c->acl) < 0)
		return err_nomem(e);
	if (broker_write(dir, "acl", sb_str(&c->acl), e) < 0 || broker_write(dir, PROBE_FILE, sb_str(&password), e) < 0)
		return -1;
	return broker_write(dir, "passwd", sb_str(&c->passwd), e);
}

static int pause_a_bit(struct err *e)
{
	const struct timespec moment = { .tv_nsec = STEP * 1000 };

	(void)nanosleep(&moment, NULL);
	return stop_requested() ? stop_error(e) : 0;
}

/* It reads its files when it next looks for signals: once that password works, it has. */
static int tell(const char *dir, pid_t pid, struct err *e)
{
	int64_t end_at = clock_monotonic() + PATIENCE;
	int got;

	if (kill(pid, SIGHUP) < 0)
		return err_errno(e, errno, "telling the broker");
	while ((got = broker_loaded(dir, e)) == 0) {
		if (clock_monotonic() > end_at)
			return err_set(e, E_IO, "the broker (process %d) does not read its files: can its user read %s?", (int)pid, dir);
		if (pause_a_bit(e) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int sync_locked(struct db *db, const char *dir, int64_t now, bool dry, struct broker_synced *out, struct err *e)
{
	AUTO(compiled_done) struct compiled c = { 0 };
	bool current;
	pid_t pid;
	int loaded;

	if (broker_compile(db, dir, now, &c, e) < 0 || broker_is_current(dir, &c, &current, e) < 0)
		return -1;
	*out = (struct broker_synced){ .wrote = !current, .logins = c.logins, .refused = c.refused };
	if (dry)
		return 0;
	if (!current && write_files(dir, &c, e) < 0)
		return -1;
	pid = broker_pid(dir);
	if (!pid)
		return 0;
	loaded = current ? broker_loaded(dir, e) : 0;
	if (loaded < 0)
		return -1;
	if (!loaded && (tell(dir, pid, e) < 0 || broker_prove(dir, c.example, e) < 0))
		return -1;
	out->proved = true;
	return 0;
}

int broker_sync(struct db *db, const char *dir, int64_t now, bool dry, struct broker_synced *out, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int fd, rc;

	if (broker_path(dir, "lock", &path, e) < 0 || lock_take(sb_cstr(&path), &fd, e) < 0)
		return -1;
	rc = sync_locked(db, dir, now, dry, out, e);
	lock_drop(fd);
	return rc;
}
