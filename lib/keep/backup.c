/* SPDX-License-Identifier: MIT */
/* Making a backup. It grows in a folder of another name, which is given its own when everything is on the disk. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/time.h"
#include "db/whole.h"
#include "keep/backup_impl.h"
#include "keep/copy.h"
#include "keep/shard.h"
#include "os/clock.h"
#include "os/file.h"
#include "store/schema.h"

void backup_remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *f;

	while (d && (f = readdir(d)))
		if (f->d_type != DT_DIR)
			(void)unlinkat(dirfd(d), f->d_name, 0);
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

int backup_make_folder(struct sb *path, struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	if (sb_addf(path, "%s/sit-backup.XXXXXX", tmp && *tmp ? tmp : "/var/tmp") < 0)
		return err_nomem(e);
	return mkdtemp(path->buf) ? 0 : err_errno(e, errno, sb_cstr(path));
}

/* "sit" of /var/lib/sit/sit.db and of postgres://host/sit, which is without passwords. */
static struct str stem(const char *url)
{
	size_t n = strcspn(url, "?"), from = n;

	if (db_url_file(url))
		n = from = strlen(url);
	while (from > 0 && url[from - 1] != '/')
		from--;
	if (n - from > 3 && memcmp(url + n - 3, ".db", 3) == 0)
		n -= 3;
	return n > from ? (struct str){ url + from, n - from } : STR("store");
}

/* Where the set will be: in a folder by the store's name and the time, else exactly there. What is in a set and not of it damages it. */
static int choose_path(const char *store, const char *where, struct sb *path, struct err *e)
{
	AUTO(sb_done) struct sb above = SB_INIT(PATH_MAX);
	size_t len = strlen(where);
	bool folder = folder_is(where) || (len && where[len - 1] == '/');
	char at[40];

	(void)sb_adds(path, where);
	if (folder) {
		while (path->len > 1 && path->buf[path->len - 1] == '/')
			path->buf[--path->len] = '\0';
		if (backup_is_set(sb_cstr(path)))
			return err_set(e, E_CONFLICT, "%s: is a backup already (with a / behind a new name, a folder of many is made)", sb_cstr(path));
		if (folder_make(sb_cstr(path), 0700, e) < 0)
			return -1;
		(void)time_print(clock_now() / US_PER_S * US_PER_S, NULL, at);
		(void)sb_addf(path, "/%.*s-", STR_ARG(stem(store)));
		for (const char *p = at; *p; p++)
			if (*p != '-' && *p != ':')
				(void)sb_addc(path, *p);
	}
	if (path->bad || path_folder(sb_cstr(path), &above) < 0)
		return err_nomem(e);
	if (!folder && folder_make(sb_cstr(&above), 0700, e) < 0)
		return -1;
	return access(sb_cstr(path), F_OK) == 0 ? err_set(e, E_CONFLICT, "%s: exists already", sb_cstr(path)) : 0;
}

struct creating {
	struct db *db;
	const char *url;
	const struct backup *how;
	const char *folder;
	struct manifest m;
};

static int path_in(const char *folder, const char *name, struct sb *path, struct err *e)
{
	sb_clear(path);
	return sb_addf(path, "%s/%s", folder, name) < 0 ? err_nomem(e) : 0;
}

static int pack_from(struct creating *c, int fd, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct file *f;

	c->m.file = strdup(c->m.database ? FILE_OF_POSTGRES : FILE_OF_SQLITE);
	if (!c->m.file)
		return err_nomem(e);
	if (path_in(c->folder, c->m.file, &path, e) < 0 || file_begin(sb_cstr(&path), 0600, &f, e) < 0)
		return -1;
	if (pack(fd, c->how->chunk ? c->how->chunk : PACK_CHUNK, f, &c->m.packed, e) < 0)
		return file_drop(f);
	return file_commit(f, e);
}

/* Counted is the copy, so that what was counted is what is in it. */
static int count_copy(const char *path, struct census *census, struct err *e)
{
	AUTO(db_closep) struct db *db = NULL;

	return db_open_any(path, DB_READ, &store_schema, &db, e) < 0 ? -1 : census_take(db, census, e);
}

/* A store on several servers: a dump would keep the names of the shards and nothing of what is on them. The copy is of one moment on all of them. */
static int copy_apart(struct creating *c, const char *path, struct err *e)
{
	struct copying k = { .from = c->url, .to = path, .moving = true, .progress = c->how->progress, .arg = c->how->arg };

	return store_copy(&k, e);
}

static int create_file(struct creating *c, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int rc, fd;

	if (path_in(c->folder, "store.db", &path, e) < 0)
		return -1;
	rc = db_url_file(c->url) ? db_file_copy(c->db, sb_cstr(&path), c->how->progress, c->how->arg, e) : copy_apart(c, sb_cstr(&path), e);
	if (rc == 0)
		rc = count_copy(sb_cstr(&path), &c->m.census, e);
	if (rc == 0) {
		fd = open_file(sb_cstr(&path), O_RDONLY, 0);
		rc = fd < 0 ? err_errno(e, errno, sb_cstr(&path)) : pack_from(c, fd, e);
		if (fd >= 0)
			(void)close(fd);
	}
	db_file_remove(sb_cstr(&path));
	return rc;
}

/* The counts and the dump are of one snapshot. */
static int dump(struct creating *c, struct err *e)
{
	AUTO(sb_done) struct sb snapshot = SB_INIT(256);
	AUTO(sb_done) struct sb owner = SB_INIT(256);
	struct err late = { 0 };
	struct process p;
	int fd, rc;

	if (db_dump_snapshot(c->db, &snapshot, &owner, e) < 0 || db_dump_start(c->url, sb_cstr(&snapshot), sb_cstr(&owner), &p, &fd, e) < 0)
		return -1;
	rc = pack_from(c, fd, e);
	(void)close(fd);
	if (rc < 0)
		process_kill(&p);
	else if (process_end(&p, &late) < 0) {
		*e = late;
		rc = -1;
	}
	return rc < 0 ? -1 : census_take(c->db, &c->m.census, e);
}

static int create_database(struct creating *c, struct err *e)
{
	int rc;

	/* Who does not own the tables is shown nothing of them, and would keep an empty backup. */
	if (!db_owner(c->db))
		return err_set(e, E_DENIED, "%s: a backup is for the owner of the store", db_path(c->db));
	if (db_read_begin(c->db, e) < 0)
		return -1;
	rc = dump(c, e);
	db_read_end(c->db);
	return rc;
}

static int write_manifest(const struct creating *c, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT((size_t)256 << 20);
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct file *f;

	if (manifest_print(&c->m, &text, e) < 0 || path_in(c->folder, MANIFEST, &path, e) < 0 || file_begin(sb_cstr(&path), 0600, &f, e) < 0)
		return -1;
	return file_write(f, text.buf, text.len, e) < 0 ? file_drop(f) : file_commit(f, e);
}

static int create(struct creating *c, const char *path, struct err *e)
{
	int apart = shard_any(c->db, e);

	if (apart < 0)
		return -1;
	c->m.at = clock_now();
	c->m.database = !db_url_file(c->url) && !apart;
	c->m.store = strdup(db_path(c->db));
	if (!c->m.store)
		return err_nomem(e);
	if ((c->m.database ? create_database : create_file)(c, e) < 0 || write_manifest(c, e) < 0)
		return -1;
	if (rename(c->folder, path) != 0)
		return err_errno(e, errno, path);
	for (size_t i = 0; c->how->rows && i < c->m.census.ntable; i++)
		*c->how->rows += c->m.census.table[i].n;
	return folder_sync(path, e);
}

int backup_create(struct db *db, const char *url, const char *where, const struct backup *how, struct sb *path, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	struct creating c = { .db = db, .url = url, .how = how };
	int rc;

	if (choose_path(db_path(db), where, path, e) < 0)
		return -1;
	if (sb_addf(&folder, "%s" UNFINISHED "XXXXXX", sb_cstr(path)) < 0)
		return err_nomem(e);
	if (!mkdtemp(folder.buf))
		return err_errno(e, errno, sb_cstr(path));
	c.folder = sb_cstr(&folder);
	rc = create(&c, sb_cstr(path), e);
	if (rc < 0)
		backup_remove_folder(c.folder);
	manifest_done(&c.m);
	return rc;
}
