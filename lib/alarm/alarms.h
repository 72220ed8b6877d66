/* SPDX-License-Identifier: MIT */
/* Alarms looked at: which there are, what happened to them, how many and how soon somebody was there. */
#ifndef SIT_ALARM_ALARMS_H
#define SIT_ALARM_ALARMS_H

#include "model/alarm.h"
#include "rec/out.h"
#include "task/entity.h"

/* Which alarms: of the ids and devices that are named, those for which all filters hold. */
struct alarms_ask {
	char **term; /* ids, names and patterns of devices, filters over alarm_entity */
	int n;
	const char *select;	   /* one more filter; NULL: none */
	const struct range *range; /* that were there in it; NULL: at any time */
	bool raised;		   /* range is about when they were raised, not about when they were there */
	bool active;		   /* only those that are there now */
	bool loud;		   /* and neither shelved nor silenced */
	int64_t after;		   /* only with a greater id, and of history: rows with one; the last one's is left here */
	int64_t limit;		   /* at most so many; 0: all */
};

/* Before the rest: the work of alarms (its noun is that of devices). work_end() frees it. */
int alarms_begin(struct work *w, struct err *e);
/* Print them (alarm_fields), the oldest first; *rows counts. out NULL: they are counted. E_NOTFOUND for a device or a number that is plainly named and not there. */
int alarms_list(struct work *w, struct alarms_ask *ask, struct out *out, int64_t *rows, struct err *e);
/* Print the one: as a record, or with table as pairs of field and value. */
int alarms_show(struct work *w, int64_t id, bool table, struct out *out, struct err *e);
/* Print what happened to those (alarm_change_fields), the oldest first. */
int alarms_history(struct work *w, struct alarms_ask *ask, struct out *out, int64_t *rows, struct err *e);
/* Ids of those, as targets. */
int alarms_targets(struct work *w, struct alarms_ask *ask, struct targets *out, struct err *e);
/* The question as one selector, in the work's memory; *select NULL: all (used by what reads alarms otherwise). */
int alarms_which(struct work *w, const struct alarms_ask *ask, const struct select **select, struct err *e);
/* A number that is an alarm's; E_USAGE. */
int alarm_id_read(struct str text, int64_t *id, struct err *e);

/* Sums over alarms by some of rule, device, severity, site. */
#define ALARM_BY_MAX 4
#define ALARM_SUMS 9
struct alarm_by {
	int key[ALARM_BY_MAX]; /* columns of alarms_in_order() */
	size_t n;
	struct field field[ALARM_BY_MAX + ALARM_SUMS]; /* the keys, then the sums */
};
/* Everything that alarm_stats() can print. */
extern const struct field alarm_stat_fields[];
extern const size_t alarm_stat_count;
/* Read "rule,device" ("" all in one); E_USAGE. */
int alarm_by_read(const char *text, struct alarm_by *by, struct err *e);
/* Print them, most alarms first, at most `top` rows (0: all). */
int alarm_stats(struct work *w, const struct alarms_ask *ask, const struct alarm_by *by, int64_t top, struct out *out, struct err *e);

#endif
