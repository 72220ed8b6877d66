/* SPDX-License-Identifier: MIT */
/* A stream of bytes to read: a file, "-" for standard input; gzip (also several members) is recognised by its magic and unpacked. */
#ifndef SIT_REC_SOURCE_H
#define SIT_REC_SOURCE_H

#include "base/base.h"
#include "base/err.h"

struct source;

/* Open path ("-" is stdin). A directory, a missing or unreadable file: -1 with E_NOTFOUND, E_DENIED or E_IO and the path in the message. */
int source_open(const char *path, struct source **out, struct err *e);
/* source_free(NULL) is fine; stdin is not closed. */
void source_free(struct source *s);
DEFINE_AUTO(source_freep, struct source *, source_free)
/*
 * Up to n bytes into buf: >0 bytes, 0 at the end, -1 on error (E_IO; a gzip stream that is damaged or cut off is
 * E_INPUT "… gzip data is damaged" after all good bytes were delivered). Returns what one read(2) brought, so that a live pipe is
 * never waited on while bytes are in hand. EINTR is retried unless stop_requested() (os/signal.h), then E_SIGNAL.
 */
ssize_t source_read(struct source *s, void *buf, size_t n, struct err *e);
/* Nothing can be read at once: the input is momentarily empty (poll with 0 ms); false at the end and for regular files. */
bool source_is_idle(const struct source *s);
/* For messages: the path, or "standard input". */
const char *source_name(const struct source *s);
/* Compressed bytes read so far and the file's size (0 if unknown): for progress. */
void source_progress(const struct source *s, uint64_t *done, uint64_t *size);

#endif
