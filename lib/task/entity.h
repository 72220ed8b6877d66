/* SPDX-License-Identifier: MIT */
/* What can be done with kept things: one at a time or in bulk, checked, audited, in one transaction. */
#ifndef SIT_TASK_ENTITY_H
#define SIT_TASK_ENTITY_H

#include "audit/trail.h"
#include "base/arena.h"
#include "db/db.h"
#include "model/entity.h"
#include "model/select.h"
#include "rec/records.h"
#include "store/limit.h"

/* What of its quotas the organisation has used, as it was counted in the transaction at hand. */
struct quota_used {
	bool known, counted[QUOTA_N];
	struct quota quota;
	int64_t n[QUOTA_N]; /* it and those below it */
	/* What those above leave it: n at most, and whose quota that is; QUOTA_NONE: any number. */
	int64_t left[QUOTA_N], above_most[QUOTA_N];
	char above[QUOTA_N][64];
};

/* A piece of work on one noun. work_begin() makes it, work_end() frees it. */
struct work {
	struct db *db;
	const struct entity *ent; /* as it is in force, custom fields included */
	const char *program;
	const char *message; /* why; NULL: not said */
	struct time_ctx when;
	bool dry, upsert, purge;
	bool broker;		 /* inside work_write(): something concerns the broker (task/broker_stamp.h) */
	bool judged;		 /* inside work_write(): what rules are read from has changed */
	bool partly;		 /* bulk: a target that is refused is noted, the others go on */
	struct arena arena;	 /* of the row at hand */
	struct arena keep;	 /* of the whole work */
	struct nouns nouns;
	int64_t *model;		 /* models whose text may have changed: settled before the commit */
	size_t nmodel;
	struct trail trail;
	struct quota_used used;
	char notice[200]; /* what whoever does it should hear, although it is done: a quota is nearly used up */
};

/* What was done with one row or name. */
enum did { DID_ADD, DID_SET, DID_NOTHING, DID_RETIRE, DID_DELETE };
const char *did_word(enum did d);

/* Called after each row: place "" or "FILE:LINE", name, what was done, e->code 0 or why not. */
typedef void work_note(void *arg, const char *place, struct str name, enum did did, const struct err *e);

/* Read the custom fields and get ready; w holds db, program, message, when, dry, upsert, purge as wanted. */
int work_begin(struct work *w, const struct entity *ent, struct err *e);
void work_end(struct work *w);
/* Turn to another noun. */
void work_turn(struct work *w, const char *noun);
/* What selectors of the work's noun are read over, living as long as the work. */
struct select_ctx work_select(struct work *w);

/* Assign a term "field=value" ("field=" clears, "field=@FILE" reads a file, "@@x" is "@x") to the row. E_USAGE, E_INPUT. */
int work_assign(struct work *w, struct row *row, struct str term, struct err *e);
/* Assign a field of a record: read-only ones, id and org (list writes them) are passed over. */
int work_assign_record(struct work *w, struct row *row, struct str name, struct str text, struct err *e);
/* Add one thing. */
int work_add(struct work *w, struct row *row, enum did *did, struct err *e);

/* How a file is added. */
struct work_file {
	const char *path;
	enum records_format format;
	char delimiter;		/* of cells; 0: a comma */
	int64_t chunk; /* records of a transaction; 0: all in one */
	work_note *note;
	void (*progress)(void *arg, uint64_t done, uint64_t size); /* bytes; size 0: not known; NULL: none */
	void *arg;
	/* What is done with each row instead of adding it alone, inside the same savepoint; NULL: it is added. */
	int (*row)(struct work *w, struct row *row, void *arg, enum did *did, struct err *e);
	void *row_arg;
	/* A record that was refused, as it was read; NULL: nobody wants it. */
	void (*rejected)(void *arg, const char *place, struct str text, const struct err *why);
};
/* Add what the file holds (JSON or CSV with the names of fields), defaults from `base`; bad rows are noted and passed over: then E_PARTIAL. */
int work_add_file(struct work *w, const struct work_file *f, const struct row *base, struct err *e);

/* Things that something is done with. */
struct target {
	int64_t id;
	const char *name; /* as it was written, or found */
};
struct targets {
	struct target *v;
	size_t n, cap;
};
/*
 * Names ("-": one a line, or up to a NUL, from standard input; "@FILE": likewise from a file), and what the selector finds; in the work's
 * memory. E_NOTFOUND for the first name that is not there.
 */
int work_targets(struct work *w, char **names, int n, const char *select, bool nul, struct targets *out, struct err *e);
/* Add what is called by a bare number. */
int work_target(struct work *w, struct targets *t, int64_t id, struct err *e);
/* What is done with one target. */
typedef int target_fn(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e);
/* Do it with all of them in one transaction: all or nothing, or with w->partly what can be: then E_PARTIAL. */
int work_each(struct work *w, const struct targets *t, target_fn *fn, void *fn_arg, work_note *note, void *arg, struct err *e);
/* Change the targets to what is set in `changes`, as work_each(). */
int work_set(struct work *w, const struct targets *t, const struct row *changes, work_note *note, void *arg, struct err *e);
/* Remove: retires what has points, deletes the rest; refuses what others refer to. As work_each(). */
int work_remove(struct work *w, const struct targets *t, work_note *note, void *arg, struct err *e);
/* Run fn inside one transaction: what it changes is settled (versions of models) before the commit. */
int work_write(struct work *w, int (*fn)(struct work *w, void *arg, struct err *e), void *arg, struct err *e);
/* Fields of a list: those of the noun, before them "org" (when several can be seen), behind them "id". Their number is returned. */
size_t work_list_fields(const struct work *w, struct field out[ENTITY_FIELDS_MAX + 2]);

#endif
