/* SPDX-License-Identifier: MIT */
/*
 * A growing string with a ceiling. The first failure (ceiling reached, no memory) sticks: later
 * calls do nothing and return -1, so a row of calls may be checked once at its end.
 */
#ifndef SIT_BASE_SB_H
#define SIT_BASE_SB_H

#include "base/base.h"

struct sb {
	char *buf; /* always terminated once something was added; NULL before */
	size_t len, cap; /* cap: bytes to use, at most max and the terminator; none once bad */
	size_t max; /* len never exceeds this */
	bool bad;
};

#define SB_INIT(ceiling) { .max = (ceiling) }

/* Free the bytes; the sb may be used again with its old ceiling. */
void sb_done(struct sb *sb);
/* The same for a secret: the bytes are wiped first. */
void sb_wipe(struct sb *sb);
/* Empty it, keep the memory, forget a failure. */
void sb_clear(struct sb *sb);
/* Room for n more bytes and the terminator: 0, or -1 (bad). */
int sb_grow(struct sb *sb, size_t n);
/* Room for at most n bytes to be written behind the content, which then are counted with sb_took(); NULL as below. */
static inline char *sb_room(struct sb *sb, size_t n)
{
	return n < sb->cap - sb->len || sb_grow(sb, n) == 0 ? sb->buf + sb->len : NULL;
}
static inline void sb_took(struct sb *sb, size_t n)
{
	sb->len += n;
	sb->buf[sb->len] = '\0';
}
/* Forget the first n bytes: what stands behind them moves to the front. For a reader's window over a stream. */
void sb_shift(struct sb *sb, size_t n);
/* Append bytes: 0, or -1 once the ceiling or memory is exhausted. Inline, as sb_addc(), because every record goes through them. */
static inline int sb_add(struct sb *sb, const void *bytes, size_t n)
{
	char *p = sb_room(sb, n);

	if (!p)
		return -1;
	if (n)
		memcpy(p, bytes, n);
	sb_took(sb, n);
	return 0;
}
/* Append one byte; likewise. */
static inline int sb_addc(struct sb *sb, char c)
{
	char *p = sb_room(sb, 1);

	if (!p)
		return -1;
	*p = c;
	sb_took(sb, 1);
	return 0;
}
/* Append a terminated string; likewise. */
int sb_adds(struct sb *sb, const char *s);
/* Append as printf(3) does; likewise. */
int sb_addf(struct sb *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Append as a JSON string with its quotes (RFC 8259); bytes that are not UTF-8 become U+FFFD. */
int sb_json(struct sb *sb, struct str s);
/* The content as a terminated string, "" when nothing was added. */
const char *sb_cstr(const struct sb *sb);
/* The content as a slice. */
struct str sb_str(const struct sb *sb);

#endif
