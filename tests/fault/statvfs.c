/* SPDX-License-Identifier: MIT */
/* Preloaded: every file system has 100 GB and FAULT_FREE_MB of them free. */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

int statvfs(const char *path, struct statvfs *fs)
{
	const char *text = getenv("FAULT_FREE_MB");

	(void)path;
	memset(fs, 0, sizeof(*fs));
	fs->f_bsize = fs->f_frsize = 1000000;
	fs->f_blocks = 100000;
	fs->f_bavail = text ? strtoul(text, NULL, 10) : 0;
	return 0;
}
