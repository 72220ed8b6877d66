/* SPDX-License-Identifier: MIT */
/* Inside the carrying: files of a set, the walk over what an organisation has. */
#ifndef SIT_CARRY_IMPL_H
#define SIT_CARRY_IMPL_H

#include "carry/carry.h"
#include "codec/gz.h"
#include "codec/hash.h"
#include "codec/json.h"
#include "store/holding.h"

#define FOLDER_MANIFEST "MANIFEST"
#define FOLDER_SUMS "SHA256SUMS"
#define FOLDER_SERIES "tables/series.jsonl.gz"
#define FOLDER_FORMAT 1

/* Tell of something wrong, and count it (set.c). */
void hear(struct hearing *h, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- a set that is written (set.c) ---- */

struct set {
	char *folder; /* while it grows; NULL: nothing is written, digests are made all the same */
	char *path;
	FILE *sums;
	int64_t files;
};
/* Begin one at path, which is not there yet; NULL: only digests. */
int set_begin(struct set *s, const char *path, struct err *e);
/* The path of a file in it; folders on the way are made. */
int set_path(const struct set *s, const char *name, struct sb *path, struct err *e);
/* Put a file that was written some other way on the list. */
int set_add(struct set *s, const char *name, struct err *e);
/* Write a small file whole. */
int set_text(struct set *s, const char *name, struct str text, struct err *e);
/* It is complete and gets its name. */
int set_end(struct set *s, struct err *e);
/* Throw away what has no name yet; fine after set_end(). */
void set_drop(struct set *s);

/* A file of lines in a set, packed when its name ends with .gz. */
struct sink {
	struct set *set;
	char name[160];
	FILE *f;
	struct gz_out *z;
	struct sha256 *bytes, *text;
	struct sb buf; /* a line is appended here */
	int64_t lines;
};
int sink_begin(struct sink *k, struct set *s, const char *name, struct err *e);
/* What was appended to buf since the last call is a line. */
int sink_line(struct sink *k, struct err *e);
/* It is complete; hex gets the digest of its text, before packing. */
int sink_end(struct sink *k, char hex[SHA256_HEX + 1], struct err *e);
void sink_drop(struct sink *k);

/* ---- the walk (walk.c, points.c) ---- */

struct table_sum {
	const char *name;
	int64_t rows, least, most; /* ids; 0 and 0 without */
	char sha256[SHA256_HEX + 1];
};
struct series_sum {
	int64_t id, device;
	const char *device_name, *folder, *datapoint;
	bool floored;
	int64_t floor;
	int64_t points;
	char sha256[SHA256_HEX + 1];
};
/* Everything of an organisation, in the same order and with the same digests whether it is written or not. */
struct walk {
	struct db *db;
	int64_t org;
	const struct db_tables *tables;
	struct set *set;
	int (*table)(const struct table_sum *t, void *arg, struct err *e);
	int (*series)(const struct series_sum *s, void *arg, struct err *e);
	void *arg;
	int64_t rows, points, nseries;
};
int walk_tables(struct walk *w, struct err *e);
int walk_points(struct walk *w, struct err *e);
/* A row as a JSON object, without whose it is and what is secret. */
void row_json(struct sb *sb, const struct db_table *t, const struct cell *row);
/* A file of the rows for which `which` is true (NULL: all of the organisation). */
int walk_table(struct walk *w, const struct db_table *t, bool (*which)(const struct db_table *t, const struct cell *row, void *arg), void *arg,
	       struct table_sum *sum, struct err *e);
/* Tables as the store at url has them: a scoped connection may not ask. */
int carry_tables(const char *url, struct db_tables *t, struct err *e);

/* ---- reading a set (read.c) ---- */

/* Read SET/MANIFEST; E_INPUT unless it is one of that kind. json_decref() it. */
json_t *manifest_of(const char *dir, const char *kind, struct err *e);
/* Lines of JSON of a file, packed or not. */
struct lines;
int lines_open(const char *dir, const char *name, struct lines **out, struct err *e);
/* 1: *v is the next object, the caller's, and *raw its text until the next call; 0, -1. */
int lines_next(struct lines *l, json_t **v, struct str *raw, struct err *e);
void lines_free(struct lines *l);
DEFINE_AUTO(lines_freep, struct lines *, lines_free)

/* The counts of an export, as one object. */
void sum_json(struct sb *sb, const struct table_sum *t);
/* What the manifest says of a table: false when nothing. */
bool sum_of(const json_t *manifest, const char *table, struct table_sum *out);

#endif
