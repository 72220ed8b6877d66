/* SPDX-License-Identifier: MIT */
/* Signatures: Ed25519 (RFC 8032) with keys in PEM (openssl genpkey -algorithm ed25519). Links OpenSSL: only for programs that sign. */
#ifndef SIT_CODEC_SIGN_H
#define SIT_CODEC_SIGN_H

#include "base/base.h"
#include "base/err.h"

#define SIGN_LEN 64

/* Sign with the private key. E_INPUT: the text is no such key. */
int sign_make(struct str pem, struct str message, unsigned char out[SIGN_LEN], struct err *e);
/* 1: the signature is the public key's, 0: it is not. -1, E_INPUT: the text is no such key. */
int sign_check(struct str pem, struct str message, const unsigned char signature[SIGN_LEN], struct err *e);

#endif
