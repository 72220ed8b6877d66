/* SPDX-License-Identifier: MIT */
#include "points/picks.h"

#include "os/clock.h"

#define READ_EVERY (60 * US_PER_S)

static struct str key_of(const int64_t *id)
{
	return (struct str){ (const char *)id, sizeof(*id) };
}

static int read_again(struct picks *p, struct err *e)
{
	chosen_done(&p->chosen);
	map_done(&p->by_id);
	p->chosen = (struct chosen)CHOSEN_INIT;
	p->by_id = (struct map)MAP_INIT;
	p->read = clock_monotonic();
	p->fresh = true;
	if (chosen_find(p->db, &p->opt, false, &p->chosen, e) < 0)
		return -1;
	for (size_t i = 0; i < p->chosen.n; i++) {
		const struct picked *one = p->chosen.v + i;

		if (map_put(&p->by_id, key_of(p->opt.only ? &one->device : &one->series), (int64_t)i) < 0)
			return err_nomem(e);
	}
	return 0;
}

int picks_begin(struct picks *p, struct db *db, const struct pick_opts *opt, struct err *e)
{
	*p = (struct picks){ .db = db, .opt = *opt, .chosen = CHOSEN_INIT, .by_id = MAP_INIT };
	p->all = opt->only && opt->n == 0 && !opt->select;
	if (p->all)
		return 0;
	return pick_ready(db, e) < 0 ? -1 : read_again(p, e);
}

void picks_done(struct picks *p)
{
	chosen_done(&p->chosen);
	map_done(&p->by_id);
}

void picks_turn(struct picks *p)
{
	p->fresh = false;
}

int picks_find(struct picks *p, int64_t id, const struct picked **out, struct err *e)
{
	const int64_t *at = p->all ? NULL : map_find(&p->by_id, key_of(&id));

	*out = NULL;
	if (p->all)
		return 1;
	if ((!at && !p->fresh) || clock_monotonic() - p->read > READ_EVERY) {
		if (read_again(p, e) < 0)
			return -1;
		at = map_find(&p->by_id, key_of(&id));
	}
	if (!at)
		return map_put(&p->by_id, key_of(&id), -1) < 0 ? err_nomem(e) : 0;
	if (*at < 0)
		return 0;
	*out = p->chosen.v + *at;
	return 1;
}
