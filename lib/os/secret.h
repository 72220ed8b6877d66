/* SPDX-License-Identifier: MIT */
/* Secrets in: from a file, the environment, a systemd credential, a prompt; never as an argument. Secrets made: random bytes. */
#ifndef SIT_OS_SECRET_H
#define SIT_OS_SECRET_H

#include "base/err.h"
#include "base/sb.h"

/*
 * Append the secret that the text names: "@FILE" (which only its owner may touch), "@env:NAME", "@cred:NAME" (a file in
 * $CREDENTIALS_DIRECTORY); one line feed at its end is not part of it. E_USAGE for a text without '@': that would be the secret itself.
 */
int secret_read(const char *text, struct sb *sb, struct err *e);
/* n random bytes of the kernel. */
int secret_random(void *bytes, size_t n, struct err *e);
/* Append n random characters of small letters and digits, without those that are mistaken for others: 5 bits each. */
int secret_letters(size_t n, struct sb *sb, struct err *e);

#endif
