/* SPDX-License-Identifier: MIT */
/* Inside the reading of the trail: checkpoints, which verifying compares with. */
#ifndef SIT_AUDIT_IMPL_H
#define SIT_AUDIT_IMPL_H

#include "audit/audit.h"
#include "codec/hash.h"
#include "codec/json.h"

#define AUDIT_EXPORT "export" /* the verb of the row that ends an export */

struct checkpoint {
	char *org;
	int64_t seq, at;
	unsigned char hash[AUDIT_HASH];
};
struct checkpoints {
	struct checkpoint *v;
	size_t n;
};

/* The row as it is printed; hex has room for its digest. */
void audit_cells(const struct audit *a, struct str org, char hex[A_ALL - A_HASH][SHA256_HEX + 1], struct cell c[A_ALL]);
/* Read the file and check each signature with the PEM key; what is wrong goes to v->bad and is left out (sign.c). */
int checkpoints_read(struct audit_verify *v, struct checkpoints *out, struct err *e);
void checkpoints_done(struct checkpoints *c);
/* A finding (verify.c). */
void audit_finding(struct audit_verify *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The row of an export, as it was kept: texts point into o, JSON into the record's text, bytes into `bytes` (verify.c). False: it is none. */
bool audit_row_read(const json_t *o, struct str raw, struct audit *a, unsigned char bytes[3][AUDIT_HASH]);

#endif
