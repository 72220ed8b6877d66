/* SPDX-License-Identifier: MIT */
/* Digests, by OpenSSL; its library is loaded when one is asked for, because most runs of most programs ask for none. */
#ifndef SIT_CODEC_HASH_H
#define SIT_CODEC_HASH_H

#include "base/base.h"
#include "base/err.h"

#define SHA256_HEX 64

/* SHA-256 (FIPS 180-4) of the bytes in small hexadecimal digits, terminated. E_IO when there is no OpenSSL 3. */
int hash_sha256(struct str bytes, char hex[SHA256_HEX + 1], struct err *e);

#endif
