/* SPDX-License-Identifier: MIT */
/*
 * Where the way of a device's points stopped: what was found out about it (struct explain, filled by explain/explain.c) and the checks that judge it, one a cause,
 * in the order of the way. Pure.
 */
#ifndef SIT_MODEL_EXPLAIN_H
#define SIT_MODEL_EXPLAIN_H

#include "base/err.h"
#include "base/sb.h"
#include "base/time.h"
#include "model/reason.h"
#include "model/state.h"

/* The way. */
enum explain_step { STEP_SOURCE, STEP_RESOLVE, STEP_DEFINITION, STEP_CONVERT, STEP_VALIDATE, STEP_LIMITS, STEP_STORE, STEP_LATEST, STEP_COUNT };
extern const char *const explain_step_words[];

/* Points that were held back or refused for one kind of reason while points are missing. */
struct held {
	int64_t n, first, last;	      /* how many, when they arrived */
	int64_t id;		      /* a row of the quarantine; 0: refused, known from the ledger */
	const char *name, *datapoint; /* what they call device (GATEWAY/EDGE_KEY behind a gateway) and datapoint; NULL: not known */
	const char *reason, *place;
	bool ahead; /* their time is after their arrival */
};

/* A row of the audit trail about the device. */
struct changed {
	int64_t id, at; /* id 0: there is none */
	const char *actor; /* NULL: not for who asks */
};

/* How points came, of a device or one of its series; instants are STATE_NONE where there are none. */
struct flow {
	int64_t n;	      /* points in the range asked about */
	int64_t before;	      /* the newest before it */
	int64_t first, newest; /* of those in it */
	int64_t usual;	      /* interval between points; 0: not known */
	struct range gap;     /* the longest time without a point, ends of the range included */
	int64_t floor;	      /* retention: nothing before this exists; STATE_NONE: no floor */
};

/* Texts live as long as whoever filled it says. */
struct explain {
	int64_t now;
	const struct zone *zone; /* of times in texts */
	struct range want;	 /* to is just behind now at most */
	bool named;		 /* the range was asked for, so a gap anywhere in it counts */
	const char *device, *datapoint; /* as they are shown; datapoint NULL: the whole device */
	bool known, retired, enabled, defined;
	const char *nearest; /* device (not known) or datapoint (not defined) that may be meant; NULL: none */
	int64_t created, offline_after, last_seen;
	const char *gateway; /* NULL: none, or not late */
	int64_t gateway_seen;
	struct flow flow;
	int64_t any_newest;	/* of all series of the device */
	int64_t allowed;	/* silence that means nothing; explain_flow() sets it */
	struct range missing;	/* explain_flow() sets it; empty: points flow */
	int64_t stored;		/* points of the device that were stored while they are missing, by hour of arrival */
	int64_t arrived;	/* the last arrival of anything of the device; STATE_NONE */
	struct held held[REASON_N];
	struct held elsewhere;	/* under the device's name in another organisation, which who asks may see */
	const char *elsewhere_org;
	bool elsewhere_kept;	/* there is a device of that name there */
	struct {
		int64_t id, started, ended, exit; /* id 0: none is known; ended STATE_NONE: it has not */
		const char *program, *source, *error; /* error NULL: not kept */
	} run; /* the last of the source that the device's points came from */
	struct changed disabled, gone, pruned; /* retired or deleted */
	struct {
		int64_t number, taken, started; /* number 0: the store was never restored */
	} epoch;
};

enum verdict { VERDICT_OK, VERDICT_CAUSE, VERDICT_ALSO, VERDICT_UNREACHED };
extern const char *const verdict_words[];

/* What is to say of a step. */
struct finding {
	enum verdict verdict;
	const char *cause; /* a word; NULL: none */
	struct sb what, evidence, todo;
	int64_t since, points; /* STATE_NONE, 0: nothing to say */
};

/* The usual interval of points at these times, newest first: the median of the differences; 0 with fewer than three. Sorts ts. */
int64_t explain_usual(int64_t *ts, size_t n);
/* Work out allowed and missing from flow, named and offline_after. True when points flow. */
bool explain_flow(struct explain *x);
/* A name on the wire may be meant for this one: near, and no other number in it. */
bool explain_near(struct str wire, struct str name);
/* Judge every step (finding_done() each); the place of the cause, -1 when points flow. E_IO when there is no memory. */
int explain_judge(const struct explain *x, struct finding step[STEP_COUNT], int *cause, struct err *e);
void finding_done(struct finding *f);

#endif
