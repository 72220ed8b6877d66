/* SPDX-License-Identifier: MIT */
#include "codec/hash.h"

#include <openssl/evp.h>

#include "codec/crypto.h"

/* What is called of OpenSSL, by its own names. */
#define CALLS(F) F(EVP_MD_fetch) F(EVP_MD_free) F(EVP_MD_CTX_new) F(EVP_MD_CTX_free) F(EVP_DigestInit_ex2) F(EVP_DigestUpdate) F(EVP_DigestFinal_ex)

struct sha256 {
	void *lib;
	struct {
		CALLS(CRYPTO_MEMBER)
	} call;
	EVP_MD *md;
	EVP_MD_CTX *state;
	bool bad;
};

void sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	if (h->state)
		h->call.EVP_MD_CTX_free(h->state);
	if (h->md)
		h->call.EVP_MD_free(h->md);
	crypto_unload(h->lib);
	free(h);
}

static bool load(struct sha256 *h)
{
	static const char *const name[] = { CALLS(CRYPTO_NAME) };

	h->lib = crypto_load(name, COUNT(name), &h->call);
	return h->lib != NULL;
}

int sha256_new(struct sha256 **out, struct err *e)
{
	struct sha256 *h = calloc(1, sizeof(*h));

	if (!h)
		return err_nomem(e);
	if (load(h)) {
		h->md = h->call.EVP_MD_fetch(NULL, "SHA256", NULL);
		h->state = h->call.EVP_MD_CTX_new();
	}
	if (!h->md || !h->state || h->call.EVP_DigestInit_ex2(h->state, h->md, NULL) != 1) {
		sha256_free(h);
		return err_set(e, E_IO, "no SHA-256: libcrypto.so.3 of OpenSSL 3 cannot be used");
	}
	*out = h;
	return 0;
}

void sha256_add(struct sha256 *h, const void *bytes, size_t n)
{
	if (n && h->call.EVP_DigestUpdate(h->state, bytes, n) != 1)
		h->bad = true;
}

int sha256_end_bytes(struct sha256 *h, unsigned char out[SHA256_LEN], struct err *e)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool good = h->call.EVP_DigestFinal_ex(h->state, md, &n) == 1 && n == SHA256_LEN && !h->bad;

	h->bad = h->call.EVP_DigestInit_ex2(h->state, h->md, NULL) != 1;
	if (!good)
		return err_set(e, E_IO, "no SHA-256: OpenSSL failed");
	memcpy(out, md, SHA256_LEN);
	return 0;
}

int sha256_end(struct sha256 *h, char hex[SHA256_HEX + 1], struct err *e)
{
	unsigned char md[SHA256_LEN];

	if (sha256_end_bytes(h, md, e) < 0)
		return -1;
	hash_hex(md, sizeof(md), hex);
	return 0;
}

void hash_hex(const unsigned char *bytes, size_t n, char *hex)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digit[bytes[i] >> 4];
		hex[2 * i + 1] = digit[bytes[i] & 15];
	}
	hex[2 * n] = '\0';
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hash_unhex(struct str hex, unsigned char *bytes, size_t n)
{
	if (hex.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit_value(hex.ptr[2 * i]), low = digit_value(hex.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

int hash_sha256(struct str bytes, char hex[SHA256_HEX + 1], struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;

	if (sha256_new(&h, e) < 0)
		return -1;
	sha256_add(h, bytes.ptr, bytes.len);
	return sha256_end(h, hex, e);
}
