/* SPDX-License-Identifier: MIT */
#include "os/secret.h"

#include <sys/random.h>

#include "os/file.h"
#include "os/memory.h"

static void drop_line_end(struct sb *sb)
{
	if (sb->len && sb->buf[sb->len - 1] == '\n')
		sb->buf[--sb->len] = '\0';
	if (sb->len && sb->buf[sb->len - 1] == '\r')
		sb->buf[--sb->len] = '\0';
}

static int from_credential(const char *name, struct sb *sb, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(4096);
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (!folder || !*folder)
		return err_set(e, E_NOTFOUND, "@cred:%s: no $CREDENTIALS_DIRECTORY: systemd gives one with LoadCredential=", name);
	if (!*name || strchr(name, '/'))
		return err_set(e, E_USAGE, "@cred:%s: a credential has a name without '/'", name);
	if (sb_addf(&path, "%s/%s", folder, name) < 0)
		return err_nomem(e);
	return file_read(sb_cstr(&path), sb, e);
}

int secret_read(const char *text, struct sb *sb, struct err *e)
{
	const char *value;
	int rc;

	if (text[0] != '@' || !text[1])
		return err_set(e, E_USAGE, "a secret is not an argument: give @FILE, @env:NAME or @cred:NAME");
	memory_private();
	if (strncmp(text, "@env:", 5) == 0) {
		value = getenv(text + 5);
		if (!value)
			return err_set(e, E_NOTFOUND, "%s: the environment has no such variable", text);
		return sb_adds(sb, value) < 0 ? err_set(e, E_INPUT, "%s: longer than %zu bytes", text, sb->max) : 0;
	}
	rc = strncmp(text, "@cred:", 6) == 0 ? from_credential(text + 6, sb, e) : file_read_secret(text + 1, sb, e);
	if (rc == 0)
		drop_line_end(sb);
	return rc;
}

int secret_random(void *bytes, size_t n, struct err *e)
{
	return getrandom(bytes, n, 0) == (ssize_t)n ? 0 : err_set(e, E_IO, "the kernel gives no random bytes: %s", strerror(errno));
}

int secret_letters(size_t n, struct sb *sb, struct err *e)
{
	static const char letters[33] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char random[64];

	for (size_t i = 0; i < n; i++) {
		if (i % sizeof(random) == 0 && secret_random(random, sizeof(random), e) < 0)
			return -1;
		sb_addc(sb, letters[random[i % sizeof(random)] & 31]);
	}
	explicit_bzero(random, sizeof(random));
	return sb->bad ? err_nomem(e) : 0;
}
