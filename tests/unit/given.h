/* SPDX-License-Identifier: MIT */
/* What several tests begin with: the bytes of a file, an instant, a zone of tests/data/tz. A test that includes it has cmocka before it. */
#ifndef SIT_TESTS_GIVEN_H
#define SIT_TESTS_GIVEN_H

#include "base/sb.h"
#include "base/time.h"
#include "os/zones.h"

/* The bytes of the file at path appended. */
static inline void read_file(const char *path, struct sb *out)
{
	char buf[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)))
		assert_int_equal(sb_add(out, buf, n), 0);
	(void)fclose(f);
}

/* Microseconds of an RFC 3339 text. */
static inline int64_t at(const char *text)
{
	int64_t t = 0;

	assert_true(time_rfc3339(str_of(text), &t));
	return t;
}

static inline const struct zone *zone_of(const char *name)
{
	const struct zone *z;
	struct err e;

	assert_int_equal(setenv("SIT_ZONEINFO", "tests/data/tz/slim", 1), 0);
	assert_int_equal(zones_get(name, &z, &e), 0);
	return z;
}

#endif
