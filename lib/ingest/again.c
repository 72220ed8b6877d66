/* SPDX-License-Identifier: MIT */
#include "ingest/again.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "codec/crc.h"

#define FORM 0x73697401 /* of the file */
#define AHEAD (UINT16_MAX / 2) /* an id that was given so many messages ago or more means another message by now */

struct seen {
	int64_t arrived; /* 0: there is none */
	uint32_t topic, payload; /* checksums */
	uint32_t connection;
	uint32_t n; /* the how manieth message it was */
};

/* As it lies in the file. */
struct memory {
	uint32_t form, session;
	uint32_t connection; /* the one at hand */
	uint32_t n;
	struct seen by_id[UINT16_MAX + 1];
};

struct again {
	struct memory *m;
	bool mapped;
	bool over; /* what comes over this connection is new from now on */
};

static struct memory *map(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	void *p = MAP_FAILED;

	/* Room is taken now: a page that the disk has no room for later would end the process. */
	if (fd >= 0 && posix_fallocate(fd, 0, sizeof(struct memory)) == 0)
		p = mmap(NULL, sizeof(struct memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		(void)close(fd);
	return p == MAP_FAILED ? NULL : p;
}

int again_new(const char *file, struct str session, struct again **out, struct err *e)
{
	struct again *a = calloc(1, sizeof(*a));
	uint32_t whose = crc32c(0, session.ptr, session.len);

	if (!a)
		return err_nomem(e);
	a->m = file ? map(file) : NULL;
	a->mapped = a->m != NULL;
	if (!a->m && !(a->m = calloc(1, sizeof(*a->m)))) {
		free(a);
		return err_nomem(e);
	}
	if (a->m->form != FORM || a->m->session != whose)
		memset(a->m, 0, sizeof(*a->m));
	a->m->form = FORM;
	a->m->session = whose;
	*out = a;
	return 0;
}

void again_free(struct again *a)
{
	if (!a)
		return;
	if (a->mapped)
		(void)munmap(a->m, sizeof(*a->m));
	else
		free(a->m);
	free(a);
}

void again_connected(struct again *a, bool resumed)
{
	a->m->connection++;
	a->over = !resumed;
	if (!resumed)
		memset(a->m->by_id, 0, sizeof(a->m->by_id));
}

int64_t again_find(struct again *a, const struct mqtt_message *m)
{
	const struct seen *s = a->m->by_id + m->id;

	if (!m->id || a->over)
		return 0;
	if (s->arrived && s->connection != a->m->connection && a->m->n - s->n < AHEAD && s->topic == crc32c(0, m->topic.ptr, m->topic.len) &&
	    s->payload == crc32c(0, m->payload.ptr, m->payload.len))
		return s->arrived;
	a->over = true;
	return 0;
}

void again_note(struct again *a, const struct mqtt_message *m, int64_t arrived)
{
	if (m->id)
		a->m->by_id[m->id] = (struct seen){ arrived, crc32c(0, m->topic.ptr, m->topic.len), crc32c(0, m->payload.ptr, m->payload.len),
						    a->m->connection, a->m->n++ };
}
