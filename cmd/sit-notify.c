/* SPDX-License-Identifier: MIT */
#include "cli/entity.h"
#include "cli/notify.h"
#include "model/notify.h"

/* clang-format off */
static const struct opt opts[] = {
	OPT_USE(notify_opts),
	OPT_USE(entity_opts),
	OPT_END
};

static const struct verb verbs[] = {
	{ "send", "TEXT...", "say something through a channel, now", notify_v_send, NEED_WRITE, 1, -1 },
	{ "run", "", "make notices of what happened, and send what is due", notify_v_run, NEED_WRITE | NEED_ALL_ORGS, 0, 0 },
	{ "history", "[FIELD=VALUE...]", "print what waits, went out, or did not", notify_v_history, NEED_READ, 0, -1 },
	{ "status", "ID...", "print everything about notices", notify_v_status, NEED_READ, 1, -1 },
	{ "retry", "[ID...]", "try those that were given up again", notify_v_retry, NEED_WRITE, 0, -1 },
	{ "release", "[ID...]", "let out what is held since the store was restored", notify_v_release, NEED_WRITE, 0, -1 },
	ENTITY_VERBS_OF("channel", 0),
	{ "channel secret", "NAME", "set the password, token or key that goes with it", notify_v_secret, NEED_WRITE, 1, 1 },
	{ "channel test", "NAME", "send a message through it, once; exit 1 unless it was taken", notify_v_test, NEED_WRITE, 1, 1 },
	ENTITY_VERBS_OF("route", 0),
	{ NULL, NULL, NULL, NULL, 0, 0, 0 }
};

static const struct entity *const nouns[] = { &channel_entity, &route_entity, NULL };

static const struct record records[] = {
	{ "notice", "something that goes out, or went (sit-notify history)", notice_fields, &notice_count },
	{ NULL, NULL, NULL, NULL }
};

static const struct example examples[] = {
	{ "sit-notify channel add ops type=email url=smtp://mail.example:587 from=sit@example.com to=ops@example.com", "a way out" },
	{ "sit-notify route add plant channel=ops select='site=plant' severity=error group=30s repeat=4h", "what goes there" },
	{ "sit-notify history state=dead", "what could not be delivered" },
	{ NULL, NULL }
};
/* clang-format on */

const struct prog prog = {
	.name = "sit-notify",
	.family = "act",
	.brief = "messages out: channels, routes, and what became of each",
	.opts = opts,
	.verbs = verbs,
	.nouns = nouns,
	.records = records,
	.examples = examples,
};
