/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "cli/connect.h"
#include "ingest/intake.h"
#include "points/query.h"

static struct intake cfg = { .batch = INTAKE_USUAL_BATCH, .sheet = { .decimal = '.' }, .max_create = 1000, .live = { .session = 7 * 24 * 3600, .spool_most = (int64_t)1 << 30 }, .shown = SB_INIT(600) };
static struct {
	const char *decimal, *delimiter, *input, *keep, *skew, *flush, *session, *spool_max;
	struct texts topics;
	bool stats, emit;
} raw;

static const char *const input_words[] = { "auto", "jsonl", "csv", "tsv", NULL };
static const char *const keep_words[] = { "first", "last", NULL };

/* clang-format off */
static const struct opt opts[] = {
	OPT_HEAD("What the points are"),
	OPT_TEXT(0, "as", &cfg.as, "DEVICE", "the device of records that name none; with values by hand: their device"),
	OPT_TEXT(0, "at", &cfg.at, "TIME", "time of values by hand (default now)"),
	OPT_WORD('i', "input", &raw.input, "FORMAT", input_words, "format of the input: auto jsonl csv tsv"),
	OPT_TEXT(0, "time", &cfg.sheet.time, "COL[,COL]", "columns of the time, joined by a blank (default ts)"),
	OPT_TEXT(0, "time-format", &cfg.time_format, "FORMAT", "how times are written, e.g. %d.%m.%Y %H:%M"),
	OPT_TEXT(0, "device-column", &cfg.sheet.device_column, "COL", "column that names the device (default device)"),
	OPT_TEXT(0, "map", &cfg.sheet.map, "COL[=DATAPOINT],...", "only these columns, by name or number"),
	OPT_TEXT(0, "delimiter", &raw.delimiter, "CHAR", "what separates cells"),
	OPT_TEXT(0, "decimal", &raw.decimal, "CHAR", "decimal sign of cells: . or ,"),
	OPT_TEXT(0, "null", &cfg.sheet.null, "TEXT", "cells that are empty too, e.g. NA"),
	OPT_FLAG(0, "unguard", &cfg.sheet.unguard, "take away the apostrophes that sit-export puts before texts like =1+1"),
	OPT_HEAD("What becomes of them"),
	OPT_TEXT(0, "auto-create", &cfg.create_site, "SITE", "make unknown devices in SITE, and their datapoints"),
	OPT_NUMBER(0, "max-create", &cfg.max_create, "N", "at most N new things (default 1000)"),
	OPT_WORD(0, "keep", &raw.keep, "WHICH", keep_words, "which value holds at the same time: last (default), or first (of a broker)"),
	OPT_TEXT(0, "skew", &raw.skew, "PAST/FUTURE", "times further away are quarantined (default 36525d/1d)"),
	OPT_TEXT(0, "rejects", &cfg.rejects, "FILE", "append what is refused to FILE, with the reason"),
	OPT_NUMBER(0, "batch", &cfg.batch, "N", "points of a transaction (default 100000; a file into Postgres: 300000)"),
	OPT_TEXT(0, "flush", &raw.flush, "DURATION", "a point waits for its transaction so long at most (default 200ms)"),
	OPT_FLAG('n', "dry-run", &cfg.dry, "read, resolve and check, store nothing"),
	OPT_FLAG(0, "emit", &raw.emit, "print stored and corrected points after commit"),
	OPT_FLAG(0, "stats", &raw.stats, "print the books as a record"),
	OPT_USE(connect_opts),
	OPT_HEAD("Messages of a broker"),
	OPT_LIST(0, "topic", &raw.topics, "FILTER", "read these topics of a broker, not all of the organisation's; may be repeated"),
	OPT_TEXT(0, "share", &cfg.live.share, "SHARE", "share the topics with other programs that say the same word ($share)"),
	OPT_TEXT(0, "session", &raw.session, "DURATION", "the broker keeps messages so long while this is away (default 7d)"),
	OPT_FLAG(0, "wait", &cfg.live.wait, "wait for a broker that does not answer yet (default: exit 5)"),
	OPT_TEXT(0, "spool", &cfg.live.spool, "DIR", "while the store is away, keep messages in DIR"),
	OPT_TEXT(0, "spool-max", &raw.spool_max, "SIZE", "they take so much at most, then they wait at the broker (default 1G)"),
	OPT_END
};

static const struct example examples[] = {
	{ "sit-ingest --as heat-1 --time time_rounded heat.csv.gz", "a wide CSV: a column per datapoint" },
	{ "sit-ingest mqtts://broker --user sit-ingest --password @cred:broker", "what devices say, until stopped" },
	{ "sit-ingest --org '*' mqtt+unix:///etc/sit/broker/mqtt.sock --user sit-ingest --password @/etc/sit/broker/services/sit-ingest.ingest",
	  "one process for all organisations, by the login that sit-broker makes for it" },
	{ "jq -c '.data[]' answer.json | sit-ingest --keep first", "JSON Lines from a pipe" },
	{ "sit-ingest --as meter-1 energy_kwh=84213.2 --at 08:00", "a reading by hand" },
	{ NULL, NULL }
};
/* clang-format on */

static int read_live(struct err *e)
{
	int64_t session = cfg.live.session * US_PER_S;

	if (connect_read(&cfg.live.broker, e) < 0)
		return -1;
	if (raw.session && dur_parse(str_of(raw.session), &session, e) < 0)
		return err_wrap(e, "--session");
	cfg.live.session = session / US_PER_S;
	if (cfg.live.session < 1 || cfg.live.session >= UINT32_MAX)
		return err_set(e, E_USAGE, "--session: 1s to 49710d");
	if (raw.spool_max && size_parse(str_of(raw.spool_max), &cfg.live.spool_most, e) < 0)
		return err_wrap(e, "--spool-max");
	cfg.live.topic = raw.topics.v;
	cfg.live.ntopic = raw.topics.n;
	return 0;
}

static int read_options(struct ctx *c, struct err *e)
{
	if (raw.input && records_format_name(raw.input, &cfg.format, e) < 0)
		return -1;
	if (raw.delimiter && opt_char(raw.delimiter, "--delimiter", &cfg.sheet.delimiter, e) < 0)
		return -1;
	if (raw.decimal && opt_char(raw.decimal, "--decimal", &cfg.sheet.decimal, e) < 0)
		return -1;
	if (raw.decimal && cfg.sheet.decimal == (cfg.sheet.delimiter ? cfg.sheet.delimiter : ','))
		return err_set(e, E_USAGE, "--decimal: \"%s\" is what delimits cells: say --delimiter", raw.decimal);
	if (cfg.batch != INTAKE_USUAL_BATCH && (cfg.batch < 1 || cfg.batch > 1000000))
		return err_set(e, E_USAGE, "--batch: 1 to 1000000");
	cfg.flush = INTAKE_USUAL_FLUSH;
	if (raw.flush && dur_parse(str_of(raw.flush), &cfg.flush, e) < 0)
		return err_wrap(e, "--flush");
	if (raw.emit && raw.stats)
		return err_set(e, E_USAGE, "--emit and --stats exclude each other");
	if (read_live(e) < 0)
		return -1;
	cfg.program = c->prog->name;
	cfg.keep = !raw.keep ? INTAKE_USUAL : strcmp(raw.keep, "first") == 0 ? INTAKE_FIRST : INTAKE_LAST;
	cfg.zone = c->zone;
	cfg.zone_given = c->zone_given;
	cfg.now = c->now;
	cfg.skew = raw.skew;
	return 0;
}

static void complain(void *arg, const char *line)
{
	ctx_complain(arg, "%s", line);
}

static int enter(void *arg, struct str org, struct db **out, struct err *e)
{
	return ctx_open_one(arg, NEED_WRITE, org, out, e);
}

/* Points as they are stored, with their organisation where they are of many; or the books. */
static int open_out(struct ctx *c, struct out **out, struct err *e)
{
	static struct field point[32];

	if (raw.stats)
		return ctx_out(c, books_fields, books_count, out, e);
	if (!cfg.enter)
		return ctx_out(c, query_point_fields, query_point_plain, out, e);
	query_shown(c->db, query_point_fields, query_point_count, point);
	return ctx_out(c, point, query_point_count, out, e);
}

static int run(struct ctx *c, int argc, char **argv, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(400);
	struct cell cells[16];
	struct out *out = NULL;
	struct books books = { 0 };
	struct err verdict = { 0 };
	bool doubt;

	if (read_options(c, e) < 0)
		return -1;
	cfg.enter = db_self(c->db) ? NULL : enter;
	if ((raw.emit || raw.stats) && open_out(c, &out, e) < 0)
		return -1;
	cfg.emit = raw.emit ? out : NULL;
	cfg.complain = complain;
	cfg.progress = ctx_bar(c) ? ctx_progress : NULL;
	cfg.arg = c;
	(void)intake_run(c->db, &cfg, argv, argc, &books, &verdict);
	ctx_bar_end(c);
	books_text(&books, &text);
	if (books.quarantined)
		sb_adds(&text, ": sit-quarantine list");
	doubt = books.rejected || books.quarantined || books.corrected;
	if (c->opt->verbose || doubt || ((c->err_terminal || getenv("INVOCATION_ID")) && !c->opt->quiet))
		ctx_complain(c, "%s", sb_cstr(&text));
	cells[0] = CELL_OF_TEXT(str_of(cfg.source ? cfg.source : ""));
	books_cells(&books, cells);
	if (raw.stats && out_rec(out, cells, e) < 0)
		return -1;
	if (out && out_close(out, e) < 0)
		return -1;
	if (verdict.code == E_PARTIAL)
		verdict.msg[0] = '\0'; /* the books said it */
	*e = verdict;
	return verdict.code ? -1 : 0;
}

static const struct record records[] = {
	{ "point", "one value of one datapoint at one time", query_point_fields, &query_point_count },
	{ "books", "what became of the points of a run (sit-ingest --stats)", books_fields, &books_count },
	{ NULL, NULL, NULL, NULL }
};

const struct prog prog = {
	.name = "sit-ingest",
	.family = "acquire",
	.brief = "points into the store: brokers, JSON Lines, CSV, files, pipes, by hand",
	.operands = "[FILE...|URL|DATAPOINT=VALUE...]",
	.opts = opts,
	.records = records,
	.examples = examples,
	.needs = NEED_WRITE | NEED_ALL_ORGS,
	.most = -1,
	.run = run,
};
