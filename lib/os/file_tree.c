/* SPDX-License-Identifier: MIT */
/* Folders with all that is in them. */
#include "os/file.h"

#include <dirent.h>
#include <ftw.h>

#define OPEN_MOST 16 /* folders open at once */

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	(void)remove(path);
	return 0;
}

void folder_remove(const char *path)
{
	(void)nftw(path, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
}

int folder_count(const char *path, int64_t *n, struct err *e)
{
	AUTO(sb_done) struct sb below = SB_INIT(PATH_MAX);
	DIR *d = opendir(path);
	struct dirent *f;
	int rc = 0;

	if (!d)
		return err_errno(e, errno, path);
	while (rc == 0 && (f = readdir(d)) != NULL) {
		if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0)
			continue;
		sb_clear(&below);
		if (sb_addf(&below, "%s/%s", path, f->d_name) < 0)
			rc = err_nomem(e);
		else if (f->d_type == DT_DIR || (f->d_type == DT_UNKNOWN && folder_is(sb_cstr(&below))))
			rc = folder_count(sb_cstr(&below), n, e);
		else
			++*n;
	}
	(void)closedir(d);
	return rc;
}

int folder_settle(const char *path, struct err *e)
{
	int fd = open_file(path, O_RDONLY | O_DIRECTORY, 0), rc;

	if (fd < 0)
		return err_errno(e, errno, path);
	rc = syncfs(fd) != 0 ? err_errno(e, errno, path) : 0;
	(void)close(fd);
	return rc;
}
