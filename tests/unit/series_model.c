/* SPDX-License-Identifier: MIT */
/*
 * The engine against a naive model, a sorted array: random appends, corrections, deletions, floors, merges, compactions and reopenings give the same points and
 * the same books. A seed makes a run; SIT_MODEL_SEED repeats one, SIT_MODEL_SECONDS (3) says how long to try new ones.
 */
#include "base/base.h"
#include "os/clock.h"
#include "series/series.h"
#include "store/schema.h"

#include <dirent.h>
#include <setjmp.h>
#include <sys/stat.h>
#include <cmocka.h>

#define SERIES 5
#define BATCH 1500
#define START INT64_C(1767225600000000)

static char dir[64], path[96];
static struct db *db;
static struct db *reader; /* another process, which stays open and keeps what it read */
static uint64_t seed, state;
static int64_t id[SERIES];

struct model {
	struct point *p;
	size_t n, cap;
	int64_t floor, newest;
};
static struct model model[SERIES];

#define OK(call)                                                                                                               \
	do {                                                                                                                   \
		struct err e = { 0 };                                                                                          \
		if ((call) < 0)                                                                                                \
			fail_msg("seed %" PRIu64 ": %s: %s", seed, #call, e.msg);                                              \
	} while (0)
#define SAME(a, b)                                                                                                             \
	do {                                                                                                                   \
		if ((int64_t)(a) != (int64_t)(b))                                                                              \
			fail_msg("seed %" PRIu64 ": %s is %" PRId64 ", %s is %" PRId64, seed, #a, (int64_t)(a), #b, (int64_t)(b)); \
	} while (0)

/* xorshift64* (Vigna 2016) */
static uint64_t any(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

static int64_t upto(int64_t n)
{
	return (int64_t)(any() % (uint64_t)n);
}

/* ---- the model ---- */

static size_t find(const struct model *m, int64_t t)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (m->p[mid].ts < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static enum outcome put(struct model *m, const struct point *p, bool keep_last)
{
	size_t i = find(m, p->ts);

	if (p->ts < m->floor)
		return OUTCOME_EXPIRED;
	if (i < m->n && m->p[i].ts == p->ts) {
		if (point_same(m->p + i, p))
			return OUTCOME_DUPLICATE;
		if (keep_last)
			m->p[i] = *p;
		return keep_last ? OUTCOME_CORRECTED : OUTCOME_CONFLICT;
	}
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 1024;
		m->p = realloc(m->p, m->cap * sizeof(*m->p));
		assert_non_null(m->p);
	}
	memmove(m->p + i + 1, m->p + i, (m->n - i) * sizeof(*m->p));
	m->p[i] = *p;
	m->n++;
	return OUTCOME_STORED;
}

static size_t take_out(struct model *m, int64_t from, int64_t to)
{
	size_t i = find(m, from), k = find(m, to);

	if (k <= i)
		return 0;
	memmove(m->p + i, m->p + k, (m->n - k) * sizeof(*m->p));
	m->n -= k - i;
	return k - i;
}

/* ---- the store ---- */

static int make_all(struct db *d, void *arg, struct err *e)
{
	static const char *const names[SERIES] = { "regular", "noisy", "mixed", "text", "place" };

	struct series_wanted w[SERIES];

	(void)arg;
	for (int i = 0; i < SERIES; i++)
		w[i] = (struct series_wanted){ 1, str_of(names[i]), 0 };
	if (series_make(d, w, SERIES, e) < 0)
		return -1;
	for (int i = 0; i < SERIES; i++)
		id[i] = w[i].id;
	return 0;
}

static struct db *open_ours(enum db_mode mode)
{
	static const int64_t ours[] = { 1 };
	struct db *d;

	OK(db_open(path, mode, &store_schema, &d, &e));
	OK(db_scope_set(d, 1, "ours", ours, 1, &e));
	OK(series_ready(d, &e));
	return d;
}

static void reopen(void)
{
	db_close(db);
	db = open_ours(DB_WRITE);
}

static int no_row(struct stmt *st, void *arg, struct err *e)
{
	(void)st;
	(void)arg;
	(void)e;
	return 0;
}

static void set_up(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/sit-model-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	OK(db_open(path, DB_CREATE, &store_schema, &db, &e));
	OK(db_migrate(db, NULL, NULL, &e));
	OK(db_foreign(db,
		      "INSERT INTO org (id, name, created) VALUES (1, 'ours', 0); INSERT INTO device (id, org_id, name, type,"
		      " enabled, created) VALUES (1, 1, 'meter', 'smart_sensor', 1, 0);",
		      true, no_row, NULL, &e));
	reopen();
	OK(db_write(db, false, make_all, NULL, &e));
	reader = open_ours(DB_READ);
	for (int i = 0; i < SERIES; i++) {
		free(model[i].p);
		model[i] = (struct model){ .floor = INT64_MIN, .newest = START };
	}
}

static void tear_down(void)
{
	struct dirent *d;
	DIR *list;

	db_close(reader);
	db_close(db);
	db = NULL;
	list = opendir(dir);
	while (list && (d = readdir(list)))
		(void)unlinkat(dirfd(list), d->d_name, 0);
	(void)closedir(list);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- what happens ---- */

static const char *const words[] = { "", "idle", "running", "fault: over temperature", "Gr\xc3\xbc\xc3\x9f" "e" };
static const char *const places[] = { "{\"lat\":1,\"lon\":2}", "{\"lat\":-47.123456,\"lon\":8.5}", "{\"lat\":1.0,\"lon\":2}", "{}" };
static const double nasty[] = { 0, -0.0, 5e-324, 1.7976931348623157e308, -1e300, 9007199254740993.0, 0.1, 1e-7, 2251799813685248.0, 4503599627370497.5 };

static struct value some_value(int series, int64_t t)
{
	double x = (double)((t / US_PER_S) % 1000) / 10;

	switch (series) {
	case 0:
		return (struct value){ .type = VALUE_NUMBER, .num = x };
	case 1:
		return (struct value){ .type = VALUE_NUMBER, .num = upto(3) ? (double)upto(1 << 20) / 1000 : nasty[upto(COUNT(nasty))] };
	case 3:
		return (struct value){ .type = VALUE_STRING, .txt = str_of(words[upto(COUNT(words))]) };
	case 4:
		return (struct value){ .type = VALUE_LOCATION, .txt = str_of(places[upto(COUNT(places))]) };
	default:
		break;
	}
	switch (upto(4)) {
	case 0:
		return (struct value){ .type = VALUE_NULL };
	case 1:
		return (struct value){ .type = VALUE_BOOL, .num = (double)upto(2) };
	case 2:
		return (struct value){ .type = VALUE_STRING, .txt = str_of(words[upto(COUNT(words))]) };
	default:
		return (struct value){ .type = VALUE_NUMBER, .num = nasty[upto(COUNT(nasty))] };
	}
}

static struct point some_point(int series)
{
	struct model *m = model + series;
	struct point p = { .series = id[series] };

	/* Mostly the next; sometimes far back, sometimes one that is there. */
	if (upto(20) == 0 && m->n)
		p.ts = m->p[upto((int64_t)m->n)].ts;
	else if (upto(20) == 0 && m->n) /* the newest, which is compared with what is known of it */
		p.ts = m->p[m->n - 1].ts;
	else if (upto(30) == 0)
		p.ts = START + upto(m->newest - START + US_PER_DAY);
	else
		p.ts = m->newest += series == 0 ? US_PER_MIN : 1 + upto(US_PER_HOUR);
	p.value = some_value(series, p.ts);
	p.quality = p.value.type == VALUE_NULL ? QUALITY_BAD : upto(8) ? QUALITY_GOOD : (enum quality)upto(4);
	p.has_raw = series == 2 && upto(3) == 0;
	p.raw = p.has_raw ? nasty[upto(COUNT(nasty))] : 0;
	if (m->n && upto(3) == 0) { /* the very same */
		size_t i = find(m, p.ts);

		if (i < m->n && m->p[i].ts == p.ts)
			p = m->p[i];
	}
	return p;
}

struct batch {
	struct point p[BATCH];
	enum outcome out[BATCH];
	size_t n;
	bool keep_last;
};
static struct batch batch;

static int append(struct db *d, void *arg, struct err *e)
{
	struct batch *b = arg;

	return series_append(d, b->p, b->n, b->keep_last, 0, START, b->out, e);
}

static void do_append(void)
{
	struct batch *b = &batch;
	bool large = upto(6) == 0;
	int one = large ? (int)upto(SERIES) : -1;

	b->keep_last = upto(2);
	b->n = (size_t)(1 + upto(large ? BATCH : 60));
	for (size_t i = 0; i < b->n; i++)
		b->p[i] = some_point(one < 0 ? (int)upto(SERIES) : one);
	if (upto(15) == 0) { /* a transaction that comes to nothing leaves nothing */
		OK(db_write(db, true, append, b, &e));
		return;
	}
	OK(db_write(db, false, append, b, &e));
	for (size_t i = 0; i < b->n; i++) {
		int s = 0;

		while (id[s] != b->p[i].series)
			s++;
		SAME(b->out[i], put(model + s, b->p + i, b->keep_last));
	}
}

/* Compaction that ends after a few steps, as one with a budget does. */
static bool enough(void *arg)
{
	int *steps = arg;

	return --*steps <= 0;
}

static void do_compact(void)
{
	int steps = (int)upto(4) + 1;
	bool all = upto(2);

	OK(series_compact(db, all, upto(2) ? enough : NULL, &steps, &e));
}

struct removal {
	int s;
	struct range r;
	int64_t n;
};

static int delete_some(struct db *d, void *arg, struct err *e)
{
	struct removal *x = arg;

	return series_delete(d, id[x->s], &x->r, &x->n, e);
}

static int raise_floor(struct db *d, void *arg, struct err *e)
{
	struct removal *x = arg;

	return series_floor(d, id[x->s], x->r.to, e);
}

static void do_remove(bool floor)
{
	struct removal x = { .s = (int)upto(SERIES) };
	struct model *m = model + x.s;

	x.r.from = floor ? INT64_MIN : START + upto(m->newest - START + 1);
	x.r.to = floor ? START + upto((m->newest - START) / 4 + 1) : x.r.from + upto((m->newest - START) / 4 + 1);
	if (m->n && upto(2)) /* an end where a point is */
		x.r.to = m->p[upto((int64_t)m->n / (floor ? 4 : 1) + 1) % (int64_t)m->n].ts;
	if (floor && x.r.to > m->floor) {
		m->floor = x.r.to;
		take_out(m, INT64_MIN, x.r.to);
	}
	OK(db_write(db, false, floor ? raise_floor : delete_some, &x, &e));
	if (!floor)
		SAME(x.n, take_out(m, x.r.from, x.r.to));
}

/* ---- the same? ---- */

static void check_scan(int s, const struct range *r, bool down)
{
	const struct model *m = model + s;
	size_t from = find(m, r->from), to = find(m, r->to), n = to > from ? to - from : 0;
	AUTO(series_scan_freep) struct series_scan *scan = NULL;
	struct point p;

	OK(series_scan(upto(2) ? db : reader, id[s], r, down, &scan, &e));
	for (size_t i = 0; i < n; i++) {
		const struct point *want = m->p + (down ? to - 1 - i : from + i);
		struct err e = { 0 };

		SAME(series_next(scan, &p, &e), 1);
		SAME(p.ts, want->ts);
		SAME(point_same(&p, want), true);
	}
	OK(series_next(scan, &p, &e));
	if (n || to <= from)
		SAME(series_next(scan, &p, &(struct err){ 0 }), 0);
}

static void check_latest(int s)
{
	AUTO(sb_done) struct sb text = SB_INIT(10000);
	const struct model *m = model + s;
	struct err e = { 0 };
	size_t i = m->n;
	struct point p;

	while (i > 0 && m->p[i - 1].value.type == VALUE_NULL)
		i--;
	SAME(series_latest(upto(2) ? db : reader, id[s], &p, &text, &e), i > 0);
	if (i > 0) {
		SAME(p.ts, m->p[i - 1].ts);
		SAME(point_same(&p, m->p + i - 1), true);
	}
}

static void finding(const char *what, void *arg)
{
	(void)arg;
	fail_msg("seed %" PRIu64 ": check: %s", seed, what);
}

static void check_all(void)
{
	int64_t oldest = 0, newest = 0;
	struct series_stats st;
	size_t n = 0;

	for (int s = 0; s < SERIES; s++) {
		const struct range all = { INT64_MIN, INT64_MAX };
		struct range r = { START + upto(model[s].newest - START + 1), 0 };

		r.to = r.from + upto(model[s].newest - START + 1);
		check_scan(s, &all, upto(2));
		check_scan(s, &r, upto(2));
		check_latest(s);
		if (model[s].n && (n == 0 || model[s].p[0].ts < oldest))
			oldest = model[s].p[0].ts;
		if (model[s].n && (n == 0 || model[s].p[model[s].n - 1].ts > newest))
			newest = model[s].p[model[s].n - 1].ts;
		n += model[s].n;
	}
	OK(series_stats(db, NULL, &st, &e));
	SAME(st.points, n);
	OK(series_stats(upto(2) ? db : reader, &(struct series_of){ .device = 1 }, &st, &e));
	SAME(st.points, n);
	SAME(st.oldest, oldest);
	SAME(st.newest, newest);
	OK(series_damage(db, &e));
	OK(series_damage(reader, &e));
	OK(series_check(db, finding, NULL, &e));
}

static void tidy(int64_t how)
{
	bool more;

	if (how == 1)
		OK(series_tend(db, &e));
	if (how > 1)
		OK(series_tend_some(db, how == 2, &more, &e));
}

static void one_run(uint64_t with)
{
	state = seed = with;
	set_up();
	for (int i = 0; i < 120; i++) {
		int64_t what = upto(100);

		if (what < 80)
			do_append();
		else if (what < 86)
			do_remove(what < 82);
		else if (what < 92)
			do_compact();
		else if (what < 95)
			reopen();
		tidy(upto(4));
		if (upto(10) == 0)
			check_all();
	}
	check_all();
	OK(series_compact(db, true, NULL, NULL, &e));
	check_all();
	tear_down();
}

static void test_model(void **unused)
{
	const char *with = getenv("SIT_MODEL_SEED"), *secs = getenv("SIT_MODEL_SECONDS");
	int64_t end = clock_monotonic() + (secs ? strtol(secs, NULL, 10) : 3) * US_PER_S;

	(void)unused;
	if (with) {
		one_run(strtoull(with, NULL, 10));
		return;
	}
	one_run(1);
	for (uint64_t s = (uint64_t)clock_monotonic() | 1; clock_monotonic() < end; s += 2)
		one_run(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
