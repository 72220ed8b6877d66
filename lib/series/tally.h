/* SPDX-License-Identifier: MIT */
/* Inside room series: how much there is of each device of a lane, from the headers of runs and chunks, read once for all of them. */
#ifndef SIT_SERIES_TALLY_H
#define SIT_SERIES_TALLY_H

#include "series/runs.h"

/* Inside a snapshot: add what there is of the device. Exact; series that have late points or some below their floor are read for that. */
int tally_device(struct engine *en, int64_t device, struct series_stats *s, struct err *e);
/* The stretch of time of s also has these two instants. */
void stats_widen(struct series_stats *s, int64_t oldest, int64_t newest);
/* Inside a snapshot: add the points of one series by reading them. */
int stats_scan(struct db *db, int64_t series, struct series_stats *s, struct err *e);

#endif
