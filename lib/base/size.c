/* SPDX-License-Identifier: MIT */
#include "base/num.h"

int size_parse(struct str s, int64_t *out, struct err *e)
{
	static const char units[] = "KMGT";
	const char *unit = s.len ? strchr(units, s.ptr[s.len - 1]) : NULL;
	size_t digits = s.len - (unit && *unit);
	int64_t n = 0;

	for (size_t i = 0; i < digits; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > INT64_MAX / 16)
			digits = 0;
		else
			n = n * 10 + (s.ptr[i] - '0');
	}
	for (const char *u = units; digits && unit && *unit && u <= unit; u++) {
		if (n > INT64_MAX / 1024)
			digits = 0;
		else
			n *= 1024;
	}
	*out = n;
	return digits && n ? 0 : err_set(e, E_USAGE, "\"%.*s\" is no size: bytes, or 512K, 64M, 2G", STR_ARG(s));
}
