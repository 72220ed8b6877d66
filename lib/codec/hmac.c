/* SPDX-License-Identifier: MIT */
#include "codec/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

int hmac_sha256(struct str key, struct str text, char hex[SHA256_HEX + 1], struct err *e)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (key.len > INT_MAX || !HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)text.ptr, text.len, md, &n) || n != SHA256_LEN)
		return err_set(e, E_IO, "no HMAC: OpenSSL failed");
	hash_hex(md, n, hex);
	return 0;
}
