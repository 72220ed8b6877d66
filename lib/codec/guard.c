/* SPDX-License-Identifier: MIT */
#include "codec/guard.h"

bool guard_wanted(struct str s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] == '\'')
		i++;
	return i < s.len && s.ptr[i] && strchr("=+-@\t\r", s.ptr[i]);
}

bool guard_is(struct str s)
{
	return s.len && s.ptr[0] == '\'' && guard_wanted(s);
}
