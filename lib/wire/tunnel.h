/* SPDX-License-Identifier: MIT */
/*
 * What lets libmosquitto 2.0, which knows sockets only, speak through a WebSocket: it connects to a Unix socket of this very process, and what it
 * writes there goes out in frames. Nothing is done behind its back: bytes move in the calls below, in the thread that makes them.
 */
#ifndef SIT_WIRE_TUNNEL_H
#define SIT_WIRE_TUNNEL_H

#include "wire/ws.h"

struct tunnel;

/* E_CONFLICT: sit-ws.so is not installed. E_IO, E_DENIED: no socket could be made in TMPDIR (/tmp); it is gone from there before this returns. */
int tunnel_new(struct tunnel **out, struct err *e);
/* tunnel_free(NULL) is fine. */
void tunnel_free(struct tunnel *t);
/* Where libmosquitto connects to: a path that only this process can open. */
const char *tunnel_door(const struct tunnel *t);
/* Connect to the server, anew if it was; what `to` names must live as long as the tunnel. E_IO also when wait_us are over. */
int tunnel_connect(struct tunnel *t, const struct ws_to *to, int64_t wait_us, struct err *e);
/* Someone connected to the door: bytes are passed from now on. */
int tunnel_accept(struct tunnel *t, struct err *e);
/* Move what can be moved without waiting. */
void tunnel_turn(struct tunnel *t);
/* Wait until fd, the end of libmosquitto, is ready for `events`, or up to us: 1, 0 time is over, -1 asked to stop. */
int tunnel_wait(struct tunnel *t, int fd, short events, int64_t us, struct err *e);
/* Wait until all that was written is with the system, up to us: 1, 0 time is over, -1 asked to stop. What is over is said by what fd gives. */
int tunnel_drain(struct tunnel *t, int64_t us, struct err *e);
/* Say goodbye to the server, and hear its answer for a while. */
void tunnel_leave(struct tunnel *t);
/* End it at once: what was not sent yet is not. */
void tunnel_cut(struct tunnel *t);
/* Why the server is gone; "" it is not, or was cut. */
const char *tunnel_why(const struct tunnel *t);

#endif
