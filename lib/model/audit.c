/* SPDX-License-Identifier: MIT */
#include "model/audit.h"

/* clang-format off */
const struct field audit_fields[] = {
	[A_ID] = { .name = "id", .kind = FIELD_INT, .flags = FIELD_KEY, .help = "its number in the store" },
	[A_SEQ] = { .name = "seq", .kind = FIELD_INT, .flags = FIELD_LIST, .help = "its number in the chain of the organisation" },
	[A_AT] = { .name = "at", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "when it was done" },
	[A_ACTOR] = { .name = "actor", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "who: login(uid), after sudo also by whom" },
	[A_VERB] = { .name = "verb", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "what was done" },
	[A_NOUN] = { .name = "noun", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "kind of thing it was done to" },
	[A_NAME] = { .name = "name", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "its name then" },
	[A_OLD] = { .name = "old", .kind = FIELD_JSON, .help = "fields as they were" },
	[A_NEW] = { .name = "new", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "fields as they are since" },
	[A_MESSAGE] = { .name = "message", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "why, as given with --message" },
	[A_ORIGIN] = { .name = "origin", .kind = FIELD_TEXT, .help = "program, host and terminal" },
	[A_ADDRESS] = { .name = "address", .kind = FIELD_TEXT, .help = "network address of a caller from elsewhere" },
	[A_AGENT] = { .name = "agent", .kind = FIELD_TEXT, .help = "what that caller calls itself" },
	[A_SESSION] = { .name = "session", .kind = FIELD_TEXT, .help = "key or session it used" },
	[A_ORG] = { .name = "org", .kind = FIELD_NAME, .help = "the organisation" },
	[A_HASH] = { .name = "hash", .kind = FIELD_TEXT, .help = "SHA-256 of the row before and this one" },
	[A_WHO] = { .name = "who", .kind = FIELD_TEXT, .help = "salt of actor, origin, address, agent, session; their digest once they are erased" },
	[A_WHAT] = { .name = "what", .kind = FIELD_TEXT, .help = "salt of name, old, new, message; their digest once they are erased" },
};
/* clang-format on */
const size_t audit_fields_count = COUNT(audit_fields);

const struct entity audit_entity = {
	.noun = "audit row", .plural = "audit rows", .table = "audit", .help = "what was done, by whom", .field = audit_fields, .n = A_N,
};
