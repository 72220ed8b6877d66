/* SPDX-License-Identifier: MIT */
/* Inside the text of an estate: what files say, thing by thing, and what is to be done. */
#ifndef SIT_ESTATE_IMPL_H
#define SIT_ESTATE_IMPL_H

#include <jansson.h>

#include "base/map.h"
#include "estate/estate.h"

/* Kinds of things, in the order in which they depend on each other. */
enum estate_kind { K_FIELD, K_SITE, K_POLICY, K_MODEL, K_MODEL_POINT, K_PRODUCT, K_ASSET, K_DEVICE, K_DEVICE_POINT, K_RULE, K_GROUP, K_CHANNEL, K_ROUTE, K_ORG, K_COUNT };
#define ESTATE_POINTS "datapoints" /* the key of a model's or device's datapoints */
#define ESTATE_LIMIT "limit"	    /* the key of a device's limit */

/* What is said of one thing. */
struct entry {
	const char *file;
	const char *path; /* within the file: "devices.meter-1" */
	const char *name; /* in full: "meter-1", "device:floor", "meter-1:power_kw" */
	struct str owner, leaf; /* the parts of the full name; owner is empty where there is none */
	const json_t *json;
	bool seen; /* it is in the store */
	bool bad;  /* it was told that something is wrong with it */
};

struct section {
	bool there; /* the files hold this kind */
	struct entry *v;
	size_t n, cap;
	struct map by_name;
};

struct estate {
	struct arena keep;
	const char *path; /* as it was given */
	const struct entity *only; /* nothing else may be in it; NULL: everything */
	json_t **root;
	size_t nroot;
	struct section of[K_COUNT];
};

/* The noun of a kind (read.c). */
const char *estate_noun(enum estate_kind k);
/* The key of a kind in files, NULL for those within others (read.c). */
const char *estate_key(enum estate_kind k);
/* The entry called name, NULL when there is none (read.c). */
struct entry *estate_entry(struct estate *s, enum estate_kind k, struct str name);
/* The kind of things of a noun that references name (read.c). */
enum estate_kind estate_kind_of(const char *noun);

enum todo { TO_ADD, TO_CHANGE, TO_MEMBERS, TO_LIMIT, TO_REMOVE };
/* Stages: fields; what others refer to; everything else; what had to wait. */
enum { STAGE_FIELDS, STAGE_BASE, STAGE_REST, STAGE_LATE };

struct item {
	enum todo todo;
	enum estate_kind kind;
	int stage;
	struct entry *entry; /* NULL: only here */
	const char *name;    /* in full */
	const char *fields;  /* names of those that change */
	int64_t id;
	bool done;
	enum did did;
	char *why; /* it could not be done when last tried */
	char *notice; /* it was done, and somebody should hear this of it */
};

/* Limits of the organisation's devices, by their ids (limits.c). */
struct device_limits {
	struct device_limit_set {
		int64_t id;
		struct str rule, over; /* over: empty: the default */
	} *v;
	size_t n;
};

/* One comparison, or one application. */
struct estate_run {
	struct work *w;
	struct estate *s;
	const struct estate_how *how;
	struct estate_counts counts;
	struct item *v;
	size_t n, cap;
	size_t bad;  /* things told of */
	struct device_limits limits; /* as they were when devices were compared last */
	bool fresh;  /* what is there already is wrong */
	bool stuck;  /* nothing was done in the last go: something has to go ahead */
	bool asking; /* nothing is changed: fields that the text defines need not be there */
};

/* Tell that something is wrong: "FILE: PATH.FIELD: why", or "FILE: PATH: why" (compare.c). */
void estate_bad(struct estate_run *r, const struct entity *ent, struct entry *entry, const char *why);
/*
 * What the entry says, as fields of the row; here: the thing as it is, what is not said is cleared then (NULL: it is to be added). e NULL:
 * what is wrong is told, field by field; then E_INPUT is returned as well (compare.c).
 */
int estate_row(struct estate_run *r, enum estate_kind k, struct entry *entry, const struct row *here, struct row *out, struct err *e);
/* Compare a kind: items are added for what differs (compare.c). */
int estate_compare(struct estate_run *r, enum estate_kind k, struct err *e);
/* One more thing to do; NULL out of memory (compare.c). */
struct item *estate_todo(struct estate_run *r, enum todo todo, enum estate_kind k, struct entry *entry, const char *name);
/* Members of the group in the store, sorted, as JSON; devices and groups (members.c). */
int members_text(struct work *w, int64_t group, const char *indent, struct sb *devices, struct sb *groups, struct err *e);
/* Compare the members of a group that is there (members.c). */
int members_compare(struct estate_run *r, struct entry *entry, int64_t group, bool by_selector, struct err *e);
/* Put the members in and take them out (members.c). */
int members_apply(struct work *w, const struct entry *entry, enum did *did, struct err *e);

/* Read all; in the work's memory that is kept (limits.c). */
int limits_read(struct work *w, struct device_limits *out, struct err *e);
/* The device's as JSON, nothing when it has none (limits.c). */
int limits_text(const struct device_limits *all, int64_t device, struct sb *sb, struct err *e);
/* Compare that of a device: 0 is one to come (limits.c). */
int limits_compare(struct estate_run *r, struct entry *entry, int64_t device, struct err *e);
/* Set it, or take it back (limits.c). */
int limits_apply(struct work *w, const struct entry *entry, enum did *did, struct err *e);

#endif
