/* SPDX-License-Identifier: MIT */
#include "base/map.h"

struct map_slot {
	const char *key; /* NULL: free */
	size_t len;
	uint64_t hash;
	int64_t value;
};

/* FNV-1a, 64 bits (Fowler, Noll, Vo), with a final mix so that the low bits are good. */
static uint64_t hash_of(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

void map_done(struct map *m)
{
	free(m->slot);
	m->slot = NULL;
	m->cap = m->len = 0;
	arena_done(&m->keys);
}

static struct map_slot *probe(const struct map *m, struct str key, uint64_t h)
{
	for (size_t i = h & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = m->slot + i;

		if (!s->key || (s->hash == h && s->len == key.len && memcmp(s->key, key.ptr, key.len) == 0))
			return s;
	}
}

int64_t *map_find(const struct map *m, struct str key)
{
	struct map_slot *s;

	if (!m->cap)
		return NULL;
	s = probe(m, key.ptr ? key : STR(""), hash_of(key));
	return s->key ? &s->value : NULL;
}

static int grow(struct map *m)
{
	struct map big = { .cap = m->cap ? m->cap * 2 : 64 };

	big.slot = calloc(big.cap, sizeof(*big.slot));
	if (!big.slot)
		return -1;
	for (size_t i = 0; i < m->cap; i++) {
		struct map_slot *s = m->slot + i;

		if (s->key)
			*probe(&big, (struct str){ s->key, s->len }, s->hash) = *s;
	}
	free(m->slot);
	m->slot = big.slot;
	m->cap = big.cap;
	return 0;
}

int map_put(struct map *m, struct str key, int64_t v)
{
	uint64_t h = hash_of(key);
	struct map_slot *s;

	if (m->len * 4 >= m->cap * 3 && grow(m) < 0)
		return -1;
	s = probe(m, key.ptr ? key : STR(""), h);
	if (!s->key) {
		s->key = arena_dup(&m->keys, key);
		if (!s->key)
			return -1;
		s->len = key.len;
		s->hash = h;
		m->len++;
	}
	s->value = v;
	return 0;
}
