/* SPDX-License-Identifier: MIT */
/* What the tables of nouns share. */
#ifndef SIT_MODEL_NOUNS_H
#define SIT_MODEL_NOUNS_H

#include "model/entity.h"

/* clang-format off */
#define F_NAME_KEY(text) { "name", FIELD_NAME, FIELD_KEY | FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, NULL, text }
#define F_TITLE          { "title", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "free text for people" }
#define F_NOTE           { "note", FIELD_TEXT, 0, NULL, NULL, 0, 4096, NULL, "what there is to say" }
#define F_CREATED        { "created", FIELD_TIME, FIELD_READONLY | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL, "when it was added" }
/* clang-format on */

extern const char *const protocol_words[], *const device_type_words[];

#endif
