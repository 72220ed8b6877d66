/* SPDX-License-Identifier: MIT */
#include "ingest/ingest.h"

#include "base/num.h"
#include "codec/csv.h"
#include "ingest/impl.h"
#include "model/reason.h"
#include "os/clock.h"
#include "os/file.h"
#include "store/audit.h"
#include "store/entity.h"
#include "store/state.h"
#include "task/trouble.h"

#define LEARNED_US (5 * US_PER_S) /* a live stream looks names up anew after that */
#define CLOCK_EVERY 64		  /* records that may share one reading of the clock */
#define BATCH_TEXT ((size_t)8 << 20) /* bytes of texts that a transaction holds about at most */
#define RAW_KEPT 4096 /* bytes of a value's text kept in quarantine */

static int begin_run(struct db *db, void *arg, struct err *e)
{
	struct ingest *g = arg;

	return run_begin(db, g->opt.program, g->opt.source, g->opt.now, &g->run, e);
}

static void begin_undo(void *arg)
{
	struct ingest *g = arg;

	g->run = 0;
}

static int open_books(struct ingest *g, struct err *e)
{
	struct db *db = g->db;

	if (entity_ready(db, e) < 0 || audit_ready(db, e) < 0 || definition_ready(db, e) < 0 || series_ready(db, e) < 0 ||
	    books_ready(db, e) < 0 || state_ready(db, e) < 0 || inbox_ready(db, e) < 0 || trouble_ready(db, e) < 0 || limit_ready(db, e) < 0)
		return -1;
	if (g->opt.rejects && !g->opt.rejects_to && stream_append(g->opt.rejects, &g->rejects, e) < 0)
		return -1;
	return g->opt.dry ? 0 : db_write_again(db, false, begin_run, begin_undo, g, e);
}

int ingest_begin(struct db *db, const struct ingest_opts *o, struct ingest **out, struct err *e)
{
	AUTO(ingest_freep) struct ingest *g = calloc(1, sizeof(*g));
	size_t n = (size_t)o->batch;

	if (!g)
		return err_nomem(e);
	g->db = db;
	g->opt = *o;
	g->keep.max = (size_t)2 << 30;
	g->batch.max = (size_t)256 << 20;
	g->by_name = g->names = g->ahead.by_name = (struct map)MAP_INIT;
	g->key.max = 2 * CSV_RECORD_MAX;
	g->over.max = 512;
	g->most = QUOTA_NONE;
	g->point = malloc(n * sizeof(*g->point));
	g->mark = malloc(n * sizeof(*g->mark));
	g->outcome = malloc(n * sizeof(*g->outcome));
	g->held_tail = &g->held;
	g->said_tail = &g->said;
	g->since = g->learned = clock_monotonic();
	tellings_begin(&g->tellings, o->live, o->clock);
	if (!g->point || !g->mark || !g->outcome)
		return err_nomem(e);
	g->rejects = o->rejects_to;
	if ((db && open_books(g, e) < 0) || others_begin(g, e) < 0)
		return -1;
	*out = g;
	g = NULL;
	return 0;
}

static void forget_devices(struct ingest *g)
{
	ingest_allowances_forget(g);
	for (size_t i = 0; i < g->ndev; i++)
		free(g->dev[i]->slot);
	g->ndev = g->nslot = 0;
	g->last = NULL;
	map_done(&g->by_name);
	map_done(&g->names);
	map_done(&g->ahead.by_name);
	g->ahead.n = 0;
	g->ahead.missed = 0;
	arena_clear(&g->keep);
	g->learned = clock_monotonic();
}

void ingest_free(struct ingest *g)
{
	if (!g)
		return;
	others_free(g);
	forget_devices(g);
	if (g->rejects && !g->opt.rejects_to)
		(void)fclose(g->rejects);
	tellings_done(&g->tellings);
	ingest_learned(g);
	judging_free(g->judging);
	free(g->dev);
	free(g->ahead.ref);
	buckets_close(&g->buckets);
	sb_done(&g->key);
	sb_done(&g->over);
	arena_done(&g->keep);
	arena_done(&g->batch);
	free(g->point);
	free(g->mark);
	free(g->outcome);
	free(g);
}

/* A stream may run for weeks, so arrival is not the time the program began. */
static void read_clock(struct ingest *g)
{
	g->opt.now = g->at.arrived ? g->at.arrived : clock_now();
	g->clock_in = CLOCK_EVERY;
}

void ingest_at(struct ingest *g, const struct origin *at)
{
	bool another = at->arrived != g->at.arrived;

	g->at = *at;
	g->judged = NULL;
	if (g->clock_in == 0 || another)
		read_clock(g);
	else
		g->clock_in--;
}

int64_t ingest_now(struct ingest *g)
{
	read_clock(g);
	return g->opt.now;
}

void ingest_touch(struct ingest *g, struct dev *d)
{
	g->pressing |= g->opt.acks;
	if (d->touched)
		return;
	d->touched = g->touched ? g->touched : d;
	g->touched = d;
}

/* The next device with counters after d. */
static struct dev *next_touched(const struct dev *d)
{
	return d->touched == d ? NULL : d->touched;
}

void ingest_adopt(struct ingest *g, int64_t quarantine_id)
{
	g->adopting = quarantine_id;
}

/* ---- what is not stored ---- */

static void place_of(const struct ingest *g, char *buf, size_t size)
{
	if (g->at.topic.ptr)
		(void)snprintf(buf, size, "%.100s %.*s", g->opt.source, (int)(g->at.topic.len > 200 ? 200 : g->at.topic.len),
			       g->at.topic.ptr);
	else if (g->at.line)
		(void)snprintf(buf, size, "%s:%" PRIu64, g->opt.source, g->at.line);
	else
		(void)snprintf(buf, size, "%s", g->opt.source);
}

static void report(struct ingest *g, const char *reason)
{
	char place[320], line[900];

	if (g->reports++ > INGEST_REPORTS_MAX)
		return;
	place_of(g, place, sizeof(place));
	if (g->reports > INGEST_REPORTS_MAX)
		(void)snprintf(line, sizeof(line), "more than %d records refused: the rest is not listed here%s", INGEST_REPORTS_MAX,
			       g->opt.rejects ? "" : " (--rejects FILE keeps all)");
	else
		(void)snprintf(line, sizeof(line), "%s: %s", place, reason);
	g->opt.complain(g->opt.arg, line);
}

/* First reason and place of an hour, for whoever asks the ledger later. */
static void remember(struct ingest *g, struct dev *d, const char *reason)
{
	char place[320];

	if (d->now.reason)
		return;
	place_of(g, place, sizeof(place));
	d->now.reason = arena_dup(&g->keep, str_of(reason));
	d->now.place = arena_dup(&g->keep, str_of(place));
}

/* Rejects can be mended and piped back: reason, place and the text as it came (with its header, of CSV). */
static int write_reject(struct ingest *g, const char *reason, struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT((size_t)8 << 20);
	char place[320];

	if (!g->rejects)
		return 0;
	place_of(g, place, sizeof(place));
	sb_adds(&sb, "{\"reject\":");
	sb_json(&sb, str_of(reason));
	sb_adds(&sb, ",\"place\":");
	sb_json(&sb, str_of(place));
	if (g->at.header.len) {
		sb_adds(&sb, ",\"header\":");
		sb_json(&sb, g->at.header);
	}
	sb_adds(&sb, ",\"text\":");
	sb_json(&sb, g->at.text);
	sb_adds(&sb, "}\n");
	if (sb.bad)
		return err_nomem(e);
	return fputs(sb_cstr(&sb), g->rejects) >= 0 ? 0 : err_errno(e, errno, g->opt.rejects);
}

/* Points of records whose device is not known, or that name none, are kept in the books under device 0. */
static struct dev *nobody(struct ingest *g, struct err *e)
{
	return ingest_device(g, STR("*"), (struct str){ NULL, 0 }, (struct str){ NULL, 0 }, e);
}

int ingest_reject(struct ingest *g, struct dev *d, int64_t n, const char *reason, struct err *e)
{
	if (d && ingest_admit(g, d, e) < 0)
		return -1;
	if (!d && !(d = nobody(g, e)))
		return -1;
	g->books.read += n;
	g->books.rejected += n;
	d->now.rejected += n;
	ingest_touch(g, d);
	remember(g, d, reason);
	report(g, reason);
	return write_reject(g, reason, e);
}

int ingest_refuse(struct ingest *g, struct dev *d, const char *reason, struct err *e)
{
	return ingest_reject(g, d, 1, reason, e);
}

void ingest_empty(struct ingest *g, struct dev *d)
{
	g->books.read++;
	g->books.empty++;
	d->now.empty++;
	ingest_touch(g, d);
}

/* The value alone, or {"value":...,"unit":...} when it may be in another unit than its datapoint. */
static struct str value_json(struct ingest *g, const struct raw_value *v)
{
	AUTO(sb_done) struct sb sb = SB_INIT(8 * RAW_KEPT);
	bool unit = v->unit.len && !v->has_raw && (!v->typed || v->type == VALUE_NUMBER);
	char num[32];

	if (unit)
		sb_adds(&sb, "{\"value\":");

	if (v->has_raw) /* who adopts it scales it */
		sb_add(&sb, num, num_print(v->raw, num));
	else if (!v->typed)
		sb_json(&sb, (struct str){ v->txt.ptr, v->txt.len > RAW_KEPT ? RAW_KEPT : v->txt.len });
	else if (v->type == VALUE_NULL)
		sb_adds(&sb, "null");
	else if (v->type == VALUE_NUMBER)
		sb_add(&sb, num, num_print(v->num, num));
	else if (v->type == VALUE_BOOL)
		sb_adds(&sb, v->num != 0 ? "true" : "false");
	else if (v->type == VALUE_LOCATION)
		sb_add(&sb, v->txt.ptr, v->txt.len);
	else
		sb_json(&sb, (struct str){ v->txt.ptr, v->txt.len > RAW_KEPT ? RAW_KEPT : v->txt.len });
	if (unit) {
		sb_adds(&sb, ",\"unit\":");
		sb_json(&sb, (struct str){ v->unit.ptr, v->unit.len > 255 ? 255 : v->unit.len });
		sb_addc(&sb, '}');
	}
	return (struct str){ sb.bad ? NULL : arena_dup(&g->batch, sb_str(&sb)), sb.len };
}

int ingest_hold_back(struct ingest *g, struct dev *d, const struct holding *what, struct err *e)
{
	struct held *h = arena_alloc(&g->batch, sizeof(*h));
	char place[320];

	if (!h)
		return err_nomem(e);
	place_of(g, place, sizeof(place));
	h->row = (struct quarantine_row){ .at = g->opt.now, .ts = what->ts, .source = g->opt.source, .device = d->name,
					  .gateway = d->gateway, .edge_key = d->edge_key, .quality = quality_word(what->q) };
	h->row.id = what->id;
	h->row.reason = arena_dup(&g->batch, str_of(what->reason));
	h->row.place = arena_dup(&g->batch, str_of(place));
	h->row.datapoint = (struct str){ arena_dup(&g->batch, what->name), what->name.len };
	h->row.value = value_json(g, what->v);
	if (!h->row.reason || !h->row.place || !h->row.datapoint.ptr || !h->row.value.ptr)
		return err_nomem(e);
	*g->held_tail = h;
	g->held_tail = &h->next;
	g->nheld++;
	g->books.quarantined++;
	d->now.quarantined++;
	ingest_touch(g, d);
	remember(g, d, what->reason);
	return 0;
}

int ingest_hold(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, enum quality q,
		const char *reason, bool tell, struct err *e)
{
	const struct holding h = { name, ts, g->adopting, v, q, reason };

	if (ingest_hold_back(g, d, &h, e) < 0)
		return -1;
	g->books.read++;
	if (tell)
		report(g, reason);
	return g->nheld >= (size_t)g->opt.batch || g->batch.used > BATCH_TEXT ? ingest_flush(g, e) : 0;
}

/* ---- a point ---- */

/* The point was written in place behind the others: keep it. */
static int accept(struct ingest *g, struct dev *d, const struct slot *s, struct err *e)
{
	told_stored(&g->tellings, d->told, g->point[g->n].ts);
	g->point[g->n].series = s->series;
	g->mark[g->n] = (struct mark){ d, (uint32_t)(s - d->slot), g->message, g->adopting };
	g->message = 0;
	g->n++;
	g->books.read++;
	return g->n == (size_t)g->opt.batch || g->batch.used > BATCH_TEXT ? ingest_flush(g, e) : 0;
}

/* Say which datapoint, where the reason does not. */
static int refuse_value(struct ingest *g, struct dev *d, const struct slot *s, const char *why, struct err *e)
{
	char reason[640];

	if (strstr(why, s->name))
		return ingest_refuse(g, d, why, e);
	(void)snprintf(reason, sizeof(reason), "%s (datapoint %s)", why, s->name);
	return ingest_refuse(g, d, reason, e);
}

/* The slot of the name, which mostly is the one behind the last. */
static struct slot *slot_of(struct ingest *g, struct dev *d, struct str name, const struct raw_value *v, struct err *e)
{
	struct slot *s = d->slot + d->next;

	if (d->next >= d->nslot || !str_eq(s->wire, name)) {
		s = resolve_slot(g, d, name, v, e);
		if (!s)
			return NULL;
	}
	d->next = (size_t)(s - d->slot) + 1;
	if (d->next == d->nslot)
		d->next = 0;
	return s;
}

/* A point that a device must not send at the moment, or not with that time. */
static int hold_known(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, enum quality q,
		      struct err *e)
{
	bool first = !d->reported;

	if (d->ref.enabled)
		return ingest_hold(g, d, name, ts, v, QUALITY_SUSPECT, REASON_TIME, true, e);
	d->reported = true;
	return ingest_hold(g, d, name, ts, v, q, REASON_DISABLED, first, e);
}

/* A value of a message that is more than its device may send. */
static int hold_over(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, enum quality q,
		     struct err *e)
{
	bool first = !d->reported;

	d->reported = true;
	return ingest_hold(g, d, name, ts, v, q, sb_cstr(&g->over), first, e);
}

/* A text of no length is a value where text belongs; it makes no datapoint. 1, 0, -1. */
static int takes_text(struct ingest *g, struct dev *d, struct str name, const struct raw_value *v, struct err *e)
{
	const struct slot *s;

	if (g->opt.create_site && !slot_known(g, d, name))
		return 0;
	s = slot_of(g, d, name, v, e);
	return !s ? -1 : s->name && s->def->takes == TAKES_STRING;
}

/* Without a store. */
static int pass(struct ingest *g, const struct dev *d, struct str name, const struct raw_value *v, const struct point *p, struct err *e)
{
	const struct passing passing = { d->name, d->gateway, d->edge_key, name, p->ts, v, p->quality };

	g->books.read++;
	g->books.stored++;
	return g->opt.pass(g->opt.arg, &passing, e);
}

int ingest_put(struct ingest *g, struct dev *d, struct str name, int64_t ts, const struct raw_value *v, struct str quality,
	       struct err *e)
{
	static const struct raw_value null = { .typed = true };
	struct point *p;
	struct slot *s;

	if (!g->adopting) { /* heard of when it came, not now */
		told_heard(&g->tellings, d->told, ts, g->opt.now);
		told_through(&g->tellings, d->via, ts, g->opt.now);
	}
	if (ingest_admit(g, d, e) < 0)
		return -1;
	p = g->point + g->n; /* those before it may have been stored meanwhile */
	*p = (struct point){ .ts = ts };
	if (quality.ptr && !quality_find(quality, &p->quality))
		return ingest_refuse(g, d, "quality is none of good, suspect, bad, stale", e);
	if (!g->db)
		return pass(g, d, name, v, p, e);
	if (!v->typed && v->txt.len == 0) {
		int text = takes_text(g, d, name, v, e);

		if (text < 0)
			return -1;
		if (!text)
			v = &null;
	}
	if (v->typed && v->type == VALUE_NULL && p->quality != QUALITY_BAD && p->quality != QUALITY_STALE) {
		ingest_empty(g, d);
		return 0;
	}
	if (g->judged == d && g->verdict == VERDICT_HOLD)
		return hold_over(g, d, name, ts, v, p->quality, e);
	s = slot_of(g, d, name, v, e);
	if (!s)
		return -1;
	if (!d->known || d->foreign || !s->name)
		return ingest_hold_unknown(g, d, s, ts, v, p->quality, e);
	if (!d->ref.enabled || ts < g->opt.now - g->opt.skew_past || ts > g->opt.now + g->opt.skew_future)
		return hold_known(g, d, name, ts, v, p->quality, e);
	switch (convert_value(s->def, v, p, &g->batch, &g->why)) {
	case CONVERT_OK:
		return accept(g, d, s, e);
	case CONVERT_HOLD:
		return ingest_hold(g, d, name, ts, v, p->quality, g->why.msg, true, e);
	case CONVERT_REJECT:
		break;
	}
	return refuse_value(g, d, s, g->why.msg, e);
}

/* ---- commit ---- */

/* Series that the points in hand are the first of: n of them, each with its slot. */
static void want_series(struct ingest *g, struct series_wanted *w, struct slot **slot, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < g->n; i++) {
		const struct mark *m = g->mark + i;
		struct slot *s = m->dev->slot + m->slot;

		if (g->point[i].series || s->series || s->fresh)
			continue;
		s->fresh = true;
		w[*n] = (struct series_wanted){ .device = m->dev->ref.id, .name = str_of(s->name) };
		slot[(*n)++] = s;
	}
}

static int make_series(struct ingest *g, struct err *e)
{
	struct series_wanted *w;
	struct slot **slot;
	size_t n = 0, missing = 0;
	int rc;

	for (size_t i = 0; i < g->n; i++)
		missing += !g->point[i].series;
	if (!missing)
		return 0;
	w = calloc(missing, sizeof(*w));
	slot = calloc(missing, sizeof(struct slot *));
	rc = w && slot ? 0 : err_nomem(e);
	if (rc == 0) {
		want_series(g, w, slot, &n);
		g->made += n;
		rc = n ? series_make(g->db, w, n, e) : 0;
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		slot[i]->series = w[i].id;
	for (size_t i = 0; i < g->n && rc == 0; i++)
		g->point[i].series = g->mark[i].dev->slot[g->mark[i].slot].series;
	free(w);
	free(slot);
	return rc;
}

/* The transaction is over; series made in it are gone where it was not committed. */
static void settle_series(struct ingest *g, bool committed)
{
	for (size_t i = 0; i < g->n && g->made && !committed; i++) {
		struct slot *s = g->mark[i].dev->slot + g->mark[i].slot;

		if (s->fresh)
			s->series = g->point[i].series = 0;
	}
	for (size_t i = 0; i < g->n && g->made; i++)
		g->mark[i].dev->slot[g->mark[i].slot].fresh = false;
	g->made = 0;
}

/* What came of each point goes into the ledger rows of its device; by -1 it is taken back. */
static void count_outcomes(struct ingest *g, int by)
{
	for (size_t i = 0; i < g->n; i++) {
		struct dev *d = g->mark[i].dev;

		ingest_touch(g, d);
		switch (g->outcome[i]) {
		case OUTCOME_STORED:
			d->now.stored += by;
			break;
		case OUTCOME_CORRECTED:
			d->now.corrected += by;
			break;
		case OUTCOME_CONFLICT:
			d->now.conflict += by;
			d->now.duplicate += by;
			break;
		case OUTCOME_DUPLICATE:
			d->now.duplicate += by;
			break;
		case OUTCOME_EXPIRED:
			d->now.rejected += by;
			remember(g, d, REASON_EXPIRED);
			break;
		}
	}
	g->counted = by > 0;
}

int ingest_write_ledger(struct ingest *g, struct err *e)
{
	int64_t now = clock_now();

	for (struct dev *d = g->touched; d; d = next_touched(d)) {
		d->now.hour = now - now % US_PER_HOUR;
		if (ledger_add(g->db, &d->now, e) < 0)
			return -1;
	}
	return 0;
}

/* What is in the ledger now is not counted again. */
static void forget_counters(struct ingest *g)
{
	for (struct dev *d = g->touched, *next; d; d = next) {
		next = next_touched(d);
		d->now = (struct ledger_row){ .source = g->opt.source, .device = d->now.device };
		d->touched = NULL;
	}
	g->touched = NULL;
}

static int write_quarantine(struct ingest *g, struct err *e)
{
	for (const struct held *h = g->held; h; h = h->next)
		if ((h->row.id ? quarantine_still(g->db, &h->row, e) : quarantine_add(g->db, &h->row, e)) < 0)
			return -1;
	for (size_t i = 0; i < g->n; i++)
		if (g->mark[i].quarantine && quarantine_rm(g->db, g->mark[i].quarantine, e) < 0)
			return -1;
	return 0;
}

static int flush_tx(struct db *db, void *arg, struct err *e)
{
	struct ingest *g = arg;

	/* What is asked comes first: from the series on a server is at work while the points are packed. */
	if (ingest_draw(g, e) < 0 || (g->n && ingest_quota(g, e) < 0) || ingest_listen(g, e) < 0 || make_series(g, e) < 0)
		return -1;
	if (series_append(db, g->point, g->n, g->opt.keep_last, g->run, g->opt.now, g->outcome, e) < 0)
		return -1;
	count_outcomes(g, 1);
	if (ingest_spend(g, e) < 0 || ingest_judge_batch(g, e) < 0)
		return -1;
	if (tellings_write(&g->tellings, db, clock_now(), false, e) < 0)
		return -1;
	return write_quarantine(g, e) < 0 || ingest_write_said(g, e) < 0 ? -1 : ingest_write_ledger(g, e);
}

/* What flush_tx() has changed in memory is as if it had not been called. */
static void flush_undo(void *arg)
{
	struct ingest *g = arg;

	settle_series(g, false);
	if (g->counted)
		count_outcomes(g, -1);
	tellings_written(&g->tellings, false);
	ingest_drawn(g, false);
	if (g->judging)
		(void)judging_end(g->judging, false, NULL);
}

/* One transaction; when it would store more than the organisation may, or let more through than a limit does, another without what is beyond. */
static int write_batch(struct ingest *g, struct err *e)
{
	int rc;

	for (;;) {
		g->counted = g->excess = g->overdrawn = false;
		if (g->n && ingest_judging(g, e) < 0)
			return -1;
		rc = db_write_again(g->db, g->opt.dry, flush_tx, flush_undo, g, e);
		if (rc == 0 || !(((g->excess || g->overdrawn) && e->code == E_DENIED) || (g->judging && judging_stale(g->judging))))
			return rc;
		flush_undo(g);
		err_clear(e);
		if ((g->overdrawn && ingest_redraw(g, e) < 0) || (g->excess && ingest_put_aside(g, e) < 0))
			return -1;
	}
}

/* Stored and corrected points, once they are durable. */
static int emit(struct ingest *g, struct err *e)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct mark *m = g->mark + i;
		const struct point *p = g->point + i;
		/* As the records of queries are; whoever asks for no organisation sees the first five. */
		struct cell cells[10] = { CELL_OF_TIME(p->ts), CELL_OF_TEXT(str_of(m->dev->shown)),
					  CELL_OF_TEXT(str_of(m->dev->slot[m->slot].name)), value_cell(&p->value, 0),
					  CELL_OF_TEXT(quality_text(p->quality)), [9] = CELL_OF_TEXT(ingest_org(g)) };

		if (g->outcome[i] <= OUTCOME_CORRECTED && out_rec(g->opt.emit, cells, e) < 0)
			return -1;
	}
	return out_flush(g->opt.emit, e);
}

static void clear_batch(struct ingest *g)
{
	g->n = g->nheld = 0;
	g->unknown_known &= g->unknown < INGEST_UNKNOWN_MOST; /* somebody may have made room since */
	g->held = NULL;
	g->held_tail = &g->held;
	g->said = NULL;
	g->said_tail = &g->said;
	g->pressing = false;
	arena_clear(&g->batch);
}

static int drop(struct ingest *g, struct err *e)
{
	(void)e;
	ingest_learned(g);
	clear_batch(g);
	forget_counters(g);
	forget_devices(g);
	g->books = g->settled;
	return 0;
}

void ingest_drop(struct ingest *g)
{
	struct err none = { 0 };

	(void)drop(g, &none);
	(void)others_each(g, drop, &none);
}

void ingest_spooled(struct ingest *g, int64_t n)
{
	g->books.read += n;
	g->books.spooled += n;
	g->settled.read += n;
	g->settled.spooled += n;
}

static int write_down(struct ingest *g, struct err *e)
{
	int64_t came_of[OUTCOME_EXPIRED + 1] = { 0 };
	int rc;

	ingest_learned(g);
	g->since = clock_monotonic();
	if (!g->db || (g->n == 0 && g->nheld == 0 && !g->pressing))
		return 0;
	if (g->rejects && fflush(g->rejects) != 0)
		return err_errno(e, errno, g->opt.rejects);
	rc = write_batch(g, e);
	settle_series(g, rc == 0 && !g->opt.dry);
	tellings_written(&g->tellings, rc == 0);
	ingest_drawn(g, rc == 0 && !g->opt.dry);
	if (g->judging && judging_end(g->judging, rc == 0 && !g->opt.dry, e) < 0)
		return -1;
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < g->n; i++)
		came_of[g->outcome[i]]++;
	g->books.stored += came_of[OUTCOME_STORED];
	g->books.corrected += came_of[OUTCOME_CORRECTED];
	g->books.duplicate += came_of[OUTCOME_DUPLICATE] + came_of[OUTCOME_CONFLICT];
	g->books.rejected += came_of[OUTCOME_EXPIRED];
	g->books.conflict += came_of[OUTCOME_CONFLICT];
	forget_counters(g);
	ingest_quota_warn(g);
	if (g->opt.emit && !g->opt.dry && emit(g, e) < 0)
		return -1;
	clear_batch(g);
	g->settled = g->books;
	return 0;
}

static int flush(struct ingest *g, struct err *e)
{
	if (write_down(g, e) < 0)
		return -1;
	return ingest_tidy(g, e);
}

int ingest_flush(struct ingest *g, struct err *e)
{
	return flush(g, e) < 0 ? -1 : others_each(g, flush, e);
}

int ingest_tick(struct ingest *g, struct err *e)
{
	if (g->n == 0 && g->nheld == 0)
		ingest_learned(g);
	if (g->opt.flush && clock_monotonic() - g->since > g->opt.flush && flush(g, e) < 0)
		return -1;
	return others_each(g, ingest_tick, e);
}

int ingest_idle(struct ingest *g, struct err *e)
{
	if (write_down(g, e) < 0)
		return -1;
	g->clock_in = 0;
	/* Counters may wait for the next commit. */
	if (!g->touched && clock_monotonic() - g->learned > LEARNED_US)
		forget_devices(g);
	return others_each(g, ingest_idle, e);
}

static int counters_tx(struct db *db, void *arg, struct err *e)
{
	(void)db;
	return ingest_draw(arg, e) < 0 ? -1 : ingest_write_ledger(arg, e);
}

static void counters_undo(void *arg)
{
	ingest_drawn(arg, false);
}

int ingest_forget(struct ingest *g, struct err *e)
{
	if (ingest_flush(g, e) < 0 || (g->db && db_write_again(g->db, g->opt.dry, counters_tx, counters_undo, g, e) < 0))
		return -1;
	ingest_drawn(g, true);
	forget_counters(g);
	forget_devices(g);
	return 0;
}
