/* SPDX-License-Identifier: MIT */
/* What every program that talks to a broker asks for. */
#ifndef SIT_INGEST_CONNECT_H
#define SIT_INGEST_CONNECT_H

#include "model/topic.h"
#include "wire/mqtt.h"

struct connect {
	const char *user, *password; /* user NULL: the URL's; password: where it is, as secret_read() has it; NULL: none */
	const char *ca, *cert, *key, *client_id; /* as in struct mqtt_opts */
	enum topic_profile profile;
};

/* The text is the URL of a broker. */
bool connect_is_url(const char *text);
/* What the broker is called in books and messages, appended; checks the URL: E_USAGE. */
int connect_shown(const char *url, struct sb *sb, struct err *e);
/* A client of it that is not connected; o is filled but for what b says. o->url is the caller's and lives as long as the client. */
int connect_client(const struct connect *b, struct mqtt_opts *o, struct mqtt **out, struct err *e);
/* As mqtt_connect(); an error says which broker. */
int connect_now(struct mqtt *m, const char *url, struct err *e);

#endif
