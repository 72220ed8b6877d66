/* SPDX-License-Identifier: MIT */
/* The heap of a short program. */
#ifndef SIT_OS_MEMORY_H
#define SIT_OS_MEMORY_H

#include "base/base.h"

/*
 * Have the first pages of the heap made in one go instead of one fault each: in a virtual machine a fault took 11 microseconds and a short program
 * has a hundred of them. Call it first; where the system cannot do it nothing happens.
 */
void memory_ready(void);
/* From now on there is a secret in memory: no core of it is written, and nobody but root may look into it. */
void memory_private(void);

#endif
