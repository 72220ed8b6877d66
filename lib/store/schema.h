/* SPDX-License-Identifier: MIT */
/* The schema of a store: migrations and the tables that belong to organisations. Documented for people in sit-db(1). */
#ifndef SIT_STORE_SCHEMA_H
#define SIT_STORE_SCHEMA_H

#include "db/db.h"

extern const struct db_schema store_schema;

#endif
