/* SPDX-License-Identifier: MIT */
/*
 * Spreadsheets take a cell that begins with = + - @, a tab or a CR for a formula, also one out of a file of CSV, and what a device sent
 * must not run there. Such a text gets an apostrophe before it; one that has apostrophes before such a byte already gets one more, so
 * that taking one away gives every text back.
 */
#ifndef SIT_CODEC_GUARD_H
#define SIT_CODEC_GUARD_H

#include "base/base.h"

/* The text wants an apostrophe. */
bool guard_wanted(struct str s);
/* The text has one that guard_wanted() asked for: its first byte. */
bool guard_is(struct str s);

#endif
