/* SPDX-License-Identifier: MIT */
/* Who works with the estate. */
#include "model/nouns.h"
#include "model/role.h"

static const struct field user_fields[] = {
	F_NAME_KEY("login, unique in the organisation"),
	F_TITLE,
	{ "email", FIELD_EMAIL, FIELD_LIST, NULL, NULL, 0, 254, NULL, "where mail reaches them, unique in the organisation" },
	{ "role", FIELD_ENUM, FIELD_LIST | FIELD_REQUIRED, NULL, role_words, 0, 0, "viewer", "what they may do" },
	{ "enabled", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "true", "false: neither password nor keys are taken" },
	{ "phone", FIELD_TEXT, 0, NULL, NULL, 0, 50, NULL, "where they are reached" },
	{ "locale", FIELD_TEXT, 0, NULL, NULL, 0, 35, NULL, "language of what is sent to them (en, de-CH)" },
	F_NOTE,
	F_CREATED,
};

const struct entity user_entity = {
	.noun = "user", .plural = "users", .table = "account", .help = "somebody who works with the estate",
	.field = user_fields, .n = COUNT(user_fields), .kept_by = { "api_key" }, .extensible = true,
};
