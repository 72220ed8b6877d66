/* SPDX-License-Identifier: MIT */
/* Silences as rows, and the question whether an alarm is one that a silence is about. */
#ifndef SIT_STORE_SILENCE_H
#define SIT_STORE_SILENCE_H

#include "model/alarm.h"
#include "store/where.h"

/* A row; texts are valid until the next step, ptr NULL: none. */
struct silence_row {
	int64_t id, begins, ends;
	struct str matchers, schedule, tz, owner, note;
};

/* Before db_write(), and before any of these. */
int silence_ready(struct db *db, struct err *e);
/* Rows of every organisation that is seen, by id; columns are silence_fields, the state NULL. The caller frees the statement. */
int silence_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit, struct stmt **out, struct err *e);
/* Each row of the organisation written to that ends after then: fn -1 stops. */
int silence_each(struct db *db, int64_t after, int (*fn)(const struct silence_row *s, void *arg, struct err *e), void *arg, struct err *e);
/* Inside db_write(): a new one gets its id. */
int silence_add(struct db *db, struct silence_row *s, int64_t created, struct err *e);
/* Inside db_write(): it is gone; its texts, until the next step, in *s. E_NOTFOUND. */
int silence_rm(struct db *db, int64_t id, struct silence_row *s, struct err *e);

/* What is asked of an alarm that may not be a row yet. */
struct silence_test {
	struct where where;
	struct stmt *st;
};
/* Make the question out of a selector over alarm_entity; silence_test_done() frees it. */
int silence_test(struct db *db, const struct select_ctx *ctx, const struct select *select, struct silence_test *out, struct err *e);
/* It is one: 1, 0, -1. */
struct silenced {
	int64_t device;
	struct str rule, severity, datapoint; /* datapoint empty: none */
};
int silence_asked(struct silence_test *t, const struct silenced *a, struct err *e);
void silence_test_done(struct silence_test *t);

#endif
