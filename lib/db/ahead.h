/* SPDX-License-Identifier: MIT */
#ifndef SIT_DB_AHEAD_H
#define SIT_DB_AHEAD_H

/* The next $3 living devices of organisation $1 from name $2 on: read ahead, in one statement for many. */
#define DEVICES_AHEAD "SELECT * FROM device WHERE org_id = $1 AND name >= $2 AND retired IS NULL ORDER BY name LIMIT $3"

#endif
