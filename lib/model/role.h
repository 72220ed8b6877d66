/* SPDX-License-Identifier: MIT */
/* Who may do what: a role is a set of rights, a verb of a program needs one of them. One table, role.c. */
#ifndef SIT_MODEL_ROLE_H
#define SIT_MODEL_ROLE_H

#include "base/base.h"
#include "base/err.h"
#include "base/sb.h"

enum right {
	RIGHT_VIEW = 1,	   /* look at the estate, its points and states */
	RIGHT_EXPORT = 2,  /* take data out in bulk */
	RIGHT_OPERATE = 4, /* bring in points, attend to what is going on */
	RIGHT_ANALYSE = 8, /* what is worked out of points */
	RIGHT_MANAGE = 16, /* sites, devices and what they are made of */
	RIGHT_ADMIN = 32,  /* users, limits, the organisation itself, its trail */
	RIGHT_STORE = 64,  /* the store as a whole, all organisations */
};
#define RIGHTS_ALL 127u

/* The words, NULL ends; role_words from the least to the most. */
extern const char *const right_words[], *const role_words[];

/* The rights of the role; 0 for a word that is none. */
unsigned role_rights(struct str role);
/* Read "view,export" (words separated by commas); E_INPUT names the one that is unknown. */
int rights_read(struct str text, unsigned *out, struct err *e);
/* Append the words of the rights, separated by commas. */
void rights_text(unsigned rights, struct sb *sb);
/* The right that the verb of the program needs; verb NULL or "" for programs without verbs. 0: the table does not know it, so nobody may. */
unsigned right_needed(const char *program, const char *verb);

/* The program shows people: users, and who did what. */
bool reads_personal(const char *program);

#endif
