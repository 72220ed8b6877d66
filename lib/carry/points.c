/* SPDX-License-Identifier: MIT */
/* Points of an organisation as CSV, a file for each device and month (UTC), series behind series in each. */
#include "base/num.h"
#include "carry/impl.h"
#include "os/signal.h"
#include "series/series.h"

#define STOP_EVERY 4096
#define HEADER "ts,device,datapoint,value,quality,raw,type"

static const char *const types[] = { "null", "number", "boolean", "string", "location" };

/* A series of the device at hand, with its next point. */
struct lane {
	int64_t id, floor;
	bool floored, has;
	char *name;
	struct series_scan *scan;
	struct point next;
	struct sha256 *digest;
	int64_t points;
	int decimals;
};

struct device {
	struct walk *w;
	int64_t id;
	struct sb name, folder;
	struct lane *lane;
	size_t n;
	struct time_day day;
};

static void lanes_done(struct device *d)
{
	for (size_t i = 0; i < d->n; i++) {
		series_scan_free(d->lane[i].scan);
		sha256_free(d->lane[i].digest);
		free(d->lane[i].name);
	}
	free(d->lane);
	d->lane = NULL;
	d->n = 0;
}

static int advance(struct lane *l, struct err *e)
{
	int got = series_next(l->scan, &l->next, e);

	l->has = got > 0;
	return got < 0 ? -1 : 0;
}

static int take_series(struct device *d, const struct stmt *st, struct err *e)
{
	struct lane *all = d->n & (d->n - 1) ? d->lane : realloc(d->lane, (d->n ? 2 * d->n : 1) * sizeof(*all));
	struct str name = stmt_text(st, 1);

	if (!all)
		return err_nomem(e);
	d->lane = all;
	all += d->n++;
	*all = (struct lane){ .id = stmt_int(st, 0), .floored = !stmt_is_null(st, 2), .floor = stmt_int(st, 2),
			      .name = strndup(name.ptr, name.len) };
	return all->name ? sha256_new(&all->digest, e) : err_nomem(e);
}

static int open_lanes(struct device *d, struct err *e)
{
	static const struct range all = { TIME_MIN, INT64_MAX };
	AUTO(stmt_freep) struct stmt *st = NULL;
	int got;

	if (holding_series(d->w->db, d->id, &st, e) < 0)
		return -1;
	while ((got = stmt_step(st, e)) > 0)
		if (take_series(d, st, e) < 0)
			return -1;
	stmt_reset(st);
	for (size_t i = 0; got == 0 && i < d->n; i++)
		if (series_scan(d->w->db, d->lane[i].id, &all, false, &d->lane[i].scan, e) < 0 || advance(d->lane + i, e) < 0)
			return -1;
	return got;
}

/* ---- lines ---- */

static void add_quoted(struct sb *sb, struct str s)
{
	(void)sb_addc(sb, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			(void)sb_addc(sb, '"');
		(void)sb_addc(sb, s.ptr[i]);
	}
	(void)sb_addc(sb, '"');
}

static void add_number(struct sb *sb, double v, int *decimals)
{
	char text[32];

	(void)sb_add(sb, text, num_print_like(v, decimals, text));
}

static void add_line(struct device *d, struct lane *l, struct sb *sb)
{
	const struct point *p = &l->next;
	char ts[40];

	(void)sb_add(sb, ts, time_print_day(p->ts, &d->day, ts));
	(void)sb_addc(sb, ',');
	(void)sb_add(sb, d->name.buf, d->name.len);
	(void)sb_addc(sb, ',');
	add_quoted(sb, str_of(l->name));
	(void)sb_addc(sb, ',');
	if (p->value.type == VALUE_NUMBER)
		add_number(sb, p->value.num, &l->decimals);
	else if (p->value.type == VALUE_BOOL)
		(void)sb_adds(sb, p->value.num != 0 ? "true" : "false");
	else if (p->value.type != VALUE_NULL)
		add_quoted(sb, p->value.txt);
	(void)sb_addf(sb, ",%s,", quality_word(p->quality));
	if (p->has_raw)
		add_number(sb, p->raw, &l->decimals);
	(void)sb_addf(sb, ",%s", types[p->value.type]);
}

/* What the series has before `to`. */
static int write_lane(struct device *d, struct lane *l, int64_t to, struct sink *k, struct err *e)
{
	while (l->has && l->next.ts < to) {
		size_t from = k->buf.len;

		add_line(d, l, &k->buf);
		if (k->buf.bad)
			return err_nomem(e);
		sha256_add(l->digest, k->buf.buf + from, k->buf.len - from);
		sha256_add(l->digest, "\n", 1);
		if (sink_line(k, e) < 0 || advance(l, e) < 0)
			return -1;
		if (++l->points % STOP_EVERY == 0 && stop_requested())
			return stop_error(e);
	}
	return 0;
}

static int64_t month_after(const struct civil *c)
{
	struct civil next = { .year = c->year + (c->month == 12), .month = c->month % 12 + 1, .day = 1 };

	return next.year > 9999 ? INT64_MAX : civil_to_us(&next);
}

/* The month of the earliest point that is left. 1; 0 when there is none. */
static int write_month(struct device *d, struct err *e)
{
	AUTO(sink_drop) struct sink k = { 0 };
	char name[160], hex[SHA256_HEX + 1];
	int64_t first = INT64_MAX, to;
	bool any = false;
	struct civil c;

	for (size_t i = 0; i < d->n; i++)
		if (d->lane[i].has && (!any || d->lane[i].next.ts < first)) {
			first = d->lane[i].next.ts;
			any = true;
		}
	if (!any)
		return 0;
	civil_from_us(first, &c);
	to = month_after(&c);
	(void)snprintf(name, sizeof(name), "points/%s/%04d-%02d.csv.gz", sb_cstr(&d->folder), c.year, c.month);
	if (sink_begin(&k, d->w->set, name, e) < 0)
		return -1;
	(void)sb_adds(&k.buf, HEADER);
	if (sink_line(&k, e) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (write_lane(d, d->lane + i, to, &k, e) < 0)
			return -1;
	return sink_end(&k, hex, e) < 0 ? -1 : 1;
}

/* ---- devices ---- */

/* Names of devices that are retired may be those of others by now. */
static int name_folder(struct device *d, bool retired, struct err *e)
{
	sb_clear(&d->folder);
	(void)sb_add(&d->folder, d->name.buf, d->name.len);
	if (retired)
		(void)sb_addf(&d->folder, "~%" PRId64, d->id);
	return d->folder.bad ? err_nomem(e) : 0;
}

static int tell_series(struct device *d, struct sink *list, struct lane *l, struct err *e)
{
	struct series_sum s = { .id = l->id, .device = d->id, .device_name = sb_cstr(&d->name), .folder = sb_cstr(&d->folder),
				.datapoint = l->name, .floored = l->floored, .floor = l->floor, .points = l->points };

	if (sha256_end(l->digest, s.sha256, e) < 0)
		return -1;
	d->w->points += l->points;
	d->w->nseries++;
	(void)sb_addf(&list->buf, "{\"id\":%" PRId64 ",\"device_id\":%" PRId64 ",\"device\":\"%s\",\"folder\":\"%s\",\"datapoint\":", s.id,
		      s.device, s.device_name, s.folder);
	(void)sb_json(&list->buf, str_of(s.datapoint));
	if (s.floored)
		(void)sb_addf(&list->buf, ",\"floor\":%" PRId64, s.floor);
	(void)sb_addf(&list->buf, ",\"points\":%" PRId64 ",\"sha256\":\"%s\"}", s.points, s.sha256);
	return sink_line(list, e) < 0 ? -1 : d->w->series(&s, d->w->arg, e);
}

static int walk_device(struct device *d, bool retired, struct sink *list, struct err *e)
{
	int rc = name_folder(d, retired, e);

	if (rc == 0)
		rc = open_lanes(d, e);
	while (rc == 0 && (rc = write_month(d, e)) > 0)
		rc = 0;
	for (size_t i = 0; rc == 0 && i < d->n; i++)
		rc = tell_series(d, list, d->lane + i, e);
	lanes_done(d);
	return rc;
}

int walk_points(struct walk *w, struct err *e)
{
	AUTO(sink_drop) struct sink list = { 0 };
	struct device d = { .w = w, .name = SB_INIT(256), .folder = SB_INIT(512) };
	char hex[SHA256_HEX + 1];
	bool retired;
	int rc = sink_begin(&list, w->set, FOLDER_SERIES, e);

	while (rc == 0 && (rc = holding_device(w->db, w->org, &d.id, &d.name, &retired, e)) > 0)
		rc = walk_device(&d, retired, &list, e);
	if (rc == 0)
		rc = sink_end(&list, hex, e);
	lanes_done(&d);
	sb_done(&d.name);
	sb_done(&d.folder);
	return rc;
}
