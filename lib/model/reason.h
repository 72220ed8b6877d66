/* SPDX-License-Identifier: MIT */
/* Why the write path holds a point back or refuses it: the words that quarantine and ledger keep, and what kind of reason they are. */
#ifndef SIT_MODEL_REASON_H
#define SIT_MODEL_REASON_H

#include "base/base.h"

/* How the texts begin; some go on with names. */
#define REASON_DEVICE "unknown device"
#define REASON_EDGE "no device with edge key"
#define REASON_DATAPOINT "unknown datapoint"
#define REASON_DISABLED "the device is not enabled"
#define REASON_TIME "time is too far from now (--skew)"
#define REASON_TYPE "value is of another type than"
#define REASON_FOREIGN "the device belongs to another organisation: ingest with --org"
#define REASON_EXPIRED "before the retention of its series (sit-prune)"
#define REASON_LIMIT "over_limit"

enum reason {
	REASON_IS_NAME, /* device, gateway or edge key are not known */
	REASON_IS_DATAPOINT,
	REASON_IS_DISABLED,
	REASON_IS_TIME,
	REASON_IS_TYPE,
	REASON_IS_FOREIGN,
	REASON_IS_EXPIRED,
	REASON_IS_LIMIT,
	REASON_IS_VALUE, /* anything else: the value, or the record around it */
	REASON_N,
};

/* What kind of reason the text is. */
enum reason reason_of(struct str text);

#endif
