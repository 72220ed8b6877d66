/* SPDX-License-Identifier: MIT */
/*
 * Telling people: what happened becomes notices (the outbox), notices go out through channels. A notice is taken with a lease, sent outside of transactions, and
 * what the other side said is written down: killed in between, it is sent again, with the same token. Delivered is what the other side said it took.
 */
#ifndef SIT_NOTIFY_NOTIFY_H
#define SIT_NOTIFY_NOTIFY_H

#include "rec/out.h"
#include "task/entity.h"

/* What a run did. */
struct notify_done {
	int64_t made, delivered, again, dead, held;
	int64_t next; /* when something is due; INT64_MAX: nothing waits */
};
/* Route what nobody was told of yet, then send what is due; told(line) hears of each failure. w is of noun "channel" or "route". */
int notify_run(struct work *w, void (*told)(void *arg, const char *line), void *arg, struct notify_done *done, struct err *e);

/*
 * On an unscoped connection: all living organisations; those that something happened in that nobody was told of, or that something is due in; when something is
 * due in any (INT64_MAX: nothing waits).
 */
int notify_orgs(struct db *all, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);
int notify_orgs_busy(struct db *all, int (*fn)(struct str name, void *arg, struct err *e), void *arg, struct err *e);
int notify_soonest(struct db *all, int64_t *next, struct err *e);

/* For who goes on: from here on, and until something may have happened or is due. E_SIGNAL when told to stop. */
int notify_watch(struct db *db, struct err *e);
int notify_wait(struct db *db, const struct notify_done *done, struct err *e);

/* Something that somebody wants to say. */
struct notify_word {
	const char *channel, *text, *subject, *severity;
	const char *const *file; /* attachments, n of them */
	size_t n;
	bool test; /* one try, and an answer */
};
/* Put it into the outbox, one for each receiver, and send it at once; each notice is printed as it then is. E_IO when one was not delivered. */
int notice_say(struct work *w, const struct notify_word *word, struct out *out, struct err *e);

/* What goes out, and went: terms are filters (audit/pages.h). */
int notify_history(struct work *w, char **term, int n, int64_t after, struct out *out, struct err *e);
/* Sent again, as if for the first time: notices that were given up; ids, or (n 0) all. *count gets how many. */
int notify_retry(struct work *w, char **id, int n, int64_t *count, struct err *e);
/* What is held since a restore waits again, or (drop) never goes out; ids, or all. */
int notify_release(struct work *w, char **id, int n, bool drop, int64_t *count, struct err *e);
/* Set the secret of a channel; ptr NULL takes it away. */
int notify_secret(struct work *w, const char *channel, struct str secret, struct err *e);

#endif
