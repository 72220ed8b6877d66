/* SPDX-License-Identifier: MIT */
/* HMAC-SHA256 (RFC 2104). Links OpenSSL: only for programs that sign. */
#ifndef SIT_CODEC_HMAC_H
#define SIT_CODEC_HMAC_H

#include "codec/hash.h"

/* The digits of the code over the text, terminated. */
int hmac_sha256(struct str key, struct str text, char hex[SHA256_HEX + 1], struct err *e);

#endif
