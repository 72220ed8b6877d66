/* SPDX-License-Identifier: MIT */
/* Texts with places for values: "{device}: {value}"; "{{" is a bracket. */
#ifndef SIT_BASE_TEMPLATE_H
#define SIT_BASE_TEMPLATE_H

#include "base/base.h"
#include "base/err.h"

/* The next piece of *s: 1 with the text, or 1 with *which >= 0, the place of a name among names (NULL ends), 0 at the end, -1: *text is no name of it. */
int template_piece(struct str *s, const char *const *names, struct str *text, int *which);
/* It holds nothing but text and the names; E_INPUT lists them. */
int template_check(struct str pattern, const char *const *names, struct err *e);

#endif
