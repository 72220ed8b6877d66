/* SPDX-License-Identifier: MIT */
/* Inside the back-test: what is counted (trial.c), and where points come from (trial_store.c, trial_file.c). */
#ifndef SIT_ALARM_TRIAL_IMPL_H
#define SIT_ALARM_TRIAL_IMPL_H

#include "alarm/trial.h"

/* A stretch of time in which something should have been, or was, an alarm. */
struct window {
	struct str device;
	struct range at;
	bool hit; /* by the variant at hand */
};

/* What one variant says. */
struct run {
	struct trial *trial;
	const struct rule_one *one;
	struct rule rule; /* as it is for the device at hand */
	struct judge judge;
	struct judged state;
	struct judged_room room;
	struct range *alarm; /* of the device at hand */
	size_t alarms, cap;
	/* the sums */
	int64_t devices, points, raised, lasted, flaps, acknowledged, missed, hits, windows, wrong;
};

struct trial {
	const struct trial_opts *o;
	struct run *run;
	size_t n;
	struct window *window;
	size_t windows;
	struct arena keep;
	struct str device;
	struct range *acknowledged; /* what people acknowledged of the device at hand */
	size_t nacknowledged, cap;
	bool stored; /* such a thing can be known */
	size_t bad;
};

/* Ready to run: reads labels. trial_done() also after an error. */
int trial_begin(struct trial *t, const struct trial_opts *o, struct err *e);
void trial_done(struct trial *t);
/* A device, watched from born; get gives the text of its fields (rule_bind()), NULL: it has none. */
int trial_device(struct trial *t, struct str device, const struct zone *zone, int64_t born, struct str (*get)(void *arg, struct str field), void *arg,
		 struct err *e);
/* There was an alarm of it that somebody acknowledged. */
int trial_acknowledged(struct trial *t, const struct range *at, struct err *e);
/* Its points in order of time. */
int trial_point(struct trial *t, struct str datapoint, const struct point *p, struct err *e);
/* Many numbers of one datapoint. */
int trial_numbers(struct trial *t, struct str datapoint, size_t n, const int64_t *ts, const double *num, enum quality quality, struct err *e);
/* No more of it: until then nothing came. */
int trial_device_end(struct trial *t, int64_t to, struct err *e);
/* Print the sums. */
int trial_print(struct trial *t, struct err *e);

#endif
