/* SPDX-License-Identifier: MIT */
#include "base/field.h"

int field_find(const struct field *f, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(name, f[i].name))
			return (int)i;
	return -1;
}

const char *field_kind_word(enum field_kind k)
{
	static const char *const word[] = {
		[FIELD_TEXT] = "text", [FIELD_NAME] = "name",	  [FIELD_IDENT] = "identifier",
		[FIELD_INT] = "integer", [FIELD_REAL] = "number", [FIELD_BOOL] = "boolean",
		[FIELD_ENUM] = "word", [FIELD_TIME] = "time",	  [FIELD_DUR] = "duration",
		[FIELD_TZ] = "zone",   [FIELD_REF] = "reference", [FIELD_WORDS] = "words",
		[FIELD_VALUE] = "value", [FIELD_JSON] = "json",
		[FIELD_VERSION] = "version", [FIELD_DATE] = "date", [FIELD_URL] = "url", [FIELD_EMAIL] = "email",
	};

	return word[k];
}
