/* SPDX-License-Identifier: MIT */
/*
 * The trail: one row per thing changed, in the transaction of the change. The rows of an organisation are a chain: each has its number in it
 * and the digest of the row before and itself (audit/trail.h says of what); audit_head has the newest.
 */
#ifndef SIT_STORE_AUDIT_H
#define SIT_STORE_AUDIT_H

#include "db/db.h"
#include "model/select.h"

#define AUDIT_HASH 32 /* bytes of a digest */
#define AUDIT_SALT 16 /* of a part that is there: what stands for it */

struct audit {
	int64_t id, seq; /* given when it is kept; seq 0: a row from before there were chains */
	int64_t org;	 /* 0: the organisation written to */
	int64_t at;
	struct str actor, verb, noun, name; /* who did what to which */
	struct str old, now;		    /* JSON objects; from here on ptr NULL: none */
	struct str message, origin;
	struct str address, agent, session; /* of a caller from elsewhere */
	struct str hash;		    /* bytes; of a row that is read */
	/* Bytes for each part: its salt, its digest (erased), none at all (a row without parts, erased); ptr NULL: a row without parts. */
	struct str who, what;
};

/* The newest row of an organisation's chain; seq 0: there is none yet, hash is all 0. */
struct audit_head {
	int64_t org, seq;
	unsigned char hash[AUDIT_HASH];
};

/* Before db_write(), and before reading. */
int audit_ready(struct db *db, struct err *e);
/* The same for sinks and failed logins. */
int audit_watching_ready(struct db *db, struct err *e);
/* The head of the organisation's chain. */
int audit_head(struct db *db, int64_t org, struct audit_head *head, struct err *e);
/* Inside db_write(): the head moves. 1; 0 when it was not `from` any more: read it again. */
int audit_move(struct db *db, const struct audit_head *from, const struct audit_head *to, struct err *e);
/* Inside db_write(): the row itself, of the organisation, number and digest of the head. */
int audit_add(struct db *db, const struct audit *a, const struct audit_head *head, struct err *e);

/* The next organisation that has rows, after *id (0: the first): 1, 0, -1; its name replaces what name holds. */
int audit_org(struct db *db, int64_t *id, struct sb *name, struct err *e);
/* All rows of the organisation: those from before the chain by id, then the chain by number. Step with audit_next(), free with stmt_free(). */
int audit_rows(struct db *db, int64_t org, struct stmt **out, struct err *e);
/* 1, 0, -1; texts are valid until the next step. */
int audit_next(struct stmt *st, struct audit *a, struct err *e);
/* A page of them behind a row, seq 0 and id 0 for the first: early ones by id, then (early false) the chain by number. */
int audit_page(struct db *db, int64_t org, bool early, int64_t after, int64_t limit, struct stmt **out, struct err *e);
/* Inside db_write(), after audit_ready(): parts of the row are erased; label stands for who or what it was. NULL leaves a part as it is. */
struct audit_gone {
	int64_t id;
	const char *label;
	const struct str *who, *what; /* what is kept in their place */
};
int audit_erase(struct db *db, const struct audit_gone *g, struct err *e);
/* Inside db_write(): a row as it is, with its number and digest, of the organisation a->org; and the head of a chain. */
int audit_put(struct db *db, const struct audit *a, struct err *e);
int audit_head_put(struct db *db, const struct audit_head *head, struct err *e);

/* The row of that number of the organisation's chain, and the organisation's name, while *out (stmt_free()) lives: 1, 0, -1. */
int audit_at(struct db *db, int64_t org, int64_t seq, struct stmt **out, struct audit *a, struct str *org_name, struct err *e);
/* Inside db_write(): n rows did not get to where they are sent to besides, and why the last one did not. */
int audit_sink_failed(struct db *db, int64_t org, const char *sink, int64_t n, int64_t at, const char *why, struct err *e);
/*
 * Rows of the organisation from that number on are to be sent there, unless older ones are already: inside db_write(), with the row itself, so that whoever dies before it is sent
 * leaves it to the next one. What was sent up to (-1: nothing is to be sent), and that it is so far.
 */
int audit_sink_owed(struct db *db, int64_t org, const char *sink, int64_t from, int64_t now, struct err *e);
int audit_sink_at(struct db *db, int64_t org, const char *sink, int64_t *sent, struct err *e);
int audit_sink_sent(struct db *db, int64_t org, const char *sink, int64_t sent, struct err *e);
/* organisation, sink, failed, how many wait, at, error: of all that failed once, or have something to be sent. The caller frees it. */
int audit_sinks(struct db *db, struct stmt **out, struct err *e);

/* Failed logins of one key, user or address: of an hour; wrong ones in a row, and until when none is tried. */
struct login_try {
	int64_t since, last, n, wrong, until;
};
/* What is counted of that organisation (1; 0: nothing yet); inside db_write(), of the one written to: that it is this now. */
int login_try(struct db *db, int64_t org, const char *what, struct login_try *t, struct err *e);
int login_tried(struct db *db, const char *what, const struct login_try *t, struct err *e);
/* Inside db_write(): no wrong ones of `what`, nor of what begins so; *n counts what there was. */
int login_unlock(struct db *db, const char *what, const char *begins, int64_t *n, struct err *e);
/* Inside db_write(): addresses of which nothing was heard since. */
int login_forget(struct db *db, int64_t before, struct err *e);
/* The rows that fit, by id; columns are those of audit_entity and, behind them, the organisation's name, the digest and what stands for the parts; the caller frees the statement. */
int audit_select(struct db *db, const struct select_ctx *ctx, const struct select *select, int64_t after, int64_t limit,
		 struct stmt **out, struct err *e);
/* Rows that fit counted by columns of audit_entity ("verb, noun"): those columns, number, oldest and newest time. */
int audit_count(struct db *db, const struct select_ctx *ctx, const struct select *select, const char *by, struct stmt **out,
		struct err *e);

#endif
