/* SPDX-License-Identifier: MIT */
/* What a row of the trail is: a record, and as a noun of its own, so that filters of sit-selectors(7) work on it. */
#ifndef SIT_MODEL_AUDIT_H
#define SIT_MODEL_AUDIT_H

#include "model/entity.h"

/* Columns of the table of the same name, the id first. */
enum { A_ID, A_SEQ, A_AT, A_ACTOR, A_VERB, A_NOUN, A_NAME, A_OLD, A_NEW, A_MESSAGE, A_ORIGIN, A_ADDRESS, A_AGENT, A_SESSION, A_N };
extern const struct entity audit_entity;

/* As they are printed: those columns, organisation, digest, and what stands for the two parts. */
enum { A_ORG = A_N, A_HASH, A_WHO, A_WHAT, A_ALL };
extern const struct field audit_fields[];
extern const size_t audit_fields_count;

#endif
