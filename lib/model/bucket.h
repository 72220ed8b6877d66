/* SPDX-License-Identifier: MIT */
/*
 * Token buckets: how much of something may pass, in several windows at once. Pure: the clock is a number, all arithmetic is on integers.
 *
 * A rule is text, "100:1s,2000:60s,1MB:60s,burst=50%,grace=10%:5m": windows AMOUNT:DURATION (a bare amount counts requests, one with B kB MB GB KiB
 * MiB GiB their bytes), then what holds for all of them. A window is a bucket that holds `burst` of its amount (all of it without a word), fills at AMOUNT
 * a DURATION, and gives each request what it needs; a request passes when every window can give. In any time t at most burst + t / DURATION * AMOUNT
 * pass. Grace is a second bucket of so many percent, filling likewise, for what the first cannot give; it helps for so long after the window was first
 * over, and again once the window has been full.
 */
#ifndef SIT_MODEL_BUCKET_H
#define SIT_MODEL_BUCKET_H

#include "base/err.h"
#include "base/sb.h"

#define BUCKET_WINDOWS 6
#define BUCKET_TEXT 1024 /* bytes that a rule, or a bucket, takes as text at most */
#define BUCKET_NEVER INT64_MAX

struct bucket_window {
	bool bytes;	/* it counts bytes, not requests */
	int64_t amount; /* at least 1 */
	int64_t period; /* microseconds, whole milliseconds */
};

struct bucket_rule {
	struct bucket_window window[BUCKET_WINDOWS];
	size_t n;
	int burst;	   /* percent of the amount that a full bucket holds: 1 to 100 */
	int grace;	   /* percent of the amount; 0: none */
	int64_t grace_for; /* microseconds */
};

/* What a bucket holds, in tokens times the window's period in milliseconds: so that every millisecond adds whole numbers. Negative: owed. */
struct bucket_level {
	int64_t have, spare; /* spare: of the grace */
	int64_t over;	     /* since when the grace is used; 0: it is not */
};

struct bucket_state {
	int64_t at; /* when it was filled last; 0: never, it is full */
	struct bucket_level level[BUCKET_WINDOWS];
};

/* What passes: one request of so many bytes, or several of them together. */
struct bucket_load {
	int64_t requests, bytes;
};

/* Read a rule. E_INPUT says what is wrong. */
int bucket_rule_read(struct str text, struct bucket_rule *r, struct err *e);
/* Append it as its shortest text: bucket_rule_read() gives the same again. */
int bucket_rule_print(const struct bucket_rule *r, struct sb *sb);

/* What has come in until now. A clock that went back a little gives nothing; by more than the window is long, it counts from there. */
void bucket_fill(const struct bucket_rule *r, struct bucket_state *b, int64_t now);
/* It passes: every window gives what it needs; else nothing changes. */
bool bucket_take(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now);
/* It has passed elsewhere: every window owes it; of a negative one, it is given back. */
void bucket_owe(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load);
/* Microseconds until it may pass when nothing else does; BUCKET_NEVER when it is more than a full bucket holds. */
int64_t bucket_wait(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now);
/* The window that makes it wait longest. */
size_t bucket_narrowest(const struct bucket_rule *r, struct bucket_state *b, const struct bucket_load *load, int64_t now);
/* Whole tokens that window i holds (what is owed as negative ones), and holds when it is full. */
int64_t bucket_has(const struct bucket_rule *r, const struct bucket_state *b, size_t i);
int64_t bucket_holds(const struct bucket_rule *r, size_t i);

/* Append the bucket as text, with its rule. */
int bucket_print(const struct bucket_rule *r, const struct bucket_state *b, struct sb *sb);
/* Read it back; false when the text is none, or of another rule: then the bucket is full. */
bool bucket_read(const struct bucket_rule *r, struct str text, struct bucket_state *b);
/* Append one window as people write it, what: of what it counts one: "100 requests in 1s", "1MB in 1m". */
int bucket_window_say(const struct bucket_window *w, const char *what, struct sb *sb);

#endif
