/* SPDX-License-Identifier: MIT */
/* Inside of alarm/judging.h: rules and states in memory (judging.c), reading them (judging_rules.c, judging_load.c), writing them and alarms (judging_write.c). */
#ifndef SIT_ALARM_JUDGING_IMPL_H
#define SIT_ALARM_JUDGING_IMPL_H

#include "alarm/judging.h"
#include "alarm/silence.h"
#include "base/map.h"
#include "model/state.h"
#include "task/entity.h"

/* A rule of the organisation. */
struct use {
	const struct rule_one *one;
	struct alarm_rule place;
	char form[RULE_FORM + 1]; /* rule_form() */
	bool outside;		 /* it looks at the gateway or asset */
	bool builtin;		 /* it looks at built-in datapoints */
	bool remembers;
	bool plain;		 /* while nothing was, all that is known of it is told by the newest values */
	uint64_t nothing;	 /* judging_mark() of then */
};

/* On the device the rule is none: another one overrides it. */
struct stand_in {
	int64_t rule, device;
};

/* A rule on a device. There are as many as rules times devices: what can be told from elsewhere is not kept here. */
struct watched {
	struct watched_device *device;
	const struct use *use;
	const struct rule *rule; /* with thresholds and zone of the device */
	const char *form;	 /* that of the use, or with the fields of the device in it: with others it is another rule */
	struct judged state;
	int64_t alarm; /* its newest one; 0: there was none yet */
	int64_t due;		/* as it is written; ALARM_NEVER */
	int64_t written;	/* of rules that remember: newest time of a value when it was written */
	uint64_t mark;		/* as it was written; while it is touched */
	bool fresh;		/* it has no row */
	bool plain;		/* and needs none as long as nothing is: read again, it begins as it did */
	bool unnumbered;	/* how many alarms there were before is not known yet */
	bool anew;		/* it had one, which is of the device as it was */
	bool behind;		/* it was due earlier than it is, and that is to be written */
	bool touched;		/* it is in the list of what may have to be written */
	struct watched *next;
};

/* How it is judged. */
#define JUDGE_OF(w) (&(const struct judge){ .rule = (w)->rule, .changed = judging_changed, .arg = (w), .bad = judging_bad })

struct watched_device {
	struct judging *judging;
	struct alarm_device device;
	bool loaded; /* the states are those of the store */
	uint64_t loads;
	size_t n;
	struct watched **v; /* those that inhibit others first */
};

/* Who listens to one datapoint of a device. */
struct ear {
	struct watched *w;
	size_t input;
};
struct ears {
	struct watched_device **from; /* whose states must be loaded */
	size_t nfrom;
	struct ear *v;
	size_t n;
	uint64_t loads; /* of all those, when the band below was made */
	/* Numbers within the band, newer than `newest`, change nothing: they are only noted. */
	struct judged_band band;
	int64_t newest;
	double num;
	enum quality quality;
	bool calm, behind; /* there is such a band; the listeners have not been told of newest yet */
	bool several;	   /* some listener has other inputs, too */
	uint64_t turn;	   /* transaction in which they were found to be ready */
};

/* The newest value of a datapoint, for as long as the states of a device are read: several rules look at the same. */
#define NEWEST_MAX 64
struct newest {
	int64_t device, series; /* series 0: there is none */
	struct str name;
	bool known, found; /* it was asked for; there is a value */
	struct point p;
};

struct said_change {
	struct said_change *next;
	struct cell cell[16];
};

struct judging {
	struct db *db;
	struct judging_opts opt;
	struct work work; /* to read rules with */
	bool working;
	struct rules rules;
	struct use *use;
	size_t n;
	struct use **placed; /* all, by what they are on */
	struct stand_in *stand_in; /* by rule, then device */
	size_t stand_ins, cap_stand_in;
	bool outside; /* some rule looks at a gateway or asset */
	struct alarm_head head;
	int64_t org;
	uint64_t generation;
	struct arena keep; /* of the rules at hand: devices, states */
	struct map by_device, by_ear; /* id; id and datapoint → index */
	struct watched_device **device;
	size_t ndevice, capdevice;
	struct ears **ears;
	size_t nears, capears;
	struct ear *found; /* of one device, while who listens is looked for */
	size_t capfound;
	struct watched *touched, **touched_tail;
	int64_t now, seq; /* of the transaction at hand; seq 0: not taken yet */
	uint64_t turn;
	bool stale;
	const struct judging_act *act; /* what is done by a person at the moment */
	struct silences silences; /* as they are in the transaction at hand */
	struct arena batch;
	struct newest newest[NEWEST_MAX];
	size_t nnewest;
	struct said_change *said, **said_tail;
	size_t bad;
};

/* judging_rules.c */
int judging_load_rules(struct judging *g, struct err *e);
/* The rules that a device has, in their order: rules_next() until it is NULL. */
struct rule_walk {
	const struct judging *g;
	int64_t device;
	size_t own, own_end, model, model_end;
};
struct rule_walk rules_of(const struct judging *g, const struct alarm_device *d);
const struct use *rules_next(struct rule_walk *w);

/* judging_load.c */
/* The device with its states, as they are in the store; *out NULL: it is not judged. */
int judging_device(struct judging *g, int64_t id, struct watched_device **out, struct err *e);
/* Read its states anew when somebody else has written them. */
int judging_refresh(struct judging *g, struct watched_device *d, struct err *e);

/* What a built-in input is now, p's value: 1; 0 it is none, or not known; -1. */
int judging_builtin(const struct watched *w, size_t input, struct point *p, struct err *e);
/* Newest values of its inputs that others have stored. */
int judging_recall(struct watched *w, struct err *e);

/* judging_write.c */
int judging_changed(void *arg, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e);
void judging_bad(void *arg, const struct rule *r, int64_t ts, const char *why);
/* A digest of what of a state is written when it changes: the rest is found again by itself. */
uint64_t judging_mark(const struct judged *j, const struct rule *r);
/* Before the number of its alarms is told or written: count those that there were before it began. */
int judging_number(struct watched *w, struct err *e);
/* It may have changed. */
void judging_touch(struct watched *w);
/* The newest time of its inputs. */
int64_t judging_newest(const struct watched *w);

/* judging.c: there is no more of the instant at hand; what it inhibits hears of it. */
int judging_settled(struct watched *w, struct err *e);

#endif
