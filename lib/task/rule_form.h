/* SPDX-License-Identifier: MIT */
/* When a rule has become another one. */
#ifndef SIT_TASK_RULE_FORM_H
#define SIT_TASK_RULE_FORM_H

#include "base/err.h"
#include "model/entity.h"

#define RULE_FORM 16
/* Digest of what a rule is computed with, as hexadecimal digits: one with another is another rule, and ends what this one has raised. */
int rule_form(const struct row *row, char out[RULE_FORM + 1], struct err *e);

#endif
