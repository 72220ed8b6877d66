/* SPDX-License-Identifier: MIT */
#include "codec/password.h"

#include <crypt.h>

/* One call of crypt: the hash under the setting (a hash is its own), or NULL. data is wiped by the caller. */
static const char *hash_under(struct str password, const char *setting, struct crypt_data *data)
{
	char phrase[CRYPT_MAX_PASSPHRASE_SIZE + 1];
	const char *out;

	memcpy(phrase, password.ptr, password.len);
	phrase[password.len] = '\0';
	out = crypt_rn(phrase, setting, data, sizeof(*data));
	explicit_bzero(phrase, sizeof(phrase));
	return out;
}

static int acceptable(struct str password, struct err *e)
{
	if (password.len == 0 || password.len > CRYPT_MAX_PASSPHRASE_SIZE || memchr(password.ptr, '\0', password.len))
		return err_set(e, E_INPUT, "a password has 1 to %d bytes, none of them NUL", CRYPT_MAX_PASSPHRASE_SIZE);
	return 0;
}

int password_hash(struct str password, struct sb *hash, struct err *e)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *out = NULL;
	int rc = -1;

	if (!data)
		return err_nomem(e);
	if (acceptable(password, e) == 0) {
		if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)))
			out = hash_under(password, setting, data);
		rc = out ? sb_adds(hash, out) : err_set(e, E_IO, "libcrypt makes no yescrypt hash: %s", strerror(errno));
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return rc;
}

int password_check(struct str password, const char *hash, struct err *e)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *out;
	bool same_length = false;
	unsigned char differ = 0;

	if (!data)
		return err_nomem(e);
	if (!*hash && crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)))
		hash = setting; /* which is shorter than any hash */
	if (acceptable(password, e) == 0) {
		out = hash_under(password, hash, data);
		same_length = out && strlen(out) == strlen(hash);
		for (size_t i = 0; same_length && out[i]; i++)
			differ |= (unsigned char)(out[i] ^ hash[i]);
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	err_clear(e); /* what cannot be a password is not theirs */
	return same_length && differ == 0;
}
