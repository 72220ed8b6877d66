/* SPDX-License-Identifier: MIT */
/*
 * Records whose shape is the usual one, read in a single pass without a tree. Everything else is left to codec/json.h, so both
 * together take and refuse what that alone does.
 */
#ifndef SIT_CODEC_JSON_SCAN_H
#define SIT_CODEC_JSON_SCAN_H

#include "base/base.h"
#include "base/err.h"

#include <jansson.h>

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,	  /* num is 0 or 1 */
	JSON_KIND_NUMBER, /* num */
	JSON_KIND_WHOLE,  /* whole: a time that no double holds */
	JSON_KIND_TEXT,	  /* txt */
	JSON_KIND_INNER,  /* an object whose `inner` members follow */
	JSON_KIND_TREE,	  /* an object or array as jansson has it */
};

/* A member of an object. */
struct json_member {
	struct str key;
	enum json_kind kind;
	union {
		double num;
		int64_t whole;
		struct str txt;
		size_t inner;
		const json_t *tree;
	};
};

/* The members of an object in their order, those of an inner object behind it. */
struct json_members {
	struct json_member *m;
	size_t n, cap;
};

#define JSON_SCAN_MAX 256 /* members that json_scan() takes */

/* Free the array, not what it points to; it may be used again. */
void json_members_done(struct json_members *m);
/*
 * The object at the start of s: its length, its members in *out (texts point into s); an object under the key `inner` is
 * given with its members. 0: there is none, it is not complete, or it is for json.h: line ends between tokens, escapes, other
 * objects and arrays, duplicate keys, faults of any kind, numbers num_lead() leaves (but not integers under JSON_TIME_KEY, codec/json.h), more than JSON_SCAN_MAX members.
 */
size_t json_scan(struct str s, struct str inner, struct json_members *out);
/* The same of an object that jansson read; its texts are v's. 0, or -1 out of memory. */
int json_members_of(const json_t *v, struct str inner, struct json_members *out, struct err *e);
/* Kind and value of v, without a key. */
struct json_member json_member_of(const json_t *v);

#endif
