/* SPDX-License-Identifier: MIT */
/*
 * Silences: times in which nobody is told of some alarms. Which ones is said by filters over alarms (model/alarm.h), those on a device's fields and groups included, as the
 * estate is at that moment; when, by a span that always has an end, and by windows of a week in it on the clocks of a time zone.
 */
#ifndef SIT_ALARM_SILENCE_H
#define SIT_ALARM_SILENCE_H

#include "rec/out.h"
#include "store/silence.h"
#include "task/entity.h"

/* Those of the organisation written to, for who writes changes of alarms. Zero and db at first: they are read when they are first asked for. */
struct silences {
	struct db *db;
	struct silence_one *v;
	size_t n, cap;
	bool read;
	struct nouns nouns;
	struct arena keep;
};

/* Before db_write(), and before silences_match(). */
int silences_ready(struct db *db, struct err *e);
/*
 * At ts one of them keeps the alarm quiet. The first question reads them (inside the transaction at hand), one whose span holds ts asks the store about the device. One
 * that names a group or field that is no more is about nothing.
 */
int silences_match(struct silences *s, const struct silenced *a, int64_t ts, bool *quiet, struct err *e);
/* Inside db_write(): alarms that are there become suppressed, or are not any more, as silences say now; *n of them. */
int silences_settle(struct silences *s, int64_t now, int64_t *n, struct err *e);
/* Forget what was read: with each new transaction, and at the end. */
void silences_done(struct silences *s);

/* What is asked for: one more silence. */
struct silence_new {
	char **term; /* filters over alarms, names and patterns of devices */
	int n;
	int64_t begins, ends;
	const char *schedule, *tz; /* schedule NULL: all the time; tz NULL: UTC */
	const char *note;
};
/* Add it; its number. E_USAGE: filters that say nothing, or of what is not known when an alarm is raised. */
int silence_new(struct work *w, const struct silence_new *n, int64_t *id, struct err *e);
/* End them: they are taken away. As work_each(). */
int silence_remove(struct work *w, const struct targets *t, work_note *note, void *arg, struct err *e);
/* Print those that fit the filters (silence_fields); those that are over, too, with all. */
int silence_list(struct work *w, char **term, int n, bool all, struct out *out, int64_t *rows, struct err *e);
/* Get ready for these three, after alarms_begin(). */
int silence_begin(struct work *w, struct err *e);

#endif
