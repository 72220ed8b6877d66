/* SPDX-License-Identifier: MIT */
#include "task/trouble.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/time.h"
#include "store/schema.h"

struct telling {
	const struct trouble *t;
	bool over, news;
};

static int tell_tx(struct db *db, void *arg, struct err *e)
{
	struct telling *x = arg;

	return x->over ? trouble_off(db, x->t, &x->news, e) : trouble_on(db, x->t, &x->news, e);
}

int trouble_tell(struct db *db, const struct trouble *t, bool over, bool *news, struct err *e)
{
	struct telling x = { t, over, false };
	bool any;

	/* Nobody waits for the writers' lock to say what is known. */
	if (trouble_news(db, t, over, &any, e) < 0)
		return -1;
	if (any && db_write(db, false, tell_tx, &x, e) < 0)
		return -1;
	if (news)
		*news = x.news;
	return 0;
}

int trouble_tell_apart(struct db *reader, const char *url, struct trouble *t, bool over, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	bool news = true;

	t->org = db_self(reader);
	if (over && (trouble_ready(reader, e) < 0 || trouble_news(reader, t, over, &news, e) < 0))
		return -1;
	if (!news)
		return 0;
	if (db_open(url, DB_WRITE, &store_schema, &db, e) < 0)
		return -1;
	if (t->org && db_scope_set(db, t->org, db_self_name(reader), &t->org, 1, e) < 0)
		return -1;
	return trouble_ready(db, e) < 0 ? -1 : trouble_tell(db, t, over, NULL, e);
}

bool trouble_of_space(int64_t bytes, int64_t free_bytes, enum severity *severity)
{
	bool bad = free_bytes < bytes / 50 && free_bytes < INT64_C(200000000);

	*severity = bad ? SEVERITY_CRITICAL : SEVERITY_WARNING;
	return bad || (free_bytes < bytes / 10 && free_bytes < INT64_C(1) << 30);
}

int64_t trouble_of_clock(int64_t wall, int64_t real)
{
	int64_t by = wall - real;

	return by > -5 * US_PER_S && by < 5 * US_PER_S ? 0 : by;
}

/* The folder that the file lies in. */
static void folder_of(const char *file, struct sb *folder)
{
	const char *slash = strrchr(file, '/');

	if (slash)
		sb_add(folder, file, (size_t)(slash - file) + 1);
	else
		sb_adds(folder, ".");
}

int trouble_look(struct db *db, int64_t now, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(4096);
	const char *file = db_url_file(db_path(db));
	char line[4400];
	struct trouble t = { .about = "disk", .message = line, .org = db_self(db), .now = now };
	struct statvfs fs;
	bool bad;

	if (!file)
		return 0;
	folder_of(file, &folder);
	if (folder.bad || statvfs(folder.buf, &fs) < 0)
		return 0; /* whoever writes the store will say so */
	bad = trouble_of_space((int64_t)(fs.f_blocks * fs.f_frsize), (int64_t)(fs.f_bavail * fs.f_frsize), &t.severity);
	(void)snprintf(line, sizeof(line), "the disk of the store %s: %" PRIu64 " MiB left in %s", bad ? "is nearly full" : "has room again",
		       (uint64_t)fs.f_bavail * fs.f_frsize >> 20, folder.buf);
	return trouble_tell(db, &t, !bad, NULL, e);
}

static int once_tx(struct db *db, void *arg, struct err *e)
{
	return trouble_once(db, arg, e);
}

int trouble_clock(struct db *db, int64_t by, int64_t now, struct err *e)
{
	char line[200], span[48];
	struct trouble t = { .about = "clock", .severity = SEVERITY_WARNING, .message = line, .org = db_self(db), .now = now };

	(void)dur_print(by < 0 ? -by : by, span);
	(void)snprintf(line, sizeof(line), "the clock of this machine was set %s by %s: what is timed by it came early or late", by < 0 ? "back" : "forward", span);
	return db_write(db, false, once_tx, &t, e);
}
