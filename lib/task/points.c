/* SPDX-License-Identifier: MIT */
#include "task/points.h"

#include "series/series.h"
#include "store/alarm.h"
#include "store/definition.h"

int points_drop_definitions(struct db *db, const char *owner, int64_t id, struct err *e)
{
	return definition_drop(db, strcmp(owner, "model") == 0, id, e);
}

int points_ready(struct db *db, struct err *e)
{
	return series_ready(db, e) < 0 ? -1 : alarm_ready(db, e);
}

int points_purge(struct db *db, int64_t device, struct err *e)
{
	int64_t n;

	return series_purge(db, device, &n, e) < 0 ? -1 : alarm_purge(db, device, e);
}

int points_of_definition(struct db *db, int64_t datapoint, int64_t *n, struct err *e)
{
	return definition_series(db, datapoint, n, e);
}
