/* SPDX-License-Identifier: MIT */
/*
 * gzip (RFC 1952) in pieces, over zlib: unpacked, where several members in a row are one stream, as in gzip(1), and packed.
 */
#ifndef SIT_CODEC_GZ_H
#define SIT_CODEC_GZ_H

#include "base/base.h"
#include "base/err.h"

struct gz;

/* NULL when out of memory. gz_free(NULL) is fine. */
struct gz *gz_new(void);
void gz_free(struct gz *z);
DEFINE_AUTO(gz_freep, struct gz *, gz_free)
/* These bytes (2 at least) begin a gzip stream. */
bool gz_magic(struct str head);
/*
 * Unpack from *in, which is shortened by what was used, into out: the bytes made, 0 when *in is used up, -1
 * with E_INPUT for damaged data (after all bytes before the damage were returned) or E_IO out of memory.
 * Zero bytes behind the last member are padding.
 */
ssize_t gz_unpack(struct gz *z, struct str *in, void *out, size_t n, struct err *e);
/* The stream may end here: at least one member, and the last one is complete. */
bool gz_is_complete(const struct gz *z);

/* Packing: one member without name and time, so that the same bytes are packed to the same bytes. */
struct gz_out;
/* NULL when out of memory. gz_out_free(NULL) is fine. */
struct gz_out *gz_out_new(void);
void gz_out_free(struct gz_out *z);
/* Pack the bytes (end: they are the last); put() gets what comes out, -1 of it is handed on. */
int gz_pack(struct gz_out *z, struct str in, bool end, int (*put)(void *arg, const void *bytes, size_t n, struct err *e), void *arg,
	    struct err *e);

#endif
