/* SPDX-License-Identifier: MIT */
/* The store that the settings name, opened, scoped to the organisation in force, its clock set. */
#ifndef SIT_ACCESS_OPEN_H
#define SIT_ACCESS_OPEN_H

#include "audit/settings.h"
#include "db/db.h"

struct opening {
	bool write;	    /* for writing */
	bool owner;	    /* unscoped, whatever the organisation in force */
	bool any_version;   /* also a store of another schema version */
	bool write_all_orgs; /* may write with --org '*' */
	const char *reads; /* of a read: what is asked, a JSON object for the trail (access/reads.h); NULL: nothing that counts */
	void (*warn)(void *arg, const char *line); /* about what the trail could not keep or send; NULL: not said */
	void *arg;
	const char *program, *verb; /* what whoever shows a key must be allowed to do; verb NULL: it has none */
};

/* E_NOTFOUND says where the path came from and what to do. With --org '*' the caller must own the store's file. */
int task_open(const struct settings *s, const struct opening *how, struct db **out, struct err *e);

/*
 * The same for one organisation of many: `all` is the unscoped connection that was opened with --org '*'. org without pointer: the store's default one, or that of
 * the key. 1; 0 when there is none of that name for the caller; -1.
 */
int task_open_one(struct db *all, const struct settings *s, const struct opening *how, struct str org, struct db **out, struct err *e);

#endif
