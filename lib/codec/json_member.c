/* SPDX-License-Identifier: MIT */
/* A member of an object as text: for what has to stay byte for byte. */
#include "codec/json.h"

static size_t blanks(struct str s, size_t i)
{
	while (i < s.len && strchr(" \t\r\n", s.ptr[i]))
		i++;
	return i;
}

/* Behind the string that begins at i with its quote. */
static size_t behind_string(struct str s, size_t i)
{
	for (i++; i < s.len && s.ptr[i] != '"'; i++)
		i += s.ptr[i] == '\\';
	return i + 1;
}

/* Behind the value that begins at i: up to the comma or bracket that ends it. */
static size_t behind_value(struct str s, size_t i)
{
	int depth = 0;

	while (i < s.len) {
		char c = s.ptr[i];

		if (c == '"') {
			i = behind_string(s, i);
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			break;
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		i++;
	}
	while (i > 0 && i <= s.len && strchr(" \t\r\n", s.ptr[i - 1]))
		i--;
	return i;
}

struct str json_member(struct str object, const char *name)
{
	size_t i = blanks(object, 0) + 1; /* behind the bracket */

	while ((i = blanks(object, i)) < object.len && object.ptr[i] == '"') {
		size_t key = i + 1, end = behind_string(object, i), value = blanks(object, end), stop;

		if (value >= object.len)
			break;
		value = blanks(object, value + 1); /* behind the colon */
		stop = behind_value(object, value);
		if (stop <= object.len && str_is((struct str){ object.ptr + key, end - 1 - key }, name))
			return (struct str){ object.ptr + value, stop - value };
		i = blanks(object, stop) + 1; /* behind the comma */
	}
	return (struct str){ NULL, 0 };
}
