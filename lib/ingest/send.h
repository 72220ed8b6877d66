/* SPDX-License-Identifier: MIT */
/* Records to a broker: points and messages under their devices' topics, or anything under one topic. */
#ifndef SIT_INGEST_SEND_H
#define SIT_INGEST_SEND_H

#include "ingest/connect.h"
#include "rec/records.h"

struct send {
	const char *url;
	struct connect broker;
	const char *topic; /* all go there, as they are; NULL: where their devices' telemetry goes */
	const char *org, *as; /* for topics that name it; the device of records that name none */
	bool retain;
	int64_t sent, refused; /* counted by send_run() */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/* Files ("-" and none: standard input) until their end; each message is waited for. E_PARTIAL: some were refused, by us or by the broker. */
int send_run(struct send *s, char *const *file, int n, struct err *e);

#endif
