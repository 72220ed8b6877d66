/* SPDX-License-Identifier: MIT */
#include "codec/hash.h"

#include <dlfcn.h>
#include <openssl/evp.h>

#define DIGEST_LEN 32

int hash_sha256(struct str bytes, char hex[SHA256_HEX + 1], struct err *e)
{
	void *lib = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
	void *at = lib ? dlsym(lib, "EVP_Q_digest") : NULL;
	__typeof__(EVP_Q_digest) *digest;
	unsigned char md[EVP_MAX_MD_SIZE];
	size_t n = 0;
	int rc = -1;

	/* POSIX promises that a function's address fits; C has no cast for it. */
	memcpy(&digest, &at, sizeof(digest));
	if (at && digest(NULL, "SHA256", NULL, bytes.ptr ? bytes.ptr : "", bytes.len, md, &n) == 1 && n == DIGEST_LEN)
		rc = 0;
	for (size_t i = 0; rc == 0 && i < DIGEST_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", md[i]);
	if (lib)
		(void)dlclose(lib);
	return rc == 0 ? 0 : err_set(e, E_IO, "no SHA-256: libcrypto.so.3 of OpenSSL 3 cannot be used");
}
