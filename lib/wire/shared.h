/* SPDX-License-Identifier: MIT */
/* Short texts under keys that several hosts share, changed one at a time: Redis, through a library of its own that only who needs it loads. */
#ifndef SIT_WIRE_SHARED_H
#define SIT_WIRE_SHARED_H

#include "base/err.h"
#include "base/sb.h"

struct shared;

/*
 * Connect to "/PATH" or "unix:PATH" (a socket), or "redis://HOST[:PORT][/DATABASE]"; password (empty: none) is sent first. E_USAGE for another URL,
 * E_IO when nobody answers within two seconds.
 */
int shared_open(const char *url, struct str password, struct shared **out, struct err *e);
void shared_close(struct shared *s);
DEFINE_AUTO(shared_closep, struct shared *, shared_close)
/* The text under the key appended: 1, 0 none, -1. */
int shared_get(struct shared *s, struct str key, struct sb *value, struct err *e);
/* It becomes now, if it is old (empty: if there is none), and goes after so many milliseconds. 1, 0 when it is something else, -1. */
int shared_swap(struct shared *s, struct str key, struct str old, struct str now, int64_t ttl, struct err *e);

/* What the library exports; abi changes with the structure. */
#define SHARED_ABI 1u
#define SHARED_SYMBOL "sit_shared_plugin"
struct shared_backend {
	unsigned abi;
	int (*open)(const char *url, struct str password, void **out, struct err *e);
	void (*close)(void *s);
	int (*get)(void *s, struct str key, struct sb *value, struct err *e);
	int (*swap)(void *s, struct str key, struct str old, struct str now, int64_t ttl, struct err *e);
};

#endif
