/* SPDX-License-Identifier: MIT */
/* What the path of points needs of the registry, at speed: devices by name, definitions of datapoints by name or key. */
#ifndef SIT_STORE_DEFINITION_H
#define SIT_STORE_DEFINITION_H

#include "base/arena.h"
#include "base/name.h"
#include "db/db.h"

/* A device as the path of points sees it. */
struct device_ref {
	int64_t id, org, site, model;
	bool enabled;
	int64_t offline_after; /* own, else of its model, else by its datapoints, else ten minutes */
	char tz[64];	       /* of its site; "UTC" without one */
	bool own;	       /* it has definitions beside its model's */
	int64_t policy;	       /* 0: none */
};

/* What a datapoint takes, by its type. */
enum definition_takes { TAKES_FLOAT, TAKES_INT, TAKES_BOOL, TAKES_STRING, TAKES_ENUM, TAKES_LOCATION };

/* A datapoint as it is in force for a device: its own first, then its model's. Strings live in the arena given. */
struct definition {
	const char *name, *type, *kind, *unit, *words;
	enum definition_takes takes;
	bool has_scale; /* scale or offset is set */
	double scale, offset;
	bool has_min, has_max;
	double min, max;
	int precision; /* -1: none */
	int64_t expected_interval; /* 0: not said */
	unsigned said;		   /* which of these it says itself: bits of store/definition.c */
};

/* Before db_write(). */
int definition_ready(struct db *db, struct err *e);
/* The living device of the organisation written to (or ORG/NAME of one below), by key first, then name: 1, 0 none, -1. */
int device_lookup(struct db *db, struct str name, struct device_ref *d, struct err *e);
/*
 * The next n living devices of the organisation written to, from the name on, of those that device_lookup() finds by their names: what it would give for each.
 * fn (-1 stops) has the name until it returns.
 */
int device_ahead(struct db *db, struct str from, int64_t n, int (*fn)(const struct device_ref *d, struct str name, void *arg, struct err *e), void *arg,
		 struct err *e);
/* The living device with this edge key behind the gateway (by name or key): 1, 0 none, -1. */
int device_lookup_edge(struct db *db, struct str gateway, struct str edge_key, struct device_ref *d, struct err *e);
/* A device by id, also a retired one: 1, 0, -1. */
int device_by_id(struct db *db, int64_t id, struct device_ref *d, struct err *e);
/*
 * The living device of the organisation written to whose name is nearest, or the datapoint of d, for who mistyped: its name in buf, empty when none is near.
 * They read up to 10,000 names.
 */
int device_near(struct db *db, struct str name, char buf[NAME_MAX_LEN + 1], struct err *e);
int definition_near(struct db *db, const struct device_ref *d, struct str name, char buf[NAME_MAX_LEN + 1], struct err *e);
/* The definition whose key, else whose name, is `wire`, of a device that one of the above has found: 1, 0 none, -1. */
int definition_lookup(struct db *db, const struct device_ref *d, struct str wire, struct arena *a, struct definition *def,
		      struct err *e);
/* The definition called `name`, whatever its key: 1, 0 none, -1. */
int definition_named(struct db *db, const struct device_ref *d, struct str name, struct arena *a, struct definition *def,
		     struct err *e);
/* The model's definition called name: 1, 0 none, -1. */
int definition_of_model(struct db *db, int64_t model, struct str name, struct arena *a, struct definition *def, struct err *e);
/* The word is among those of an enum, separated by commas; words NULL: there are none. */
bool definition_has_word(const char *words, struct str word);
/* Some device of the model has the datapoint for itself, with this word. */
int definition_own_word(struct db *db, int64_t model, struct str name, struct str word, bool *yes, struct err *e);
/* Whose datapoints are meant: of the model's devices, be it of one that has them for itself, or of the device (the other is 0). */
struct reach {
	int64_t org, model, device;
	int64_t but; /* one that does not count; 0: all do */
};
/* Something of that name is in force there; or anywhere in the organisation. */
int definition_of(struct db *db, const struct reach *r, struct str name, bool *yes, struct err *e);
int definition_anywhere(struct db *db, const struct reach *r, struct str name, bool *yes, struct err *e);
/* The datapoint, whatever it is called, is one of those of definition_of(). */
int definition_reaches(struct db *db, const struct reach *r, int64_t datapoint, bool *yes, struct err *e);
/* Inside db_write(): delete the definitions owned by a model (or a device). */
int definition_drop(struct db *db, bool model, int64_t id, struct err *e);
/* Series that were written under the datapoint: of its device, or of the devices of its model. */
int definition_series(struct db *db, int64_t datapoint, int64_t *n, struct err *e);

#endif
