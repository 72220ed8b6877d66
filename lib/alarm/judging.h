/* SPDX-License-Identifier: MIT */
/*
 * Alarms as points arrive and time passes: rules of the organisation, their states on devices, and what becomes of them, inside the transaction that stores
 * the points. Rules and states are kept from one transaction to the next; alarm_head says whether somebody else has changed them.
 *
 * A state is written only when its condition changes, or when it is due sooner than was written. What is not written (the newest values) is found again among the points
 * when a state is read: they are committed together. Of rules that look further back (rule_remembers()) the points since are read, so their states are written once an hour of
 * points at least. A state that says nothing (there never was an alarm, nothing is due, and the rule looks at newest values alone) has no row: most have none.
 */
#ifndef SIT_ALARM_JUDGING_H
#define SIT_ALARM_JUDGING_H

#include "alarm/rules.h"
#include "store/alarm.h"

struct judging;

/* How alarms are made. */
struct judging_opts {
	const char *program;
	struct out *changes; /* alarm changes once they are durable, as records (change_fields); NULL: nobody wants them */
	void (*complain)(void *arg, const char *line);
	void *arg;
};

/* Outside of transactions. */
int judging_new(struct db *db, const struct judging_opts *o, struct judging **out, struct err *e);
void judging_free(struct judging *g);
DEFINE_AUTO(judging_freep, struct judging *, judging_free)
/* The same, before each db_write(): reads the rules anew when they have changed. *any: there are some. */
int judging_prepare(struct judging *g, bool *any, struct err *e);

/*
 * Inside db_write(), before anything is judged; now is our clock. -1 with judging_stale(): the rules have changed since judging_prepare(), roll back and begin anew from there.
 */
int judging_open(struct judging *g, int64_t now, struct err *e);
bool judging_stale(const struct judging *g);
/* Who listens to a datapoint of a device: NULL with no error in e: nobody. Valid until the next judging_prepare() that changes judging_generation(). */
struct ears;
struct ears *judging_ears(struct judging *g, int64_t device, struct str datapoint, struct err *e);
uint64_t judging_generation(const struct judging *g);
/* Before the transaction stores points of the datapoint, and then: it has this value. */
int judging_ready(struct judging *g, struct ears *ears, struct err *e);
int judging_point(struct ears *ears, const struct point *p, struct err *e);
/* What time alone decides on a device up to now. */
int judging_time(struct judging *g, int64_t device, int64_t now, struct err *e);
/* Living devices are judged by the rules they have, states of others end (after the rules, or devices, have changed). *n devices were looked at. */
int judging_sweep(struct judging *g, int64_t *n, struct err *e);
/* Alarms that are there become suppressed, or are not any more, as silences say now (alarm/silence.h). */
int judging_hush(struct judging *g, int64_t now, struct err *e);
/* Rules that look at built-in datapoints, and those that a silent gateway inhibits. */
int judging_look(struct judging *g, int64_t now, struct err *e);

/* What a person does with an alarm. */
struct judging_act {
	enum { ACT_ACKNOWLEDGE, ACT_CLEAR, ACT_SHELVE, ACT_UNSHELVE } what;
	int64_t ts, until; /* until: of shelve */
	struct str who, note;
};
/* E_CONFLICT: the alarm is not open, E_NOTFOUND: the rule does not judge the device any more. */
int judging_act(struct judging *g, int64_t device, int64_t rule, const struct judging_act *a, struct err *e);

/* Inside db_write(), when all is judged: write what has changed. */
int judging_close(struct judging *g, struct err *e);
/* The transaction is over. */
int judging_end(struct judging *g, bool committed, struct err *e);

#endif
