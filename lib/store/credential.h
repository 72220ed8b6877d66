/* SPDX-License-Identifier: MIT */
/* What logs in to the broker, and what may be claimed. */
#ifndef SIT_STORE_CREDENTIAL_H
#define SIT_STORE_CREDENTIAL_H

#include "db/db.h"

#define CLAIM_HASH 32 /* bytes of SHA-256 of a claim's secret */

/* A credential as it is kept. Texts are valid until the next step. */
struct credential {
	int64_t id, org, device;
	int64_t created, expires, revoked; /* 0: no instant */
	struct str login, hash, note;	   /* note: ptr NULL when there is none */
	/* of its device */
	struct str device_name, org_name, type;
	bool enabled;	  /* the device is, and it is not retired */
	int may[5];	  /* what its policy says, by PERMIT_*; -1: it has none */
	struct str profile; /* whose topics it uses */
	bool speaks;	    /* they are its organisation's: else it gets none */
};

/* Columns of a policy that the broker enforces. */
enum { PERMIT_TELEMETRY, PERMIT_EVENTS, PERMIT_COMMANDS, PERMIT_CONFIG, PERMIT_FIRMWARE };

/* Before db_write(), and before reading. */
int credential_ready(struct db *db, struct err *e);
/* Inside db_write(): keep a new one; device, login, hash, note, created, expires say what. */
int credential_add(struct db *db, const struct credential *c, struct err *e);
/* The credential of that login: 1, 0, -1. Free the statement when done with the texts. */
int credential_find(struct db *db, struct str login, struct stmt **st, struct credential *c, struct err *e);
/* All of them (of one device; 0: all) by organisation, device and id; step with credential_next(), free with stmt_free(). */
int credential_list(struct db *db, int64_t device, struct stmt **out, struct err *e);
/* 1, 0, -1. */
int credential_next(struct stmt *st, struct credential *c, struct err *e);
/* Whose topics the device uses, a word of topic_profiles[] appended, and whether its organisation has them. E_NOTFOUND. */
int credential_profile(struct db *db, int64_t device, struct sb *word, bool *speaks, struct err *e);
/* Inside db_write(): from `at` on it is taken no more; revoked, or it expires then. */
int credential_end(struct db *db, int64_t id, int64_t at, bool revoked, struct err *e);

/* A device that was registered beforehand. Texts are valid until the next step. */
struct claim {
	int64_t id, org;
	int64_t created, expires, claimed, claimed_by; /* 0: none */
	struct str key, hash, terms, claimed_org;	      /* terms: a JSON object of onboarding; claimed_org: its name, ptr NULL when not claimed */
};

/* Before db_write(), and before reading. */
int claim_ready(struct db *db, struct err *e);
/* Inside db_write(): keep a new one; E_CONFLICT when the organisation has that key. */
int claim_add(struct db *db, const struct claim *c, struct err *e);
/* As the functions of credentials; organisations may have the same key, so that one does not learn of another's: step on with claim_next(). */
int claim_find(struct db *db, struct str key, struct stmt **st, struct claim *c, struct err *e);
int claim_list(struct db *db, struct stmt **out, struct err *e);
int claim_next(struct stmt *st, struct claim *c, struct err *e);
/* Inside db_write(): the organisation has claimed it; false in *done when it was claimed before. */
int claim_take(struct db *db, int64_t id, int64_t at, int64_t by, bool *done, struct err *e);
/* Inside db_write(): it is free again. */
int claim_give_back(struct db *db, int64_t id, struct err *e);
/* Inside db_write(): remove it; false in *done when there is none of that key that can be seen. */
int claim_remove(struct db *db, struct str key, bool *done, struct err *e);

#endif
