/* SPDX-License-Identifier: MIT */
/*
 * A stream of bytes through a WebSocket, as MQTT 5 section 6 has it: binary frames, whose borders mean nothing, and the subprotocol "mqtt". What does
 * it is libwebsockets, in a library of its own (sit-ws.so) that only who needs it loads. There is no thread: all is done in turn(), by whoever waits.
 */
#ifndef SIT_WIRE_WS_H
#define SIT_WIRE_WS_H

#include "base/base.h"
#include "base/err.h"

#define WS_CHUNK 65536 /* bytes of a frame that is sent at most, and of what is kept of one that came */

struct ws_to {
	const char *host; /* name or address; of IPv6 without brackets */
	int port;
	const char *path; /* from / on */
	void *tls;	  /* SSL_CTX, which says who is trusted and checks the host's name; NULL: without TLS */
};

/* What the library exports; abi changes with the structure. */
#define WS_ABI 1u
#define WS_SYMBOL "sit_ws_plugin"
struct ws_backend {
	unsigned abi;
	/* Begin to connect; what `to` names must live as long. Names are resolved at once, the rest is done in turn(). */
	int (*open)(const struct ws_to *to, void **out, struct err *e);
	/* What is read from this socket goes out, and what comes in is written to it. It is the caller's and does not block. */
	void (*attach)(void *s, int fd);
	/*
	 * Move what can be moved, and wait for the server up to wait_us when there is nothing: 1, 0 not connected yet, -1 it is over: E_DENIED (HTTP 401,
	 * 403) or E_IO, which is said again by every later call.
	 */
	int (*turn)(void *s, int64_t wait_us, struct err *e);
	/* Something read from the socket, or to be read from it, is not with the system's buffers for the network yet. */
	bool (*busy)(const void *s);
	/* Say that this is the end: the frame goes out with the next turns. */
	void (*leave)(void *s);
	void (*close)(void *s);
};

#endif
