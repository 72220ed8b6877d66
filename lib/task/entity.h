/* SPDX-License-Identifier: MIT */
/* What can be done with kept things: one at a time or in bulk, checked, audited, in one transaction. */
#ifndef SIT_TASK_ENTITY_H
#define SIT_TASK_ENTITY_H

#include "base/arena.h"
#include "db/db.h"
#include "model/entity.h"
#include "rec/records.h"

/* A piece of work on one noun. */
struct work {
	struct db *db;
	const struct entity *ent;
	const char *program;
	const char *message; /* why; NULL: not said */
	struct time_ctx when;
	bool dry, upsert, purge;
	struct arena arena; /* of the row at hand */
};

/* What was done with one row or name. */
enum did { DID_ADD, DID_SET, DID_NOTHING, DID_RETIRE, DID_DELETE };
const char *did_word(enum did d);

/* Called after each row: place "" or "FILE:LINE", name, what was done, e->code 0 or why not. */
typedef void work_note(void *arg, const char *place, struct str name, enum did did, const struct err *e);

/* Assign a term "field=value" ("field=" clears, "field=@FILE" reads a file, "@@x" is "@x") to the row. E_USAGE, E_INPUT. */
int work_assign(struct work *w, struct row *row, struct str term, struct err *e);
/* Add one thing. */
int work_add(struct work *w, struct row *row, enum did *did, struct err *e);
/* Add what the file holds (JSON or CSV with the names of fields), defaults from `base`; bad rows are noted and passed over: then E_PARTIAL. */
int work_add_file(struct work *w, const char *path, enum records_format f, const struct row *base, work_note *note, void *arg,
		  struct err *e);
/* Change the things called names[n] to what is set in `changes`; all or nothing. */
int work_set(struct work *w, char **names, int n, const struct row *changes, work_note *note, void *arg, struct err *e);
/* Remove: retires what has points, deletes the rest; refuses what others refer to. All or nothing. */
int work_remove(struct work *w, char **names, int n, work_note *note, void *arg, struct err *e);
/* Fields of a list: those of the noun, before them "org" (when several can be seen), behind them "id". *n is their number; static storage of the caller. */
size_t work_list_fields(const struct work *w, struct field out[ENTITY_FIELDS_MAX + 2]);

#endif
