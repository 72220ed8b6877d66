/* SPDX-License-Identifier: MIT */
/* Messages of a broker into the store, each at least once: acknowledged when they are committed. */
#ifndef SIT_INGEST_LIVE_H
#define SIT_INGEST_LIVE_H

#include "ingest/connect.h"
#include "ingest/ingest.h"

struct live_opts {
	const char *url;
	struct connect broker;  /* client_id NULL: one of organisation and, with share, host */
	const char *share;     /* the group of a shared subscription; NULL: none */
	const char *const *topic; /* filters instead of the URL's or the profile's */
	size_t ntopic;
	struct str as;	  /* the device under topics that name none; ptr NULL: none */
	int64_t session;  /* seconds that the broker keeps what comes while we are gone */
	const char *spool; /* folder; NULL: while the store is away messages wait at the broker */
	int64_t spool_most; /* bytes in it */
	bool wait;	   /* try until the broker answers for the first time; later it is always tried again */
	bool dry;	   /* nothing is acknowledged to a session that others count on */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/* Until the process is told to stop (E_SIGNAL), or cannot work: the broker denies it, the store is of another version. */
int live_feed(struct ingest *g, const struct live_opts *o, struct err *e);

#endif
