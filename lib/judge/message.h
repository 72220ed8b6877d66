/* SPDX-License-Identifier: MIT */
/* Texts of alarms out of a template: "{device}: {value} is over {threshold}". */
#ifndef SIT_JUDGE_MESSAGE_H
#define SIT_JUDGE_MESSAGE_H

#include "base/sb.h"
#include "judge/judge.h"

/* The template holds nothing but text and the names {rule} {title} {device} {datapoint} {value} {threshold} {severity} {change}; "{{" is a bracket. E_INPUT. */
int message_check(struct str pattern, struct err *e);
/* Append the text of a change; that of the rule without one of its own is made of its condition. */
int message_print(const struct rule *r, struct str device, const struct change_of *c, struct sb *sb);
/* Append a value as text. */
int message_value(const struct value *v, struct sb *sb);

#endif
