/* SPDX-License-Identifier: MIT */
/* What people do with alarms: each act is a change of the alarm and a row of the trail, in one transaction. */
#ifndef SIT_ALARM_ACT_H
#define SIT_ALARM_ACT_H

#include "alarm/alarms.h"

enum alarm_act { ALARM_ACK, ALARM_CLEAR, ALARM_SHELVE, ALARM_UNSHELVE, ALARM_ASSIGN, ALARM_COMMENT };

struct alarm_do {
	enum alarm_act what;
	const char *user; /* ALARM_ASSIGN: whose it is to see to; NULL: nobody's */
	int64_t until;	  /* ALARM_SHELVE: until then */
	void (*complain)(void *arg, const char *line); /* of rules that cannot be judged */
	void *arg;
};

/*
 * Do it with all of them in one transaction: all or nothing, or with w->partly what can be: then E_PARTIAL. The work's message is what was said; ALARM_COMMENT is
 * refused without. note gets each (arg of d goes with it). E_NOTFOUND for alarms and users that are not there, E_CONFLICT for alarms that have ended, E_DENIED for those
 * of another organisation, or of a site that the caller has no grant for.
 */
int alarms_do(struct work *w, const struct targets *t, const struct alarm_do *d, work_note *note, void *arg, struct err *e);
/* What the trail calls it ("ack"), and what is said of the alarm then ("acknowledged"). */
const char *alarm_act_word(enum alarm_act what);
const char *alarm_act_done(enum alarm_act what);

#endif
