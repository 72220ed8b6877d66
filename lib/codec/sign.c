/* SPDX-License-Identifier: MIT */
#include "codec/sign.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

DEFINE_AUTO(key_freep, EVP_PKEY *, EVP_PKEY_free)
DEFINE_AUTO(md_freep, EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_AUTO(bio_freep, BIO *, BIO_free_all)

/* A key that wants a password is refused: nobody is there to ask. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* PEM_read_bio_PrivateKey() leaves what it read in memory that was freed: taken in two steps, of which each wipes what it had. */
static EVP_PKEY *read_private(BIO *bio)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	long n = 0;

	if (PEM_bytes_read_bio_secmem(&der, &n, NULL, PEM_STRING_EVP_PKEY, bio, no_password, NULL) != 1)
		return NULL;
	p = der;
	key = d2i_AutoPrivateKey(NULL, &p, n);
	OPENSSL_secure_clear_free(der, (size_t)n);
	return key;
}

static EVP_PKEY *read_key(struct str pem, bool private, struct err *e)
{
	AUTO(bio_freep) BIO *bio = pem.len < INT_MAX ? BIO_new_mem_buf(pem.ptr ? pem.ptr : "", (int)pem.len) : NULL;
	EVP_PKEY *key = NULL;

	if (bio)
		key = private ? read_private(bio) : PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return key;
	EVP_PKEY_free(key);
	err_set(e, E_INPUT, "no %s Ed25519 key in PEM without a password", private ? "private" : "public");
	return NULL;
}

int sign_make(struct str pem, struct str message, unsigned char out[SIGN_LEN], struct err *e)
{
	AUTO(key_freep) EVP_PKEY *key = read_key(pem, true, e);
	AUTO(md_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = SIGN_LEN;

	if (!key)
		return -1;
	if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
	    EVP_DigestSign(ctx, out, &n, (const unsigned char *)message.ptr, message.len) != 1 || n != SIGN_LEN)
		return err_set(e, E_IO, "OpenSSL cannot sign");
	return 0;
}

int sign_check(struct str pem, struct str message, const unsigned char signature[SIGN_LEN], struct err *e)
{
	AUTO(key_freep) EVP_PKEY *key = read_key(pem, false, e);
	AUTO(md_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!key)
		return -1;
	if (!ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
		return err_set(e, E_IO, "OpenSSL cannot verify");
	return EVP_DigestVerify(ctx, signature, SIGN_LEN, (const unsigned char *)message.ptr, message.len) == 1;
}
