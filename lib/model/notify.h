/* SPDX-License-Identifier: MIT */
/* Words of notification that other rooms need, too; the nouns themselves are channel_entity and route_entity. */
#ifndef SIT_MODEL_NOTIFY_H
#define SIT_MODEL_NOTIFY_H

#include "base/arena.h"
#include "model/entity.h"

enum channel_type { CHANNEL_EMAIL, CHANNEL_WEBHOOK, CHANNEL_SLACK, CHANNEL_TEAMS, CHANNEL_SMS, CHANNEL_PUSH, CHANNEL_EXEC, CHANNEL_FILE, CHANNEL_JOURNAL };
enum notice_state { NOTICE_WAITING, NOTICE_SENDING, NOTICE_GROUPED, NOTICE_DELIVERED, NOTICE_DEAD, NOTICE_HELD, NOTICE_DROPPED };
enum route_by { BY_ALL, BY_GATEWAY, BY_SITE, BY_DEVICE, BY_RULE };

/* Words of the enums, in their order; NULL at the end. */
extern const char *const channel_words[], *const notice_words[], *const route_by_words[];

/* Whether nothing can go through the channel without a secret: it has a login, or its URL is one. */
bool channel_needs_secret(const struct row *channel);

/* Index of the word in the table; -1. */
int notify_word(const char *const *words, struct str word);

/* One step of a route's escalation: so long after the alarm, if nobody acknowledged it, to that channel. */
#define ESCALATION_MAX 8
struct escalation {
	int64_t after; /* microseconds */
	struct str channel;
};
/* "15m:oncall,1h:boss" into at most ESCALATION_MAX steps, slices of the text. E_INPUT. */
int escalation_read(struct str text, struct escalation out[ESCALATION_MAX], size_t *n, struct err *e);

/* What templates of messages have places for; NULL ends. The values are the members of the record of the same name; n is how many there are. */
extern const char *const notice_places[];

/* The next word of a list separated by commas, blanks around it left out: false at its end. */
bool list_word(struct str *list, struct str *word);

/* What a notice says of itself: columns of history and status. */
extern const struct field notice_fields[];
extern const size_t notice_count;
extern const struct entity notice_entity;

#endif
