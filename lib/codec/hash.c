/* SPDX-License-Identifier: MIT */
#include "codec/hash.h"

#include <dlfcn.h>
#include <openssl/evp.h>

struct hasher {
	void *lib;
	EVP_MD_CTX *ctx;
	const EVP_MD *sha256;
	__typeof__(EVP_MD_CTX_new) *ctx_new;
	__typeof__(EVP_MD_CTX_free) *ctx_free;
	__typeof__(EVP_sha256) *kind;
	__typeof__(EVP_DigestInit_ex) *init;
	__typeof__(EVP_DigestUpdate) *update;
	__typeof__(EVP_DigestFinal_ex) *final;
};

static int failed(struct err *e)
{
	return err_set(e, E_IO, "no SHA-256: libcrypto.so.3 of OpenSSL 3 cannot be used");
}

static bool load(struct hasher *h)
{
	const struct {
		const char *name;
		void *at;
	} want[] = {
		{ "EVP_MD_CTX_new", &h->ctx_new },     { "EVP_MD_CTX_free", &h->ctx_free },  { "EVP_sha256", &h->kind },
		{ "EVP_DigestInit_ex", &h->init },     { "EVP_DigestUpdate", &h->update },   { "EVP_DigestFinal_ex", &h->final },
	};

	h->lib = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; h->lib && i < COUNT(want); i++) {
		void *f = dlsym(h->lib, want[i].name);

		if (!f)
			return false;
		/* POSIX promises that a function's address fits; C has no cast for it. */
		memcpy(want[i].at, &f, sizeof(f));
	}
	return h->lib && (h->ctx = h->ctx_new()) && (h->sha256 = h->kind());
}

struct hasher *hasher_new(struct err *e)
{
	struct hasher *h = calloc(1, sizeof(*h));

	if (!h) {
		err_nomem(e);
		return NULL;
	}
	if (load(h))
		return h;
	hasher_free(h);
	failed(e);
	return NULL;
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	if (h->ctx)
		h->ctx_free(h->ctx);
	if (h->lib)
		(void)dlclose(h->lib);
	free(h);
}

int hasher_sha256(struct hasher *h, const struct str *part, size_t n, unsigned char out[SHA256_LEN], struct err *e)
{
	unsigned len = 0;
	bool ok = h->init(h->ctx, h->sha256, NULL) == 1;

	for (size_t i = 0; ok && i < n; i++)
		ok = h->update(h->ctx, part[i].ptr ? part[i].ptr : "", part[i].len) == 1;
	if (!ok || h->final(h->ctx, out, &len) != 1 || len != SHA256_LEN)
		return failed(e);
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
	AUTO(hasher_freep) struct hasher *h = hasher_new(e);
	unsigned char md[SHA256_LEN];

	if (!h || hasher_sha256(h, &bytes, 1, md, e) < 0)
		return -1;
	hash_hex(md, sizeof(md), hex);
	return 0;
}
