/* SPDX-License-Identifier: MIT */
/* What a point in quarantine is: a record, and as a noun of its own, so that filters of sit-selectors(7) work on it. */
#ifndef SIT_MODEL_WAITING_H
#define SIT_MODEL_WAITING_H

#include "model/entity.h"

/* Columns of the table of the same name, the id first. */
extern const struct field waiting_fields[];
extern const size_t waiting_count;
extern const struct entity waiting_entity;

#endif
