/* SPDX-License-Identifier: MIT */
/* Digests, by OpenSSL; its library is loaded when one is asked for, because most runs of most programs ask for none. */
#ifndef SIT_CODEC_HASH_H
#define SIT_CODEC_HASH_H

#include "base/base.h"
#include "base/err.h"

#define SHA256_LEN 32
#define SHA256_HEX 64

/* SHA-256 (FIPS 180-4) of the bytes in small hexadecimal digits, terminated. E_IO when there is no OpenSSL 3. */
int hash_sha256(struct str bytes, char hex[SHA256_HEX + 1], struct err *e);

/* For many digests: OpenSSL loaded once. */
struct hasher;
/* NULL: E_IO when there is no OpenSSL 3. hasher_free(NULL) is fine. */
struct hasher *hasher_new(struct err *e);
void hasher_free(struct hasher *h);
DEFINE_AUTO(hasher_freep, struct hasher *, hasher_free)
/* SHA-256 of the parts one behind the other. */
int hasher_sha256(struct hasher *h, const struct str *part, size_t n, unsigned char out[SHA256_LEN], struct err *e);
/* n bytes as 2 n small hexadecimal digits, terminated. */
void hash_hex(const unsigned char *bytes, size_t n, char *hex);
/* Back: n bytes out of 2 n digits; false when it is something else. */
bool hash_unhex(struct str hex, unsigned char *bytes, size_t n);

#endif
