/* SPDX-License-Identifier: MIT */
/* The devices that a question is about, one after the other with all of their fields. */
#ifndef SIT_TASK_DEVICES_H
#define SIT_TASK_DEVICES_H

#include "task/entity.h"

/* None named and nothing selected: all. */
struct which {
	const struct entity *noun; /* device or gateway */
	char **operand;		   /* names, patterns, filters */
	int n;
	const char *select; /* NULL: none */
	struct time_ctx when;
};

/* One of them: its name as it is shown, that of its organisation, its fields by the work's noun. Valid until fn returns. */
struct device {
	struct str name, org;
	const struct row *row;
};

/* fn gets each, by name (-1 stops). E_NOTFOUND for one that is plainly named and not there. */
int devices_each(struct work *w, const struct which *which, int (*fn)(struct work *w, const struct device *d, void *arg, struct err *e),
		 void *arg, struct err *e);

#endif
