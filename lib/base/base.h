/* SPDX-License-Identifier: MIT */
/*
 * What every file may use without asking: standard headers, slices, cleanup
 * attributes, the list of words that do not compile.
 */
#ifndef SIT_BASE_BASE_H
#define SIT_BASE_BASE_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Run fn(&variable) when the variable leaves its scope: AUTO(sb_done) struct sb s = …; */
#define AUTO(fn) __attribute__((cleanup(fn)))
/* Make name(type **) out of fn(type *), so that AUTO(name) frees a pointer; fn(NULL) must be fine. */
#define DEFINE_AUTO(name, type, fn)                                                                \
	static inline void name(type *p)                                                               \
	{                                                                                          \
		fn(*p);                                                                            \
	}
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A slice of bytes that somebody else owns; not terminated. ptr may be NULL when len is 0. */
struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
/* For "%.*s": the slice's length (capped at INT_MAX) and bytes. */
#define STR_ARG(s) (int)((s).len > INT_MAX ? INT_MAX : (s).len), ((s).ptr ? (s).ptr : "")

/* The slice over a terminated string; NULL gives the empty slice. */
static inline struct str str_of(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}

/* The n bytes at a and b are the same: memcmp() without a call for what names and keys are mostly long. */
static inline bool bytes_eq(const char *a, const char *b, size_t n)
{
	uint64_t x, y, u, v;

	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n < 8) {
		while (n && *a == *b)
			a++, b++, n--;
		return n == 0;
	}
	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	memcpy(&u, a + n - 8, 8); /* may overlap the first eight */
	memcpy(&v, b + n - 8, 8);
	return x == y && u == v;
}

/* Byte for byte the same. */
static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && bytes_eq(a.ptr, b.ptr, a.len);
}

/* The slice holds exactly the terminated string s. */
static inline bool str_is(struct str a, const char *s)
{
	return str_eq(a, str_of(s));
}

/* The slice begins with the terminated string prefix. */
static inline bool str_starts(struct str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && memcmp(a.ptr, prefix, n) == 0;
}

/* Order of bytes, shorter first where one is the other's prefix: <0, 0, >0. */
static inline int str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* free() for AUTO on a pointer to characters. */
static inline void free_chars(char **p)
{
	free(*p);
}

/* Dangerous words do not compile (clang's fortified headers make macros of them, which it will not poison). */
#ifndef __clang__
#pragma GCC poison strcpy strcat strncpy sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atof localtime gmtime ctime tmpnam mktemp system popen
#endif

#endif
