/* SPDX-License-Identifier: MIT */
#include "keep/dbwork.h"

#include <grp.h>
#include <sys/stat.h>

#include "audit/sink.h"
#include "audit/trail.h"
#include "model/entity.h"
#include "os/clock.h"
#include "os/file.h"
#include "series/series.h"
#include "store/entity.h"
#include "store/model.h"
#include "store/org.h"
#include "store/schema.h"
#include "store/stats.h"
#include "task/orgs.h"

#define POLICIES_SINCE 5 /* version of the schema: organisations made before have none yet */
#define SYSTEM_FOLDER "/var/lib/sit"
#define SYSTEM_STORE SYSTEM_FOLDER "/sit.db"
#define SYSTEM_CONF_FOLDER "/etc/sit"
#define SYSTEM_CONF SYSTEM_CONF_FOLDER "/sit.conf"

/* ---- init ---- */

struct first {
	const struct init *how;
	const char *org;
};

static int first_org(struct db *db, void *arg, struct err *e)
{
	const struct first *f = arg;
	struct row row = { 0 };
	int tier, reads;
	struct trail trail = { .program = "sit-db" };
	struct audit a = { .at = clock_now(), .verb = STR("add"), .noun = STR("org"), .name = str_of(f->org) };
	int rc;

	if (f->how->for_tests && meta_put(db, "test", "1", e) < 0)
		return -1;
	row.cell[entity_key(&org_entity)] = CELL_OF_TEXT(str_of(f->org));
	row_mark(&row, (size_t)entity_key(&org_entity));
	tier = entity_field(&org_entity, STR("tier"));
	row.cell[tier] = CELL_OF_TEXT(STR("unlimited")); /* whose store it is limits themselves, if they like */
	reads = entity_field(&org_entity, STR("audit_reads"));
	row.cell[reads] = CELL_OF_TEXT(str_of(org_entity.field[reads].def));
	if (entity_insert(db, &org_entity, &row, clock_now(), e) < 0 || meta_put(db, "default_org", f->org, e) < 0)
		return -1;
	a.org = row.id;
	rc = trail_add(db, &trail, &a, e);
	trail_done(&trail);
	return rc < 0 ? -1 : policy_ship(db, 0, e);
}

/* /var/lib/sit for user and group sit (2770) and a configuration that names the store. */
static int prepare_system(struct err *e)
{
	struct group *grp = getgrnam("sit");
	struct file *f;

	if (geteuid() != 0)
		return err_set(e, E_DENIED, "--system needs root");
	if (!grp)
		return err_set(e, E_NOTFOUND, "no group \"sit\": make it first (groupadd --system sit)");
	if (folder_make(SYSTEM_FOLDER, 0755, e) < 0 || folder_make(SYSTEM_CONF_FOLDER, 0755, e) < 0)
		return -1;
	if (chown(SYSTEM_FOLDER, 0, grp->gr_gid) != 0 || chmod(SYSTEM_FOLDER, 02770) != 0)
		return err_errno(e, errno, SYSTEM_FOLDER);
	if (access(SYSTEM_CONF, F_OK) == 0)
		return 0;
	if (file_begin(SYSTEM_CONF, 0644, &f, e) < 0)
		return -1;
	(void)fputs("# Settings of sit(1) for this machine.\ndb = " SYSTEM_STORE "\n", file_stream(f));
	if (file_commit(f, e) < 0)
		return -1;
	return chmod(SYSTEM_CONF, 0644) == 0 ? 0 : err_errno(e, errno, SYSTEM_CONF); /* for all, whatever root's umask is */
}

static int share_with_group(struct err *e)
{
	struct group *grp = getgrnam("sit");

	if (grp && (chown(SYSTEM_STORE, (uid_t)-1, grp->gr_gid) != 0 || chmod(SYSTEM_STORE, 0660) != 0))
		return err_errno(e, errno, SYSTEM_STORE);
	return 0;
}

int dbwork_init(const struct init *how, struct sb *path, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	AUTO(db_closep) struct db *db = NULL;
	const char *org = setting(how->settings, SET_ORG), *url = setting(how->settings, SET_DB);
	struct first f = { how, org ? org : "default" };
	struct arena a = ARENA_INIT(4096);
	struct time_ctx when = { 0 };
	struct cell name;
	int rc;

	if (settings_check(how->settings, e) < 0)
		return -1;
	rc = entity_value(org_entity.field + entity_key(&org_entity), str_of(f.org), &when, &a, &name, e);
	arena_done(&a);
	if (rc < 0)
		return -1;
	if (how->for_system) {
		url = SYSTEM_STORE;
		if (prepare_system(e) < 0)
			return -1;
	} else if (db_url_file(url)) {
		if (path_folder(db_url_file(url), &folder) < 0 || folder_make(sb_cstr(&folder), 0700, e) < 0)
			return -1;
	}
	if (db_open(url, DB_CREATE, &store_schema, &db, e) < 0)
		return -1;
	sb_adds(path, db_path(db));
	if (db_migrate(db, NULL, NULL, e) < 0 || sinks_begin(db, setting(how->settings, SET_AUDIT), NULL, NULL, e) < 0 ||
	    db_write(db, false, first_org, &f, e) < 0 || series_months_ahead(db, clock_now(), e) < 0) {
		db_discard(db);
		db = NULL;
		return -1;
	}
	return how->for_system ? share_with_group(e) : 0;
}

/* ---- migrate ---- */

struct migrating {
	struct out *out;
	struct err *e;
	int rc;
};

static void migrated(int version, const char *name, void *arg)
{
	struct migrating *m = arg;
	struct cell cells[] = { CELL_OF_INT(version), CELL_OF_TEXT(str_of(name)) };

	if (m->rc == 0)
		m->rc = out_rec(m->out, cells, m->e);
}

int dbwork_migrate(struct db *db, struct out *out, struct err *e)
{
	struct migrating m = { out, e, 0 };
	int have, known;

	db_mover(db, series_adopt);
	if (db_version(db, &have, &known, e) < 0 || db_migrate(db, migrated, &m, e) < 0 || m.rc < 0 ||
	    series_months_ahead(db, clock_now(), e) < 0)
		return -1;
	return have < POLICIES_SINCE ? orgs_furnish(db, 0, e) : 0;
}

/* ---- check ---- */

struct checking {
	struct out *out;
	struct err *e;
	int rc;
	size_t bad;
};

static void finding(const char *what, void *arg)
{
	struct checking *c = arg;
	struct cell cell = CELL_OF_TEXT(str_of(what));

	c->bad++;
	if (c->rc == 0)
		c->rc = out_rec(c->out, &cell, c->e);
}

int dbwork_findings(struct db *db, void (*bad)(const char *what, void *arg), void *arg, struct err *e)
{
	if (db_check(db, bad, arg, e) < 0 || stats_check_words(db, bad, arg, e) < 0)
		return -1;
	return series_check(db, bad, arg, e);
}

int dbwork_check(struct db *db, struct out *out, struct err *e)
{
	struct checking c = { out, e, 0, 0 };

	if (dbwork_findings(db, finding, &c, e) < 0 || c.rc < 0)
		return -1;
	return c.bad ? err_set(e, E_ANSWER, "%zu findings", c.bad) : 0;
}

/* ---- stats ---- */

const struct field dbwork_stats_fields[] = {
	{ .name = "schema", .kind = FIELD_INT, .help = "version of the schema" },
	{ .name = "orgs", .kind = FIELD_INT, .help = "organisations" },
	{ .name = "sites", .kind = FIELD_INT, .help = "sites" },
	{ .name = "models", .kind = FIELD_INT, .help = "models" },
	{ .name = "devices", .kind = FIELD_INT, .help = "devices" },
	{ .name = "datapoints", .kind = FIELD_INT, .help = "datapoint definitions" },
	{ .name = "series", .kind = FIELD_INT, .help = "series that have points" },
	{ .name = "points", .kind = FIELD_INT, .help = "points" },
	{ .name = "runs", .kind = FIELD_INT, .help = "runs of points that are not packed yet" },
	{ .name = "chunks", .kind = FIELD_INT, .help = "packed points, by about a thousand" },
	{ .name = "oldest", .kind = FIELD_TIME, .help = "time of the oldest point" },
	{ .name = "newest", .kind = FIELD_TIME, .help = "time of the newest point" },
	{ .name = "quarantined", .kind = FIELD_INT, .help = "points in quarantine" },
	{ .name = "audit", .kind = FIELD_INT, .help = "rows of the audit trail" },
	{ .name = "bytes", .kind = FIELD_INT, .help = "bytes of the store's file" },
	{ .name = "bytes_per_point", .kind = FIELD_REAL, .help = "the same, shared out among the points" },
	{ .name = "free_bytes", .kind = FIELD_INT, .help = "of them free for reuse" },
	{ .name = "wal_bytes", .kind = FIELD_INT, .help = "bytes of the write-ahead log beside it" },
};
const size_t dbwork_stats_count = COUNT(dbwork_stats_fields);

int dbwork_stats(struct db *db, struct out *out, struct err *e)
{
	struct cell cells[COUNT(dbwork_stats_fields)], *c = cells;
	int64_t n[STAT_N];
	struct series_stats s;
	struct db_size size;
	int have, known;

	if (db_version(db, &have, &known, e) < 0 || stats_count(db, n, e) < 0 || series_stats(db, NULL, &s, e) < 0 ||
	    db_size(db, &size, e) < 0)
		return -1;
	*c++ = CELL_OF_INT(have);
	for (size_t i = STAT_ORGS; i <= STAT_DATAPOINTS; i++)
		*c++ = CELL_OF_INT(n[i]);
	*c++ = CELL_OF_INT(s.series);
	*c++ = CELL_OF_INT(s.points);
	*c++ = CELL_OF_INT(s.runs);
	*c++ = CELL_OF_INT(s.chunks);
	*c++ = s.points ? CELL_OF_TIME(s.oldest) : CELL_OF_NULL;
	*c++ = s.points ? CELL_OF_TIME(s.newest) : CELL_OF_NULL;
	*c++ = CELL_OF_INT(n[STAT_QUARANTINED]);
	*c++ = CELL_OF_INT(n[STAT_AUDIT]);
	*c++ = CELL_OF_INT(size.pages * size.page_bytes);
	*c = (struct cell){ .type = CELL_REAL, .decimals = 3, .r = s.points ? (double)(size.pages * size.page_bytes) / (double)s.points : 0 };
	c++;
	*c++ = CELL_OF_INT(size.free_pages * size.page_bytes);
	*c = CELL_OF_INT(size.wal_bytes);
	return out_rec(out, cells, e);
}

/* ---- stats by organisation and device ---- */

/* clang-format off */
#define BY_REST \
	{ .name = "series", .kind = FIELD_INT, .help = "series that have points" }, \
	{ .name = "points", .kind = FIELD_INT, .help = "points" }, \
	{ .name = "runs", .kind = FIELD_INT, .help = "runs not packed yet that hold some of them" }, \
	{ .name = "chunks", .kind = FIELD_INT, .help = "packed points, by about a thousand" }, \
	{ .name = "oldest", .kind = FIELD_TIME, .help = "time of the oldest point" }, \
	{ .name = "newest", .kind = FIELD_TIME, .help = "time of the newest point" }, \
	{ .name = "bytes", .kind = FIELD_INT, .help = "bytes of the points in runs and chunks" }, \
	{ .name = "bytes_per_point", .kind = FIELD_REAL, .help = "the same, shared out among the points" }
/* clang-format on */

const struct field dbwork_by_org_fields[] = {
	{ .name = "org", .kind = FIELD_TEXT, .help = "organisation" },
	BY_REST,
};
const size_t dbwork_by_org_count = COUNT(dbwork_by_org_fields);

const struct field dbwork_by_device_fields[] = {
	{ .name = "org", .kind = FIELD_TEXT, .help = "organisation" },
	{ .name = "device", .kind = FIELD_TEXT, .help = "device" },
	BY_REST,
};
const size_t dbwork_by_device_count = COUNT(dbwork_by_device_fields);

static int print_by(const struct stats_thing *t, bool device, const struct series_stats *s, struct out *out, struct err *e)
{
	struct cell cells[COUNT(dbwork_by_device_fields)], *c = cells;

	*c++ = CELL_OF_TEXT(sb_str(&t->org));
	if (device)
		*c++ = CELL_OF_TEXT(sb_str(&t->device));
	*c++ = CELL_OF_INT(s->series);
	*c++ = CELL_OF_INT(s->points);
	*c++ = CELL_OF_INT(s->runs);
	*c++ = CELL_OF_INT(s->chunks);
	*c++ = s->points ? CELL_OF_TIME(s->oldest) : CELL_OF_NULL;
	*c++ = s->points ? CELL_OF_TIME(s->newest) : CELL_OF_NULL;
	*c++ = CELL_OF_INT(s->bytes);
	*c = (struct cell){ .type = CELL_REAL, .decimals = 3, .r = s->points ? (double)s->bytes / (double)s->points : 0 };
	return out_rec(out, cells, e);
}

/* One thing at a time, so that no snapshot lives while a record is printed. */
static int stats_by(struct db *db, bool device, struct out *out, struct err *e)
{
	struct stats_thing t = { .org = SB_INIT(PATH_MAX), .device = SB_INIT(PATH_MAX) };
	struct series_stats s;
	int got;

	while ((got = stats_next(db, device, &t, e)) > 0) {
		const struct series_of of = { device ? 0 : t.id, device ? t.id : 0 };

		if (series_stats(db, &of, &s, e) < 0 || print_by(&t, device, &s, out, e) < 0) {
			got = -1;
			break;
		}
	}
	sb_done(&t.org);
	sb_done(&t.device);
	return got < 0 ? -1 : series_damage(db, e);
}

int dbwork_stats_by_org(struct db *db, struct out *out, struct err *e)
{
	return stats_by(db, false, out, e);
}

int dbwork_stats_by_device(struct db *db, struct out *out, struct err *e)
{
	return stats_by(db, true, out, e);
}
