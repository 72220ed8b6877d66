/* SPDX-License-Identifier: MIT */
/*
 * sit-ws.so: a WebSocket through libwebsockets 4.1, without its habits: it would follow redirects (to where nobody proved who they are), ask
 * http_proxy, ignore SIGPIPE for the whole process, print, speak HTTP/2 and take an answer without a subprotocol.
 */
#include "wire/ws.h"

#include <arpa/inet.h>
#include <libwebsockets.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/sb.h"

#define HELD_MOST ((size_t)4 * WS_CHUNK)
#define LEAVING 1000 /* of RFC 6455: the purpose is fulfilled */

struct ws {
	struct lws_context *context;
	struct lws *wsi;
	lws_sorted_usec_list_t timer;
	const struct ws_to *to;
	char host[300]; /* as the header has it */
	int inner;	/* -1: none yet */
	bool open, over;
	bool sending; /* a frame was handed over, and nothing said since that another may come */
	bool leaving;
	struct sb held; /* came in and found no place */
	char alert[100], why[300];
	int http; /* status of an answer that is no upgrade */
	unsigned char frame[LWS_PRE + WS_CHUNK];
};

/* ---- bytes ---- */

static void say(struct ws *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct ws *s, const char *fmt, ...)
{
	va_list ap;

	if (s->why[0])
		return;
	va_start(ap, fmt);
	(void)vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

/* As much as there is place for: what is left of it. */
static size_t give(struct ws *s, const char *ptr, size_t len)
{
	while (len && s->inner >= 0) {
		ssize_t n = send(s->inner, ptr, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0)
			break;
		ptr += n;
		len -= (size_t)n;
	}
	return len;
}

/* What came: to the socket, or kept until there is place, and then no more is read. */
static int take(struct ws *s, const char *ptr, size_t len)
{
	size_t left = s->held.len ? len : give(s, ptr, len);

	if (!left)
		return 0;
	(void)lws_rx_flow_control(s->wsi, 0);
	if (sb_add(&s->held, ptr + (len - left), left) == 0)
		return 0;
	say(s, "no memory for what the server sends");
	return -1;
}

static void unhold(struct ws *s)
{
	size_t left = give(s, s->held.buf, s->held.len);

	sb_shift(&s->held, s->held.len - left);
	if (!left && !s->over)
		(void)lws_rx_flow_control(s->wsi, 1);
}

static int waiting(const struct ws *s)
{
	int n = 0;

	return s->inner >= 0 && ioctl(s->inner, FIONREAD, &n) == 0 ? n : 0;
}

static int send_frame(struct ws *s)
{
	ssize_t n = s->inner < 0 ? -1 : recv(s->inner, s->frame + LWS_PRE, WS_CHUNK, MSG_DONTWAIT);

	s->sending = false;
	if (n <= 0) {
		if (!s->leaving)
			return 0;
		lws_close_reason(s->wsi, LEAVING, NULL, 0);
		return -1;
	}
	if (lws_write(s->wsi, s->frame + LWS_PRE, (size_t)n, LWS_WRITE_BINARY) < n)
		return -1;
	s->sending = true;
	return lws_callback_on_writable(s->wsi) < 0 ? -1 : 0;
}

/* ---- what libwebsockets calls ---- */

static int check_answer(struct ws *s)
{
	char name[16];

	if (lws_hdr_copy(s->wsi, name, (int)sizeof(name), WSI_TOKEN_PROTOCOL) > 0 && strcmp(name, "mqtt") == 0)
		return 0;
	say(s, "the server speaks WebSocket, but not MQTT: it does not name the subprotocol \"mqtt\"");
	return -1;
}

static void failed(struct ws *s, struct lws *wsi, struct str text)
{
	unsigned status = wsi ? lws_http_client_http_response(wsi) : 0;
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	s->over = true;
	if (status && status != 101) {
		s->http = (int)status;
		say(s, "the server refuses the WebSocket: HTTP %u (path %s)", status, s->to->path);
	}
	if (s->alert[0])
		say(s, "TLS: the server says \"%s\"", s->alert);
	if (str_is(text, "HS: PROTOCOL malformed"))
		say(s, "the server speaks WebSocket, but not MQTT: it names another subprotocol than \"mqtt\"");
	if (str_is(text, "Unable to connect"))
		say(s, "cannot connect to %s port %d", s->to->host, s->to->port);
	if (text.len > 11 && memcmp(text.ptr, "connect SSL", 11) == 0)
		say(s, "TLS: %s", reason ? reason : "the other side does not speak it");
	if (!text.len) {
		say(s, "%s: the name cannot be resolved", s->to->host);
		return;
	}
	say(s, "no WebSocket: %.*s", (int)(text.len - (text.ptr[text.len - 1] == '\n')), text.ptr);
}

/* Code and text of the server's closing frame; what it writes is hostile. */
static void closed_by_peer(struct ws *s, const unsigned char *in, size_t len)
{
	char text[124] = "";
	size_t n = 0;

	for (size_t i = 2; i < len && n + 1 < sizeof(text); i++)
		if (in[i] >= ' ' && in[i] < 0x7f)
			text[n++] = (char)in[i];
	if (len >= 2)
		say(s, "the server closes the WebSocket: %u%s%s", (unsigned)in[0] << 8 | in[1], n ? " " : "", text);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct ws *s = wsi ? lws_context_user(lws_get_context(wsi)) : NULL;

	(void)user;
	if (!s)
		return 0;
	switch ((int)reason) { /* the others are not for a client */
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		failed(s, wsi, (struct str){ in ? in : "", in ? len : 0 });
		return 0;
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		s->wsi = wsi;
		return check_answer(s);
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		s->open = true;
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		if (lws_frame_is_binary(wsi))
			return take(s, in, len);
		say(s, "the server sends text, which is not MQTT");
		return -1;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return send_frame(s);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		closed_by_peer(s, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		say(s, s->alert[0] ? "TLS: the server says \"%s\"" : "the server closes the connection", s->alert);
		s->over = true;
		return 0;
	default:
		return 0;
	}
}

/* What of TLS libwebsockets keeps to itself or does wrong: why the other side refuses, and the server's name, which for an address is none. */
static void on_tls(const SSL *ssl, int where, int ret)
{
	struct ws *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	unsigned char address[16];
	union {
		const SSL *in;
		SSL *out;
	} same = { .in = ssl }; /* OpenSSL's own callback has it const */

	if (where & SSL_CB_HANDSHAKE_START && !SSL_is_init_finished(ssl)) {
		bool is_name = inet_pton(AF_INET, s->to->host, address) != 1 && inet_pton(AF_INET6, s->to->host, address) != 1;

		(void)SSL_ctrl(same.out, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, is_name ? (void *)(intptr_t)s->to->host : NULL);
	}
	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && ret >> 8 == SSL3_AL_FATAL)
		(void)snprintf(s->alert, sizeof(s->alert), "%s", SSL_alert_desc_string_long(ret));
}

/* ---- the calls ---- */

static void ws_close(void *arg)
{
	struct ws *s = arg;

	if (s->context)
		lws_context_destroy(s->context);
	if (s->to->tls) {
		SSL_CTX_set_info_callback(s->to->tls, NULL);
		SSL_CTX_set_app_data(s->to->tls, NULL);
	}
	sb_done(&s->held);
	free(s);
}

static const struct lws_protocols protocols[] = {
	{ .name = "mqtt", .callback = on_event, .rx_buffer_size = WS_CHUNK },
	{ .name = NULL },
};

static struct lws_context *make_context(struct ws *s)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.user = s,
		.gid = -1,
		.uid = -1,
		.http_proxy_address = "",
		.provided_client_ssl_ctx = s->to->tls,
		.pt_serv_buf_size = WS_CHUNK,
		.fd_limit_per_thread = 16,
		.options = s->to->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
	};
	struct lws_context *c;
	struct sigaction pipe;

	lws_set_log_level(0, NULL);
	(void)sigaction(SIGPIPE, NULL, &pipe);
	c = lws_create_context(&info);
	(void)sigaction(SIGPIPE, &pipe, NULL);
	return c;
}

static void host_header(struct ws *s)
{
	bool six = strchr(s->to->host, ':') != NULL;
	char port[16] = "";

	if (s->to->port != (s->to->tls ? 443 : 80))
		(void)snprintf(port, sizeof(port), ":%d", s->to->port);
	(void)snprintf(s->host, sizeof(s->host), "%s%s%s%s", six ? "[" : "", s->to->host, six ? "]" : "", port);
}

static int ws_open(const struct ws_to *to, void **out, struct err *e)
{
	struct ws *s = calloc(1, sizeof(*s));
	struct lws_client_connect_info i = { .address = to->host, .port = to->port, .path = to->path, .protocol = protocols[0].name,
					     .alpn = "http/1.1", .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (to->tls ? LCCSCF_USE_SSL : 0),
					     .ietf_version_or_minus_one = -1, .local_protocol_name = protocols[0].name };

	if (!s)
		return err_nomem(e);
	s->to = to;
	s->inner = -1;
	s->held = (struct sb)SB_INIT(HELD_MOST);
	host_header(s);
	if (to->tls) {
		SSL_CTX_set_app_data((SSL_CTX *)to->tls, s);
		SSL_CTX_set_info_callback(to->tls, on_tls);
	}
	s->context = make_context(s);
	if (!s->context) {
		ws_close(s);
		return err_nomem(e);
	}
	i.context = s->context;
	i.host = s->host;
	i.pwsi = &s->wsi;
	if (!lws_client_connect_via_info(&i))
		failed(s, NULL, (struct str){ "", 0 });
	*out = s;
	return 0;
}

static void ws_attach(void *arg, int fd)
{
	((struct ws *)arg)->inner = fd;
}

static void on_timer(lws_sorted_usec_list_t *timer)
{
	(void)timer;
}

static int ws_turn(void *arg, int64_t wait_us, struct err *e)
{
	struct ws *s = arg;

	if (s->held.len)
		unhold(s);
	if (!s->over && s->open) {
		if (!s->sending && (waiting(s) || s->leaving)) {
			s->sending = true;
			(void)lws_callback_on_writable(s->wsi);
		}
	}
	if (!s->over) {
		lws_sul_schedule(s->context, 0, &s->timer, on_timer, wait_us > 0 ? wait_us : LWS_SET_TIMER_USEC_CANCEL);
		if (lws_service(s->context, wait_us > 0 ? 0 : -1) < 0)
			s->over = true;
	}
	if (!s->over || s->held.len) /* the end comes after what came before it */
		return s->open;
	say(s, "the connection is lost");
	return err_set(e, s->http == 401 || s->http == 403 ? E_DENIED : E_IO, "%s", s->why);
}

static bool ws_busy(const void *arg)
{
	const struct ws *s = arg;

	return !s->over && (s->sending || s->leaving || waiting(s));
}

static void ws_leave(void *arg)
{
	((struct ws *)arg)->leaving = true;
}

const struct ws_backend sit_ws_plugin __attribute__((visibility("default"))) = {
	.abi = WS_ABI, .open = ws_open, .attach = ws_attach, .turn = ws_turn, .busy = ws_busy, .leave = ws_leave, .close = ws_close,
};
