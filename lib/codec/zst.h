/* SPDX-License-Identifier: MIT */
/* Zstandard (RFC 8878) over whole blocks whose unpacked size the caller keeps. */
#ifndef SIT_CODEC_ZST_H
#define SIT_CODEC_ZST_H

#include "base/base.h"

/* Pack into out (room bytes): the length, or 0 when it would not be smaller than room. */
size_t zst_pack(struct str in, void *out, size_t room);
/* Unpack to exactly n bytes; false for damaged data or another size. Never writes beyond n. */
bool zst_unpack(struct str in, void *out, size_t n);

#endif
