/* SPDX-License-Identifier: MIT */
/*
 * A file of a backup: the bytes of something in chunks, each a frame of Zstandard on its own (zstd -d unpacks the file), with a digest for
 * every chunk as it lies in the file.
 */
#ifndef SIT_KEEP_PACK_H
#define SIT_KEEP_PACK_H

#include "base/err.h"
#include "codec/hash.h"
#include "os/file.h"

#define PACK_CHUNK ((size_t)4 << 20)

struct packed_chunk {
	int64_t bytes, unpacked;
	char sha256[SHA256_HEX + 1];
};

struct packed {
	int64_t bytes, unpacked;
	char sha256[SHA256_HEX + 1]; /* of the file */
	struct packed_chunk *chunk;
	size_t n;
};

/* What is wrong with a file of a backup, and from which byte to which; to < 0: with all of it. */
struct fault {
	const char *file;
	int64_t from, to;
	const char *what;
};
typedef void fault_fn(const struct fault *f, void *arg);

/* Free it; it may be used again. */
void packed_done(struct packed *p);
/* Pack what fd gives, up to its end, in chunks of so many bytes. */
int pack(int fd, size_t chunk, struct file *out, struct packed *p, struct err *e);
/* These are the bytes of chunk i: 1, 0 when they are not, -1. */
int packed_fits(const struct packed *p, size_t i, struct str bytes, struct sha256 *h, struct err *e);
/*
 * Go through the file at path, called name: bad() for every region that is not as it was packed. out: unpack into it (NULL: only look), which stops at the
 * first fault.
 */
int packed_read(const char *path, const char *name, const struct packed *p, struct file *out, fault_fn *bad, void *arg, struct err *e);

#endif
