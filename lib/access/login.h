/* SPDX-License-Identifier: MIT */
/* Who shows a key, and what they may do with it. */
#ifndef SIT_ACCESS_LOGIN_H
#define SIT_ACCESS_LOGIN_H

#include "audit/apart.h"
#include "base/sb.h"
#include "db/caller.h"
#include "store/user.h"

#define LOGIN_PREFIX_LEN 12 /* "sit_" and eight characters: what a key is called */
#define LOGIN_KEY_LEN 65    /* then '_' and 52 that are secret: 32 random bytes, 5 bits a character */

/* What is kept of a key: SHA-256 of its text. */
int login_digest(struct str key, unsigned char out[KEY_HASH], struct err *e);
/* Who asks, for what the trail says of it. */
struct login {
	const struct apart *where; /* settings and warn */
	const char *program;
};
/*
 * On a connection without scope: who shows this key. The caller is the connection's from then on, and the name of their organisation is
 * appended to org. E_DENIED for a key that is unknown, revoked, expired or of somebody who is not enabled, always with the same words, of which the trail
 * hears (access/tries.h); and, each key shown being a request, when the limits of the key, its user or their organisation let no more through (access/admit.h).
 */
int login_key(struct db *db, struct str key, int64_t now, const struct login *l, struct sb *org, struct err *e);
/* The caller of this connection may do it, verb NULL for a program without: 0, or E_DENIED. Without a caller the file's permissions decide. */
int login_may(const struct db *db, const char *program, const char *verb, struct err *e);
/*
 * On the scoped connection: remember when the key was used, to the hour, with a row in the trail; home is the caller's organisation. A store that cannot be
 * written keeps neither.
 */
int login_used(struct db *db, int64_t now, const struct login *l, const char *home, struct err *e);

#endif
