/* SPDX-License-Identifier: MIT */
/*
 * How acknowledgements are held back: libmosquitto writes what it queues at once unless it is told that there are threads; told so, it leaves
 * writing to whoever runs its loop, which is us. Its own loops must not be used then. (Tried with 2.0.11; a test holds a commit and looks.)
 */
#include "wire/mqtt.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "os/clock.h"
#include "os/notify.h"
#include "os/secret.h"
#include "os/signal.h"
#include "wire/mqtt_lib.h"
#include "wire/tunnel.h"

#define CONNECT_WAIT 10000000 /* microseconds for the broker's answer */
#define FLUSH_WAIT 30000000   /* for a broker that takes nothing */
#define LASTS 10000000	      /* a connection that does not last so long was hardly one: two clients may push each other out */
#define SUSPECT 3	      /* so many in a row that did not last are told with what may be the cause */
#define SEND_AHEAD 1000	      /* publications that wait for their acknowledgement */

struct filter {
	char *text;
	int qos, mid; /* mid: of the subscription last asked for */
	bool retained;
};

struct mqtt {
	struct mqtt_lib lib;
	struct mosquitto *client;
	struct tunnel *tunnel; /* NULL: not through a WebSocket */
	struct ws_to to;
	SSL_CTX *tls;
	struct mqtt_opts opt;
	char id[192];
	struct filter *filter;
	size_t nfilter, granted, asked, unanswered;
	bool answered, made; /* CONNACK came; a connection was tried once */
	bool resumed;	     /* CONNACK said that there was a session */
	int reason;	     /* of CONNACK or DISCONNECT */
	uint64_t taken;	     /* messages handed over */
	unsigned failed;     /* connects in a row, with those that soon were lost again */
	int64_t since;	     /* monotonic time of the last connect */
	char why[200];	     /* what OpenSSL said last */
	struct err e;	     /* of a callback; code 0: none */
};

/* ---- what libmosquitto calls ---- */

static void on_connect(struct mosquitto *c, void *arg, int rc, int flags, const mosquitto_property *p)
{
	struct mqtt *m = arg;

	(void)c;
	(void)p;
	m->answered = true;
	m->resumed = flags & 1;
	m->reason = rc;
}

static void on_disconnect(struct mosquitto *c, void *arg, int rc, const mosquitto_property *p)
{
	struct mqtt *m = arg;

	(void)c;
	(void)p;
	if (m->reason < MQTT_RC_UNSPECIFIED) /* the broker's word, not the library's that comes behind it */
		m->reason = rc;
}

static void on_message(struct mosquitto *c, void *arg, const struct mosquitto_message *got)
{
	struct mqtt *m = arg;
	const struct mqtt_message msg = { .topic = str_of(got->topic), .payload = { got->payload, (size_t)got->payloadlen },
					  .qos = got->qos, .id = got->qos ? (uint16_t)got->mid : 0, .retained = got->retain };

	(void)c;
	m->taken++;
	if (!m->e.code && m->opt.message)
		(void)m->opt.message(m->opt.arg, &msg, &m->e);
}

static void on_publish(struct mosquitto *c, void *arg, int mid, int reason, const mosquitto_property *p)
{
	struct mqtt *m = arg;

	(void)c;
	(void)p;
	if (m->unanswered)
		m->unanswered--;
	if (m->opt.published)
		m->opt.published(m->opt.arg, mid, reason < MQTT_RC_UNSPECIFIED ? NULL : m->lib.mosquitto_reason_string(reason));
}

static void on_subscribe(struct mosquitto *c, void *arg, int mid, int n, const int *granted)
{
	struct mqtt *m = arg;
	const struct filter *f = m->filter, *end = f + m->nfilter;

	(void)c;
	m->granted++;
	while (f < end && f->mid != mid)
		f++;
	for (int i = 0; i < n && !m->e.code; i++)
		if (granted[i] >= MQTT_RC_UNSPECIFIED)
			err_set(&m->e, E_DENIED, "the broker refuses the subscription: %s", m->lib.mosquitto_reason_string(granted[i]));
		else if (f < end && granted[i] < f->qos) /* it would not wait for acknowledgements: what is lost on the way is lost */
			err_set(&m->e, E_DENIED, "the broker grants QoS %d only, and %d is needed to lose nothing (max_qos of its listener)", granted[i], f->qos);
}

static void on_log(struct mosquitto *c, void *arg, int level, const char *text)
{
	struct mqtt *m = arg;

	(void)c;
	if (level == MOSQ_LOG_ERR && !m->why[0])
		(void)snprintf(m->why, sizeof(m->why), "%s", text);
}

static int as_it_is(int ok, X509_STORE_CTX *s)
{
	(void)s;
	return ok;
}

/*
 * The whole proof of who the broker is, in place of libmosquitto's, which keeps the reason to itself (and, given a context, as 2.0.11 is here, finds
 * its own data no more and refuses everything).
 */
static int on_verify(X509_STORE_CTX *s, void *arg)
{
	struct mqtt *m = arg;
	X509_VERIFY_PARAM *p = m->lib.X509_STORE_CTX_get0_param(s);
	const char *host = m->opt.url->host;
	int ok;

	m->lib.X509_STORE_CTX_set_verify_cb(s, as_it_is);
	ok = m->lib.X509_VERIFY_PARAM_set1_host(p, NULL, 0) == 1; /* what others asked for */
	if (ok)
		ok = m->lib.X509_VERIFY_PARAM_set1_ip_asc(p, host) == 1 || m->lib.X509_VERIFY_PARAM_set1_host(p, host, 0) == 1;
	if (ok)
		ok = m->lib.X509_verify_cert(s);
	if (ok <= 0)
		(void)snprintf(m->why, sizeof(m->why), "the broker's certificate: %s",
			       m->lib.X509_verify_cert_error_string(m->lib.X509_STORE_CTX_get_error(s)));
	return ok;
}

/* ---- making ---- */

void mqtt_free(struct mqtt *m)
{
	if (!m)
		return;
	if (m->client)
		m->lib.mosquitto_destroy(m->client);
	tunnel_free(m->tunnel);
	if (m->tls)
		m->lib.SSL_CTX_free(m->tls);
	mqtt_lib_drop(&m->lib);
	for (size_t i = 0; i < m->nfilter; i++)
		free(m->filter[i].text);
	free(m->filter);
	free(m);
}

static int make_id(struct mqtt *m, struct err *e)
{
	unsigned char bytes[8];

	if (m->opt.id) {
		(void)snprintf(m->id, sizeof(m->id), "%s", m->opt.id);
		return strlen(m->opt.id) < sizeof(m->id) ? 0 : err_set(e, E_USAGE, "the client id is longer than 191 bytes");
	}
	if (secret_random(bytes, sizeof(bytes), e) < 0)
		return -1;
	(void)snprintf(m->id, sizeof(m->id), "sit-%02x%02x%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
		       bytes[5], bytes[6], bytes[7]);
	return 0;
}

static int readable(const char *path, struct err *e)
{
	return !path || access(path, R_OK) == 0 ? 0 : err_errno(e, errno, path);
}

/* Whom we trust and what we show, told to libmosquitto, which makes its connection itself. */
static int tell_tls(struct mqtt *m, const char *file, const char *folder, struct err *e)
{
	int rc;

	if (m->lib.mosquitto_void_option(m->client, MOSQ_OPT_SSL_CTX, m->tls) != MOSQ_ERR_SUCCESS ||
	    m->lib.mosquitto_int_option(m->client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 1) != MOSQ_ERR_SUCCESS)
		return err_set(e, E_CONFLICT, "this libmosquitto takes no TLS context");
	rc = m->lib.mosquitto_tls_set(m->client, file, folder, m->opt.cert, m->opt.key, NULL);
	return rc == MOSQ_ERR_SUCCESS ? 0 : err_set(e, E_USAGE, "certificates: %s", m->lib.mosquitto_strerror(rc));
}

static int tls_failed(const struct mqtt *m, const char *what, struct err *e)
{
	const char *why = m->lib.ERR_reason_error_string(m->lib.ERR_peek_error());

	m->lib.ERR_clear_error();
	return err_set(e, E_USAGE, "%s: %s", what, why ? why : "OpenSSL does not take it");
}

/* The same for the connection of a WebSocket, as libmosquitto does it. */
static int load_tls(struct mqtt *m, const char *file, const char *folder, struct err *e)
{
	struct mqtt_lib *l = &m->lib;

	l->ERR_clear_error();
	if (l->SSL_CTX_ctrl(m->tls, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) != 1)
		return tls_failed(m, "TLS 1.2", e);
	if (file ? l->SSL_CTX_load_verify_file(m->tls, file) != 1 : l->SSL_CTX_load_verify_dir(m->tls, folder) != 1)
		return tls_failed(m, file ? file : folder, e);
	if (m->opt.cert && l->SSL_CTX_use_certificate_chain_file(m->tls, m->opt.cert) != 1)
		return tls_failed(m, m->opt.cert, e);
	/* This also looks whether the two belong together. */
	if (m->opt.key && l->SSL_CTX_use_PrivateKey_file(m->tls, m->opt.key, SSL_FILETYPE_PEM) != 1)
		return tls_failed(m, m->opt.key, e);
	return 0;
}

static int set_tls(struct mqtt *m, struct err *e)
{
	const struct mqtt_opts *o = &m->opt;
	struct stat st;
	bool folder;
	const char *trusted = o->ca ? o->ca : "/etc/ssl/certs";

	if (!mqtt_url_tls(o->url))
		return o->ca || o->cert || o->key ? err_set(e, E_USAGE, "certificates go with mqtts:// and wss://") : 0;
	if (!o->cert != !o->key)
		return err_set(e, E_USAGE, "a client's certificate and its key go together");
	if (readable(o->ca, e) < 0 || readable(o->cert, e) < 0 || readable(o->key, e) < 0)
		return -1;
	folder = !o->ca || (stat(o->ca, &st) == 0 && S_ISDIR(st.st_mode));
	m->tls = m->lib.SSL_CTX_new(m->lib.TLS_client_method());
	if (!m->tls)
		return err_nomem(e);
	m->lib.SSL_CTX_set_cert_verify_callback(m->tls, on_verify, m);
	return (m->tunnel ? load_tls : tell_tls)(m, folder ? NULL : trusted, folder ? trusted : NULL, e);
}

static int set_tunnel(struct mqtt *m, struct err *e)
{
	const struct mqtt_url *u = m->opt.url;

	if (!mqtt_url_ws(u))
		return 0;
	m->to = (struct ws_to){ .host = u->host, .port = u->port, .path = u->path };
	return tunnel_new(&m->tunnel, e);
}

static int configure(struct mqtt *m, struct err *e)
{
	const struct mqtt_opts *o = &m->opt;
	const char *user = o->user ? o->user : o->url->user[0] ? o->url->user : NULL;
	struct mqtt_lib *l = &m->lib;

	m->client = l->mosquitto_new(m->id, o->session == 0, m);
	if (!m->client)
		return err_nomem(e);
	if (l->mosquitto_int_option(m->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5) != MOSQ_ERR_SUCCESS ||
	    l->mosquitto_int_option(m->client, MOSQ_OPT_RECEIVE_MAXIMUM, MQTT_RECEIVE_MAX) != MOSQ_ERR_SUCCESS ||
	    l->mosquitto_int_option(m->client, MOSQ_OPT_SEND_MAXIMUM, SEND_AHEAD) != MOSQ_ERR_SUCCESS ||
	    l->mosquitto_threaded_set(m->client, true) != MOSQ_ERR_SUCCESS)
		return err_set(e, E_CONFLICT, "this libmosquitto has no MQTT 5");
	(void)l->mosquitto_int_option(m->client, MOSQ_OPT_TCP_NODELAY, 1);
	l->mosquitto_connect_v5_callback_set(m->client, on_connect);
	l->mosquitto_disconnect_v5_callback_set(m->client, on_disconnect);
	l->mosquitto_message_callback_set(m->client, on_message);
	l->mosquitto_publish_v5_callback_set(m->client, on_publish);
	l->mosquitto_subscribe_callback_set(m->client, on_subscribe);
	l->mosquitto_log_callback_set(m->client, on_log);
	if (o->password && !user)
		return err_set(e, E_USAGE, "a password without a user");
	if (user && l->mosquitto_username_pw_set(m->client, user, o->password) != MOSQ_ERR_SUCCESS)
		return err_set(e, E_USAGE, "the user's name is not UTF-8");
	if (o->will_topic && l->mosquitto_will_set(m->client, o->will_topic, (int)o->will.len, o->will.ptr, 1, o->will_retain) != MOSQ_ERR_SUCCESS)
		return err_set(e, E_USAGE, "the last will has no topic or too long a text");
	return set_tls(m, e);
}

int mqtt_new(const struct mqtt_opts *o, struct mqtt **out, struct err *e)
{
	AUTO(mqtt_freep) struct mqtt *m = calloc(1, sizeof(*m));

	if (!m)
		return err_nomem(e);
	m->opt = *o;
	if (make_id(m, e) < 0 || mqtt_lib_load(&m->lib, e) < 0 || set_tunnel(m, e) < 0 || configure(m, e) < 0)
		return -1;
	*out = m;
	m = NULL;
	return 0;
}

int mqtt_subscribe(struct mqtt *m, const char *filter, int qos, bool retained, struct err *e)
{
	struct filter *v = realloc(m->filter, (m->nfilter + 1) * sizeof(*v));

	if (!v)
		return err_nomem(e);
	m->filter = v;
	v[m->nfilter] = (struct filter){ .text = strdup(filter), .qos = qos, .retained = retained };
	return v[m->nfilter++].text ? 0 : err_nomem(e);
}

/* ---- connecting ---- */

/* What a call of libmosquitto that failed means. */
static int failed(const struct mqtt *m, int rc, const char *what, struct err *e)
{
	const char *why = rc == MOSQ_ERR_ERRNO ? strerror(errno) : m->lib.mosquitto_strerror(rc);

	if (m->reason == MQTT_RC_SESSION_TAKEN_OVER)
		return err_set(e, E_CONFLICT, "another client connected with the id \"%s\": each needs its own (--client-id)", m->id);
	if (m->tunnel && tunnel_why(m->tunnel)[0])
		why = tunnel_why(m->tunnel);
	if (m->reason >= MQTT_RC_UNSPECIFIED)
		why = m->lib.mosquitto_reason_string(m->reason);
	if (m->why[0])
		why = m->why;
	if (m->failed >= SUSPECT && m->since && clock_monotonic() - m->since < LASTS && m->reason < MQTT_RC_UNSPECIFIED)
		return err_set(e, E_IO, "%s: %s, %u times in a row: is there another client with the id \"%s\"? Each needs its own (--client-id)", what, why,
			       m->failed, m->id);
	return err_set(e, E_IO, "%s: %s", what, why);
}

/* A refusal that may be over the next time. */
static bool passes(int reason)
{
	return reason == MQTT_RC_SERVER_UNAVAILABLE || reason == MQTT_RC_SERVER_BUSY || reason == MQTT_RC_QUOTA_EXCEEDED ||
	       reason == MQTT_RC_CONNECTION_RATE_EXCEEDED;
}

static int dial(struct mqtt *m)
{
	const struct mqtt_opts *o = &m->opt;
	mosquitto_property *p = NULL;
	int rc;

	if (m->made)
		return m->lib.mosquitto_reconnect(m->client);
	rc = o->session ? m->lib.mosquitto_property_add_int32(&p, MQTT_PROP_SESSION_EXPIRY_INTERVAL, o->session) : MOSQ_ERR_SUCCESS;
	if (rc == MOSQ_ERR_SUCCESS)
		rc = m->lib.mosquitto_connect_bind_v5(m->client, m->tunnel ? tunnel_door(m->tunnel) : o->url->host, m->tunnel ? 0 : o->url->port,
						      o->keepalive ? o->keepalive : 60, NULL, p);
	m->lib.mosquitto_property_free_all(&p);
	m->made = true;
	return rc;
}

/* Wait until the descriptor is ready for `events`: 1, 0 time is over, -1 asked to stop. */
static int wait_for(const struct mqtt *m, short events, int64_t us, struct err *e)
{
	struct pollfd p = { .fd = m->lib.mosquitto_socket(m->client), .events = events };
	int got;

	if (m->tunnel)
		return tunnel_wait(m->tunnel, p.fd, events, us, e);
	if (stop_requested())
		return stop_error(e);
	got = poll(&p, 1, us < 0 ? 0 : (int)((us + 999) / 1000));
	if (got < 0 && stop_requested())
		return stop_error(e);
	return got > 0;
}

/* The greeting out, the answer in, and not a packet more: what comes behind it may be messages. */
static int greet(struct mqtt *m, struct err *e)
{
	int64_t until = clock_monotonic() + CONNECT_WAIT;
	int rc = MOSQ_ERR_SUCCESS;

	while (rc == MOSQ_ERR_SUCCESS && !m->answered) {
		bool out = m->lib.mosquitto_want_write(m->client);
		int got = wait_for(m, (short)(out ? POLLIN | POLLOUT : POLLIN), until - clock_monotonic(), e);

		if (got < 0)
			return -1;
		if (got == 0 && clock_monotonic() >= until)
			return err_set(e, E_IO, "the broker does not answer");
		if (out)
			rc = m->lib.mosquitto_loop_write(m->client, 1);
		if (rc == MOSQ_ERR_SUCCESS)
			rc = m->lib.mosquitto_loop_read(m->client, 1);
	}
	if (m->answered && m->reason)
		return err_set(e, passes(m->reason) ? E_IO : E_DENIED, "the broker refuses the connection: %s",
			       m->reason < MQTT_RC_UNSPECIFIED ? "it does not speak MQTT 5" : m->lib.mosquitto_reason_string(m->reason));
	return rc == MOSQ_ERR_SUCCESS ? 0 : failed(m, rc, "no connection", e);
}

static int open_tunnel(struct mqtt *m, struct err *e)
{
	m->to.tls = m->tls;
	if (tunnel_connect(m->tunnel, &m->to, CONNECT_WAIT, e) == 0)
		return 0;
	if (m->why[0] && e->code == E_IO) /* of the certificate we know more than who refused it for us */
		return err_set(e, E_IO, "no connection: %s", m->why);
	return e->code == E_IO ? err_wrap(e, "no connection") : -1;
}

int mqtt_connect(struct mqtt *m, struct err *e)
{
	int rc;

	m->answered = false;
	m->reason = 0;
	m->why[0] = '\0';
	m->granted = m->asked = m->unanswered = 0;
	err_clear(&m->e);
	if (m->since && clock_monotonic() - m->since > LASTS)
		m->failed = 0;
	m->failed++;
	m->since = 0;
	if (m->tunnel && open_tunnel(m, e) < 0)
		return -1;
	rc = dial(m);
	if (rc != MOSQ_ERR_SUCCESS)
		return stop_requested() ? stop_error(e) : failed(m, rc, "no connection", e);
	if (m->tunnel && tunnel_accept(m->tunnel, e) < 0)
		return -1;
	if (greet(m, e) < 0)
		return -1;
	m->since = clock_monotonic();
	for (size_t i = 0; i < m->nfilter; i++) {
		int options = m->filter[i].retained ? MQTT_SUB_OPT_SEND_RETAIN_NEW : MQTT_SUB_OPT_SEND_RETAIN_NEVER;

		rc = m->lib.mosquitto_subscribe_v5(m->client, &m->filter[i].mid, m->filter[i].text, m->filter[i].qos, options, NULL);
		if (rc != MOSQ_ERR_SUCCESS)
			return err_set(e, E_USAGE, "the filter \"%s\": %s", m->filter[i].text, m->lib.mosquitto_strerror(rc));
		m->asked++;
	}
	return 0;
}

bool mqtt_is_resumed(const struct mqtt *m)
{
	return m->resumed;
}

bool mqtt_is_subscribed(const struct mqtt *m)
{
	return m->asked == m->nfilter && m->granted == m->asked;
}

/* ---- the two directions ---- */

/* More can be read without waiting. */
static bool more(const struct mqtt *m)
{
	struct pollfd p = { .fd = m->lib.mosquitto_socket(m->client), .events = POLLIN };
	const SSL *ssl = m->lib.mosquitto_ssl_get(m->client);

	if (m->tunnel)
		tunnel_turn(m->tunnel);
	return (ssl && m->lib.SSL_pending(ssl)) || (p.fd >= 0 && poll(&p, 1, 0) > 0);
}

int mqtt_read(struct mqtt *m, int64_t wait_us, int most, struct err *e)
{
	uint64_t first = m->taken, before;
	int rc = MOSQ_ERR_SUCCESS;

	if (m->lib.mosquitto_socket(m->client) < 0)
		return failed(m, MOSQ_ERR_NO_CONN, "the connection is lost", e);
	if (!more(m) && wait_for(m, POLLIN, wait_us, e) < 0)
		return -1;
	do {
		before = m->taken;
		rc = m->lib.mosquitto_loop_read(m->client, 1);
		if (m->e.code) {
			*e = m->e;
			return -1;
		}
		/* A call that brought no message: a packet of another kind, a part of one, or nothing is there. */
	} while (rc == MOSQ_ERR_SUCCESS && m->taken - first < (uint64_t)most && (m->taken != before || more(m)));
	if (rc == MOSQ_ERR_SUCCESS)
		rc = m->lib.mosquitto_loop_misc(m->client);
	if (rc != MOSQ_ERR_SUCCESS)
		return failed(m, rc, "the connection is lost", e);
	return (int)(m->taken - first);
}

int mqtt_publish(struct mqtt *m, const char *topic, struct str payload, int qos, bool retain, int *mid, struct err *e)
{
	int rc;

	if (payload.len > MQTT_PAYLOAD_MAX - 1)
		return err_set(e, E_INPUT, "a message of %zu bytes: the limit of MQTT is 256 MiB", payload.len);
	rc = m->lib.mosquitto_publish_v5(m->client, mid, topic, (int)payload.len, payload.ptr, qos, retain, NULL);
	if (rc == MOSQ_ERR_NO_CONN || rc == MOSQ_ERR_CONN_LOST)
		return failed(m, rc, "the connection is lost", e);
	if (rc != MOSQ_ERR_SUCCESS)
		return err_set(e, E_INPUT, "topic \"%s\": %s", topic, m->lib.mosquitto_strerror(rc));
	m->unanswered += qos > 0;
	return 0;
}

size_t mqtt_unanswered(const struct mqtt *m)
{
	return m->unanswered;
}

/* What libmosquitto wrote is with us: it is sent when it has left us, too. */
static int drain(struct mqtt *m, struct err *e)
{
	int rc = tunnel_drain(m->tunnel, FLUSH_WAIT, e);

	return rc != 0 ? (rc < 0 ? -1 : 0) : err_set(e, E_IO, "the broker reads nothing");
}

/* Bytes that were written and that the other side has not taken. */
static int untaken(const struct mqtt *m)
{
	int n = 0;

	return ioctl(m->lib.mosquitto_socket(m->client), SIOCOUTQ, &n) == 0 ? n : 0;
}

int mqtt_flush(struct mqtt *m, struct err *e)
{
	int64_t until = 0;
	int left = 0;

	while (m->lib.mosquitto_want_write(m->client)) {
		int before = untaken(m), rc = m->lib.mosquitto_loop_write(m->client, 1), got;

		if (rc != MOSQ_ERR_SUCCESS)
			return failed(m, rc, "the connection is lost", e);
		if (!m->lib.mosquitto_want_write(m->client))
			break;
		/* One that is slow is waited for: it may write each acknowledgement to its disk before it reads the next. */
		if (!until || before < left)
			until = clock_monotonic() + FLUSH_WAIT;
		left = untaken(m);
		notify_alive();
		got = wait_for(m, POLLOUT, 1000000, e);
		if (got < 0)
			return -1;
		if (got == 0 && clock_monotonic() > until)
			return err_set(e, E_IO, "the broker reads nothing");
	}
	return m->tunnel ? drain(m, e) : 0;
}

void mqtt_cut(struct mqtt *m)
{
	int fd = m->lib.mosquitto_socket(m->client);

	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
	if (m->tunnel)
		tunnel_cut(m->tunnel);
}

void mqtt_leave(struct mqtt *m)
{
	if (m->lib.mosquitto_disconnect(m->client) == MOSQ_ERR_SUCCESS)
		(void)m->lib.mosquitto_loop_write(m->client, 1);
	if (m->tunnel)
		tunnel_leave(m->tunnel);
}

int64_t mqtt_backoff(struct mqtt *m)
{
	int64_t longest = 100000;
	uint32_t dice = 0;
	struct err ignored = { 0 };

	for (unsigned i = 1; i < m->failed && longest < 5000000; i++)
		longest *= 2;
	if (longest > 5000000)
		longest = 5000000;
	(void)secret_random(&dice, sizeof(dice), &ignored);
	return longest - (int64_t)dice % (longest / 2);
}
