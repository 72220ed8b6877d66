/* SPDX-License-Identifier: MIT */
/*
 * Whether there is an alarm: a pure function of a rule, what is known so far, and a value or the time. No clock is read and nothing is kept but struct judged, which can
 * be written down between any two calls (judged_text()) and read back without changing what comes out.
 *
 * After ISA-18.2 an alarm has two axes: its condition (ok, pending, firing, clearing) and whether somebody acknowledged it; beside them it can be shelved by a person,
 * suppressed by design (maintenance), and inhibited by another alarm.
 */
#ifndef SIT_JUDGE_JUDGE_H
#define SIT_JUDGE_JUDGE_H

#include "base/sb.h"
#include "base/time.h"
#include "judge/rule.h"

#define JUDGED_NEVER INT64_MIN
#define JUDGED_TEXT_MAX 63 /* longer texts are kept as their beginning and a digest: equal stays equal */

enum judged_condition { JUDGED_OK, JUDGED_PENDING, JUDGED_FIRING, JUDGED_CLEARING };
enum judged_verdict { VERDICT_UNKNOWN, VERDICT_FALSE, VERDICT_TRUE };

/* The newest value of an input. */
struct judged_input {
	int64_t ts; /* JUDGED_NEVER: there was none */
	double num;
	char *text; /* room for JUDGED_TEXT_MAX bytes; NULL: the rule has no use for texts */
	unsigned char len;
	bool expired; /* older than the rule's gap */
	enum value_type type : 8;
};

/* Memory for the inputs of any rule, judged_room() of one. */
struct judged_room {
	struct judged_input in[EXPR_NAMES_MAX];
	char text[EXPR_NAMES_MAX][JUDGED_TEXT_MAX];
};

/* What is known of a rule on a device. There are as many as rules times devices, so it is kept narrow. */
struct judged {
	enum judged_condition condition : 8;
	enum judged_verdict set : 8, keep : 8; /* of the newest values: against the threshold, and against what counts while there is an alarm */
	enum severity level : 8, severity : 8; /* that the values call for; of the alarm */
	bool acknowledged, suppressed, inhibited, flapping;
	bool open;     /* values of the instant `at` are taken in, but others of the same may follow: judged_settle() */
	bool watching; /* window */
	int64_t at;			/* everything up to here is decided */
	int64_t born;			/* since when the device is watched */
	int64_t since;			/* of pending and clearing: since when */
	int64_t lower;			/* since when the values call for a lower severity; JUDGED_NEVER: they do not */
	int64_t raised;			/* when the alarm was raised */
	int64_t shelved;		/* until then; JUDGED_NEVER: it is not */
	int64_t same;			/* stuck: since when the value is what it is */
	int64_t number;			/* of the alarm, counted from 1 on this device and rule */
	int64_t flaps;			/* times that it came back while it was flapping */
	int64_t flap_from, flap_count;
	uint64_t set_ring, keep_ring;	/* verdicts of the last values, the newest in bit 0 */
	struct judged_input *in; /* as many as the rule has inputs; the caller's memory */
	int64_t window; /* the schedule is looked at again then; it, and what it said, is not written down but made anew */
};

enum change {
	CHANGE_RAISED, CHANGE_ESCALATED, CHANGE_LOWERED, CHANGE_ACKNOWLEDGED, CHANGE_SHELVED, CHANGE_UNSHELVED, CHANGE_FLAPPING,
	CHANGE_CLEARED
};
extern const char *const change_words[];

/* Something happened to an alarm. Texts are valid during the call. */
struct change_of {
	int64_t ts;
	enum change change;
	enum severity severity;
	const char *why; /* of cleared: value, stale, schedule, rule; NULL for the others */
	int64_t number, raised, flaps;
	struct value value; /* of the rule's first input; of an expression none */
	bool quiet;	    /* nobody is to be told: it is shelved or suppressed */
};
/* -1 stops. */
typedef int change_fn(void *arg, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e);

/* How a rule is computed, and who hears of changes. */
struct judge {
	const struct rule *rule; /* with rule_ready() done */
	change_fn *changed;
	void *arg;
	/* Hears of a value that the rule cannot be computed with; NULL: nobody. It then is as if it were not known. */
	void (*bad)(void *arg, const struct rule *r, int64_t ts, const char *why);
};

/* Bytes that the inputs of the rule take, at most sizeof(struct judged_room). */
size_t judged_room(const struct rule *r);
/* Begin: nothing is known at born. room: judged_room() bytes for as long as j is used, aligned for any type. */
void judged_init(struct judged *j, const struct rule *r, void *room, int64_t born);
/* As from is, which is of a rule with the same judged_room(). */
void judged_copy(const struct judged *from, const struct rule *r, void *room, struct judged *j);
/*
 * The input has a value at ts. What time alone decides up to ts is done first. A value that is not newer than the newest of its input says nothing. Quality bad and stale
 * are no value.
 */
int judged_value(const struct judge *g, struct judged *j, size_t input, const struct point *p, struct err *e);
/*
 * Of rules with several inputs, and of values from before the device was watched, judged_value() only takes in what came: it is judged when something later comes, or
 * here, when there is no more of that instant. What was measured before the device was watched never is an alarm by itself, only what holds since then.
 */
int judged_settle(const struct judge *g, struct judged *j, struct err *e);
/*
 * After judged_read(): a value newer than what was written down, which has changed nothing then. Only for rules that look at newest values alone (!rule_remembers()).
 */
void judged_recall(const struct judge *g, struct judged *j, size_t input, const struct point *p);
/* Numbers within [lo, hi] that are newer than the newest, and older than until, change nothing but the newest value. */
struct judged_band {
	double lo, hi;
	int64_t until;
};
/* Narrow the band to where this is so for the rule too, num being the newest value of its only input; false: it is so nowhere. */
bool judged_calm(const struct rule *r, const struct judged *j, double num, struct judged_band *band);
/* Nothing came until now: what time alone decides. */
int judged_time(const struct judge *g, struct judged *j, int64_t now, struct err *e);
/* When judged_time() has something to do next; INT64_MAX: never, as things are. */
int64_t judged_due(const struct rule *r, const struct judged *j);
/* Another alarm, or the silence of the gateway, begins or ends to inhibit this one: it is not raised meanwhile, and when it ends if it still should be. */
int judged_inhibit(const struct judge *g, struct judged *j, bool on, int64_t ts, struct err *e);
/* Maintenance begins or ends: changes are quiet meanwhile. */
int judged_suppress(const struct judge *g, struct judged *j, bool on, int64_t ts, struct err *e);
/* A person knows of it. E_CONFLICT when there is no alarm. */
int judged_acknowledge(const struct judge *g, struct judged *j, int64_t ts, struct err *e);
/* Quiet until then; until <= ts ends it. */
int judged_shelve(const struct judge *g, struct judged *j, int64_t until, int64_t ts, struct err *e);
/* The rule is changed or removed: an alarm that there is ends. */
int judged_end(const struct judge *g, struct judged *j, int64_t ts, struct err *e);

/* One line that judged_read() reads. */
int judged_text(const struct judged *j, const struct rule *r, struct sb *sb);
/* Back into j, room as in judged_init(); of the rule only judged_room() matters. E_INPUT: it is none, or of a rule with other inputs. */
int judged_read(struct str text, const struct rule *r, void *room, struct judged *j, struct err *e);

/* There is an alarm. */
static inline bool judged_active(const struct judged *j)
{
	return j->condition == JUDGED_FIRING || j->condition == JUDGED_CLEARING;
}

#endif
