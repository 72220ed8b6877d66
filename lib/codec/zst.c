/* SPDX-License-Identifier: MIT */
#include "codec/zst.h"

#include <zstd.h>

#define LEVEL 3

size_t zst_pack(struct str in, void *out, size_t room)
{
	size_t n = ZSTD_compress(out, room, in.ptr, in.len, LEVEL);

	return ZSTD_isError(n) ? 0 : n;
}

bool zst_unpack(struct str in, void *out, size_t n)
{
	size_t got = ZSTD_decompress(out, n, in.ptr, in.len);

	return !ZSTD_isError(got) && got == n;
}
