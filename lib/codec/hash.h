/* SPDX-License-Identifier: MIT */
/* Digests, by OpenSSL; its library is loaded when one is asked for, because most runs of most programs ask for none. */
#ifndef SIT_CODEC_HASH_H
#define SIT_CODEC_HASH_H

#include "base/base.h"
#include "base/err.h"

#define SHA256_HEX 64

/* SHA-256 (FIPS 180-4) of bytes that come in pieces. */
struct sha256;

/* E_IO when there is no OpenSSL 3. sha256_free(NULL) is fine. */
int sha256_new(struct sha256 **out, struct err *e);
void sha256_free(struct sha256 *h);
DEFINE_AUTO(sha256_freep, struct sha256 *, sha256_free)
void sha256_add(struct sha256 *h, const void *bytes, size_t n);
/* The digest of all that was added, in small hexadecimal digits, terminated; the next one begins. */
int sha256_end(struct sha256 *h, char hex[SHA256_HEX + 1], struct err *e);

/* The same of one slice. */
int hash_sha256(struct str bytes, char hex[SHA256_HEX + 1], struct err *e);

#endif
