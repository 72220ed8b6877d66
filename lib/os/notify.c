/* SPDX-License-Identifier: MIT */
#include "os/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "os/clock.h"

void notify_say(const char *lines)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(to.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (*path == '@') /* the abstract name space */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (const struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)close(fd);
}

void notify_alive(void)
{
	static int64_t next, every = -1;
	int64_t now = clock_monotonic();
	const char *usec, *pid;

	if (every < 0) {
		usec = getenv("WATCHDOG_USEC");
		pid = getenv("WATCHDOG_PID");
		every = usec && (!pid || strtol(pid, NULL, 10) == getpid()) ? strtoll(usec, NULL, 10) / 2 : 0;
	}
	if (!every || now < next)
		return;
	next = now + every / 2;
	notify_say("WATCHDOG=1");
}
