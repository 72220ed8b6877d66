/* SPDX-License-Identifier: MIT */
/*
 * What the rows of MQTT are measured with, over a broker's Unix socket. Times are microseconds of the monotonic clock.
 *
 * mqtt publish SOCKET QOS <MESSAGES	the lines of gen, each under its device's topic, as fast as the broker takes them; prints when it began
 * mqtt count SOCKET QOS N		the peer: subscribes, counts N messages, prints when the last one came
 * mqtt stored FILE N			looks every 2 ms until the SQLite store's ledger counts N points stored; prints when it did
 * mqtt pace SOCKET RATE SECONDS <MESSAGES	RATE lines a second with QoS 1, "ts" replaced by the instant (of the wall clock) that each was due to be
 *					sent, whatever became of those before it; prints that and when it was sent, a line each
 * mqtt delay SOCKET LISTEN N		stands between a subscriber that connects to LISTEN and the broker: for N messages of pace, prints "ts" and when
 *					the subscriber's acknowledgement passed, a line each
 */
#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TOPIC "sit/default/+/telemetry"
#define AHEAD 100	/* publications without an answer */
#define LONGEST 300	/* seconds after which something is wrong */
#define TELEMETRY_MAX 65536 /* bytes of a packet, at most */
#define PACKET_MOST 4096    /* of one of pace */

static _Noreturn void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("mqtt: ", stderr);
	(void)vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	exit(5);
}

static int64_t clock_us(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static void must(int rc, const char *what)
{
	if (rc != MOSQ_ERR_SUCCESS)
		die("%s: %s", what, rc == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(rc));
}

static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || n < 0)
		die("\"%s\" is no number", text);
	return n;
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(a.sun_path))
		die("%s: too long for a socket", path);
	memcpy(a.sun_path, path, strlen(path));
	return a;
}

/* ---- publishing ---- */

static int unanswered;

static void on_publish(struct mosquitto *m, void *arg, int mid)
{
	(void)m;
	(void)arg;
	(void)mid;
	unanswered--;
}

static struct mosquitto *client(const char *id, const char *path, void *arg)
{
	struct mosquitto *m = mosquitto_new(id, id == NULL, arg);
	mosquitto_property *p = NULL;

	if (!m)
		die("no memory");
	must(mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5), "MQTT 5");
	must(mosquitto_int_option(m, MOSQ_OPT_RECEIVE_MAXIMUM, 65535), "receive maximum");
	must(mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, 65535), "send maximum");
	mosquitto_publish_callback_set(m, on_publish);
	if (id)
		must(mosquitto_property_add_int32(&p, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 3600), "session");
	must(mosquitto_connect_bind_v5(m, path, 0, 60, NULL, p), path);
	mosquitto_property_free_all(&p);
	return m;
}

/* All lines of standard input, each without its end. */
static char **lines(size_t *n)
{
	char **v = NULL, *line = NULL;
	size_t size = 0;
	ssize_t len;

	*n = 0;
	while ((len = getline(&line, &size, stdin)) > 0) {
		char **grown = realloc(v, (*n + 1) * sizeof(*v));

		if (!grown)
			die("no memory");
		v = grown;
		line[len - 1] = '\0';
		v[(*n)++] = strdup(line);
	}
	free(line);
	return v;
}

/* {"device":"NAME","ts":"...","values":{...}} */
static void topic_of(const char *line, char *topic, size_t size)
{
	const char *name = line + strlen("{\"device\":\"");
	size_t len = strcspn(name, "\"");

	if (len > 63)
		die("\"%s\": no message", line);
	(void)snprintf(topic, size, "sit/default/%.*s/telemetry", (int)len & 63, name);
}

static void send_line(struct mosquitto *m, const char *line, const char *payload, int qos)
{
	char topic[200];

	topic_of(line, topic, sizeof(topic));
	must(mosquitto_publish(m, NULL, topic, (int)strlen(payload), payload, qos, false), "publish");
	unanswered++;
	while (unanswered >= AHEAD)
		must(mosquitto_loop(m, -1, 1), "loop");
}

static void finish(struct mosquitto *m)
{
	while (unanswered)
		must(mosquitto_loop(m, -1, 1), "loop");
	(void)mosquitto_disconnect(m);
	mosquitto_destroy(m);
}

static void publish(const char *path, int qos)
{
	size_t n;
	char **v = lines(&n);
	struct mosquitto *m = client(NULL, path, NULL);

	printf("%" PRId64 "\n", now_us());
	for (size_t i = 0; i < n; i++)
		send_line(m, v[i], v[i], qos);
	finish(m);
}

/* ---- publishing by the clock ---- */

/*
 * Written packet by packet (MQTT 3.1.1, a few bytes each): all that is due goes out in one write, and nothing waits for an answer, so that a broker or a
 * subscriber that is late makes no message late to be sent.
 */
struct out {
	unsigned char buf[65536];
	size_t len;
	int fd;
};

static _Atomic long answered;

static void put(struct out *o, const void *bytes, size_t n)
{
	if (n > sizeof(o->buf) - o->len)
		die("a message is too long");
	memcpy(o->buf + o->len, bytes, n);
	o->len += n;
}

static void put_text(struct out *o, const char *text, size_t n)
{
	const unsigned char head[2] = { (unsigned char)(n >> 8), (unsigned char)n };

	put(o, head, 2);
	put(o, text, n);
}

static void put_head(struct out *o, unsigned char first, size_t left)
{
	put(o, &first, 1);
	do {
		const unsigned char digit = (unsigned char)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));

		put(o, &digit, 1);
		left >>= 7;
	} while (left);
}

static void flush(struct out *o)
{
	for (size_t done = 0; done < o->len;) {
		ssize_t n = write(o->fd, o->buf + done, o->len - done);

		if (n < 0)
			die("write: %s", strerror(errno));
		done += (size_t)n;
	}
	o->len = 0;
}

/* Of 4 bytes each are the answers: to CONNECT, then to each message. */
static void *count_answers(void *arg)
{
	const struct out *o = arg;
	char buf[4096];
	long bytes = 0;
	ssize_t n;

	while ((n = read(o->fd, buf, sizeof(buf))) > 0) {
		bytes += n;
		answered = bytes / 4;
		(void)usleep(2000); /* not a wake-up for each */
	}
	return NULL;
}

static void put_message(struct out *o, const char *line, long i, int64_t ts)
{
	const unsigned id = (unsigned)(i % 65535) + 1;
	const unsigned char name[2] = { (unsigned char)(id >> 8), (unsigned char)id };
	const char *values = strstr(line, "\"values\"");
	char topic[200], head[40];
	size_t n, m;

	topic_of(line, topic, sizeof(topic));
	(void)snprintf(head, sizeof(head), "{\"ts\":%" PRId64 ",", ts);
	n = strlen(head);
	m = strlen(values);
	put_head(o, 0x32, 2 + strlen(topic) + 2 + n + m); /* PUBLISH, QoS 1 */
	put_text(o, topic, strlen(topic));
	put(o, name, 2);
	put(o, head, n);
	put(o, values, m);
}

static void pace(const char *path, long rate, long seconds)
{
	static struct out o;
	const struct sockaddr_un a = address(path);
	long all = rate * seconds, done = 0;
	int64_t *sent = calloc((size_t)all, sizeof(*sent)), from, begin;
	pthread_t other;
	size_t n;
	char **v = lines(&n);

	if (n == 0)
		die("there is no message");
	o.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (!sent || connect(o.fd, (const struct sockaddr *)&a, sizeof(a)) < 0 || pthread_create(&other, NULL, count_answers, &o) != 0)
		die("%s: %s", path, strerror(errno));
	put_head(&o, 0x10, 6 + 4 + 2 + 4); /* CONNECT */
	put_text(&o, "MQTT", 4);
	put(&o, "\4\2\0\0", 4); /* 3.1.1, a clean session, no keepalive */
	put_text(&o, "pace", 4);
	flush(&o);
	while (answered < 1)
		(void)usleep(1000);
	/* It stands for devices with processors of their own: what it measures should not make it late. Without the right to, it is later. */
	(void)setpriority(PRIO_PROCESS, 0, -10);
	from = now_us();
	begin = clock_us(CLOCK_REALTIME);
	while (done < all) {
		long first = done, due = (now_us() - from) * rate / 1000000 + 1;

		for (; done < all && done < due && o.len < sizeof(o.buf) - PACKET_MOST; done++)
			put_message(&o, v[(size_t)done % n], done, begin + done * 1000000 / rate);
		flush(&o);
		for (; first < done; first++)
			sent[first] = begin + (now_us() - from);
		if (done == due)
			(void)usleep(500);
		if (done - answered > 65000)
			die("the broker is %ld messages behind", done - answered);
	}
	for (int64_t until = now_us() + (int64_t)LONGEST * 1000000; answered < 1 + all;) {
		(void)usleep(1000);
		if (now_us() > until)
			die("%ld of %ld messages are acknowledged", answered - 1, all);
	}
	for (long i = 0; i < all; i++)
		printf("%" PRId64 " %" PRId64 "\n", begin + i * 1000000 / rate, sent[i]);
}

/* ---- counting ---- */

struct count {
	long n;
	int64_t at; /* when the last one came */
};

static void on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *msg)
{
	struct count *c = arg;

	(void)m;
	(void)msg;
	if (c->n > 0 && --c->n == 0)
		c->at = now_us();
}

static void count(const char *path, int qos, long n)
{
	struct count c = { .n = n };
	struct mosquitto *m = client("counter", path, &c);
	int64_t until = now_us() + (int64_t)LONGEST * 1000000;

	mosquitto_message_callback_set(m, on_message);
	must(mosquitto_subscribe(m, NULL, TOPIC, qos), "subscribe");
	while (!c.at) {
		must(mosquitto_loop(m, 1000, 1), "loop");
		if (now_us() > until)
			die("%ld of %ld messages have not come", c.n, n);
	}
	printf("%" PRId64 "\n", c.at);
	(void)mosquitto_disconnect(m);
	mosquitto_destroy(m);
}

static void stored(const char *file, long n)
{
	int64_t until = now_us() + (int64_t)LONGEST * 1000000;
	sqlite3_stmt *st = NULL;
	int64_t have = 0;
	sqlite3 *db;

	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT COALESCE(SUM(stored), 0) FROM ledger", -1, &st, NULL) != SQLITE_OK)
		die("%s: %s", file, sqlite3_errmsg(db));
	while (have < n) {
		(void)usleep(20000);
		if (sqlite3_step(st) == SQLITE_ROW)
			have = sqlite3_column_int64(st, 0);
		(void)sqlite3_reset(st);
		if (now_us() > until)
			die("%" PRId64 " of %ld points are stored", have, n);
	}
	printf("%" PRId64 "\n", now_us());
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
}

/* ---- between broker and subscriber ---- */

/* One direction: what was read and is no whole packet yet. */
struct way {
	int from, to;
	bool up;
	size_t have;
	unsigned char buf[4 * TELEMETRY_MAX];
};

static _Atomic int64_t due_at[65536]; /* by packet id: when pace was to send it; 0: unknown */
static struct passed {
	int64_t due, at;
} *passed;
static _Atomic long delays; /* counted on the way up */
static long wanted;

static void see(const unsigned char *p, size_t head, size_t len)
{
	unsigned id;
	const char *ts;

	if (p[0] >> 4 == 3 && len > head + 2) { /* PUBLISH */
		size_t topic = (size_t)p[head] << 8 | p[head + 1];

		if (!(p[0] & 6) || len < head + topic + 4)
			return;
		id = (unsigned)p[head + 2 + topic] << 8 | p[head + 3 + topic];
		ts = memmem(p, len, "{\"ts\":", 6);
		due_at[id] = ts ? strtoll(ts + 6, NULL, 10) : 0;
	} else if (p[0] >> 4 == 4 && len >= head + 2) { /* PUBACK */
		id = (unsigned)p[head] << 8 | p[head + 1];
		if (due_at[id] && delays < wanted)
			passed[delays++] = (struct passed){ due_at[id], clock_us(CLOCK_REALTIME) };
		due_at[id] = 0;
	}
}

/* Look at the whole packets at the beginning: the bytes of them. */
static size_t packets(const struct way *w)
{
	size_t at = 0;

	while (at + 2 <= w->have) {
		size_t len = 0, head = 1;
		int shift = 0;

		do {
			len |= (size_t)(w->buf[at + head] & 0x7f) << shift;
			shift += 7;
		} while (w->buf[at + head++] & 0x80 && at + head < w->have && shift < 28);
		if (at + head + len > w->have)
			break;
		see(w->buf + at, head, head + len);
		at += head + len;
	}
	return at;
}

/* What comes is looked at, then handed on: no answer passes before its question is known. */
static void *pass(void *arg)
{
	struct way *w = arg;
	ssize_t got;

	while ((got = read(w->from, w->buf + w->have, sizeof(w->buf) - w->have)) > 0) {
		size_t seen, before = w->have;

		w->have += (size_t)got;
		seen = packets(w);
		for (ssize_t done = 0, out; done < got; done += out)
			if ((out = write(w->to, w->buf + before + done, (size_t)(got - done))) < 0)
				die("write: %s", strerror(errno));
		memmove(w->buf, w->buf + seen, w->have - seen);
		w->have -= seen;
		if (delays >= wanted && w->up)
			return NULL;
	}
	/* Who has acknowledged all says goodbye, and the broker hangs up. */
	if (delays >= wanted)
		return NULL;
	die("the connection ended after %ld of %ld acknowledgements", delays, wanted);
}

static void watch_delay(const char *path, const char *listen_at, long n)
{
	static struct way down, up;
	struct sockaddr_un a = address(listen_at), b = address(path);
	int s = socket(AF_UNIX, SOCK_STREAM, 0), broker = socket(AF_UNIX, SOCK_STREAM, 0), subscriber;
	pthread_t other;

	wanted = n;
	passed = calloc((size_t)n, sizeof(*passed));
	if (!passed || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 1) < 0 || connect(broker, (struct sockaddr *)&b, sizeof(b)) < 0)
		die("%s: %s", path, strerror(errno));
	subscriber = accept(s, NULL, NULL);
	down = (struct way){ .from = broker, .to = subscriber };
	up = (struct way){ .from = subscriber, .to = broker, .up = true };
	if (pthread_create(&other, NULL, pass, &down) != 0)
		die("no thread");
	(void)pass(&up);
	for (long i = 0; i < delays; i++)
		printf("%" PRId64 " %" PRId64 "\n", passed[i].due, passed[i].at);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	(void)mosquitto_lib_init();
	(void)setvbuf(stdout, NULL, strcmp(what, "pace") == 0 || strcmp(what, "delay") == 0 ? _IOFBF : _IOLBF, BUFSIZ);
	if (strcmp(what, "publish") == 0 && argc == 4)
		publish(argv[2], (int)number(argv[3]));
	else if (strcmp(what, "count") == 0 && argc == 5)
		count(argv[2], (int)number(argv[3]), number(argv[4]));
	else if (strcmp(what, "stored") == 0 && argc == 4)
		stored(argv[2], number(argv[3]));
	else if (strcmp(what, "pace") == 0 && argc == 5)
		pace(argv[2], number(argv[3]), number(argv[4]));
	else if (strcmp(what, "delay") == 0 && argc == 5)
		watch_delay(argv[2], argv[3], number(argv[4]));
	else
		return fputs("usage: mqtt publish|count|stored|pace|delay ...\n", stderr), 2;
	return 0;
}
