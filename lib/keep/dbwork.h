/* SPDX-License-Identifier: MIT */
/* Work on the store itself. */
#ifndef SIT_KEEP_DBWORK_H
#define SIT_KEEP_DBWORK_H

#include "audit/settings.h"
#include "db/db.h"
#include "rec/out.h"

struct init {
	const struct settings *settings;
	bool for_system, for_tests;
};

/* Make the store that the settings name (with system: /var/lib/sit/sit.db) and its first organisation; its path is appended. E_CONFLICT when it is there. */
int dbwork_init(const struct init *how, struct sb *path, struct err *e);
/* One record (version, name) per migration applied. */
int dbwork_migrate(struct db *db, struct out *out, struct err *e);
/* One record (finding) per fault; E_ANSWER when there is any. */
int dbwork_check(struct db *db, struct out *out, struct err *e);
/* The same without an emitter: bad() is called per fault. */
int dbwork_findings(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e);
struct compacting {
	bool all;	/* seal single points too */
	int64_t budget; /* microseconds; 0: to the end */
	bool finished;	/* out: there was time for all of it */
};
/* Make the store small beside its readers and writers: points into chunks, free pages back to the file system, the log into the store. */
int dbwork_compact(struct db *db, struct compacting *c, struct err *e);
extern const struct field dbwork_stats_fields[];
extern const size_t dbwork_stats_count;
/* One record: what is in the store. */
int dbwork_stats(struct db *db, struct out *out, struct err *e);
/* Points of each organisation, or (device) of each device that has any, a record each. */
extern const struct field dbwork_by_org_fields[], dbwork_by_device_fields[];
extern const size_t dbwork_by_org_count, dbwork_by_device_count;
int dbwork_stats_by_org(struct db *db, struct out *out, struct err *e);
int dbwork_stats_by_device(struct db *db, struct out *out, struct err *e);

/* Foreign SQL, run once; the rows of its results are kept in memory until printed. */
struct dbwork_sql;
/* text "-" reads standard input (up to 1 MiB). */
int dbwork_sql(struct db *db, const char *text, bool write, struct dbwork_sql **out, struct err *e);
/* The next result with columns: 1, or 0 when there is none. fields belong to the run. */
int dbwork_sql_result(struct dbwork_sql *run, const struct field **fields, size_t *n);
int dbwork_sql_print(struct dbwork_sql *run, struct out *out, struct err *e);
void dbwork_sql_free(struct dbwork_sql *run);
DEFINE_AUTO(dbwork_sql_freep, struct dbwork_sql *, dbwork_sql_free)

#endif
