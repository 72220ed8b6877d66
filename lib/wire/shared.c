/* SPDX-License-Identifier: MIT */
#include "wire/shared.h"

#include "os/plugin.h"

struct shared {
	const struct shared_backend *be;
	void *of;
};

int shared_open(const char *url, struct str password, struct shared **out, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX + 128);
	const struct shared_backend *be = plugin_symbol("redis", SHARED_SYMBOL, &path, e);
	struct shared *s;

	if (!be)
		return -1;
	if (be->abi != SHARED_ABI)
		return err_set(e, E_CONFLICT, "%s: belongs to another version of sit", sb_cstr(&path));
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_nomem(e);
	s->be = be;
	if (be->open(url, password, &s->of, e) < 0) {
		free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void shared_close(struct shared *s)
{
	if (!s)
		return;
	s->be->close(s->of);
	free(s);
}

int shared_get(struct shared *s, struct str key, struct sb *value, struct err *e)
{
	return s->be->get(s->of, key, value, e);
}

int shared_swap(struct shared *s, struct str key, struct str old, struct str now, int64_t ttl, struct err *e)
{
	return s->be->swap(s->of, key, old, now, ttl, e);
}
