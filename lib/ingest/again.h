/* SPDX-License-Identifier: MIT */
/*
 * Messages that a broker delivers again, told from new ones. What tells them is the id of the packet, which belongs to one message until it is acknowledged,
 * with a checksum of topic and payload: under the id that a message had a short while before, in the same session, the same bytes are that message. (The flag
 * DUP would say it, but libmosquitto keeps it to itself.) What a broker delivers again comes before all else over a new connection, in the order that it had:
 * so the first message that is not known is the end of it, and ids that come round again mean nothing.
 *
 * What is remembered is when it came first, so that a message without a time is of that time again, and so the point that it was. It is remembered before
 * the message is committed, so it need not be part of the transaction; in a file it outlives a process that is killed, not a machine.
 */
#ifndef SIT_INGEST_AGAIN_H
#define SIT_INGEST_AGAIN_H

#include "base/err.h"
#include "wire/mqtt.h"

struct again;

/*
 * file: where it is remembered, by one process at a time; NULL, or one that cannot be written: as long as the process lives. session: client and broker; what
 * another one left in the file is forgotten. again_free(NULL) is fine.
 */
int again_new(const char *file, struct str session, struct again **out, struct err *e);
void again_free(struct again *a);
/* There is a new connection; resumed: in the session of the last one, else all is forgotten. */
void again_connected(struct again *a, bool resumed);
/* When the message came first, if it was delivered over an earlier connection; 0: it comes for the first time, for all that is known. */
int64_t again_find(struct again *a, const struct mqtt_message *m);
/* It came at that time. Messages of QoS 0 have no id and are not remembered. */
void again_note(struct again *a, const struct mqtt_message *m, int64_t arrived);

#endif
