/* SPDX-License-Identifier: MIT */
/* Series that fit a selection of devices and datapoint names, ordered by device and datapoint; or the devices alone. */
#ifndef SIT_STORE_PICK_H
#define SIT_STORE_PICK_H

#include "db/db.h"
#include "model/select.h"

/* One series with what a query shows of it. Strings are valid until the next call. */
struct picked {
	int64_t series, device, org; /* series 0: the device alone */
	struct str device_name; /* ORG/NAME for another organisation's */
	struct str org_name, datapoint, site, gateway, model, type, tz;
	int64_t model_id; /* 0: none */
	bool own;	  /* the device has datapoints of its own */
};

struct pick;

/* What to select. device[n]: selectors (sit-selectors(7)), names, globs, lists of them; datapoints: "a,b*"; NULL: all. */
struct pick_opts {
	char **device;
	int n;
	const char *datapoints;
	const char *select; /* and this selector; NULL: none */
	const struct time_ctx *when;
	const struct entity *only; /* devices themselves, of this noun (device, gateway), each once, without a series; NULL: series */
};

/* Outside of transactions, before pick_begin(). */
int pick_ready(struct db *db, struct err *e);
/* E_NOTFOUND when a plainly named device does not exist (with a near name). */
int pick_begin(struct db *db, const struct pick_opts *o, struct pick **out, struct err *e);
/* 1, 0, -1. Living devices only. */
int pick_next(struct pick *p, struct picked *s, struct err *e);
void pick_free(struct pick *p);
DEFINE_AUTO(pick_freep, struct pick *, pick_free)

#endif
