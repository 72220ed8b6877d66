/* SPDX-License-Identifier: MIT */
/* Passwords as they are kept: yescrypt by libxcrypt, crypt(5). Links libcrypt: only for programs that take passwords. */
#ifndef SIT_CODEC_PASSWORD_H
#define SIT_CODEC_PASSWORD_H

#include "base/err.h"
#include "base/sb.h"

/* Append the password's hash with a salt of its own. E_INPUT: the password has a NUL or is longer than crypt takes. */
int password_hash(struct str password, struct sb *hash, struct err *e);
/* 1: the hash is that password's, 0: it is not. The time does not tell how much is right, nor that the hash is "", which is nobody's and takes the same work. */
int password_check(struct str password, const char *hash, struct err *e);

#endif
