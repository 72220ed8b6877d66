/* SPDX-License-Identifier: MIT */
/* OpenSSL's libcrypto, loaded when it is asked for: most runs of most programs do not. */
#ifndef SIT_CODEC_CRYPTO_H
#define SIT_CODEC_CRYPTO_H

#include "base/base.h"

/* A table of what is called, by OpenSSL's own names: struct { CALLS(CRYPTO_MEMBER) } and static const char *const name[] = { CALLS(CRYPTO_NAME) }. */
#define CRYPTO_MEMBER(name) __typeof__(name) *name;
#define CRYPTO_NAME(name) #name,

/* Load libcrypto.so.3 and put the addresses of n functions into `calls`, one after the other. NULL when it cannot be; crypto_unload() else. */
void *crypto_load(const char *const *name, size_t n, void *calls);
/* crypto_unload(NULL) is fine. */
void crypto_unload(void *lib);

#endif
