/* SPDX-License-Identifier: MIT */
#include "wire/mail.h"

#include <openssl/evp.h>

#include "base/time.h"
#include "base/utf8.h"
#include "wire/curl.h"

#define WORD_BYTES 39 /* of an encoded word, so that it has at most 75 characters (RFC 2047) */

/* The text as it may stand in a header: as it is when it is ASCII and short, else in encoded words, cut between characters. */
static int header_text(struct str s, struct sb *sb)
{
	unsigned char word[WORD_BYTES / 3 * 4 + 5];
	bool plain = s.len < 900;
	size_t at = 0;

	for (size_t i = 0; i < s.len; i++)
		plain = plain && (unsigned char)s.ptr[i] < 0x80;
	if (plain)
		return sb_add(sb, s.ptr, s.len);
	while (at < s.len) {
		size_t n = 0, c;

		while (at + n < s.len && (c = utf8_len(s.ptr + at + n, s.len - at - n)) > 0 && n + c <= WORD_BYTES)
			n += c;
		if (n == 0)
			return -1;
		(void)EVP_EncodeBlock(word, (const unsigned char *)s.ptr + at, (int)n);
		sb_addf(sb, "%s=?UTF-8?B?%s?=", at ? " " : "", (const char *)word);
		at += n;
	}
	return sb->bad ? -1 : 0;
}

static int date_header(struct transfer *t, int64_t us, struct err *e)
{
	static const char days[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c;
	char text[64];

	civil_from_us(us, &c);
	(void)snprintf(text, sizeof(text), "%s, %d %s %d %02d:%02d:%02d +0000", days[civil_weekday(&c) - 1], c.day, months[c.month - 1], c.year, c.hour,
		       c.minute, c.second);
	return transfer_header(t, "Date", str_of(text), e);
}

static int headers(struct transfer *t, const struct mail *m, struct err *e)
{
	AUTO(sb_done) struct sb subject = SB_INIT(4096);
	AUTO(sb_done) struct sb id = SB_INIT(1024);

	if (has_control(m->subject))
		return err_set(e, E_INPUT, "the subject: a control character cannot be in it");
	if (header_text(m->subject, &subject) < 0)
		return err_set(e, E_INPUT, "the subject: too long, or no UTF-8 text");
	sb_addf(&id, "<%.*s>", STR_ARG(m->id));
	if (date_header(t, m->date, e) < 0 || transfer_header(t, "From", m->from, e) < 0 || transfer_header(t, "To", m->to, e) < 0 ||
	    transfer_header(t, "Subject", sb_str(&subject), e) < 0 || transfer_header(t, "Message-ID", sb_str(&id), e) < 0)
		return -1;
	return transfer_header(t, "Auto-Submitted", STR("auto-generated"), e);
}

/* Text parts have the line ends of mail before they are encoded. */
static int lines(struct str s, struct sb *sb, struct err *e)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\n' && (i == 0 || s.ptr[i - 1] != '\r'))
			sb_addc(sb, '\r');
		sb_addc(sb, s.ptr[i]);
	}
	return sb->bad ? err_nomem(e) : 0;
}

static int parts(struct transfer *t, const struct mail *m, curl_mime **out, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)4 << 20);
	curl_mime *mime = curl_mime_init(t->curl);
	curl_mimepart *part = mime ? curl_mime_addpart(mime) : NULL;

	*out = mime;
	if (!part || lines(m->text, &text, e) < 0)
		return err_nomem(e);
	if (curl_mime_data(part, sb_cstr(&text), text.len) != CURLE_OK || curl_mime_type(part, "text/plain; charset=utf-8") != CURLE_OK ||
	    curl_mime_encoder(part, "quoted-printable") != CURLE_OK)
		return err_nomem(e);
	for (size_t i = 0; i < MAIL_FILES_MAX && m->file[i].name; i++) {
		part = curl_mime_addpart(mime);
		if (!part || has_control(str_of(m->file[i].name)) || curl_mime_data(part, m->file[i].data.ptr, m->file[i].data.len) != CURLE_OK ||
		    curl_mime_filename(part, m->file[i].name) != CURLE_OK || curl_mime_encoder(part, "base64") != CURLE_OK)
			return err_set(e, E_INPUT, "attachment %zu cannot be sent", i + 1);
	}
	return curl_easy_setopt(t->curl, CURLOPT_MIMEPOST, mime) == CURLE_OK ? 0 : err_nomem(e);
}

/* LOCAL@DOMAIN, and nothing that ends the command or its brackets. */
static int address(struct str s, char out[330], struct err *e)
{
	if (!s.len || s.len > 320 || has_control(s) || !memchr(s.ptr, '@', s.len) || memchr(s.ptr, '<', s.len) || memchr(s.ptr, '>', s.len) ||
	    memchr(s.ptr, ' ', s.len))
		return err_set(e, E_INPUT, "\"%.*s\" is not a mail address", (int)(s.len > 80 ? 80 : s.len), s.ptr ? s.ptr : "");
	(void)snprintf(out, 330, "<%.*s>", STR_ARG(s));
	return 0;
}

static int envelope(struct transfer *t, const struct mail *m, struct curl_slist **to, struct err *e)
{
	char from[330], receiver[330];

	if (address(m->from, from, e) < 0 || address(m->to, receiver, e) < 0)
		return -1;
	*to = curl_slist_append(NULL, receiver);
	if (!*to || curl_easy_setopt(t->curl, CURLOPT_MAIL_FROM, from) != CURLE_OK || curl_easy_setopt(t->curl, CURLOPT_MAIL_RCPT, *to) != CURLE_OK)
		return err_nomem(e);
	(void)curl_easy_setopt(t->curl, CURLOPT_USE_SSL, m->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	return 0;
}

int mail_send(const struct mail *m, int *status, struct err *e)
{
	struct curl_slist *to = NULL;
	curl_mime *mime = NULL;
	struct transfer t;
	long code = 0;
	int rc = transfer_begin(&t, &m->peer, "smtp,smtps", e);

	*status = 0;
	if (rc == 0)
		rc = envelope(&t, m, &to, e);
	if (rc == 0)
		rc = headers(&t, m, e);
	if (rc == 0)
		rc = parts(&t, m, &mime, e);
	if (rc == 0)
		rc = transfer_run(&t, e);
	if (t.curl)
		(void)curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &code);
	*status = (int)code;
	curl_mime_free(mime);
	transfer_end(&t);
	curl_slist_free_all(to);
	return rc;
}
