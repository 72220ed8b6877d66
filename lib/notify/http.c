/* SPDX-License-Identifier: MIT */
/* Channels over the net: mail, and those that are a POST. */
#include "base/utf8.h"
#include "codec/hmac.h"
#include "codec/json.h"
#include "notify/impl.h"
#include "wire/http.h"
#include "wire/mail.h"

#define TEXT_MAX ((size_t)1 << 20)
#define ANSWER_SHOWN 300
#define SMS_MAX 1600	   /* characters that Twilio's API takes in Body */
#define PUSH_MAX 4096	   /* bytes of a message that ntfy shows as one */
#define CARD_MAX (20 << 10) /* bytes of lines: a message of Teams is 28 KB at most, and quotes are escaped */

static struct peer peer_of(const struct channel *c)
{
	return (struct peer){ .url = c->url, .ca = c->ca, .timeout = c->timeout, .private = c->private };
}

/* The beginning of what the other side said, on one line, for people. */
static void show(struct sb *out, struct str s)
{
	char text[ANSWER_SHOWN + 1];
	size_t n = s.len < ANSWER_SHOWN ? s.len : ANSWER_SHOWN;

	memcpy(text, s.len ? s.ptr : "", n);
	text[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	utf8_defuse(text);
	sb_adds(out, text);
}

int outcome_of(struct outcome *o, struct err *e)
{
	if (e->code == E_SIGNAL || e->code == E_BUG)
		return -1;
	/* What is refused here is refused the next time, too. */
	o->verdict = e->code == E_DENIED || e->code == E_INPUT || e->code == E_USAGE ? NEVER : AGAIN;
	show(&o->answer, str_of(e->msg));
	err_clear(e);
	return 0;
}

/* It may be set at any moment: what is to be sent is tried again. */
static int no_secret(const struct channel *c, struct err *e)
{
	return err_set(e, E_CONFLICT, "it has %s and no secret (sit-notify channel secret %s)", c->user ? "a login" : "no url", c->name);
}

int send_mail(const struct channel *c, const struct message *m, struct outcome *o, struct err *e)
{
	AUTO(sb_done) struct sb subject = SB_INIT(4096);
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);
	AUTO(sb_done) struct sb id = SB_INIT(512);
	const char *at = strrchr(c->from, '@');
	struct mail mail = { .peer = peer_of(c), .plain = c->plain, .from = str_of(c->from), .to = m->to, .date = m->now };
	int status = 0;

	mail.peer.user = c->user;
	mail.peer.secret = sb_str(&c->secret);
	if (c->user && (c->plain || !c->secret.len)) {
		if (c->plain)
			err_set(e, E_INPUT, "a login is not sent without TLS");
		else
			no_secret(c, e);
		return outcome_of(o, e);
	}
	sb_addf(&id, "%s@%s", m->token, at ? at + 1 : "sit");
	if (message_subject(c, m, ESCAPE_LINE, &subject) < 0 || message_lines(c, m, ESCAPE_TEXT, &text) < 0)
		return err_nomem(e);
	sb_addc(&text, '\n');
	mail.subject = sb_str(&subject);
	mail.text = sb_str(&text);
	mail.id = sb_str(&id);
	for (size_t i = 0; i < m->nfile && i < MAIL_FILES_MAX; i++) {
		mail.file[i].name = m->file[i].name;
		mail.file[i].data = sb_str(&m->file[i].data);
	}
	if (mail_send(&mail, &status, e) < 0) {
		int rc = outcome_of(o, e);

		if (status >= 500 && status < 600)
			o->verdict = NEVER;
		return rc;
	}
	o->verdict = SENT;
	return sb_addf(&o->answer, "%d", status) < 0 ? err_nomem(e) : 0;
}

/* ---- bodies ---- */

static int webhook_body(const struct channel *c, const struct message *m, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);

	if (message_lines(c, m, ESCAPE_TEXT, &text) < 0)
		return err_nomem(e);
	sb_addf(sb, "{\"token\":\"%s\",\"channel\":\"%s\",\"n\":%zu,\"text\":", m->token, c->name, m->n);
	sb_json(sb, sb_str(&text));
	sb_adds(sb, ",\"records\":[");
	for (size_t i = 0; i < m->n; i++)
		sb_addf(sb, "%s%.*s", i ? "," : "", STR_ARG(m->text[i]));
	return sb_adds(sb, "]}") < 0 ? err_nomem(e) : 0;
}

static int slack_body(const struct channel *c, const struct message *m, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);

	sb_addc(&text, '*');
	if (message_subject(c, m, ESCAPE_SLACK, &text) < 0 || sb_adds(&text, "*\n") < 0 || message_lines(c, m, ESCAPE_SLACK, &text) < 0)
		return err_nomem(e);
	sb_adds(sb, "{\"text\":");
	sb_json(sb, sb_str(&text));
	return sb_addc(sb, '}') < 0 ? err_nomem(e) : 0;
}

/* The beginning of the text, whole characters of it. */
static struct str cut(const struct sb *text, size_t most)
{
	size_t n = text->len;

	if (n > most)
		for (n = most; n && ((unsigned char)text->buf[n] & 0xc0) == 0x80;)
			n--;
	return (struct str){ sb_cstr(text), n };
}

/*
 * What a workflow "when a Teams webhook request is received" takes: a message with an Adaptive Card. A line is a block of its own, since within one a line's end is not
 * kept.
 */
static int teams_body(const struct channel *c, const struct message *m, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb subject = SB_INIT(8192);
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);
	struct str rest;

	if (message_subject(c, m, ESCAPE_MARKDOWN, &subject) < 0 || message_lines(c, m, ESCAPE_MARKDOWN, &text) < 0)
		return err_nomem(e);
	sb_adds(sb, "{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/vnd.microsoft.card.adaptive\",\"contentUrl\":null,\"content\":{"
		    "\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\",\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":["
		    "{\"type\":\"TextBlock\",\"weight\":\"Bolder\",\"size\":\"Medium\",\"wrap\":true,\"text\":");
	sb_json(sb, sb_str(&subject));
	for (rest = cut(&text, CARD_MAX); rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct str line = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };

		rest = (struct str){ rest.ptr + line.len + (end != NULL), rest.len - line.len - (end != NULL) };
		sb_adds(sb, "},{\"type\":\"TextBlock\",\"wrap\":true,\"spacing\":\"Small\",\"text\":");
		sb_json(sb, line);
	}
	return sb_adds(sb, "}]}}]}") < 0 ? err_nomem(e) : 0;
}

static int push_body(const struct channel *c, const struct message *m, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb subject = SB_INIT(8192);
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);
	int severity = notify_word(severity_words, m->severity);

	if (message_subject(c, m, ESCAPE_LINE, &subject) < 0 || message_lines(c, m, ESCAPE_TEXT, &text) < 0)
		return err_nomem(e);
	sb_adds(sb, "{\"topic\":");
	sb_json(sb, str_of(c->to));
	sb_adds(sb, ",\"title\":");
	sb_json(sb, sb_str(&subject));
	sb_adds(sb, ",\"message\":");
	sb_json(sb, cut(&text, PUSH_MAX));
	return sb_addf(sb, ",\"priority\":%d}", 2 + (severity < 0 ? 0 : severity)) < 0 ? err_nomem(e) : 0;
}

/* application/x-www-form-urlencoded */
static void form_field(struct sb *sb, const char *name, struct str value)
{
	sb_addf(sb, "%s%s=", sb->len ? "&" : "", name);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char ch = (unsigned char)value.ptr[i];
		bool plain = (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') || (ch && strchr("-._~", ch));

		sb_addf(sb, plain ? "%c" : "%%%02X", ch);
	}
}

static int sms_body(const struct channel *c, const struct message *m, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(TEXT_MAX);
	size_t at = 0, n, k;

	if (message_lines(c, m, ESCAPE_TEXT, &text) < 0)
		return err_nomem(e);
	for (k = 0; k < SMS_MAX && at < text.len && (n = utf8_len(text.buf + at, text.len - at)) > 0; k++)
		at += n;
	form_field(sb, "To", m->to);
	form_field(sb, "From", str_of(c->from));
	form_field(sb, "Body", (struct str){ sb_cstr(&text), at });
	return sb->bad ? err_nomem(e) : 0;
}

/* ---- the POST ---- */

/* What differs between them: the body, its type. */
static const struct post {
	int (*body)(const struct channel *c, const struct message *m, struct sb *sb, struct err *e);
	const char *type;
} posts[] = {
	[CHANNEL_WEBHOOK] = { webhook_body, "application/json" }, [CHANNEL_SLACK] = { slack_body, "application/json" },
	[CHANNEL_TEAMS] = { teams_body, "application/json" },	  [CHANNEL_SMS] = { sms_body, "application/x-www-form-urlencoded" },
	[CHANNEL_PUSH] = { push_body, "application/json" },
};

static int sign(const struct channel *c, const struct message *m, struct str body, char stamp[32], struct sb *signature, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)8 << 20);
	char hex[SHA256_HEX + 1];

	(void)snprintf(stamp, 32, "%" PRId64, m->now / 1000000);
	sb_addf(&text, "%s.", stamp);
	if (sb_add(&text, body.ptr, body.len) < 0)
		return err_nomem(e);
	if (hmac_sha256(sb_str(&c->secret), sb_str(&text), hex, e) < 0)
		return -1;
	return sb_addf(signature, "sha256=%s", hex) < 0 ? err_nomem(e) : 0;
}

/* "21211 The 'To' number ... is not valid." or "SM... queued": what of an answer in JSON people need. */
static bool show_members(struct sb *out, struct str text)
{
	static const char *const members[] = { "code", "message", "sid", "status" };
	struct err ignored = { 0 };
	json_t *v = json_read(text, &ignored);
	bool failed = json_object_get(v, "code") != NULL;
	size_t before = out->len;

	for (size_t i = failed ? 0 : 2; i < (failed ? 2 : COUNT(members)); i++) {
		const json_t *one = json_object_get(v, members[i]);

		if (json_is_integer(one))
			sb_addf(out, " %" JSON_INTEGER_FORMAT, json_integer_value(one));
		else if (json_is_string(one)) {
			sb_addc(out, ' ');
			show(out, str_of(json_string_value(one)));
		}
	}
	json_decref(v);
	return out->len > before;
}

/* What these services refuse as wrong they refuse the next time, too; whose own a webhook is may be mended. */
static bool refused(const struct channel *c, int status)
{
	return status == 410 || (c->type != CHANNEL_WEBHOOK && (status == 400 || status == 413));
}

static void judge(const struct channel *c, const struct http_answer *a, struct outcome *o)
{
	o->verdict = a->status >= 200 && a->status < 300 ? SENT : refused(c, a->status) ? NEVER : AGAIN;
	o->wait = a->retry_after;
	sb_addf(&o->answer, "%d", a->status);
	if (!a->text.len || (c->type == CHANNEL_SMS && show_members(&o->answer, sb_str(&a->text))))
		return;
	sb_addc(&o->answer, ' ');
	show(&o->answer, sb_str(&a->text));
}

/* The URL, and where the secret goes: what of both is one, depends on the type. */
static int address(const struct channel *c, struct http_request *r, struct sb *url, struct sb *bearer, struct err *e)
{
	r->peer.user = c->type == CHANNEL_SMS || (c->type == CHANNEL_PUSH && c->user) ? c->user : NULL;
	r->peer.secret = sb_str(&c->secret);
	if ((!c->url || r->peer.user) && !c->secret.len)
		return no_secret(c, e);
	if (c->type == CHANNEL_SMS)
		sb_addf(url, "%s/2010-04-01/Accounts/%s/Messages.json", c->url, c->user);
	else
		sb_adds(url, c->url ? c->url : sb_cstr(&c->secret));
	if (c->type == CHANNEL_PUSH && !c->user && c->secret.len)
		sb_addf(bearer, "Bearer %s", sb_cstr(&c->secret));
	r->peer.url = sb_cstr(url);
	return url->bad || bearer->bad ? err_nomem(e) : 0;
}

static int request(const struct channel *c, const struct message *m, struct http_answer *a, struct err *e)
{
	AUTO(sb_done) struct sb body = SB_INIT((size_t)8 << 20);
	AUTO(sb_wipe) struct sb url = SB_INIT(1 << 16);
	AUTO(sb_wipe) struct sb bearer = SB_INIT(1 << 16);
	AUTO(sb_done) struct sb signature = SB_INIT(256);
	struct http_request r = { .peer = peer_of(c), .type = posts[c->type].type };
	char stamp[32];
	size_t n = 0;

	if (address(c, &r, &url, &bearer, e) < 0 || posts[c->type].body(c, m, &body, e) < 0)
		return -1;
	r.body = sb_str(&body);
	r.header[n].name = "Idempotency-Key";
	r.header[n++].value = str_of(m->token);
	if (bearer.len) {
		r.header[n].name = "Authorization";
		r.header[n++].value = sb_str(&bearer);
	}
	if (c->type == CHANNEL_WEBHOOK && c->secret.len) {
		if (sign(c, m, r.body, stamp, &signature, e) < 0)
			return -1;
		r.header[n].name = "X-Sit-Timestamp";
		r.header[n++].value = str_of(stamp);
		r.header[n].name = "X-Sit-Signature";
		r.header[n++].value = sb_str(&signature);
	}
	return http_post(&r, a, e);
}

int send_http(const struct channel *c, const struct message *m, struct outcome *o, struct err *e)
{
	struct http_answer a = { .text = SB_INIT(HTTP_ANSWER_MAX) };
	int rc = request(c, m, &a, e);

	if (rc < 0)
		rc = outcome_of(o, e);
	else
		judge(c, &a, o);
	sb_done(&a.text);
	return rc;
}
