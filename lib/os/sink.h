/* SPDX-License-Identifier: MIT */
/* Lines for other programs and for disks: what has been handed over is not waited for longer than a moment. */
#ifndef SIT_OS_SINK_H
#define SIT_OS_SINK_H

#include "base/base.h"
#include "base/err.h"

#define SINK_JOURNAL "/run/systemd/journal/socket"
#define SINK_SYSLOG "/dev/log"

/*
 * Append the bytes to the file at path in one write, and fsync it; made 0600 when missing. A link, or what is no plain file, is refused (E_CONFLICT), as is a
 * file that others may read or write (E_DENIED).
 */
int sink_append(const char *path, const void *bytes, size_t n, struct err *e);
/* Send them to the socket at path: a datagram, or where it is a stream, behind what it has. E_IO. */
int sink_send(const char *path, const void *bytes, size_t n, struct err *e);
/* The same to the journal: what is too long for a datagram goes as a sealed file in memory, as it takes it. */
int sink_journal(const char *path, const void *bytes, size_t n, struct err *e);

#endif
