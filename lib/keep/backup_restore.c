/* SPDX-License-Identifier: MIT */
/* Putting a backup in a store's place. */
#include <sys/stat.h>

#include "db/whole.h"
#include "keep/backup_impl.h"
#include "os/actor.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/signal.h"
#include "store/epoch.h"
#include "store/event.h"
#include "store/schema.h"

struct restore {
	struct restoring *r;
	struct manifest m;
	struct err first; /* what is wrong with the backup */
	struct gaps *gaps;
	struct sb shown; /* r->to without passwords */
	bool events;	 /* the store is of a version that has them */
};

/* Of many faults the first is said; sit-backup verify says all. */
static void remember(const struct fault *f, void *arg)
{
	struct err *e = arg;

	if (e->code)
		return;
	if (f->file && f->to >= 0)
		(void)err_set(e, E_CONFLICT, "%s: %s (bytes %" PRId64 " to %" PRId64 ")", f->file, f->what, f->from, f->to);
	else
		(void)err_set(e, E_CONFLICT, "%s%s%s", f->file ? f->file : "", f->file ? ": " : "", f->what);
}

/* 1 goes on; 0 becomes an error that names the set. */
static int refused(struct restore *s, int rc, struct err *e)
{
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	*e = s->first;
	return err_wrap(e, "%s: is damaged, nothing was restored", s->r->set);
}

static int begin_epoch_tx(struct db *db, void *arg, struct err *e)
{
	const struct restore *s = arg;
	const struct epoch now = { s->r->epoch, clock_now() };
	char actor[128], at[40], message[400];
	struct event v = { .ts = now.started, .at = now.started, .kind = EVENT_SYSTEM, .severity = SEVERITY_WARNING, .source = EVENT_FROM_BACKUP };

	actor_name(actor, sizeof(actor));
	(void)time_print(s->m.at, NULL, at);
	(void)snprintf(message, sizeof(message), "restored from the backup %.300s of %s", s->r->set, at);
	v.message = str_of(message);
	v.who = str_of(actor);
	if (epoch_begin(db, &now, s->r->set, s->m.at, actor, e) < 0)
		return -1;
	return s->events ? event_add_everywhere(db, &v, e) : 0;
}

static int begin_epoch(struct db *db, struct restore *s, struct err *e)
{
	struct err older = { 0 };

	s->events = event_ready(db, &older) == 0;
	return db_write(db, false, begin_epoch_tx, s, e);
}

/* What the store that is there knows: its epoch, and what came in since. One that is damaged tells nothing. */
static int ask_old(struct restore *s, struct err *e)
{
	AUTO(db_closep) struct db *old = NULL;
	struct err ignored = { 0 };
	struct epoch was;

	s->r->epoch = s->m.census.epoch;
	if (*s->r->kept && db_open(s->r->to, DB_READ, &store_schema, &old, &ignored) == 0 && epoch_now(old, &was, &ignored) == 0) {
		s->r->epoch = was.number > s->r->epoch ? was.number : s->r->epoch;
		if (gaps_take(old, &s->gaps, &ignored) < 0 && ignored.code == E_SIGNAL) {
			*e = ignored;
			return -1;
		}
	}
	s->r->epoch++;
	return 0;
}

/* ---- a file ---- */

static int prepare_file(struct restore *s, const char *fresh, struct out *out, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	if (refused(s, backup_unpack(s->r->set, &s->m, fresh, remember, &s->first, e), e) < 0 ||
	    db_open_any(fresh, DB_WRITE, &store_schema, &db, e) < 0 ||
	    refused(s, backup_counted(db, &s->m, remember, &s->first, e), e) < 0 ||
	    refused(s, backup_sound(db, remember, &s->first, e), e) < 0 || begin_epoch(db, s, e) < 0)
		return -1;
	return gaps_print(s->gaps, db, out, e);
}

/* "PATH.before-3" of the epoch that begins, by the real name of PATH. */
static int name_kept(struct restore *s, const char *path, struct err *e)
{
	int n = snprintf(s->r->kept, sizeof(s->r->kept), "%s.before-%" PRId64, path, s->r->epoch);

	return n > 0 && (size_t)n < sizeof(s->r->kept) ? 0 : err_set(e, E_USAGE, "%s: path too long", path);
}

static int restore_file(struct restore *s, struct out *out, struct err *e)
{
	const char *path = db_url_file(s->r->to);
	AUTO(free_chars) char *real = realpath(path, NULL);
	AUTO(free_chars) char *fresh = NULL;
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	int rc;

	if (real && !s->r->replace)
		return err_set(e, E_CONFLICT, "%s: a store is there; --replace puts the backup in its place and keeps the old one", path);
	(void)snprintf(s->r->kept, sizeof(s->r->kept), "%s", real ? "?" : "");
	if (!real && (path_folder(path, &folder) < 0 || folder_make(sb_cstr(&folder), 0700, e) < 0))
		return -1;
	if (ask_old(s, e) < 0 || (real && name_kept(s, real, e) < 0))
		return -1;
	if (asprintf(&fresh, "%s.restoring.%d", real ? real : path, (int)getpid()) < 0) {
		fresh = NULL;
		return err_nomem(e);
	}
	rc = prepare_file(s, fresh, out, e);
	if (rc == 0)
		rc = db_file_swap(path, fresh, s->r->kept, e);
	db_file_remove(fresh);
	return rc;
}

/* ---- a database ---- */

static int finish_database(struct restore *s, struct out *out, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;
	int rc;

	/* Nobody but the owner can work in it before it is adopted. */
	if (db_open_any(s->r->to, DB_WRITE, &store_schema, &db, e) < 0)
		return -1;
	rc = backup_counted(db, &s->m, remember, &s->first, e);
	if (rc >= 0 && (begin_epoch(db, s, e) < 0 || db_adopt(db, e) < 0))
		rc = -1;
	if (rc > 0)
		rc = backup_sound(db, remember, &s->first, e);
	if (rc == 0) {
		*e = s->first;
		return err_wrap(e, "%s: restored, and not as it was", sb_cstr(&s->shown));
	}
	return rc < 0 ? -1 : gaps_print(s->gaps, db, out, e);
}

/* First into a database for trial, where one may be made. */
static int load(struct restore *s, const char *file, struct out *out, struct err *e)
{
	struct verifying v = { .set = s->r->set, .server = s->r->to };

	if (refused(s, backup_look(&v, remember, &s->first, e), e) < 0 ||
	    refused(s, backup_unpack(s->r->set, &s->m, file, remember, &s->first, e), e) < 0)
		return -1;
	if (db_dump_load(s->r->to, file, *s->r->kept ? s->r->kept : NULL, e) < 0)
		return err_wrap(e, "nothing was restored");
	return finish_database(s, out, e);
}

static int restore_database(struct restore *s, struct out *out, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb file = SB_INIT(PATH_MAX);
	struct db *old = NULL;
	int rc = db_open_any(s->r->to, DB_READ, &store_schema, &old, e);
	bool there = rc == 0;

	db_close(old);
	if (rc < 0 && e->code != E_NOTFOUND)
		return -1;
	err_clear(e);
	if (there && !s->r->replace)
		return err_set(e, E_CONFLICT, "%s: a store is there; --replace puts the backup in its place and keeps the old one",
			       sb_cstr(&s->shown));
	(void)snprintf(s->r->kept, sizeof(s->r->kept), "%s", there ? "?" : "");
	if (ask_old(s, e) < 0 || (there && name_kept(s, "main", e) < 0) || backup_make_folder(&folder, e) < 0)
		return -1;
	for (char *p = s->r->kept; *p; p++)
		*p = *p == '.' || *p == '-' ? '_' : *p; /* a name of a schema that needs no quotes */
	rc = sb_addf(&file, "%s/store", sb_cstr(&folder)) < 0 ? err_nomem(e) : load(s, sb_cstr(&file), out, e);
	backup_remove_folder(sb_cstr(&folder));
	return rc;
}

int backup_restore(struct restoring *r, struct out *out, struct err *e)
{
	struct restore s = { .r = r, .shown = SB_INIT(1 << 16) };
	bool file = db_url_file(r->to) != NULL;
	int rc = db_url_shown(r->to, &s.shown) < 0 ? err_nomem(e) : refused(&s, backup_read_manifest(r->set, &s.m, remember, &s.first, e), e);

	r->kept[0] = '\0';
	if (rc == 0 && file == s.m.database)
		rc = err_set(e, E_USAGE, "%s: is of a store in %s; restore it into one, then sit-db copy", r->set,
			     file ? "Postgres" : "a file of SQLite");
	signals_pipe_ignore(true);
	if (rc == 0)
		rc = (file ? restore_file : restore_database)(&s, out, e);
	gaps_free(s.gaps);
	sb_done(&s.shown);
	manifest_done(&s.m);
	return rc;
}
