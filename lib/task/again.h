/* SPDX-License-Identifier: MIT */
/*
 * Messages that a broker delivers again after a connection was lost, told from new ones. What tells them is the id of the packet, which belongs to one
 * message until it is acknowledged, with a checksum of topic and payload: under the id that a message had before, in the same session, the same bytes are
 * that message. (The flag DUP would say it, but libmosquitto keeps it to itself.) What is remembered is when it came first, so that a message without a
 * time is of that time again, and so the point that it was. Of this process only: after one that was killed nothing is known.
 */
#ifndef SIT_TASK_AGAIN_H
#define SIT_TASK_AGAIN_H

#include "base/err.h"
#include "wire/mqtt.h"

struct again;

/* again_free(NULL) is fine. */
int again_new(struct again **out, struct err *e);
void again_free(struct again *a);
/* There is a new connection; resumed: in the session of the last one, else all is forgotten. */
void again_connected(struct again *a, bool resumed);
/* When the message came first, if it was delivered over an earlier connection; 0: it comes for the first time, for all that is known. */
int64_t again_find(const struct again *a, const struct mqtt_message *m);
/* It came at that time. Messages of QoS 0 have no id and are not remembered. */
void again_note(struct again *a, const struct mqtt_message *m, int64_t arrived);

#endif
