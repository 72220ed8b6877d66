/* SPDX-License-Identifier: MIT */
/* Mail out, over libcurl: one message to one receiver (RFC 5321, 5322, MIME). Links libcurl: only for programs that send. */
#ifndef SIT_WIRE_MAIL_H
#define SIT_WIRE_MAIL_H

#include "wire/http.h"

#define MAIL_FILES_MAX 16

struct mail {
	struct peer peer; /* smtp://HOST[:PORT] or smtps://... */
	bool plain;	  /* smtp:// without STARTTLS is allowed */
	struct str from, to, subject, text;
	struct str id;	/* of Message-ID, without brackets: the same mail sent again has the same */
	int64_t date;	/* microseconds */
	struct {
		const char *name;
		struct str data;
	} file[MAIL_FILES_MAX]; /* name NULL ends */
};

/*
 * Send it: 0 when the server took it (250 after DATA), *status its last code. E_IO for anything that may go better another time, also a server without STARTTLS;
 * *status 5xx then says that it will not. E_DENIED: an address that is not public. E_INPUT: an address or header with control characters.
 */
int mail_send(const struct mail *m, int *status, struct err *e);

#endif
