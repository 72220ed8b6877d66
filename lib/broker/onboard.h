/* SPDX-License-Identifier: MIT */
/* A device taken in: it, its edge key, its policy and its login in one transaction; what it needs to know, once. And those that were registered beforehand. */
#ifndef SIT_BROKER_ONBOARD_H
#define SIT_BROKER_ONBOARD_H

#include "task/credential.h"

/* Who gets a login. */
enum onboard_login {
	ONBOARD_AUTO, /* who speaks for itself: not what is behind a gateway, not what is polled (at=modbus..., at=https...) */
	ONBOARD_ALWAYS,
	ONBOARD_NEVER
};
extern const char *const onboard_login_words[];

struct onboarding {
	enum onboard_login login;
	enum bundle_form form;
	const char *url;	       /* NULL: the store's */
	struct credential_terms terms; /* of the logins */
	/* Hand a device's bundle over, before it counts: -1 and nothing is kept of the device. NULL with --dry-run only. */
	int (*hand)(void *arg, const char *device, const struct sb *text, struct err *e);
	void *arg;
	int64_t made; /* logins */
};

/* Inside work_write() of devices: add the row and what belongs to it. credential_ready() comes before. arg is the struct onboarding. */
int onboard_row(struct work *w, struct row *row, void *arg, enum did *did, struct err *e);
/* Add one. */
int onboard_add(struct work *w, struct onboarding *o, struct row *row, enum did *did, struct err *e);

/* ---- claims ---- */

#define CLAIM_SECRET 20 /* letters: 100 random bits, on a label */

/* Register what somebody may claim: key (on its label), the terms "field=value" of the device, whose name is the first of them when it has one; 0: never ends. */
struct registering {
	const char *key;
	char **term;
	int n;
	int64_t expires;
	const struct sb *secret;
};
/* The terms are those of a device: E_USAGE, E_INPUT; E_CONFLICT when the key is taken. */
int claim_register(struct work *w, const struct registering *r, struct err *e);
extern const struct field claim_fields[];
extern const size_t claim_count;
/* Print those of the organisation. */
int claim_print(struct work *w, struct out *out, struct err *e);
/* Take one back; E_NOTFOUND. */
int claim_withdraw(struct work *w, const char *key, struct err *e);

struct claiming {
	const char *key;
	struct str secret;
	char **term; /* what the claimer says of the device besides: site=..., name=... */
	int n;
	struct onboarding *onboarding;
	const char *store; /* URL: a claim may be of another organisation */
};
/*
 * Who shows key and secret gets the device, in the organisation that the work writes in. E_DENIED, with the same words, for a key that is unknown, a
 * secret that is another's, one that has ended; E_CONFLICT for one that was claimed.
 */
int claim_use(struct work *w, const struct claiming *c, struct str *device, struct err *e);

#endif
