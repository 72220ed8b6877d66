/* SPDX-License-Identifier: MIT */
#include "model/state.h"

void heard_clear(struct heard *h)
{
	*h = (struct heard){ STATE_NONE, STATE_NONE, STATE_NONE, STATE_NONE };
}

bool heard_note(struct heard *h, const struct hearing *how, int64_t ts, int64_t now)
{
	if (!how->live && ts < now - how->offline_after)
		return false;
	h->gone = STATE_NONE;
	if (now > h->seen)
		h->seen = now;
	if (how->clock && ts != now && ts - now > h->skew)
		h->skew = ts - now;
	return true;
}

int64_t state_every(int64_t offline_after)
{
	return offline_after / 10 < STATE_EVERY ? offline_after / 10 : STATE_EVERY;
}

int64_t state_silence(const struct device_state *s, int64_t now)
{
	int64_t since = s->last_seen == STATE_NONE ? s->created : s->last_seen;

	return since < now ? now - since : 0;
}

bool state_late(const struct device_state *s, int64_t now)
{
	if (!s->enabled)
		return false;
	if (s->last_seen != STATE_NONE && s->last_seen > now + STATE_AHEAD_MAX && s->created <= now)
		return true;
	return state_silence(s, now) > s->offline_after;
}

const char *state_why(const struct device_state *s, const struct device_state *gateway, int64_t now)
{
	if (!state_late(s, now))
		return NULL;
	if (gateway && state_late(gateway, now))
		return "gateway";
	return s->last_seen == STATE_NONE ? "never" : "silent";
}

static const struct {
	const char *word, *unit;
} builtins[BUILTIN_N] = {
	[BUILTIN_ONLINE] = { "online", NULL },
	[BUILTIN_LAST_SEEN_AGE] = { "last_seen_age", "s" },
	[BUILTIN_CLOCK_SKEW] = { "clock_skew", "s" },
};

bool builtin_find(struct str name, enum builtin *b)
{
	for (size_t i = 0; i < BUILTIN_N; i++)
		if (str_is(name, builtins[i].word)) {
			*b = (enum builtin)i;
			return true;
		}
	return false;
}

bool builtin_input(struct str name, bool *gateway, enum builtin *b)
{
	*gateway = str_starts(name, "gateway.");
	return builtin_find(*gateway ? (struct str){ name.ptr + 8, name.len - 8 } : name, b);
}

const char *builtin_word(enum builtin b)
{
	return builtins[b].word;
}

const char *builtin_unit(enum builtin b)
{
	return builtins[b].unit;
}

bool builtin_value(enum builtin b, const struct device_state *s, int64_t now, int64_t *ts, struct cell *value)
{
	switch (b) {
	case BUILTIN_ONLINE:
		*ts = s->online_since;
		*value = CELL_OF_BOOL(s->online);
		break;
	case BUILTIN_LAST_SEEN_AGE:
		*ts = s->last_seen == STATE_NONE ? STATE_NONE : now;
		*value = CELL_OF_REAL((double)state_silence(s, now) / (double)US_PER_S);
		break;
	case BUILTIN_CLOCK_SKEW:
		*ts = s->clock_skew == STATE_NONE ? STATE_NONE : s->last_seen;
		*value = CELL_OF_REAL((double)s->clock_skew / (double)US_PER_S);
		break;
	case BUILTIN_N:
		return false;
	}
	return *ts != STATE_NONE;
}
