/* SPDX-License-Identifier: MIT */
/* Users of programs and pages: passwords, keys, grants on sites, and why somebody may do something or not. */
#ifndef SIT_TASK_USER_H
#define SIT_TASK_USER_H

#include "access/login.h"
#include "model/role.h"
#include "rec/out.h"
#include "store/user.h"
#include "task/entity.h"

#define PASSWORD_LEAST 12 /* characters */

/* Inside work_write(): the caller may change what the user has: 0, or E_DENIED. */
int user_touch(struct work *w, int64_t user, struct err *e);
/* Set the user's password; empty: none any more. E_INPUT when it is too short or their name. */
int user_set_password(struct work *w, const struct target *who, struct str password, struct err *e);
/* Somebody who says who they are. */
struct claimant {
	const char *name, *address; /* address NULL: not known */
	struct str password;
};
/*
 * 1: there is such a user, they are enabled, it is their password, and neither they nor the address are locked (access/tries.h); 0: not, whatever it is, after
 * the same work. The trail hears of it. -1: it could not be counted, and was not tried.
 */
int user_login(struct work *w, const struct settings *s, const struct claimant *who, struct err *e);
/* The user's password and keys are tried again at once, or those from the address. E_NOTFOUND: nothing of it is locked or was wrong. */
int user_unlock(struct work *w, const struct target *who, struct err *e);
int user_unlock_address(struct work *w, const char *address, struct err *e);

/* A key in the making: "sit_", eight characters that name it, "_", 52 that are secret (32 random bytes). */
struct key_made {
	struct sb text; /* sb_wipe() */
	char prefix[LOGIN_PREFIX_LEN + 1];
	unsigned char hash[KEY_HASH];
};
/* Make one; it counts once key_keep() has put it into the store. */
int key_make(struct key_made *k, struct err *e);
/* What is kept with it. */
struct key_terms {
	const char *rights; /* words, NULL: all of the role */
	const char *note;   /* NULL: none */
	int64_t expires;    /* 0: never */
};
/* E_USAGE when its rights are none, or such that leave the key nothing of what the user may do. */
int key_fits(struct work *w, const struct target *who, const struct key_terms *t, struct err *e);
/* "good", "expired" or "revoked". */
const char *key_state(const struct user_key *k, int64_t now);
/* Keep the key for the user, once key_fits(). */
int key_keep(struct work *w, const struct target *who, const struct key_made *k, const struct key_terms *t, struct err *e);
/* Keep it in place of the old one, with its user, rights, note and expiry; the old one goes on until `until`. */
int key_replace(struct work *w, const char *old, const struct key_made *k, int64_t until, struct err *e);
/* There is such a key, it is not revoked, and the caller may change its user: 0, or E_NOTFOUND, E_CONFLICT, E_DENIED. */
int key_known(struct work *w, const char *prefix, struct err *e);
/* The key is taken no more. */
int key_revoke(struct work *w, const char *prefix, struct err *e);
/* Print them: of one user, or with who NULL of all. */
extern const struct field key_fields[];
extern const size_t key_count;
int key_print(struct work *w, const struct target *who, struct out *out, struct err *e);

/* Rights on things of a site that the role does not give; rights NULL takes the grant back (E_NOTFOUND when there was none). */
int user_grant(struct work *w, const struct target *who, const char *site, const char *rights, struct err *e);
extern const struct field grant_fields[];
extern const size_t grant_count;
int grant_print(struct work *w, const struct target *who, struct out *out, struct err *e);

struct can_what {
	const char *program, *verb; /* verb NULL: it has none */
	const char *site;	    /* done to something of it; NULL: of no site */
	const char *key;	    /* with this key of theirs, by its prefix; NULL: with any that has all rights */
};
/* May the user do it? The record says why. */
extern const struct field can_fields[];
extern const size_t can_count;
int user_can(struct work *w, const struct target *who, const struct can_what *what, bool *may, struct out *out, struct err *e);

#endif
