/* SPDX-License-Identifier: MIT */
/* What HTTP and mail share of libcurl. */
#ifndef SIT_WIRE_CURL_H
#define SIT_WIRE_CURL_H

#include <curl/curl.h>

#include "wire/http.h"

/* One transfer. */
struct transfer {
	CURL *curl;
	struct curl_slist *headers;
	const struct peer *peer;
	char refused[64]; /* the address that was not public; "": none */
	char why[CURL_ERROR_SIZE];
};

/* Begin one of these protocols ("http,https") with everything that is the same for all: E_INPUT for a URL that is none, or has a login in it. */
int transfer_begin(struct transfer *t, const struct peer *p, const char *protocols, struct err *e);
void transfer_end(struct transfer *t);
/* "name: value": E_INPUT when there is a control character in it, which would begin another header. */
int transfer_header(struct transfer *t, const char *name, struct str value, struct err *e);
/* Do it. */
int transfer_run(struct transfer *t, struct err *e);
/* Whether it holds a control character. */
bool has_control(struct str s);

#endif
