/* SPDX-License-Identifier: MIT */
/* What a broker says, printed as it comes, at most once: no store, no session. */
#ifndef SIT_INGEST_LISTEN_H
#define SIT_INGEST_LISTEN_H

#include "ingest/connect.h"
#include "rec/out.h"

struct listen {
	const char *url;
	struct connect broker;
	const char *const *topic; /* filters instead of the URL's or the profile's */
	size_t ntopic;
	const char *org; /* whose topics; NULL: of all */
	const char *as;	 /* the device under topics that name none */
	bool raw;	 /* messages, listen_raw_fields; else the points in them, listen_fields */
	bool stay;	 /* connect again when the connection is lost */
	int64_t count;	 /* records to print; 0: no end */
	struct out *out;
	void (*complain)(void *arg, const char *line);
	void *arg;
};

extern const struct field listen_fields[], listen_raw_fields[];
extern const size_t listen_count, listen_raw_count;

/* E_SIGNAL when told to stop, E_IO when the connection is lost. */
int listen_run(const struct listen *l, struct err *e);

#endif
