/* SPDX-License-Identifier: MIT */
#include "task/again.h"

#include "codec/crc.h"

struct seen {
	int64_t arrived; /* 0: there is none */
	uint32_t topic, payload; /* checksums */
	uint32_t connection;
};

struct again {
	uint32_t connection; /* the one at hand */
	struct seen by_id[UINT16_MAX + 1];
};

int again_new(struct again **out, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : err_nomem(e);
}

void again_free(struct again *a)
{
	free(a);
}

void again_connected(struct again *a, bool resumed)
{
	a->connection++;
	if (!resumed)
		memset(a->by_id, 0, sizeof(a->by_id));
}

int64_t again_find(const struct again *a, const struct mqtt_message *m)
{
	const struct seen *s = a->by_id + m->id;

	if (!m->id || !s->arrived || s->connection == a->connection)
		return 0;
	return s->topic == crc32c(0, m->topic.ptr, m->topic.len) && s->payload == crc32c(0, m->payload.ptr, m->payload.len) ? s->arrived : 0;
}

void again_note(struct again *a, const struct mqtt_message *m, int64_t arrived)
{
	if (m->id)
		a->by_id[m->id] = (struct seen){ arrived, crc32c(0, m->topic.ptr, m->topic.len), crc32c(0, m->payload.ptr, m->payload.len), a->connection };
}
