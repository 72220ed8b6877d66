/* SPDX-License-Identifier: MIT */
#include "os/sink.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "os/file.h"

#define PATIENCE_S 2 /* for a peer that takes nothing */

static int check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_CONFLICT, "%s: is no plain file", path);
	if (st.st_mode & 077)
		return err_set(e, E_DENIED, "%s: others may read or write it: chmod 600", path);
	return 0;
}

static int write_all(int fd, const char *path, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_errno(e, errno, path);
		p += done;
		n -= (size_t)done;
	}
	return fsync(fd) == 0 ? 0 : err_errno(e, errno, path);
}

int sink_append(const char *path, const void *bytes, size_t n, struct err *e)
{
	int fd = open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600), rc;

	if (fd < 0)
		return errno == ELOOP ? err_set(e, E_CONFLICT, "%s: is a link", path) : err_errno(e, errno, path);
	rc = check_file(fd, path, e);
	if (rc == 0)
		rc = write_all(fd, path, bytes, n, e);
	if (close(fd) != 0 && rc == 0)
		rc = err_errno(e, errno, path);
	return rc;
}

static int connect_to(const char *path, int type, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return err_set(e, E_USAGE, "%s: too long for the path of a socket", path);
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, errno, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	(void)err_errno(e, errno, path);
	(void)close(fd);
	return -1;
}

int sink_send(const char *path, const void *bytes, size_t n, struct err *e)
{
	int fd = connect_to(path, SOCK_DGRAM, e), rc = 0;

	if (fd < 0 && errno == EPROTOTYPE) {
		err_clear(e);
		fd = connect_to(path, SOCK_STREAM, e);
	}
	if (fd < 0)
		return -1;
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		rc = err_errno(e, errno ? errno : EIO, path);
	(void)close(fd);
	return rc;
}

/* systemd-journald: a sealed memfd as the only thing of an empty datagram. */
static int send_file(int fd, const char *path, const void *bytes, size_t n, struct err *e)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
	int file = memfd_create("audit", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc = 0;

	if (file < 0)
		return err_errno(e, errno, path);
	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(&control.head), &file, sizeof(file));
	if (write(file, bytes, n) != (ssize_t)n || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0 ||
	    sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
		rc = err_errno(e, errno ? errno : EIO, path);
	(void)close(file);
	return rc;
}

int sink_journal(const char *path, const void *bytes, size_t n, struct err *e)
{
	int fd = connect_to(path, SOCK_DGRAM, e), rc = 0;

	if (fd < 0)
		return -1;
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		rc = errno == EMSGSIZE || errno == ENOBUFS ? send_file(fd, path, bytes, n, e) : err_errno(e, errno ? errno : EIO, path);
	(void)close(fd);
	return rc;
}
