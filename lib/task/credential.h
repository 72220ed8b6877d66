/* SPDX-License-Identifier: MIT */
/*
 * What devices and gateways log in to the broker with. Each credential is a user of the broker by itself, with a login of its own that is also its client
 * id: two work side by side while one takes the other's place, one is revoked without the other, and no login names who else there is.
 */
#ifndef SIT_TASK_CREDENTIAL_H
#define SIT_TASK_CREDENTIAL_H

#include "rec/out.h"
#include "store/credential.h"
#include "task/entity.h"

#define CREDENTIAL_PREFIX "dev_"
#define CREDENTIAL_LOGIN 12 /* the prefix and eight characters */

/* One in the making. */
struct credential_made {
	char login[CREDENTIAL_LOGIN + 1];
	struct sb password; /* 52 characters: 256 random bits; sb_wipe() */
	struct sb hash;	    /* what is kept of it (codec/mqtt_password.h); sb_done() */
};
/* Make one; it counts once it is kept, and the broker has been told. credential_done() in any case. */
int credential_make(struct credential_made *m, struct err *e);
void credential_done(struct credential_made *m);

/* What is kept with it. */
struct credential_terms {
	const char *note; /* NULL: none */
	int64_t expires;  /* 0: never */
};

/* Keep it for the device or gateway, which is the work's noun. */
int credential_keep(struct work *w, const struct target *who, const struct credential_made *m, const struct credential_terms *t, struct err *e);
/* The same inside work_write(). */
int credential_keep_in(struct work *w, const struct target *who, const struct credential_made *m, const struct credential_terms *t, struct err *e);
/* The device's own name, in the work's memory (it may have been called id:42), if the caller may change it: 0, or E_DENIED. */
int credential_name(struct work *w, const struct target *who, struct str *name, struct err *e);
/* There is such a one, not revoked, of a device that the caller may change: its device (the name in the work's memory) and end (0: never); E_NOTFOUND, E_CONFLICT, E_DENIED. */
int credential_known(struct work *w, const char *login, struct target *who, int64_t *ends, struct err *e);
/* Keep it in place of the old one, whose note it gets when the terms have none; the old one goes on until `until` at most. */
int credential_replace(struct work *w, const char *old, const struct credential_made *m, const struct credential_terms *t, int64_t until, struct err *e);
/* It is taken no more. */
int credential_revoke(struct work *w, const char *login, struct err *e);
/* Print them: of one device, or with who NULL of all of the work's noun. */
extern const struct field credential_fields[];
extern const size_t credential_count;
int credential_print(struct work *w, const struct target *who, struct out *out, struct err *e);

/* ---- what a device is given, once ---- */

enum bundle_form { BUNDLE_JSON, BUNDLE_MOSQUITTO_PUB, BUNDLE_C };
extern const char *const bundle_words[];

struct bundle {
	struct str org, device;
	int64_t id; /* of the device; 0: it is not kept yet */
	const char *url; /* of the broker: mqtt://, mqtts://; NULL: what sit-broker init was told */
	const struct credential_made *secret;
};
/* What the word means; NULL is JSON. E_USAGE. */
int bundle_form_find(const char *word, enum bundle_form *out, struct err *e);
/*
 * Append where the broker is, login, password and the topics of the device's profile in that form, a line end behind it; credential_ready() comes before.
 * E_CONFLICT when nobody said where the broker is, or the device's organisation has not its profile.
 */
int bundle_text(struct db *db, enum bundle_form form, const struct bundle *b, struct sb *sb, struct err *e);

#endif
