/* SPDX-License-Identifier: MIT */
/* Inside telling people. */
#ifndef SIT_NOTIFY_IMPL_H
#define SIT_NOTIFY_IMPL_H

#include <jansson.h>

#include "judge/schedule.h"
#include "model/rule.h"
#include "notify/notify.h"
#include "store/notice.h"
#include "task/work.h"

#define NOTIFY_FILES_MAX 16
#define NOTIFY_FILES_BYTES ((size_t)10 << 20)

/* ---- a channel as it is used (channel.c) ---- */

struct channel {
	int64_t id, timeout;
	enum channel_type type;
	int tries;
	bool private, plain, enabled;
	const char *name, *url, *to, *from, *user, *ca, *path, *subject, *text, *command; /* NULL: not given */
	struct sb secret;
};
/* Read it, its texts in the work's memory; channel_done() wipes the secret. */
int channel_load(struct work *w, int64_t id, struct channel *out, struct err *e);
void channel_done(struct channel *c);
/* The next receiver of the channel (*to ptr NULL: it has none by name): false when there are no more. *rest is its list at first. */
bool channel_next(const struct channel *c, struct str *rest, bool *first, struct str *to);

/* ---- quiet hours (quiet.c) ---- */

/* As a route has them: quiet, quiet_over and tz (ending in NUL, or empty). */
struct quiet_text {
	struct str when, over, tz;
};
struct quiet {
	struct schedule when;
	const struct zone *zone; /* NULL: UTC; lives as long as the process */
	int over; /* a severity */
};
/* 0, or -1: E_USAGE says what is wrong with the hours, or that there is no such zone; E_INPUT when its file is none. */
int quiet_read(const struct quiet_text *t, struct quiet *out, struct err *e);
/* When it is quiet no more for a message of that severity; now, when it is not. */
int64_t quiet_end(const struct quiet *q, int severity, int64_t now);

/* ---- making notices (notify_make.c) ---- */

/* token out of key: 32 digits that the same notice always has (also in a store that was restored). */
int notice_token(struct work *w, struct str key, char token[33], struct err *e);
/* The record of what happened, as JSON. */
int happening_record(const struct happening *h, struct sb *sb, struct err *e);

/* ---- a message (text.c) ---- */

struct message {
	const char *token;
	struct str to, severity;
	int64_t now;
	struct str *text; /* the records as JSON */
	json_t **record;
	size_t n;
	struct {
		char *name;
		struct sb data;
	} file[NOTIFY_FILES_MAX];
	size_t nfile;
};
/* How the values of places are written. */
enum escape { ESCAPE_LINE, ESCAPE_TEXT, ESCAPE_SLACK, ESCAPE_MARKDOWN };
/* The subject, of one line whatever is in the values. */
int message_subject(const struct channel *c, const struct message *m, enum escape how, struct sb *sb);
/* A line for each record. */
int message_lines(const struct channel *c, const struct message *m, enum escape how, struct sb *sb);

/* ---- sending (http.c, local.c) ---- */

struct outcome {
	enum { SENT, AGAIN, NEVER } verdict;
	int64_t wait; /* the other side asks for so long; 0: it does not */
	struct sb answer;
};
/* Send it: what came of it is in *o. -1 when the process shall stop, or has no memory. */
int send_mail(const struct channel *c, const struct message *m, struct outcome *o, struct err *e);
int send_http(const struct channel *c, const struct message *m, struct outcome *o, struct err *e);
int send_exec(const struct channel *c, const struct message *m, struct outcome *o, struct err *e);
int send_file(const struct channel *c, const struct message *m, struct outcome *o, struct err *e);
int send_journal(const struct channel *c, const struct message *m, struct outcome *o, struct err *e);
/* What an error means for the notice: -1 (stop, no memory) or 0, with *o filled. */
int outcome_of(struct outcome *o, struct err *e);

/* ---- the run (run.c) ---- */

/* Claim what is due for the channel (only: that notice), send it, write down what came of it. 1: something was sent, 2: and given up, 0: nothing is due, -1. */
int notify_one(struct work *w, const struct channel *c, int64_t only, struct outcome *o, struct err *e);
/* Who hears of what goes wrong, a line each. */
struct listener {
	void (*told)(void *arg, const char *line);
	void *arg;
};
/* Notices of what nobody was told of yet; a route that leads nowhere any more is told of once, and the others go on (route.c). */
int notify_route(struct work *w, int64_t now, const struct listener *l, struct notify_done *done, struct err *e);

#endif
