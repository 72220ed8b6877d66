/* SPDX-License-Identifier: MIT */
/* Inside of the write path: resolving (task/resolve.c), converting (task/convert.c), committing (task/ingest.c). */
#ifndef SIT_TASK_INGEST_IMPL_H
#define SIT_TASK_INGEST_IMPL_H

#include "base/arena.h"
#include "base/map.h"
#include "series/series.h"
#include "store/books.h"
#include "store/definition.h"
#include "task/ingest.h"
#include "task/state.h"

/* A datapoint of a device as it was resolved. */
struct slot {
	struct str wire;	/* the name it came under */
	const char *name;	/* of the series; NULL: unknown, goes to quarantine */
	struct definition def;
	int64_t series; /* 0: not made yet */
	const struct cell *decimals;
	bool reported, created;
};

struct dev {
	struct str name, gateway, edge_key; /* as given */
	struct device_ref ref;
	bool known, foreign, reported;
	const char *shown; /* its name, for messages and --emit */
	const struct zone *zone;
	struct map wires; /* wire name → index into slot */
	struct slot *slot;
	size_t nslot, capslot;
	struct ledger_row now; /* counters not yet in the ledger */
	bool touched;
	struct told *told, *via; /* what is heard of it, and of its gateway through it; NULL: nothing is kept */
};

/* What a point of the batch needs besides itself. */
struct mark {
	struct dev *dev;
	size_t slot;
	int64_t quarantine; /* row it comes from, 0: none */
};

struct held {
	struct held *next;
	struct quarantine_row row;
};

struct ingest {
	struct db *db;
	struct ingest_opts opt;
	struct origin at;
	struct arena keep;  /* of the run: devices, names, definitions */
	struct arena batch; /* of the batch: texts, quarantine */
	struct map by_name;
	struct dev **dev;
	size_t ndev, capdev;
	struct point *point;
	struct mark *mark;
	enum outcome *outcome;
	size_t n;
	struct held *held, **held_tail;
	size_t nheld;
	struct books books, settled; /* what happened; what is committed */
	int64_t run, created, adopting;
	size_t reports;
	int64_t since;	 /* monotonic time of the last commit */
	int64_t learned; /* monotonic time of the first look-up that is kept */
	FILE *rejects;
	struct tellings tellings;
};

/* Refuse or hold back one point; v's text is copied where kept. */
int ingest_refuse(struct ingest *g, struct dev *d, const char *reason, struct err *e);
int ingest_hold(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, enum quality q,
		const char *reason, bool report, struct err *e);
/* The datapoint under the wire name; made when auto-create says so. NULL on failure (e). */
struct slot *resolve_slot(struct ingest *g, struct dev *d, struct str wire, const struct raw_value *v, struct err *e);

enum converted { CONVERT_OK, CONVERT_REJECT, CONVERT_HOLD };
/* raw → value by the definition: scale, offset, type. The reason is in why when it is not OK. */
enum converted convert_value(const struct definition *def, const struct raw_value *v, struct point *p, struct arena *a,
			     struct err *why);

#endif
