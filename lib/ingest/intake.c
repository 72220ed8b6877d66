/* SPDX-License-Identifier: MIT */
#include "ingest/intake.h"

#include "store/entity.h"

#include <sys/stat.h>

#define BATCH 100000
#define FLUSH (200 * US_PER_MS)
/* Each transaction with a server costs round trips and a row for each device and lane; of a file nobody waits for a single point. */
#define BATCH_FAR 300000

static int read_skew(const char *text, struct ingest_opts *o, struct err *e)
{
	const char *slash = text ? strchr(text, '/') : NULL;

	o->skew_past = INGEST_SKEW_PAST;
	o->skew_future = INGEST_SKEW_FUTURE;
	if (!text)
		return 0;
	if (!slash)
		return err_set(e, E_USAGE, "--skew: write PAST/FUTURE, e.g. 30d/1h");
	if (dur_parse((struct str){ text, (size_t)(slash - text) }, &o->skew_past, e) < 0 ||
	    dur_parse(str_of(slash + 1), &o->skew_future, e) < 0)
		return err_wrap(e, "--skew");
	return 0;
}

static int options_of(const struct intake *in, const char *source, struct ingest_opts *o, struct err *e)
{
	*o = (struct ingest_opts){ .program = in->program, .source = source, .dry = in->dry,
				   .zone = in->zone, .zone_given = in->zone_given, .time_format = in->time_format,
				   .create_site = in->create_site, .max_create = in->max_create, .batch = in->batch, .flush = in->flush,
				   .rejects = in->rejects, .emit = in->emit, .now = in->now, .complain = in->complain,
				   .arg = in->arg, .enter = in->enter, .enter_arg = in->arg };
	return read_skew(in->skew, o, e);
}

/* A pipe, a terminal, a socket: what comes out of it is being said now. */
static bool is_stream(const char *path)
{
	struct stat st;

	return (strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st)) == 0 && !S_ISREG(st.st_mode);
}

/* What was not said: how many points a transaction has, and how long they wait for it. */
static void how_many(const struct db *db, bool file, struct ingest_opts *o)
{
	bool far = file && db && db_posts(db);

	if (o->batch == INTAKE_USUAL_BATCH)
		o->batch = far ? BATCH_FAR : BATCH;
	if (o->flush == INTAKE_USUAL_FLUSH)
		o->flush = far ? 0 : FLUSH;
}

/* A broker; what it says is kept first, because it may say it again. */
static int broker(struct ingest *g, const struct intake *in, const char *url, struct err *e)
{
	struct live_opts live = in->live;

	live.url = url;
	live.as = str_of(in->as);
	live.dry = in->dry;
	live.complain = in->complain;
	live.arg = in->arg;
	return live_feed(g, &live, e);
}

/* One source; a refused record (E_PARTIAL), or more than the day's points (E_DENIED), does not stop the next file. */
static int one(struct db *db, struct intake *in, const char *path, char **terms, int n, struct books *total, struct err *refused,
	       struct err *e)
{
	AUTO(ingest_freep) struct ingest *g = NULL;
	struct feed_opts feed = { in->format, in->sheet, in->progress, in->arg };
	struct ingest_opts o;
	struct books books = { 0 };
	struct err late = { 0 };
	bool live = path && connect_is_url(path);
	int rc;

	sb_clear(&in->shown);
	if (live && connect_shown(path, &in->shown, e) < 0)
		return -1;
	in->source = live ? sb_cstr(&in->shown) : path ? (strcmp(path, "-") ? path : "stdin") : "hand";
	feed.sheet.as = str_of(in->as);
	feed.sheet.orgs = in->enter != NULL;
	if (options_of(in, in->source, &o, e) < 0)
		return -1;
	how_many(db, path && !live && !is_stream(path), &o);
	o.acks = live;
	o.keep_last = in->keep == INTAKE_LAST || (in->keep == INTAKE_USUAL && !live);
	o.clock = live || !path || is_stream(path);
	o.live = path && o.clock && !o.keep_last;
	if (ingest_begin(db, &o, &g, e) < 0)
		return -1;
	rc = live ? broker(g, in, path, e) : path ? feed_file(g, path, &feed, e) : feed_terms(g, str_of(in->as), terms, n, in->at, e);
	if (rc < 0 && e->code == E_BUG)
		return -1;
	if (rc < 0)
		ingest_failed(g, e);
	if (ingest_end(g, &books, &late) < 0) {
		if (late.code == E_DENIED || (late.code == E_PARTIAL && !refused->code))
			*refused = late;
		else if (late.code != E_PARTIAL && rc == 0)
			*e = late, rc = -1;
	}
	books_add(total, &books);
	return rc;
}

/* The site of --auto-create is looked up before anything is read. */
static int check_site(struct db *db, const struct intake *in, struct err *e)
{
	int64_t id;

	if (!in->create_site)
		return 0;
	if (entity_ready(db, e) < 0)
		return -1;
	return entity_resolve(db, &site_entity, str_of(in->create_site), &id, e) < 0 ? err_wrap(e, "--auto-create") : 0;
}

/* A broker comes alone; what only a broker knows is not said of files: nobody shall think that a spool stands behind them. */
static int check_brokers(const struct intake *in, char **operands, int n, struct err *e)
{
	bool any = false;

	for (int i = 0; i < n; i++)
		if (connect_is_url(operands[i])) {
			any = true;
			if (n > 1)
				return err_set(e, E_USAGE, "%s: a broker is read alone, until the program is told to stop", operands[i]);
		}
	if (!any && (in->live.spool || in->live.share || in->live.ntopic || in->live.wait))
		return err_set(e, E_USAGE, "%s goes with the URL of a broker",
			       in->live.spool ? "--spool" : in->live.share ? "--share" : in->live.wait ? "--wait" : "--topic");
	return 0;
}

/* What is said of one organisation cannot be said of all. */
static int check_orgs(const struct intake *in, bool hand, struct err *e)
{
	static const char all[] = "--org '*' takes records that name their organisation";

	if (!in->enter)
		return 0;
	if (hand)
		return err_set(e, E_USAGE, "%s: of values by hand say it (--org NAME)", all);
	if (in->create_site)
		return err_set(e, E_USAGE, "%s: --auto-create goes with one (--org NAME)", all);
	if (in->live.broker.profile != TOPIC_SIT)
		return err_set(e, E_USAGE, "%s: topics of --profile %s name none", all, topic_profiles[in->live.broker.profile]);
	return 0;
}

static int take_all(struct db *db, struct intake *in, char **operands, int n, struct books *total, struct err *e)
{
	bool hand = in->as && n > 0 && strchr(operands[0], '=') && access(operands[0], F_OK) != 0;
	struct err refused = { 0 };
	char dash[] = "-", *std[] = { dash };
	int rc = 0;

	if (in->at && !hand)
		return err_set(e, E_USAGE, "--at goes with values by hand: --as DEVICE DATAPOINT=VALUE");
	if (!in->as && n > 0 && strchr(operands[0], '=') && access(operands[0], F_OK) != 0)
		return err_set(e, E_USAGE, "%s: no such file; values by hand need their device (--as DEVICE)", operands[0]);
	if (!hand && check_brokers(in, operands, n, e) < 0)
		return -1;
	if (check_orgs(in, hand, e) < 0 || check_site(db, in, e) < 0)
		return -1;
	if (n == 0 && isatty(STDIN_FILENO))
		return err_set(e, E_USAGE, "standard input is a terminal: name a file, or - to read it all the same");
	if (hand) {
		rc = one(db, in, NULL, operands, n, total, &refused, e);
	} else {
		if (n == 0) {
			operands = std;
			n = 1;
		}
		for (int i = 0; i < n && rc == 0; i++)
			rc = one(db, in, operands[i], NULL, 0, total, &refused, e);
	}
	if (rc == 0 && refused.code == E_PARTIAL)
		return err_set(e, E_PARTIAL, "some records were refused");
	if (rc == 0 && refused.code)
		*e = refused;
	return refused.code ? -1 : rc;
}

int intake_run(struct db *db, struct intake *in, char **operands, int n, struct books *total, struct err *e)
{
	AUTO(db_closep) struct db *first = NULL;
	int got = 1;

	if (in->enter)
		got = in->enter(in->arg, (struct str){ NULL, 0 }, &first, e);
	if (got <= 0)
		return got < 0 ? -1 : err_set(e, E_NOTFOUND, "the store's default organisation is not there");
	return take_all(first ? first : db, in, operands, n, total, e);
}
