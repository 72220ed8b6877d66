/* SPDX-License-Identifier: MIT */
#include "os/actor.h"

#include <pwd.h>

static void clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

void actor_name(char *buf, size_t size)
{
	struct passwd pw, *found = NULL;
	char scratch[4096];
	const char *sudo = getenv("SUDO_USER");
	uid_t uid = getuid();

	if (getpwuid_r(uid, &pw, scratch, sizeof(scratch), &found) != 0)
		found = NULL;
	(void)snprintf(buf, size, "%s(%u)%s%.64s", found ? found->pw_name : "uid", (unsigned)uid, sudo ? " sudo " : "",
		       sudo ? sudo : "");
	clean(buf);
}

void actor_origin(const char *program, char *buf, size_t size)
{
	char host[65] = "?", tty[64] = "";

	(void)gethostname(host, sizeof(host) - 1);
	if (ttyname_r(STDIN_FILENO, tty, sizeof(tty)) != 0)
		tty[0] = '\0';
	(void)snprintf(buf, size, "%s on %s %s%s", program, host, tty[0] ? "tty " : "no tty",
		       strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty);
	clean(buf);
}
