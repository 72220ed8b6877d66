/* SPDX-License-Identifier: MIT */
/* The trail read back: listed, counted, exported, its chain verified, its head signed. */
#ifndef SIT_AUDIT_AUDIT_H
#define SIT_AUDIT_AUDIT_H

#include "base/time.h"
#include "model/audit.h"
#include "rec/out.h"
#include "store/audit.h"

/* Which rows: terms over audit_entity (bare integers are ids), and what options say. */
struct audit_ask {
	char **term;
	int n;
	struct time_ctx when;
	const struct range *range; /* NULL: all of time */
	const char *user;	   /* login as it is in actor, also behind sudo; NULL: any */
	const char *resource;	   /* NOUN or NOUN/NAME; NULL: any */
	int64_t after;		   /* only rows with a greater id; audit_list() leaves the last one's here */
};

/* Print the rows that fit, oldest first (audit_fields); *rows counts. */
int audit_list(struct db *db, struct audit_ask *ask, struct out *out, size_t *rows, struct err *e);

/* Fields of audit_stats(): some of verb, noun, actor, day, then rows, first, last. */
#define AUDIT_BY_MAX 4
struct audit_by {
	struct field field[AUDIT_BY_MAX + 3];
	size_t n; /* of all of them */
};
/* Read "verb,noun"; E_USAGE. */
int audit_by_read(const char *text, struct audit_by *by, struct err *e);
/* Print how many rows there are of each kind. */
int audit_stats(struct db *db, const struct audit_ask *ask, const struct audit_by *by, struct out *out, struct err *e);

/* Where rows did not get to besides the trail (audit/sink.h), printed unless out is NULL; *failed is how many rows did not. */
extern const struct field sink_fields[];
extern const size_t sink_count;
int audit_sink_stats(struct db *db, struct out *out, int64_t *failed, struct err *e);

/*
 * Print all rows of the organisation written to (audit_fields from A_SEQ on), those from before the chain first. The last of them is the row of this very export, so that
 * a file whose end was cut off shows it.
 */
int audit_export(struct db *db, const char *program, const char *message, struct out *out, struct err *e);

/* The rows without a row of its own, up to the number `to`; *rows counts. */
int audit_print(struct db *db, int64_t to, struct out *out, int64_t *rows, struct err *e);

/* How to verify, and what came of it. */
struct audit_verify {
	const char *file;	 /* an export; NULL: the store */
	const char *checkpoints; /* file of audit_checkpoint() records; NULL: none */
	const char *key;	 /* PEM file of the public key they are signed with */
	void (*bad)(void *arg, const char *what); /* a finding, one line */
	void *arg;
	int64_t rows, findings;
	int64_t checked; /* checkpoints that were there */
	int64_t erased;	 /* rows of which a part was erased */
};
/* Every chain that can be seen, or the file's (db may be NULL then). 0 also with findings. */
int audit_verify(struct db *db, struct audit_verify *v, struct err *e);

/* A signed head: Ed25519 (RFC 8032) over "sit-audit-checkpoint 1\nORG\nSEQ\nHASH\nAT\n" with AT in microseconds. */
extern const struct field checkpoint_fields[];
extern const size_t checkpoint_count;
/* Sign the head of the organisation written to with the private key of the PEM file and print it. E_DENIED when others can read the key. */
int audit_checkpoint(struct db *db, const char *key, int64_t now, struct out *out, struct err *e);

#endif
