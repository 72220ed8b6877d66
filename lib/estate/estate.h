/* SPDX-License-Identifier: MIT */
/* The configuration of an organisation as text, sit-estate(1): written, compared with the store, brought into it. */
#ifndef SIT_ESTATE_ESTATE_H
#define SIT_ESTATE_ESTATE_H

#include "task/entity.h"

/* ---- out of the store ---- */

/* One file of the text. */
struct estate_doc {
	const char *name; /* "estate.json", "sites/plant.json", "models/meter.json" */
	struct sb text;
};
struct estate_docs {
	struct estate_doc *v;
	size_t n;
};
/* Everything, as one document or (split) one for each site and model and one for the rest; these: only those, of the noun of w, NULL: everything. */
int estate_export(struct work *w, bool split, const struct targets *these, struct estate_docs *out, struct err *e);
void estate_docs_done(struct estate_docs *docs);
/* The path stands for a folder: it is one, or ends with a slash. */
bool estate_is_folder(const char *path);
/* Into the file; into a folder: what is the same stays as it is, files of sites and models that are no more are removed. */
int estate_write(const struct estate_docs *docs, const char *path, struct err *e);

/* ---- into the store ---- */

/* What files say. */
struct estate;
/* Read a file ("-": standard input), or what estate_write() made of a folder. only: nothing but things of that noun may be in it; NULL: everything. E_INPUT with file and path. */
int estate_read(const char *path, const struct entity *only, struct estate **out, struct err *e);
/* The model as it is, under another name. E_NOTFOUND, E_CONFLICT. */
int estate_of_model(struct work *w, const char *name, const char *as, struct estate **out, struct err *e);
void estate_free(struct estate *s);
DEFINE_AUTO(estate_freep, struct estate *, estate_free)

/* A difference: of a field, or (field NULL) a thing that is only here or only there. here and there are JSON, empty where there is nothing. */
struct estate_diff {
	const char *noun, *field;
	struct str name, here, there;
};
extern const struct field estate_diff_fields[];
extern const size_t estate_diff_count;

/* How, and who hears of it. */
struct estate_how {
	bool prune;	       /* remove what is not in the text, of the kinds that it holds */
	bool prune_datapoints; /* the same for datapoints of models that it holds */
	bool fresh;	       /* nothing of it may be there already */
	size_t most;	       /* refuse to remove more things */
	/* A thing that is wrong: "FILE: PATH: why". */
	void (*bad)(void *arg, const char *why);
	int (*differs)(void *arg, const struct estate_diff *d, struct err *e);
	/* After the commit, for each thing; fields: names of those that changed, "" when it was added or removed. */
	void (*done)(void *arg, const char *noun, const char *name, enum did did, const char *fields);
	/* Likewise what somebody should hear although it was done: a channel needs its secret. */
	void (*note)(void *arg, const char *what);
	void *arg;
};
struct estate_counts {
	size_t added, changed, removed; /* estate_diff(): things only there, that differ, that are only here and would be removed */
	size_t kept;			/* only here, and stay */
};
/* Compare text and store, telling how->differs; bad things are told and end in E_INPUT. */
int estate_diff(struct work *w, struct estate *s, const struct estate_how *how, struct estate_counts *counts, struct err *e);
/* Make the store what the text says, in one transaction, all of it or nothing: bad things are told and end in E_INPUT. */
int estate_apply(struct work *w, struct estate *s, const struct estate_how *how, struct estate_counts *counts, struct err *e);

#endif
