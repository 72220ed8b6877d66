/* SPDX-License-Identifier: MIT */
/*
 * A client of a broker, MQTT 5 over libmosquitto, which is loaded when one is made. Nothing but the greeting leaves it before mqtt_flush(): so the
 * acknowledgements of messages that were handed over wait until whoever got them has them safe (at least once), and the broker, which sends only
 * MQTT_RECEIVE_MAX messages ahead of them, waits too.
 */
#ifndef SIT_WIRE_MQTT_H
#define SIT_WIRE_MQTT_H

#include "base/base.h"
#include "base/err.h"
#include "base/sb.h"

#define MQTT_RECEIVE_MAX 65535 /* messages of QoS 1 that the broker sends unacknowledged */
#define MQTT_PAYLOAD_MAX ((size_t)256 << 20)

enum mqtt_scheme { MQTT_TCP, MQTT_TLS, MQTT_WS, MQTT_WSS, MQTT_UNIX };

/* mqtt://[USER@]HOST[:PORT][/FILTER], mqtts://, ws://[USER@]HOST[:PORT][/PATH], wss://, mqtt+unix:///PATH */
struct mqtt_url {
	enum mqtt_scheme scheme;
	int port;
	char host[256]; /* of a socket: its path */
	char user[256]; /* "" none */
	char filter[1025]; /* what stands behind the host: a topic or filter, "" none */
	char path[1025];   /* of a WebSocket: what its server calls it, "/mqtt" unless the URL says */
};

/* The text begins as such a URL does. */
bool mqtt_url_is(const char *text);
/* E_USAGE: no URL of a broker, a password in it. */
int mqtt_url_parse(const char *text, struct mqtt_url *out, struct err *e);
/* It goes through a WebSocket; it goes through TLS. */
bool mqtt_url_ws(const struct mqtt_url *u);
bool mqtt_url_tls(const struct mqtt_url *u);
/* Scheme, host and port, and a path that is not the usual one, appended: what ledgers and messages call the source. */
int mqtt_url_shown(const struct mqtt_url *u, struct sb *sb);

struct mqtt_message {
	struct str topic, payload; /* valid during the call */
	int qos;
	uint16_t id;   /* of QoS 1, the packet's: no other message has it before this one is acknowledged; 0: of QoS 0 */
	bool retained; /* it was there before the subscription */
};

/* Strings must live as long as the client. */
struct mqtt_opts {
	const struct mqtt_url *url;
	const char *user, *password; /* user NULL: the URL's */
	const char *id;		     /* client id; NULL: one of random digits */
	uint32_t session;	     /* seconds that the broker keeps what is for a client that is gone; 0: nothing is kept */
	int keepalive;		     /* seconds; 0: 60 */
	const char *ca, *cert, *key; /* PEM files; ca a file or folder, NULL: those of the system. cert and key: together or not at all */
	const char *will_topic;	     /* published by the broker when the client is gone without a word; NULL: nothing is */
	struct str will;
	bool will_retain;
	/* A message arrived. -1: mqtt_read() ends with that error. */
	int (*message)(void *arg, const struct mqtt_message *m, struct err *e);
	/* The broker took (why NULL) or refused the publication numbered mid; NULL: nobody asks. */
	void (*published)(void *arg, int mid, const char *why);
	void *arg;
};

struct mqtt;

/* Made, not connected. E_CONFLICT: no libmosquitto, or for ws:// and wss:// no sit-ws.so. mqtt_free(NULL) is fine. */
int mqtt_new(const struct mqtt_opts *o, struct mqtt **out, struct err *e);
/* Ends without a word to the broker, as if killed: what was not flushed is delivered again. */
void mqtt_free(struct mqtt *m);
DEFINE_AUTO(mqtt_freep, struct mqtt *, mqtt_free)
/* The filter is subscribed at every connect from now on (QoS 0 or 1); retained: messages that are there already come with every new session. */
int mqtt_subscribe(struct mqtt *m, const char *filter, int qos, bool retained, struct err *e);
/*
 * Connect, or connect anew after the connection was lost: what was queued for the old one is gone. Waits for the broker's word: E_DENIED (with
 * its reason) or E_IO. Subscriptions are queued: they are made with the next mqtt_flush().
 */
int mqtt_connect(struct mqtt *m, struct err *e);
/* The broker kept the session: what was not acknowledged in it comes again, under the ids that it had. */
bool mqtt_is_resumed(const struct mqtt *m);
/* The broker has confirmed every subscription of this connection. */
bool mqtt_is_subscribed(const struct mqtt *m);
/*
 * Wait up to wait_us for something to come, then take what is there, up to `most` messages, each handed to message(). The number of them; -1 with
 * E_IO: the connection is lost, E_DENIED: a subscription was refused, E_CONFLICT: another client took the id, or what message() said.
 */
int mqtt_read(struct mqtt *m, int64_t wait_us, int most, struct err *e);
/* Queue a message; *mid numbers it for published(). E_INPUT: topic or size are not allowed. */
int mqtt_publish(struct mqtt *m, const char *topic, struct str payload, int qos, bool retain, int *mid, struct err *e);
/* Publications of QoS 1 that the broker has neither taken nor refused. */
size_t mqtt_unanswered(const struct mqtt *m);
/* Send all that is queued: acknowledgements, subscriptions, publications, signs of life. E_IO: the connection is lost. */
int mqtt_flush(struct mqtt *m, struct err *e);
/* Cut the connection without a word: what was handed over and not flushed will come again. */
void mqtt_cut(struct mqtt *m);
/* Say goodbye (no will is published; a kept session stays). */
void mqtt_leave(struct mqtt *m);
/* Microseconds to wait before the next mqtt_connect(): doubled with each one that failed or did not last, from 0.1 s to 5 s, less up to half of it at random. */
int64_t mqtt_backoff(struct mqtt *m);

#endif
