/* SPDX-License-Identifier: MIT */
#include "wire/http.h"

#include "wire/curl.h"

static size_t take(char *bytes, size_t size, size_t n, void *arg)
{
	struct sb *sb = arg;
	size_t room = sb->max - sb->len, all = size * n, got = all < room ? all : room;

	return sb_add(sb, bytes, got) < 0 ? 0 : got; /* less than all ends the transfer */
}

static int prepare(struct transfer *t, const struct http_request *r, struct http_answer *a, struct err *e)
{
	CURL *c = t->curl;

	if (transfer_header(t, "Content-Type", str_of(r->type), e) < 0 || transfer_header(t, "Expect", STR(""), e) < 0)
		return -1;
	for (size_t i = 0; i < HTTP_HEADERS_MAX && r->header[i].name; i++)
		if (transfer_header(t, r->header[i].name, r->header[i].value, e) < 0)
			return -1;
	if (r->peer.user)
		(void)curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "sit/" SIT_VERSION);
	(void)curl_easy_setopt(c, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body.len ? r->body.ptr : "");
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, &a->text);
	return 0;
}

int http_post(const struct http_request *r, struct http_answer *a, struct err *e)
{
	struct transfer t;
	curl_off_t wait = 0;
	long status = 0;
	int rc = transfer_begin(&t, &r->peer, "http,https", e);

	if (rc == 0)
		rc = prepare(&t, r, a, e);
	if (rc == 0)
		rc = transfer_run(&t, e);
	if (rc == 0) {
		(void)curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
		(void)curl_easy_getinfo(t.curl, CURLINFO_RETRY_AFTER, &wait);
		a->status = (int)status;
		a->retry_after = wait > 0 && wait < INT32_MAX ? (int64_t)wait * 1000000 : 0;
	}
	transfer_end(&t);
	return rc;
}
