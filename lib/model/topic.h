/* SPDX-License-Identifier: MIT */
/*
 * Topics of MQTT: what they say of a message, by one table, read and made. The own grammar and those of the profiles, which are accepted from
 * devices that were made for other servers. Pure.
 */
#ifndef SIT_MODEL_TOPIC_H
#define SIT_MODEL_TOPIC_H

#include "base/base.h"
#include "base/err.h"
#include "base/sb.h"

#define TOPIC_MAX 1024	 /* bytes of a topic that is read */
#define TOPIC_PART_MAX 255 /* bytes of a device's, gateway's or edge key's name in it */

enum topic_profile { TOPIC_SIT, TOPIC_SAVEIT, TOPIC_ZOHO, TOPIC_THINGSBOARD, TOPIC_PROFILES };

enum topic_kind {
	TOPIC_TELEMETRY,
	TOPIC_EVENT,
	TOPIC_STATUS, /* online, offline: also the last will */
	TOPIC_LOCATION,
	TOPIC_COMMAND,
	TOPIC_COMMAND_ACK,
	TOPIC_CONFIG,
	TOPIC_CONFIG_ACK,
	TOPIC_OTA,
	TOPIC_OTA_PROGRESS,
	TOPIC_SCRIPT,
	TOPIC_SCRIPT_LOG,
	TOPIC_KINDS
};

/* What a topic says. Parts that it does not have are without pointer; the others point into the topic, or into text where they were escaped. */
struct topic {
	enum topic_kind kind;
	struct str org;	   /* only the own grammar has it */
	struct str device; /* who speaks or is spoken to; behind a gateway: the gateway */
	struct str edge;   /* edge key of the device behind it that is meant */
	struct str ref;	   /* what an answer is to (ThingsBoard's request number) */
	bool alive;	   /* of a status: the message alone says online (a heartbeat) */
	bool gone;	   /* of a status: the message alone says offline */
	bool many;	   /* the body names devices behind the gateway */
	char text[4 * TOPIC_PART_MAX];
};

/* "sit" "saveit" "zoho" "thingsboard" (and NULL), for options; the profile called so: -1 with E_USAGE. */
extern const char *const topic_profiles[TOPIC_PROFILES + 1];
int topic_profile_find(struct str word, enum topic_profile *out, struct err *e);
/* "telemetry" … "command/ack" …: as the own grammar has it at its end. */
const char *topic_word(enum topic_kind k);
/* Devices publish it; the others are published to them. */
bool topic_is_upward(enum topic_kind k);
/*
 * Read a topic that a message came under. Escapes (%2F) are resolved. E_INPUT with the reason: no such topic, an empty part, wildcards, a NUL,
 * bytes that are no UTF-8, a reserved word as edge key, a topic of the broker's own ($SYS). out must stay where it is while its parts are used.
 */
int topic_parse(enum topic_profile p, struct str topic, struct topic *out, struct err *e);
/*
 * Append the topic of t->kind; org, device, edge and ref must be there where it has them: E_INPUT else, or when the profile has no such topic.
 * Names are escaped where they hold what has a meaning in topics.
 */
int topic_format(enum topic_profile p, const struct topic *t, struct sb *sb, struct err *e);
/* Append a part of a topic with / + # % and control characters escaped. */
int topic_escape(struct str part, struct sb *sb);
/*
 * The i-th filter that gives all topics of an organisation's devices ("sit/ORG/#"), of every organisation's ("sit/#") when none is given (no pointer), appended;
 * false when there are no more, or no memory (sb->bad).
 */
bool topic_filter(enum topic_profile p, struct str org, size_t i, struct sb *sb);
/* A topic of a profile as a broker's list of what is allowed has it. */
struct topic_rule {
	enum topic_kind kind;
	bool gateway; /* only who has devices behind it uses it */
};
/*
 * The i-th of the profile, appended as a filter: a part that is not given (no pointer) is any one part. Nothing is appended when the device is given and
 * the topic does not name it, because it could be anybody's. False when there are no more, or no memory (sb->bad).
 */
bool topic_rule(enum topic_profile p, size_t i, struct str org, struct str device, struct topic_rule *out, struct sb *sb);
/* The text is a filter that a broker takes: wildcards stand alone between slashes, # at the end, no NUL, UTF-8. E_USAGE. */
int topic_filter_check(struct str filter, struct err *e);
/* The filter takes the topic (MQTT 5, 4.7; topics that begin with $ only fit filters that do). A $share/GROUP/ before it does not count. */
bool topic_matches(struct str filter, struct str topic);

#endif
