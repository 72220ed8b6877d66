/* SPDX-License-Identifier: MIT */
/* Inside the work on a broker's folder. */
#ifndef SIT_BROKER_IMPL_H
#define SIT_BROKER_IMPL_H

#include "broker/broker.h"

#define PROBE_USER "sit-probe-" /* a, b: two devices that are strangers; c: a service */
#define PROBE_USERS "abc"
#define PROBE_ROOT "sit-probe"	/* of their topics, which no device has */
#define PROBE_FILE "probe"

/* DIR/NAME, appended. */
int broker_path(const char *dir, const char *name, struct sb *sb, struct err *e);
/* The file DIR/NAME replaced by the text, 0600: whole or not at all. */
int broker_write(const char *dir, const char *name, struct str text, struct err *e);
/* The lines of the users of the proof. */
int broker_probe_passwd(struct str password, struct sb *sb, struct err *e);
int broker_probe_acl(struct sb *sb);

/* A listener as mosquitto.conf has it. */
struct listener {
	int port;	   /* 0: a Unix socket */
	char address[256]; /* or path; "" all */
	char cert[1024];   /* "" none */
	bool own_id;	   /* use_username_as_clientid */
	bool websocket;	   /* protocol websockets */
	bool four;	   /* socket_domain ipv4: without it such a listener of mosquitto 2.0 is on all addresses, whatever is said */
};
/* What of mosquitto.conf matters here. */
#define LISTENERS_MOST 16
struct broker_conf {
	struct listener listener[LISTENERS_MOST];
	size_t n;
	bool anonymous, per_listener, includes;
	bool sys; /* $SYS is published */
	char passwd[1024], acl[1024];
	bool persistence;
};
int broker_conf_read(const char *dir, struct broker_conf *c, struct err *e);
/* The address cannot be reached from other hosts. */
bool broker_is_loopback(const char *address);
/* Where it really is: "" on all addresses. */
const char *broker_address(const struct listener *l);
/* The listener to ask on, as a URL: the Unix socket, else one without TLS on a loopback address. E_CONFLICT when there is none. */
int broker_door(const struct broker_conf *c, struct mqtt_url *out, struct err *e);

#endif
