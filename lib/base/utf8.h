/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef SIT_BASE_UTF8_H
#define SIT_BASE_UTF8_H

#include "base/base.h"

/* Bytes of the well-formed character at p (1 to 4), 0 if there is none within n bytes. */
size_t utf8_len(const char *p, size_t n);
/* The code point of a character that utf8_len() accepted. */
uint32_t utf8_code(const char *p, size_t len);
/* All of it is well-formed and holds no NUL. */
bool utf8_valid(struct str s);
/* Columns it takes on a terminal, control characters counted as they are escaped (\x1b = 4). */
size_t utf8_width(struct str s);
/* A control character (C0, DEL, C1) or a bidirectional override: must not reach a terminal raw. */
bool utf8_is_hostile(uint32_t code);
/* A line for people may hold a device's text: what is hostile, and bytes that are no UTF-8, become '?' in place. */
void utf8_defuse(char *s);

#endif
