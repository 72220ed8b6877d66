/* SPDX-License-Identifier: MIT */
/* Messages of a broker through the write path: whom the topic says, what the body says, in the own shapes and in those of the profiles. */
#ifndef SIT_INGEST_BODY_H
#define SIT_INGEST_BODY_H

#include "ingest/shape.h"
#include "model/topic.h"

#define BODY_TEXT_MAX ((size_t)64 << 10) /* bytes of what is kept as text: events, answers */

struct body {
	enum topic_profile profile;
	struct str as;	       /* the device under topics that name none; ptr NULL: refused */
	struct json_members m; /* freed by body_done() */
	struct topic topic;
	struct voice voice;
};

struct broker_message {
	struct str topic, payload;
	int64_t arrived; /* as in struct origin */
	uint16_t id;	 /* as in struct origin */
	bool retained;	 /* it lay at the broker: it is not said now */
};

/* Nothing is kept of the message. 0 also when it was refused and counted; -1 only when the store failed. */
int body_take(struct ingest *g, struct body *b, const struct broker_message *m, struct err *e);
/* Free what it has grown. */
void body_done(struct body *b);

/* Telemetry as the profiles have it (profile.c): a JSON value of a message under b->topic. */
int profile_telemetry(struct ingest *g, struct body *b, json_t *json, struct err *e);
/* The device that the topic is about, edge key included. NULL: out of memory or store failed. */
struct dev *body_device(struct ingest *g, const struct body *b, struct err *e);

#endif
