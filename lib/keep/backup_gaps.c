/* SPDX-License-Identifier: MIT */
/* What is missing after a restore: by the ledger, which counts what came in by source and hour. */
#include "base/time.h"
#include "keep/backup_impl.h"
#include "os/clock.h"
#include "store/books.h"

const struct field backup_gap_fields[] = {
	{ .name = "org", .kind = FIELD_TEXT, .help = "organisation" },
	{ .name = "source", .kind = FIELD_TEXT, .help = "where points came from" },
	{ .name = "from", .kind = FIELD_TIME, .help = "from this hour of arrival on some are missing, or may be" },
	{ .name = "to", .kind = FIELD_TIME, .help = "until before this one" },
	{ .name = "points", .kind = FIELD_INT, .help = "how many; empty: not known" },
	{ .name = "replay", .kind = FIELD_TEXT, .help = "what brings them back; what is there already is a duplicate" },
};
const size_t backup_gap_count = COUNT(backup_gap_fields);

struct gaps {
	struct ledger_hour *hour;
	size_t n;
	struct arena a;
};

void gaps_free(struct gaps *g)
{
	if (!g)
		return;
	free(g->hour);
	arena_done(&g->a);
	free(g);
}

static int keep(const struct ledger_hour *h, void *arg, struct err *e)
{
	struct gaps *g = arg;
	struct ledger_hour *all = g->n & (g->n - 1) ? g->hour : realloc(g->hour, (g->n ? 2 * g->n : 1) * sizeof(*all));
	const struct ledger_hour *last;

	if (!all)
		return err_nomem(e);
	g->hour = all;
	all[g->n] = *h;
	last = g->n ? all + g->n - 1 : all;
	/* A source has many hours and one name. */
	if (g->n && last->org == h->org && str_eq(last->source, h->source)) {
		all[g->n].source = last->source;
		all[g->n].name = last->name;
	} else {
		all[g->n].source.ptr = arena_dup(&g->a, h->source);
		all[g->n].name.ptr = arena_dup(&g->a, h->name);
		if (!all[g->n].source.ptr || !all[g->n].name.ptr)
			return err_nomem(e);
	}
	g->n++;
	return 0;
}

int gaps_take(struct db *old, struct gaps **out, struct err *e)
{
	struct gaps *g = calloc(1, sizeof(*g));

	if (!g)
		return err_nomem(e);
	g->a = (struct arena)ARENA_INIT((size_t)256 << 20);
	if (ledger_hours(old, keep, g, e) < 0) {
		gaps_free(g);
		return -1;
	}
	*out = g;
	return 0;
}

static bool same_source(const struct ledger_hour *a, const struct ledger_hour *b)
{
	return a->org == b->org && str_eq(a->source, b->source);
}

/* <0, 0, >0 in the order that they come in. */
static int compare(const struct ledger_hour *a, const struct ledger_hour *b)
{
	int c = a->org != b->org ? (a->org < b->org ? -1 : 1) : str_cmp(a->source, b->source);

	return c ? c : (a->hour > b->hour) - (a->hour < b->hour);
}

/* A word for the shell. */
static void add_quoted(struct sb *sb, struct str s)
{
	bool plain = s.len > 0 && s.ptr[0] != '-';

	for (size_t i = 0; i < s.len; i++)
		plain = plain && s.ptr[i] && (strchr("/._-+:@%,", s.ptr[i]) || (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
					      ((s.ptr[i] | 0x20) >= 'a' && (s.ptr[i] | 0x20) <= 'z'));
	if (plain) {
		(void)sb_add(sb, s.ptr, s.len);
		return;
	}
	(void)sb_addc(sb, '\'');
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\'')
			(void)sb_adds(sb, "'\\''");
		else
			(void)sb_addc(sb, s.ptr[i]);
	(void)sb_addc(sb, '\'');
}

/* Files can be read again; what came by a pipe or by hand is where it came from. */
static int add_replay(struct sb *sb, const struct ledger_hour *h)
{
	sb_clear(sb);
	(void)sb_adds(sb, "sit-ingest --org ");
	add_quoted(sb, h->name);
	if (str_is(h->source, "hand"))
		(void)sb_adds(sb, " --as DEVICE DATAPOINT=VALUE --at TIME");
	else if (!str_is(h->source, "stdin"))
		(void)sb_addc(sb, ' ');
	if (!str_is(h->source, "hand") && !str_is(h->source, "stdin"))
		add_quoted(sb, h->source);
	return sb->bad ? -1 : 0;
}

static int print(const struct ledger_hour *h, int64_t to, bool known, struct out *out, struct err *e)
{
	AUTO(sb_done) struct sb replay = SB_INIT(4 * PATH_MAX);

	if (add_replay(&replay, h) < 0)
		return err_nomem(e);
	const struct cell cells[COUNT(backup_gap_fields)] = {
		CELL_OF_TEXT(h->name), CELL_OF_TEXT(h->source), CELL_OF_TIME(h->hour), CELL_OF_TIME(to),
		known ? CELL_OF_INT(h->points) : CELL_OF_NULL, CELL_OF_TEXT(sb_str(&replay)),
	};

	return out_rec(out, cells, e);
}

/* Hours in which more came in than the restored store knows of; of one source one stretch. */
static int print_missing(const struct gaps *old, const struct gaps *now, struct out *out, struct err *e)
{
	struct ledger_hour gap = { 0 };
	int64_t to = 0;
	size_t k = 0;

	for (size_t i = 0; i <= old->n; i++) {
		const struct ledger_hour *h = i < old->n ? old->hour + i : NULL;
		int64_t had = 0;

		if (gap.points && (!h || !same_source(&gap, h))) {
			if (print(&gap, to, true, out, e) < 0)
				return -1;
			gap.points = 0;
		}
		while (h && k < now->n && compare(now->hour + k, h) < 0)
			k++;
		if (h && k < now->n && compare(now->hour + k, h) == 0)
			had = now->hour[k].points;
		if (!h || h->points <= had)
			continue;
		if (!gap.points) {
			gap = *h;
			gap.points = 0;
		}
		gap.points += h->points - had;
		to = h->hour + US_PER_HOUR;
	}
	return 0;
}

/* Nobody knows what came in: from the last hour that the backup knows to now. */
static int print_unknown(const struct gaps *now, struct out *out, struct err *e)
{
	for (size_t i = 0; i < now->n; i++)
		if (i + 1 == now->n || !same_source(now->hour + i, now->hour + i + 1))
			if (print(now->hour + i, clock_now(), false, out, e) < 0)
				return -1;
	return 0;
}

int gaps_print(struct gaps *old, struct db *restored, struct out *out, struct err *e)
{
	AUTO(gaps_freep) struct gaps *now = NULL;

	if (gaps_take(restored, &now, e) < 0)
		return -1;
	return old ? print_missing(old, now, out, e) : print_unknown(now, out, e);
}
