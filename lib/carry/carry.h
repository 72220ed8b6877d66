/* SPDX-License-Identifier: MIT */
/*
 * What the store has of one organisation, or of one person, carried out into a folder of text (a set), looked at there, brought in again, erased once it is out.
 * The form of a set is in sit-org(1).
 */
#ifndef SIT_CARRY_CARRY_H
#define SIT_CARRY_CARRY_H

#include "db/db.h"
#include "task/entity.h"

/* Hears of what is wrong, one line. */
struct hearing {
	void (*bad)(void *arg, const char *what);
	void *arg;
	int64_t n; /* out: how many */
};

struct carrying {
	const char *url; /* of the store */
	const char *program, *message;
	const char *dir; /* the set */
	int64_t now;
	bool dry;
	struct hearing hearing;
	int64_t rows, points; /* out */
};

/*
 * Carry the organisation that the connection writes to out into a folder that is not there yet (E_CONFLICT), all of it as it was at one moment. The row of the
 * trail that says so is the last of the set.
 */
int carry_org_out(struct db *db, struct carrying *c, struct err *e);
/* Every file is what was written, and none is too many: 0, or E_ANSWER after telling. */
int carry_look(const char *dir, struct hearing *h, struct err *e);
/*
 * On an unscoped connection: look at the set, then bring it into the living organisation that is empty (E_CONFLICT: it has things). It cannot be seen until all
 * is there; what was begun and stopped is begun anew.
 */
int carry_org_in(struct db *db, struct carrying *c, const char *name, struct err *e);
/*
 * On an unscoped connection: erase the organisation, when the set is whole and holds what the store has of it now (else E_CONFLICT after telling). Its row and its
 * trail stay, without content.
 */
int carry_org_erase(struct db *db, struct carrying *c, const char *name, struct err *e);

/* The same of a user: their row, what refers to it, and the rows of the trail that they made or that are about them. */
int carry_user_out(struct work *w, const struct target *who, struct carrying *c, struct err *e);
/* The user goes on without name, as who references say; label gets what they are called then. */
int carry_user_erase(struct work *w, const struct target *who, struct carrying *c, char label[16], struct err *e);

#endif
