/* SPDX-License-Identifier: MIT */
/* Inside the query: what its words came to. */
#ifndef SIT_TASK_QUERY_IMPL_H
#define SIT_TASK_QUERY_IMPL_H

#include "model/agg.h"
#include "store/definition.h"
#include "task/query.h"

/* The place behind which a query goes on. */
struct cursor {
	char *device, *datapoint; /* NULL: there is none */
	int64_t ts;
};

struct query {
	struct query_ask ask;
	bool buckets, has_step;
	struct step step;
	enum agg agg[AGG_N];
	size_t naggs;
	bool delta; /* among the aggregates */
	bool by_datapoint;
	struct cursor after;
	struct sb cursor;
	struct targets targets;
	struct field field[QUERY_BUCKET_FIELDS];
	size_t nfields;
	/* The device at hand. */
	struct device_ref ref;
	const struct zone *zone;
	struct arena arena; /* of the definition at hand */
};

/* What a target needs beyond itself: its device's zone (with buckets), its definition; *has says whether there is one. */
int query_enter(struct query *q, const struct target *t, struct definition *def, bool *has, struct err *e);
/* struct cell.decimals of the definition; NULL: none. */
unsigned char query_decimals(const struct definition *def);
/* A text cell, or NULL without text. */
struct cell query_text(const char *s);
/* A query with aggregates: one bucket after the other, or combined over groups. */
int query_buckets(struct query *q, struct out *out, struct err *e);
int query_groups(struct query *q, struct out *out, struct err *e);

#endif
