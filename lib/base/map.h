/* SPDX-License-Identifier: MIT */
/* Byte strings to numbers: open addressing, the keys copied, grows by itself. */
#ifndef SIT_BASE_MAP_H
#define SIT_BASE_MAP_H

#include "base/arena.h"
#include "base/base.h"

struct map {
	struct map_slot *slot;
	size_t cap, len;
	struct arena keys;
};

#define MAP_INIT { .keys = ARENA_INIT((size_t)1 << 30) }

/* Free everything; the map may be used again. */
void map_done(struct map *m);
/* The number kept under key; NULL when there is none. Valid until the next map_put(). */
int64_t *map_find(const struct map *m, struct str key);
/* Keep v under key, replacing; 0, or -1 out of memory. */
int map_put(struct map *m, struct str key, int64_t v);

#endif
