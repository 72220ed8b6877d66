/* SPDX-License-Identifier: MIT */
/* Looking at a backup: every byte of it, then what it becomes when it is restored. */
#include <dirent.h>
#include <sys/stat.h>

#include "db/whole.h"
#include "keep/backup_impl.h"
#include "keep/dbwork.h"
#include "os/file.h"
#include "series/series.h"
#include "store/schema.h"

#define MANIFEST_MAX ((size_t)256 << 20)

const struct field backup_fault_fields[] = {
	{ .name = "set", .kind = FIELD_TEXT, .help = "the backup" },
	{ .name = "file", .kind = FIELD_TEXT, .help = "the file of it; empty: what it becomes when restored" },
	{ .name = "from", .kind = FIELD_INT, .help = "first byte of the region; empty: all of it" },
	{ .name = "to", .kind = FIELD_INT, .help = "the byte behind its last" },
	{ .name = "finding", .kind = FIELD_TEXT, .help = "what is wrong there" },
};
const size_t backup_fault_count = COUNT(backup_fault_fields);

static int tell(const char *file, int64_t from, int64_t to, const char *what, fault_fn *bad, void *arg)
{
	bad(&(struct fault){ file, from, to, what }, arg);
	return 0;
}

int backup_read_manifest(const char *set, struct manifest *m, fault_fn *bad, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb text = SB_INIT(MANIFEST_MAX);
	struct err why = { 0 };
	struct stat st;

	*m = (struct manifest){ 0 };
	if (!folder_is(set))
		return err_set(e, E_NOTFOUND, "%s: no such backup", set);
	if (sb_addf(&path, "%s/" MANIFEST, set) < 0)
		return err_nomem(e);
	if (lstat(sb_cstr(&path), &st) != 0)
		return errno == ENOENT ? tell(MANIFEST, 0, -1, "is missing", bad, arg) : err_errno(e, errno, sb_cstr(&path));
	if (!S_ISREG(st.st_mode))
		return tell(MANIFEST, 0, -1, "is no file", bad, arg);
	if (file_read(sb_cstr(&path), &text, &why) < 0 || manifest_parse(sb_str(&text), m, &why) < 0) {
		if (why.code == E_INPUT)
			return tell(MANIFEST, 0, (int64_t)st.st_size, why.msg, bad, arg);
		*e = why;
		return -1;
	}
	return 1;
}

/* A set has two files. */
static int look_at_names(const char *set, const struct manifest *m, fault_fn *bad, void *arg, struct err *e)
{
	const char *const names[] = { MANIFEST, m->file };
	bool there[COUNT(names)] = { false }, well = true;
	struct dirent **found;
	int n = scandir(set, &found, NULL, alphasort);

	if (n < 0)
		return err_errno(e, errno, set);
	for (int i = 0; i < n; i++) {
		const char *name = found[i]->d_name;
		size_t k = 0;

		while (k < COUNT(names) && strcmp(name, names[k]) != 0)
			k++;
		if (k < COUNT(names))
			there[k] = true;
		else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			well = tell(name, 0, -1, "does not belong to the backup", bad, arg) != 0;
		free(found[i]);
	}
	free(found);
	for (size_t k = 0; k < COUNT(names); k++)
		if (!there[k])
			well = tell(names[k], 0, -1, "is missing", bad, arg) != 0;
	return well;
}

struct counting {
	fault_fn *bad;
	void *arg;
	bool any;
};

static void count(const struct fault *f, void *arg)
{
	struct counting *c = arg;

	c->any = true;
	c->bad(f, c->arg);
}

int backup_unpack(const char *set, const struct manifest *m, const char *to, fault_fn *bad, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct counting c = { bad, arg, false };
	struct file *f = NULL;
	struct stat st;
	int rc = look_at_names(set, m, count, &c, e);

	if (rc < 0)
		return -1;
	if (sb_addf(&path, "%s/%s", set, m->file) < 0)
		return err_nomem(e);
	if (lstat(sb_cstr(&path), &st) != 0)
		return errno == ENOENT ? 0 : err_errno(e, errno, sb_cstr(&path));
	if (!S_ISREG(st.st_mode))
		return tell(m->file, 0, -1, "is no file", bad, arg);
	if (to && file_begin(to, 0600, &f, e) < 0)
		return -1;
	/* With faults it goes on to find all of them, and unpacks no more. */
	rc = packed_read(sb_cstr(&path), m->file, &m->packed, f, count, &c, e);
	if (f && (rc < 0 || c.any))
		(void)file_drop(f);
	else if (f)
		rc = file_commit(f, e);
	return rc < 0 ? -1 : !c.any;
}

static void checked(const char *what, void *arg)
{
	count(&(struct fault){ NULL, 0, -1, what }, arg);
}

int backup_counted(struct db *db, const struct manifest *m, fault_fn *bad, void *arg, struct err *e)
{
	struct counting c = { bad, arg, false };
	struct census now = { 0 };
	int rc, have, known;

	db_mover(db, series_adopt);
	if (db_version(db, &have, &known, e) < 0 || (have < known && db_migrate(db, NULL, NULL, e) < 0))
		return -1;
	rc = census_take(db, &now, e);
	if (rc == 0)
		census_compare(&m->census, &now, count, &c);
	census_done(&now);
	return rc < 0 ? -1 : !c.any;
}

int backup_sound(struct db *db, fault_fn *bad, void *arg, struct err *e)
{
	struct counting c = { bad, arg, false };

	return dbwork_findings(db, checked, &c, e) < 0 ? -1 : !c.any;
}

struct trial {
	struct verifying *v;
	const struct manifest *m;
	const char *file; /* unpacked */
	fault_fn *bad;
	void *arg;
};

/* Both, and both are told of. */
static int compare(struct db *db, const struct trial *t, struct err *e)
{
	int counted = backup_counted(db, t->m, t->bad, t->arg, e), sound = counted < 0 ? -1 : backup_sound(db, t->bad, t->arg, e);

	return counted < 0 || sound < 0 ? -1 : counted && sound;
}

/* ---- a trial ---- */

static int try_file(const struct trial *t, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	return db_open_any(t->file, DB_WRITE, &store_schema, &db, e) < 0 ? -1 : compare(db, t, e);
}

static int try_loaded(const struct trial *t, const char *url, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	if (db_dump_load(url, t->file, NULL, e) < 0 || db_open_any(url, DB_WRITE, &store_schema, &db, e) < 0 || db_adopt(db, e) < 0)
		return -1;
	return compare(db, t, e);
}

/* In a database of its own on the server where there is one and it may be made; else what pg_restore says of it must do. */
static int try_dump(const struct trial *t, struct err *e)
{
	AUTO(sb_done) struct sb url = SB_INIT(1 << 16);
	struct verifying *v = t->v;
	struct err why = { 0 };
	char name[64];
	int rc;

	(void)snprintf(name, sizeof(name), "sit_trial_%d", (int)getpid());
	if (!v->server || db_url_file(v->server))
		(void)snprintf(v->reason, sizeof(v->reason), "no server of Postgres is named (--db)");
	else if (db_scratch_make(v->server, name, &url, &why) < 0)
		(void)snprintf(v->reason, sizeof(v->reason), "%s", why.msg);
	else
		v->untried = NULL;
	if (*v->reason) {
		v->untried = v->reason;
		return db_dump_list(t->file, e) < 0 ? -1 : 1;
	}
	rc = try_loaded(t, sb_cstr(&url), e);
	db_scratch_drop(v->server, name);
	return rc;
}

/* A store that cannot even be opened or loaded is a fault of the backup. */
static int try_restoring(const struct trial *t, struct err *e)
{
	int rc = (t->m->database ? try_dump : try_file)(t, e);

	if (rc >= 0 || e->code == E_SIGNAL || e->code == E_BUG)
		return rc;
	(void)tell(NULL, 0, -1, e->msg, t->bad, t->arg);
	err_clear(e);
	return 0;
}

int backup_look(struct verifying *v, fault_fn *bad, void *arg, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb file = SB_INIT(PATH_MAX);
	struct manifest m;
	int rc = backup_read_manifest(v->set, &m, bad, arg, e);

	v->untried = NULL;
	v->reason[0] = '\0';
	if (rc > 0 && (rc = backup_make_folder(&folder, e)) == 0) {
		if (sb_addf(&file, "%s/store", sb_cstr(&folder)) < 0)
			rc = err_nomem(e);
		else
			rc = backup_unpack(v->set, &m, sb_cstr(&file), bad, arg, e);
		if (rc > 0)
			rc = try_restoring(&(struct trial){ v, &m, sb_cstr(&file), bad, arg }, e);
		backup_remove_folder(sb_cstr(&folder));
	}
	manifest_done(&m);
	return rc;
}

struct printing {
	const char *set;
	struct out *out;
	struct err *e;
	int rc;
	size_t n;
};

static void print(const struct fault *f, void *arg)
{
	struct printing *p = arg;
	const struct cell cells[COUNT(backup_fault_fields)] = {
		CELL_OF_TEXT(str_of(p->set)),
		f->file ? CELL_OF_TEXT(str_of(f->file)) : CELL_OF_NULL,
		f->to >= 0 ? CELL_OF_INT(f->from) : CELL_OF_NULL,
		f->to >= 0 ? CELL_OF_INT(f->to) : CELL_OF_NULL,
		CELL_OF_TEXT(str_of(f->what)),
	};

	p->n++;
	if (p->rc == 0)
		p->rc = out_rec(p->out, cells, p->e);
}

int backup_verify(struct verifying *v, struct out *out, struct err *e)
{
	struct err late = { 0 };
	struct printing p = { v->set, out, &late, 0, 0 };

	if (backup_look(v, print, &p, e) < 0)
		return -1;
	if (p.rc < 0) {
		*e = late;
		return -1;
	}
	return p.n ? err_set(e, E_ANSWER, "%zu findings", p.n) : 0;
}
