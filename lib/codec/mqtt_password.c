/* SPDX-License-Identifier: MIT */
#include "codec/mqtt_password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/num.h"
#include "codec/crypto.h"

#define DIGEST 64 /* bytes of SHA-512 */
#define SALT_MOST 64
#define BASE64(n) (((n) + 2) / 3 * 4)
#define ITERATIONS_MOST 10000000

#define CALLS(F) F(PKCS5_PBKDF2_HMAC) F(EVP_sha512) F(EVP_EncodeBlock) F(EVP_DecodeBlock) F(CRYPTO_memcmp)

struct calls {
	CALLS(CRYPTO_MEMBER)
};

static void *load(struct calls *c, struct err *e)
{
	static const char *const name[] = { CALLS(CRYPTO_NAME) };
	void *lib = crypto_load(name, COUNT(name), c);

	if (!lib)
		err_set(e, E_IO, "no PBKDF2: libcrypto.so.3 of OpenSSL 3 cannot be used");
	return lib;
}

static int derive(const struct calls *c, struct str password, struct str salt, int iterations, unsigned char out[DIGEST], struct err *e)
{
	if (password.len > INT_MAX || c->PKCS5_PBKDF2_HMAC(password.ptr, (int)password.len, (const unsigned char *)salt.ptr, (int)salt.len,
							 iterations, c->EVP_sha512(), DIGEST, out) != 1)
		return err_set(e, E_IO, "no PBKDF2: OpenSSL failed");
	return 0;
}

int mqtt_password_hash(struct str password, const unsigned char salt[MQTT_SALT], struct sb *out, struct err *e)
{
	unsigned char digest[DIGEST], salt64[BASE64(MQTT_SALT) + 1], digest64[BASE64(DIGEST) + 1];
	struct calls c;
	void *lib = load(&c, e);
	int rc;

	if (!lib)
		return -1;
	rc = derive(&c, password, (struct str){ (const char *)salt, MQTT_SALT }, MQTT_ITERATIONS, digest, e);
	(void)c.EVP_EncodeBlock(salt64, salt, MQTT_SALT);
	(void)c.EVP_EncodeBlock(digest64, digest, DIGEST);
	crypto_unload(lib);
	if (rc == 0 && sb_addf(out, "$7$%d$%s$%s", MQTT_ITERATIONS, (const char *)salt64, (const char *)digest64) < 0)
		return err_nomem(e);
	return rc;
}

/* The text up to the next '$' taken from its start. */
static struct str part(struct str *text)
{
	const char *end = text->len ? memchr(text->ptr, '$', text->len) : NULL;
	struct str p = { text->ptr, end ? (size_t)(end - text->ptr) : text->len };
	size_t skip = p.len + (end != NULL);

	text->ptr += skip;
	text->len -= skip;
	return p;
}

/* Base64 into at most `most` bytes; their number, 0 when it is none. */
static size_t decode(const struct calls *c, struct str text, unsigned char *out, size_t most)
{
	unsigned char bytes[BASE64(SALT_MOST) + 3];
	size_t padding = 0, n;

	if (text.len % 4 || !text.len || text.len > BASE64(most) || c->EVP_DecodeBlock(bytes, (const unsigned char *)text.ptr, (int)text.len) < 0)
		return 0;
	while (padding < 2 && text.ptr[text.len - 1 - padding] == '=')
		padding++;
	n = text.len / 4 * 3 - padding;
	if (n > most)
		return 0;
	memcpy(out, bytes, n);
	return n;
}

int mqtt_password_check(struct str password, struct str kept, struct err *e)
{
	unsigned char salt[SALT_MOST], want[DIGEST], is[DIGEST];
	struct str none = part(&kept), seven = part(&kept), times = part(&kept), salt64 = part(&kept);
	int64_t iterations;
	struct calls c;
	void *lib;
	size_t n;
	int rc = 0;

	if (none.len || !str_is(seven, "7") || !num_parse_int(times, &iterations) || iterations < 1 || iterations > ITERATIONS_MOST)
		return 0;
	lib = load(&c, e);
	if (!lib)
		return -1;
	n = decode(&c, salt64, salt, sizeof(salt));
	if (n && decode(&c, kept, want, sizeof(want)) == DIGEST) {
		rc = derive(&c, password, (struct str){ (const char *)salt, n }, (int)iterations, is, e);
		if (rc == 0)
			rc = c.CRYPTO_memcmp(want, is, DIGEST) == 0;
	}
	crypto_unload(lib);
	return rc;
}
