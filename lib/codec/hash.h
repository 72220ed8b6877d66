/* SPDX-License-Identifier: MIT */
/* Digests, by OpenSSL; its library is loaded when one is asked for, because most runs of most programs ask for none. */
#ifndef SIT_CODEC_HASH_H
#define SIT_CODEC_HASH_H

#include "base/base.h"
#include "base/err.h"

#define SHA256_LEN 32
#define SHA256_HEX (2 * SHA256_LEN)

/* SHA-256 (FIPS 180-4) of bytes that come in pieces. */
struct sha256;

/* E_IO when there is no OpenSSL 3. sha256_free(NULL) is fine. */
int sha256_new(struct sha256 **out, struct err *e);
void sha256_free(struct sha256 *h);
DEFINE_AUTO(sha256_freep, struct sha256 *, sha256_free)
void sha256_add(struct sha256 *h, const void *bytes, size_t n);
/* The digest of all that was added, in small hexadecimal digits, terminated; the next one begins. */
int sha256_end(struct sha256 *h, char hex[SHA256_HEX + 1], struct err *e);

/* The same as bytes. */
int sha256_end_bytes(struct sha256 *h, unsigned char out[SHA256_LEN], struct err *e);
/* The digits of one slice. */
int hash_sha256(struct str bytes, char hex[SHA256_HEX + 1], struct err *e);

/* n bytes as 2 n small hexadecimal digits, terminated. */
void hash_hex(const unsigned char *bytes, size_t n, char *hex);
/* Back: n bytes out of 2 n digits; false when it is something else. */
bool hash_unhex(struct str hex, unsigned char *bytes, size_t n);

#endif
