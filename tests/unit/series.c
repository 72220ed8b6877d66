/* SPDX-License-Identifier: MIT */
#include "base/base.h"
#include "series/series.h"
#include "store/schema.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <sys/stat.h>
#include <cmocka.h>

/* Each test has a store with an organisation (1) that works, another (2), and a device of each (1, 2). */
static char dir[64], path[96];
static struct db *db;
static int64_t series;

static const char estate[] =
	"INSERT INTO org (id, name, created) VALUES (1, 'ours', 0), (2, 'theirs', 0);"
	"INSERT INTO device (id, org_id, name, type, enabled, created)"
	" VALUES (1, 1, 'meter', 'smart_sensor', 1, 0), (2, 2, 'other', 'smart_sensor', 1, 0);";

#define OK(call)                                                                                                               \
	do {                                                                                                                   \
		struct err e = { 0 };                                                                                          \
		if ((call) < 0)                                                                                                \
			fail_msg("%s: %s", #call, e.msg);                                                                      \
	} while (0)

static int no_row(struct stmt *st, void *arg, struct err *e)
{
	(void)st;
	(void)arg;
	(void)e;
	return 0;
}

static int make_one(struct db *d, void *arg, struct err *e)
{
	struct series_wanted w = { 1, str_of(arg), 0 };

	if (series_make(d, &w, 1, e) < 0)
		return -1;
	series = w.id;
	return 0;
}

/* The other organisation has a point of its own. */
static int their_point(struct db *d, void *arg, struct err *e)
{
	struct point p = { .ts = 5, .value = { .type = VALUE_NUMBER, .num = 1.5 } };
	struct series_wanted w = { 2, STR("power"), 0 };
	enum outcome out;

	(void)arg;
	if (series_make(d, &w, 1, e) < 0)
		return -1;
	p.series = w.id;
	return series_append(d, &p, 1, false, 0, 1000, &out, e);
}

static int set_up(void **state)
{
	static const int64_t ours[] = { 1 }, theirs[] = { 2 };
	char name[] = "energy";

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/sit-series-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	OK(db_open(path, DB_CREATE, &store_schema, &db, &e));
	OK(db_migrate(db, NULL, NULL, &e));
	OK(db_foreign(db, estate, true, no_row, NULL, &e));
	db_close(db);
	OK(db_open(path, DB_WRITE, &store_schema, &db, &e));
	OK(db_scope_set(db, 2, "theirs", theirs, 1, &e));
	OK(series_ready(db, &e));
	OK(db_write(db, false, their_point, NULL, &e));
	db_close(db);
	OK(db_open(path, DB_WRITE, &store_schema, &db, &e));
	OK(db_scope_set(db, 1, "ours", ours, 1, &e));
	OK(series_ready(db, &e));
	OK(db_write(db, false, make_one, name, &e));
	return 0;
}

static int tear_down(void **state)
{
	struct dirent *d;
	DIR *list;

	(void)state;
	db_close(db);
	db = NULL;
	list = opendir(dir);
	while (list && (d = readdir(list)))
		(void)unlinkat(dirfd(list), d->d_name, 0);
	(void)closedir(list);
	return rmdir(dir);
}

/* ---- append, as a transaction of its own ---- */

struct batch {
	const struct point *p;
	size_t n;
	bool keep_last;
	enum outcome outcome[16];
	enum outcome *out; /* NULL: outcome */
};

static int append_batch(struct db *d, void *arg, struct err *e)
{
	struct batch *b = arg;

	return series_append(d, b->p, b->n, b->keep_last, 0, 1000, b->out ? b->out : b->outcome, e);
}

static struct batch append(const struct point *p, size_t n, bool keep_last)
{
	struct batch b = { .p = p, .n = n, .keep_last = keep_last };

	OK(db_write(db, false, append_batch, &b, &e));
	return b;
}

static struct point number(int64_t ts, double v)
{
	return (struct point){ .series = series, .ts = ts, .value = { .type = VALUE_NUMBER, .num = v } };
}

static const struct range always = { TIME_MIN, TIME_MAX };

/* All points of a range; text into `text`. */
static size_t scan(const struct range *r, bool down, struct point *out, size_t most, struct sb *text)
{
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	struct err e = { 0 };
	struct point p;
	size_t n = 0;
	int got;

	assert_int_equal(series_scan(db, series, r, down, &s, &e), 0);
	while ((got = series_next(s, &p, &e)) > 0) {
		assert_true(n < most);
		if (p.value.txt.ptr) {
			size_t at = text->len;

			assert_int_equal(sb_add(text, p.value.txt.ptr, p.value.txt.len), 0);
			p.value.txt.ptr = text->buf + at; /* callers give text a buffer that does not move */
		}
		out[n++] = p;
	}
	assert_int_equal(got, 0);
	return n;
}

/* Corrections kept, points (and rows that hold any) that the organisation has, runs as they were written, or newest points that are in a row of their own. */
static int64_t count(const char *what)
{
	static const struct {
		const char *what;
		struct sql sql;
	} q[] = {
		{ "correction", { "SELECT COUNT(*) FROM correction", NULL } },
		{ "point",
		  { "SELECT (SELECT COALESCE(SUM(points), 0) FROM lane) + (SELECT COUNT(*) FROM point_run) + (SELECT COUNT(*) FROM chunk)", NULL } },
		{ "fresh run", { "SELECT COUNT(*) FROM point_run WHERE merged = 0", NULL } },
		{ "latest", { "SELECT COUNT(*) FROM latest", NULL } },
	};
	AUTO(stmt_resetp) struct stmt *st = NULL;
	struct err e = { 0 };
	size_t i = 0;

	while (strcmp(q[i].what, what) != 0)
		i++;
	assert_int_equal(db_stmt(db, &q[i].sql, &st, &e), 0);
	assert_int_equal(stmt_step(st, &e), 1);
	return stmt_int(st, 0);
}

static void test_series_by_name(void **state)
{
	char name[] = "power", again[] = "energy";
	int64_t id, first = series;

	(void)state;
	OK(series_find(db, 1, STR("energy"), &id, &e));
	assert_int_equal(id, first);
	OK(series_find(db, 1, STR("power"), &id, &e));
	assert_int_equal(id, 0);
	OK(db_write(db, false, make_one, again, &e));
	assert_int_equal(series, first);
	OK(db_write(db, false, make_one, name, &e));
	assert_int_not_equal(series, first);
	/* Another organisation's series is not there. */
	OK(series_find(db, 2, STR("power"), &id, &e));
	assert_int_equal(id, 0);
}

static int join_names(int64_t id, struct str name, void *arg, struct err *e)
{
	(void)id;
	(void)e;
	return sb_addf(arg, "%.*s ", STR_ARG(name));
}

static void test_each(void **state)
{
	AUTO(sb_done) struct sb all = SB_INIT(1000);
	char b[] = "beta", a[] = "Alpha";

	(void)state;
	OK(db_write(db, false, make_one, b, &e));
	OK(db_write(db, false, make_one, a, &e));
	OK(series_each(db, 1, join_names, &all, &e));
	OK(series_each(db, 2, join_names, &all, &e));
	assert_string_equal(sb_cstr(&all), "Alpha beta energy ");
}

static void test_keep_first(void **state)
{
	const struct point first = number(10, 1), other = number(10, 2);
	struct point got[4];
	struct batch b;

	(void)state;
	b = append(&first, 1, false);
	assert_int_equal(b.outcome[0], OUTCOME_STORED);
	b = append(&first, 1, false);
	assert_int_equal(b.outcome[0], OUTCOME_DUPLICATE);
	b = append(&other, 1, false);
	assert_int_equal(b.outcome[0], OUTCOME_CONFLICT);
	assert_int_equal(scan(&always, false, got, 4, NULL), 1);
	assert_true(got[0].value.num == 1);
	assert_int_equal(count("correction"), 0);
}

static void test_keep_last(void **state)
{
	const struct point first = number(10, 1), other = number(10, 2);
	struct point got[4];
	struct batch b;

	(void)state;
	append(&first, 1, true);
	b = append(&other, 1, true);
	assert_int_equal(b.outcome[0], OUTCOME_CORRECTED);
	b = append(&other, 1, true);
	assert_int_equal(b.outcome[0], OUTCOME_DUPLICATE);
	assert_int_equal(scan(&always, false, got, 4, NULL), 1);
	assert_true(got[0].value.num == 2);
	assert_int_equal(count("correction"), 1);
}

/* Within a batch as between batches: 10:1 10:1 10:2 10:1, in that order, whatever lies between. */
static void test_within_a_batch(void **state)
{
	const struct point p[] = { number(10, 1), number(7, 9), number(10, 1), number(10, 2), number(10, 1) };
	static const enum outcome first[] = { OUTCOME_STORED, OUTCOME_STORED, OUTCOME_DUPLICATE, OUTCOME_CONFLICT,
					      OUTCOME_DUPLICATE };
	static const enum outcome last[] = { OUTCOME_DUPLICATE, OUTCOME_DUPLICATE, OUTCOME_DUPLICATE, OUTCOME_CORRECTED,
					     OUTCOME_CORRECTED };
	struct point got[4];
	struct batch b;

	(void)state;
	b = append(p, COUNT(p), false);
	assert_memory_equal(b.outcome, first, sizeof(first));
	b = append(p, COUNT(p), true);
	assert_memory_equal(b.outcome, last, sizeof(last));
	assert_int_equal(count("correction"), 2);
	assert_int_equal(scan(&always, false, got, 4, NULL), 2);
	assert_int_equal(got[0].ts, 7); /* late points find their place */
	assert_true(got[1].value.num == 1);
}

/* Quality and raw belong to what is compared. */
static void test_differences(void **state)
{
	struct point p = number(10, 1);

	(void)state;
	append(&p, 1, false);
	p.quality = QUALITY_SUSPECT;
	assert_int_equal(append(&p, 1, false).outcome[0], OUTCOME_CONFLICT);
	p = number(10, 1);
	p.has_raw = true;
	p.raw = 1000;
	assert_int_equal(append(&p, 1, false).outcome[0], OUTCOME_CONFLICT);
	p = number(10, -0.0);
	p.ts = 11;
	append(&p, 1, false);
	p.value.num = 0.0;
	assert_int_equal(append(&p, 1, false).outcome[0], OUTCOME_CONFLICT);
}

static void test_every_kind_of_value(void **state)
{
	char room[256];
	struct sb text = { .buf = room, .cap = sizeof(room), .max = sizeof(room) - 1 };
	const struct point p[] = {
		number(1, -0.0),
		number(2, 0.1),
		number(3, 5e-324),
		number(4, 9007199254740992),
		{ series, 5, { VALUE_BOOL, 1, { NULL, 0 } }, QUALITY_GOOD, false, 0 },
		{ series, 6, { VALUE_STRING, 0, STR("Gr\xc3\xbc\xc3\x9f" "e; DROP") }, QUALITY_GOOD, false, 0 },
		{ series, 7, { VALUE_STRING, 0, STR("") }, QUALITY_SUSPECT, false, 0 },
		{ series, 8, { VALUE_LOCATION, 0, STR("{\"lat\":1,\"lon\":2}") }, QUALITY_GOOD, false, 0 },
		{ series, 9, { VALUE_NULL, 0, { NULL, 0 } }, QUALITY_BAD, true, -3.5 },
	};
	struct point got[COUNT(p)];

	(void)state;
	append(p, COUNT(p), false);
	assert_int_equal(scan(&always, false, got, COUNT(got), &text), COUNT(p));
	for (size_t i = 0; i < COUNT(p); i++) {
		assert_int_equal(got[i].ts, p[i].ts);
		assert_int_equal(got[i].series, series);
		assert_true(point_same(got + i, p + i));
	}
	assert_true(signbit(got[0].value.num));
}

static void test_latest(void **state)
{
	const struct point p[] = { number(20, 2), number(10, 1),
				   { series, 30, { VALUE_NULL, 0, { NULL, 0 } }, QUALITY_BAD, false, 0 },
				   { series, 40, { VALUE_STRING, 0, STR("idle") }, QUALITY_GOOD, false, 0 } };
	AUTO(sb_done) struct sb text = SB_INIT(1000);
	struct err e = { 0 };
	struct point got;

	(void)state;
	assert_int_equal(series_latest(db, series, &got, &text, &e), 0);
	append(p, 3, false); /* a late one does not go back, one without value is none */
	assert_int_equal(series_latest(db, series, &got, &text, &e), 1);
	assert_int_equal(got.ts, 20);
	append(p + 3, 1, false);
	assert_int_equal(series_latest(db, series, &got, &text, &e), 1);
	assert_true(str_is(got.value.txt, "idle"));
}

/* Ranges are half-open; newest first is the same the other way round. */
static void test_ranges(void **state)
{
	const struct point p[] = { number(10, 1), number(20, 2), number(30, 3), number(40, 4) };
	const struct range r = { 20, 40 }, none = { 21, 30 };
	struct point got[4];

	(void)state;
	append(p, COUNT(p), false);
	assert_int_equal(scan(&r, false, got, 4, NULL), 2);
	assert_int_equal(got[0].ts, 20);
	assert_int_equal(got[1].ts, 30);
	assert_int_equal(scan(&r, true, got, 4, NULL), 2);
	assert_int_equal(got[0].ts, 30);
	assert_int_equal(scan(&none, false, got, 4, NULL), 0);
}

/* More than two pages, both ways; while the reader holds a scan, another point can be stored. */
static void test_pages(void **state)
{
	enum { N = 10001 };
	struct point *p = calloc(N, sizeof(*p)), *got = calloc(N + 1, sizeof(*got)), next;
	enum outcome *out = calloc(N, sizeof(*out));
	AUTO(series_scan_freep) struct series_scan *s = NULL;
	struct batch b = { .p = p, .n = N, .out = out };

	(void)state;
	for (int i = 0; i < N; i++)
		p[i] = number((int64_t)((i * 7919) % N) * 1000, i); /* 7919 is prime to N: every instant once, in no order */
	OK(db_write(db, false, append_batch, &b, &e));
	assert_int_equal(scan(&always, false, got, N + 1, NULL), N);
	for (int i = 0; i < N; i++)
		assert_int_equal(got[i].ts, (int64_t)i * 1000);
	assert_int_equal(scan(&always, true, got, N + 1, NULL), N);
	for (int i = 0; i < N; i++)
		assert_int_equal(got[i].ts, (int64_t)(N - 1 - i) * 1000);
	OK(series_scan(db, series, &always, false, &s, &e));
	OK(series_next(s, &next, &e));
	next = number(1, 1);
	append(&next, 1, false);
	free(p);
	free(got);
	free(out);
}

/* ---- aggregate ---- */

struct buckets {
	struct bucket b[8];
	size_t n;
};

static int keep_bucket(const struct bucket *b, void *arg, struct err *e)
{
	struct buckets *all = arg;

	(void)e;
	assert_true(all->n < COUNT(all->b));
	all->b[all->n++] = *b;
	return 0;
}

static void aggregate(const struct range *r, const char *every, struct buckets *all)
{
	struct step step;

	all->n = 0;
	if (every)
		OK(step_parse(str_of(every), &step, &e));
	OK(series_aggregate(db, series, r, every ? &step : NULL, NULL, true, keep_bucket, all, &e));
}

#define H US_PER_HOUR
#define M US_PER_MIN

/*
 * A register: 00:00 100, 00:30 103, 01:15 110, (02:00 bad), 03:00 111, 03:59 115. Hours 0, 1 and 3; deltas 3 (from its own
 * first value), 7, 5: together 15, that of the whole.
 */
static void test_aggregate(void **state)
{
	struct point p[] = { number(0, 100), number(30 * M, 103), number(H + 15 * M, 110), number(2 * H, 1e6), number(3 * H, 111),
			     number(3 * H + 59 * M, 115) };
	static const double delta[] = { 3, 7, 5 }, sum[] = { 203, 110, 226 };
	static const int64_t start[] = { 0, H, 3 * H };
	const struct range part = { 30 * M, 3 * H + 1 };
	struct buckets all;

	(void)state;
	p[3].quality = QUALITY_BAD;
	append(p, COUNT(p), false);
	aggregate(&always, "1h", &all);
	assert_int_equal(all.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(all.b[i].start, start[i]);
		assert_true(bucket_cell(all.b + i, AGG_DELTA, 0).r == delta[i]);
		assert_true(bucket_cell(all.b + i, AGG_SUM, 0).r == sum[i]);
	}
	aggregate(&always, NULL, &all);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.b[0].count, 5);
	assert_true(bucket_cell(all.b, AGG_DELTA, 0).r == 15);
	/* Cut to a range: buckets keep their start, the first delta counts from the value ahead of the range. */
	aggregate(&part, "1h", &all);
	assert_int_equal(all.n, 3);
	assert_int_equal(all.b[0].start, 0);
	assert_int_equal(all.b[0].count, 1);
	assert_true(bucket_cell(all.b, AGG_DELTA, 0).r == 3);
	assert_int_equal(all.b[2].count, 1);
	assert_true(bucket_cell(all.b + 2, AGG_DELTA, 0).r == 1);
}

/* ---- delete and count ---- */

static int delete_range(struct db *d, void *arg, struct err *e)
{
	const struct range r = { 20, 40 };

	return series_delete(d, series, &r, arg, e);
}

static int purge(struct db *d, void *arg, struct err *e)
{
	return series_purge(d, 1, arg, e);
}

static void test_delete(void **state)
{
	const struct point p[] = { number(10, 1), number(20, 2), number(30, 3), number(40, 4) };
	const struct point other = number(10, 5);
	struct series_stats stats;
	struct point got[4];
	int64_t n, id;

	(void)state;
	append(p, COUNT(p), false);
	append(&other, 1, true);
	OK(series_stats(db, &(struct series_of){ .device = 1 }, &stats, &e));
	assert_int_equal(stats.points, 4);
	OK(db_write(db, false, delete_range, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(scan(&always, false, got, 4, NULL), 2);
	assert_int_equal(got[1].ts, 40);
	OK(series_stats(db, NULL, &stats, &e)); /* of what is seen: not the other organisation's */
	assert_int_equal(stats.series, 1);
	assert_int_equal(stats.points, 2);
	assert_int_equal(stats.oldest, 10);
	assert_int_equal(stats.newest, 40);
	OK(db_write(db, false, purge, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(count("point"), 0);
	assert_int_equal(count("correction"), 0);
	OK(series_find(db, 1, STR("energy"), &id, &e));
	assert_int_equal(id, 0);
	OK(series_stats(db, NULL, &stats, &e));
	assert_int_equal(stats.oldest, 0);
}

static int compact_all(struct db *d, struct err *e)
{
	return series_compact(d, true, NULL, NULL, e);
}

static int64_t latest_ts(void)
{
	AUTO(sb_done) struct sb text = SB_INIT(1000);
	struct err e = { 0 };
	struct point got = { 0 };
	int rc = series_latest(db, series, &got, &text, &e);

	assert_true(rc >= 0);
	return rc ? got.ts : -1;
}

/* The newest value goes: deleted, out of a run of its own, or corrected to none, which only a merge sees. */
static void test_latest_goes_back(void **state)
{
	const struct point p[] = { number(10, 1), number(15, 2), number(30, 3) };
	const struct point none = { series, 15, { VALUE_NULL, 0, { NULL, 0 } }, QUALITY_BAD, false, 0 };
	int64_t n;

	(void)state;
	append(p, 2, false);
	append(p + 2, 1, false);
	assert_int_equal(latest_ts(), 30);
	OK(db_write(db, false, delete_range, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(latest_ts(), 15);
	OK(compact_all(db, &e));
	assert_int_equal(latest_ts(), 15);
	append(&none, 1, true);
	assert_int_equal(latest_ts(), 10);
	OK(compact_all(db, &e));
	assert_int_equal(latest_ts(), 10);
}

/* Ten lanes: enough series for that, of which one in each gets points. */
#define LANES 10

static int64_t in_lane[LANES];

static int make_lanes(struct db *d, void *arg, struct err *e)
{
	(void)arg;
	for (int i = 0; i < LANES * 256; i++) {
		char name[20];
		struct series_wanted w = { 1, { name, 0 }, 0 };

		w.name.len = (size_t)snprintf(name, sizeof(name), "s%d", i);
		if (series_make(d, &w, 1, e) < 0)
			return -1;
		in_lane[i / 256] = w.id;
	}
	return 0;
}

static bool tend_some(bool idle)
{
	bool more;

	OK(series_tend_some(db, idle, &more, &e));
	return more;
}

/* Lanes that become due one after the other: eight are worth a transaction, the others wait for more of them, or until there is time. */
static void test_tidied_in_step(void **state)
{
	int64_t runs;

	(void)state;
	OK(db_write(db, false, make_lanes, NULL, &e));
	for (int row = 0; row < 8; row++)
		for (int i = 0; i < LANES; i++) {
			struct point p = number(row, i);

			p.series = in_lane[i];
			append(&p, 1, false);
			runs = count("fresh run");
			(void)tend_some(false);
			assert_int_equal(count("fresh run"), row == 7 && i == 7 ? runs - 64 : runs);
		}
	assert_int_equal(count("fresh run"), 16);
	while (tend_some(true))
		;
	assert_int_equal(count("fresh run"), 0);
	/* The smallest merges leave the newest points where they are. */
	assert_int_equal(count("latest"), 0);
	series = in_lane[3];
	assert_int_equal(latest_ts(), 7);
	OK(compact_all(db, &e));
	assert_int_equal(count("latest"), LANES);
	assert_int_equal(latest_ts(), 7);
}

/* One lane is not worth a transaction by itself, but does not grow without end. */
static void test_one_lane_in_step(void **state)
{
	int64_t most = 0;

	(void)state;
	for (int row = 0; row < 100; row++) {
		struct point p = number(row, row);

		append(&p, 1, false);
		(void)tend_some(false);
		most = count("fresh run") > most ? count("fresh run") : most;
	}
	assert_int_equal(most, 23);
}

/* What a transaction wrote and read, and then took back, is not there for those that come after. */
static int append_and_look(struct db *d, void *arg, struct err *e)
{
	int64_t n;

	return append_batch(d, arg, e) < 0 ? -1 : series_count(d, series, &always, &n, e);
}

static void test_taken_back(void **state)
{
	const struct point first = number(10, 1), second = number(20, 2);
	static const int64_t ours[] = { 1 };
	struct batch b = { .p = &first, .n = 1 }, theirs = { .p = &second, .n = 1 };
	AUTO(db_closep) struct db *other = NULL;
	struct point got[4];

	(void)state;
	OK(db_write(db, true, append_and_look, &b, &e));
	assert_int_equal(scan(&always, false, got, 4, NULL), 0);
	/* Another process is given the number of the run that was taken back. */
	OK(db_open(path, DB_WRITE, &store_schema, &other, &e));
	OK(db_scope_set(other, 1, "ours", ours, 1, &e));
	OK(series_ready(other, &e));
	OK(db_write(other, false, append_batch, &theirs, &e));
	assert_int_equal(scan(&always, false, got, 4, NULL), 1);
	assert_int_equal(got[0].ts, 20);
	assert_int_equal(append(&first, 1, false).outcome[0], OUTCOME_STORED);
}

/* What is alike comes in columns, the rest point by point, and together they are the scan. */
static void test_columns(void **state)
{
	AUTO(series_scan_freep) struct series_scan *it = NULL;
	struct point p[12], got[12];
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	struct series_numbers some;
	struct err e = { 0 };
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(p); i++)
		p[i] = number((int64_t)i * 10, (double)i / 8);
	p[4].value = (struct value){ .type = VALUE_BOOL, .num = 1 };
	p[6].quality = p[7].quality = QUALITY_SUSPECT;
	p[9].has_raw = true;
	p[9].raw = 7;
	append(p, COUNT(p), true);
	assert_int_equal(scan(&always, false, got, COUNT(got), &text), COUNT(p));
	assert_int_equal(series_scan(db, series, &always, false, &it, &e), 0);
	assert_int_equal(series_ahead(&it, 1, &e), 0);
	for (;;) {
		struct point one = { 0 };
		int more;

		assert_int_equal(series_numbers(it, &some, &e), 0);
		for (size_t i = 0; i < some.n; i++, at++) {
			assert_int_equal(got[at].value.type, VALUE_NUMBER);
			assert_false(got[at].has_raw);
			assert_int_equal(got[at].quality, some.quality);
			assert_int_equal(got[at].ts, some.ts[i]);
			assert_true(got[at].value.num == some.num[i]);
		}
		if (some.n)
			continue;
		more = series_next(it, &one, &e);
		if (more == 0)
			break;
		assert_int_equal(more, 1);
		assert_true(at == 4 || at == 9);
		assert_true(one.ts == got[at].ts && point_same(&one, got + at));
		at++;
	}
	assert_int_equal(at, COUNT(p));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_series_by_name), TEST(test_each),  TEST(test_keep_first),  TEST(test_keep_last),
		TEST(test_within_a_batch), TEST(test_differences), TEST(test_every_kind_of_value), TEST(test_latest),
		TEST(test_ranges),	   TEST(test_pages), TEST(test_aggregate),   TEST(test_delete),
		TEST(test_latest_goes_back), TEST(test_tidied_in_step), TEST(test_one_lane_in_step), TEST(test_taken_back), TEST(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
