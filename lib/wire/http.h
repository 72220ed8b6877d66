/* SPDX-License-Identifier: MIT */
/* HTTP out, over libcurl: one request, its answer, nothing kept between two. Links libcurl: only for programs that send. */
#ifndef SIT_WIRE_HTTP_H
#define SIT_WIRE_HTTP_H

#include "base/err.h"
#include "base/sb.h"

#define HTTP_ANSWER_MAX ((size_t)64 << 10)
#define HTTP_HEADERS_MAX 16

/* Whom to speak with, and how long: of HTTP and of mail. */
struct peer {
	const char *url, *ca; /* ca: file of the certificates that are trusted, NULL: the machine's */
	int64_t timeout;      /* microseconds, for all of it */
	bool private;	      /* addresses that are not public (wire/reach.h) are allowed, too */
	const char *user;     /* with a secret: logs in (HTTP: Basic); NULL: does not */
	struct str secret;
};

struct http_request {
	struct peer peer;
	const char *type; /* of the body: "application/json" */
	struct str body;
	struct {
		const char *name;
		struct str value;
	} header[HTTP_HEADERS_MAX]; /* name NULL ends */
};
struct http_answer {
	int status;
	int64_t retry_after; /* microseconds that it asks to wait; 0: it does not say */
	struct sb text;	     /* SB_INIT(HTTP_ANSWER_MAX), the beginning of what it said; sb_done() frees it */
};

/*
 * POST it. 0 when there is an answer, whatever it says; redirects are not followed. E_IO: nobody there, too slow, a certificate that does not fit.
 * E_DENIED: an address that is not public. E_INPUT: a control character in a header, or another scheme than http and https.
 */
int http_post(const struct http_request *r, struct http_answer *a, struct err *e);

#endif
