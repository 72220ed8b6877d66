/* SPDX-License-Identifier: MIT */
#include "task/broker_stamp.h"

#include <sys/stat.h>

#include "os/file.h"

bool broker_concerned(const char *noun)
{
	static const char *const nouns[] = { "org", "device", "gateway", "policy" };

	for (size_t i = 0; i < COUNT(nouns); i++)
		if (strcmp(noun, nouns[i]) == 0)
			return true;
	return false;
}

void broker_stamp(const struct db *db)
{
	const char *file = db_url_file(db_path(db));
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int fd;

	if (!file || sb_addf(&path, "%s.broker", file) < 0)
		return;
	fd = open_file(sb_cstr(&path), O_WRONLY, 0);
	if (fd < 0)
		return; /* no broker hangs on this store */
	(void)futimens(fd, NULL);
	(void)close(fd); /* systemd.path(5): a file that was open for writing is closed */
}
