/* SPDX-License-Identifier: MIT */
/* Which backups there are. */
#include <dirent.h>
#include <sys/stat.h>

#include "keep/backup_impl.h"
#include "os/file.h"

static const char *const states[] = { "whole", "damaged", "unfinished", NULL };

const struct field backup_set_fields[] = {
	{ .name = "set", .kind = FIELD_TEXT, .help = "path of the backup" },
	{ .name = "at", .kind = FIELD_TIME, .help = "when it was taken" },
	{ .name = "kind", .kind = FIELD_TEXT, .help = "sqlite or postgres" },
	{ .name = "store", .kind = FIELD_TEXT, .help = "of which store" },
	{ .name = "schema", .kind = FIELD_INT, .help = "version of the schema" },
	{ .name = "epoch", .kind = FIELD_INT, .help = "epoch of the store; 0: it was never restored" },
	{ .name = "points", .kind = FIELD_INT, .help = "points in it" },
	{ .name = "bytes", .kind = FIELD_INT, .help = "bytes of its file" },
	{ .name = "state", .kind = FIELD_ENUM, .words = states, .help = "whole by its manifest and the size of its file (verify reads it all), damaged, or unfinished" },
};
const size_t backup_set_count = COUNT(backup_set_fields);

static void ignore(const struct fault *f, void *arg)
{
	(void)f;
	(void)arg;
}

/* The manifest fits itself, and the file is there in its length. */
static const char *state_of(const char *set, const struct manifest *m, bool readable)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	const char *name = strrchr(set, '/');
	struct stat st;

	if (strstr(name ? name : set, UNFINISHED))
		return "unfinished";
	if (!readable || sb_addf(&path, "%s/%s", set, m->file) < 0)
		return "damaged";
	return lstat(sb_cstr(&path), &st) == 0 && S_ISREG(st.st_mode) && st.st_size == m->packed.bytes ? "whole" : "damaged";
}

static int list_one(const char *set, struct out *out, struct err *e)
{
	struct manifest m;
	int got = backup_read_manifest(set, &m, ignore, NULL, e), rc;
	struct cell cells[COUNT(backup_set_fields)] = { CELL_OF_TEXT(str_of(set)) };

	if (got < 0) {
		manifest_done(&m);
		return -1;
	}
	if (got) {
		cells[1] = CELL_OF_TIME(m.at);
		cells[2] = CELL_OF_TEXT(m.database ? STR("postgres") : STR("sqlite"));
		cells[3] = CELL_OF_TEXT(str_of(m.store));
		cells[4] = CELL_OF_INT(m.census.schema);
		cells[5] = CELL_OF_INT(m.census.epoch);
		cells[6] = CELL_OF_INT(m.census.points);
		cells[7] = CELL_OF_INT(m.packed.bytes);
	}
	cells[8] = CELL_OF_TEXT(str_of(state_of(set, &m, got)));
	rc = out_rec(out, cells, e);
	manifest_done(&m);
	return rc;
}

bool backup_is_set(const char *path)
{
	AUTO(sb_done) struct sb manifest = SB_INIT(PATH_MAX);
	struct stat st;

	return folder_is(path) &&
	       (strstr(path, UNFINISHED) || (sb_addf(&manifest, "%s/" MANIFEST, path) == 0 && lstat(sb_cstr(&manifest), &st) == 0));
}

static int list_folder(const char *path, void *arg, struct err *e)
{
	return backup_is_set(path) ? list_one(path, arg, e) : 0; /* other folders lie about too */
}

int backup_list(const char *folder, struct out *out, struct err *e)
{
	if (!folder_is(folder))
		return err_set(e, E_NOTFOUND, "%s: no such folder", folder);
	return backup_is_set(folder) ? list_one(folder, out, e) : folder_each(folder, "", list_folder, out, e);
}
