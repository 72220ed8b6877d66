/* SPDX-License-Identifier: MIT */
/*
 * Rows of the audit trail, each in the transaction of what it tells, in the chain of its organisation. The digest of a row is SHA-256 over the
 * digest of the row before (32 bytes, all 0 before the first) and the row as text: a JSON array, without blanks, of 2 (the version of this
 * form), seq, at (microseconds), verb, noun, and two digests in hexadecimal digits, so that each part can be erased alone: who is SHA-256 over 16 random
 * bytes of the row's own and the array of actor, origin, address, agent, session; what likewise of name, old, new, message. null where there is none, old
 * and new byte for byte as they are kept. Rows of form 1, from before there were parts, are the array of 1, seq, at, actor, verb, noun, name, old, new,
 * message, origin, address, agent, session. Rows from before there were chains are sealed by the first row of one, verb "seal": its new has their
 * number and the digest that the same rule gives over them by id, with seq 0.
 */
#ifndef SIT_AUDIT_TRAIL_H
#define SIT_AUDIT_TRAIL_H

#include "codec/hash.h"
#include "store/audit.h"

/* What a process keeps between rows; program first, the rest zero. */
struct trail {
	const char *program;
	struct sha256 *hasher;	/* made with the first row */
	struct audit_head head; /* as this process left it: asked again when another went on */
};

/* Free it; it may be used again. */
void trail_done(struct trail *t);
/* Inside db_write(), after audit_ready(): add the row. actor and origin are those of this process where they are empty. */
int trail_add(struct db *db, struct trail *t, const struct audit *a, struct err *e);
/* What left the store, and how much of it. */
struct exported {
	const char *program, *message;
	const char *noun, *name; /* of what: "points" "store", "audit" "trail", "org" and its name */
	struct str selection;	 /* a JSON value that says which; ptr NULL: all */
	int64_t records;
	int64_t org;		  /* whose; 0: the connection's */
	struct audit_head head; /* out: the row's */
};
/* In a transaction of its own, on a connection that can write: the row of verb "export". */
int trail_export(struct db *db, struct exported *x, struct err *e);
/*
 * The same for a connection that only reads, through another to the store at url; of all organisations in the trail of the store's own. *kept is false when
 * the store cannot be written (a copy, read-only), and *e says why.
 */
int trail_export_apart(const struct db *reader, const char *url, struct exported *x, bool *kept, struct err *e);
/* Digest of one part of a row that has parts: what was done, else who did it. */
int trail_part(struct sha256 *h, const struct audit *a, bool what, struct sb *scratch, unsigned char out[AUDIT_HASH], struct err *e);
/* Digest of the row behind a row with digest `before`; scratch is used for its text. */
int trail_digest(struct sha256 *h, const unsigned char before[AUDIT_HASH], const struct audit *a, struct sb *scratch,
		 unsigned char out[AUDIT_HASH], struct err *e);

#endif
