/* SPDX-License-Identifier: MIT */
/* Inside room judge: what a value, or the time, says about a rule's condition. */
#ifndef SIT_JUDGE_VERDICT_H
#define SIT_JUDGE_VERDICT_H

#include "judge/judge.h"

/* A newer value of an input (usable, or VALUE_NULL): sets j->set, keep, level, and keeps it as the newest. */
void verdict_value(const struct judge *g, struct judged *j, size_t input, int64_t ts, const struct value *v);
/* Inputs older than the gap at t expire; true when some did. */
bool verdict_expire(const struct judge *g, struct judged *j, int64_t t);
/* When the next one does. */
int64_t verdict_expires(const struct rule *r, const struct judged *j);
/* What holds at t. */
enum judged_verdict verdict_now(const struct rule *r, const struct judged *j, int64_t t);
/* Of no_data: when the silence is too long, or reaches the next rung of the ladder after j->at. INT64_MAX of others. */
int64_t verdict_silence(const struct rule *r, const struct judged *j);
/* Of no_data: the severity that the silence calls for at t; else j->level. */
enum severity verdict_level(const struct rule *r, const struct judged *j, int64_t t);
/* The newest value of the first input, for changes. */
struct value verdict_shown(const struct rule *r, const struct judged *j);

#endif
