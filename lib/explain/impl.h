/* SPDX-License-Identifier: MIT */
/* Inside of explaining: gathering what is known. */
#ifndef SIT_EXPLAIN_IMPL_H
#define SIT_EXPLAIN_IMPL_H

#include "base/arena.h"
#include "explain/explain.h"
#include "store/definition.h"
#include "store/explain.h"

/* What it is about, as it was resolved; texts in the arena. */
struct subject {
	int64_t device, org, gateway, series; /* ids, 0: none */
	const char *name, *key, *edge_key;    /* of the device; NULL: none */
	const char *gateway_name, *gateway_key;
	struct str datapoint; /* of the operand; ptr NULL: the whole device */
	struct device_ref ref;
	bool shared; /* other organisations than its own can be seen */
};

/* Points: x->flow of the series asked about, or of all; *stalled names the datapoint that has stopped while others go on (NULL: none), *more how many others have too (flow.c). */
int gather_flow(struct db *db, const struct subject *s, struct explained *x, const char **stalled, size_t *more, struct err *e);
/* Quarantine, ledger, runs, trail, states: what is known of the time that points are missing (books.c). */
int gather_books(struct db *db, const struct subject *s, struct explained *x, struct err *e);

/* A copy in the arena; NULL for none, and with e out of memory. */
const char *explain_keep(struct explained *x, struct str s, struct err *e);

#endif
