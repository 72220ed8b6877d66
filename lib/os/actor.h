/* SPDX-License-Identifier: MIT */
/* Who runs this process, for the audit trail. */
#ifndef SIT_OS_ACTOR_H
#define SIT_OS_ACTOR_H

#include "base/base.h"

/* "anna(1000)"; after sudo "root(0) sudo anna". Control characters of the environment are not copied. */
void actor_name(char *buf, size_t size);
/* "sit-site on host tty pts/3" or "… no tty". */
void actor_origin(const char *program, char *buf, size_t size);

#endif
