/* SPDX-License-Identifier: MIT */
#include "os/file.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "os/memory.h"
#include "os/signal.h"

struct file {
	char *path, *temp; /* temp NULL: what is there is written to as it is */
	int fd;
	FILE *stream;
};

int open_file(const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd < 0 && errno == EINTR && !stop_requested());
	return fd;
}

/* stdio takes an interrupted write for a broken one, and a signal that asks for no stop is none. */
static ssize_t cookie_write(void *cookie, const char *buf, size_t n)
{
	int fd = (int)(intptr_t)cookie;
	size_t done = 0;

	while (done < n) {
		ssize_t got = write(fd, buf + done, n - done);

		if (got >= 0)
			done += (size_t)got;
		else if (errno != EINTR || stop_requested())
			return (ssize_t)done;
	}
	return (ssize_t)n;
}

static int cookie_close(void *cookie)
{
	return close((int)(intptr_t)cookie);
}

FILE *stream_over(int fd)
{
	return fopencookie((void *)(intptr_t)fd, "w", (cookie_io_functions_t){ .write = cookie_write, .close = cookie_close });
}

int stream_write(FILE *f, const void *bytes, size_t n, const char *name, struct err *e)
{
	return fwrite_unlocked(bytes, 1, n, f) == n ? 0 : err_set(e, E_IO, "%s: write failed", name);
}

int stream_append(const char *path, FILE **out, struct err *e)
{
	int fd = open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (fd < 0)
		return err_errno(e, errno, path);
	*out = stream_over(fd);
	if (*out)
		return 0;
	(void)close(fd);
	return err_nomem(e);
}

static void file_free(struct file *f)
{
	free(f->path);
	free(f->temp);
	free(f);
}

/* Close what is open, remove what was made, keep the reason. */
static int fail(struct file *f, int why, const char *path, struct err *e)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	if (f->fd >= 0 && f->temp)
		(void)unlink(f->temp);
	file_free(f);
	return err_errno(e, why, path);
}

/* A file of the caller's own making, with the mode that open(2) would have given it. */
static int begin_temp(struct file *f, mode_t mode)
{
	mode_t mask = umask(077);

	(void)umask(mask);
	if (asprintf(&f->temp, "%s.XXXXXX", f->path) < 0) {
		f->temp = NULL;
		errno = ENOMEM;
		return -1;
	}
	f->fd = mkostemp(f->temp, O_CLOEXEC);
	if (f->fd < 0)
		return -1;
	(void)fchmod(f->fd, mode & ~mask);
	return 0;
}

int file_begin(const char *path, mode_t mode, struct file **out, struct err *e)
{
	struct file *f = calloc(1, sizeof(*f));
	struct stat st;
	int rc;

	if (!f)
		return err_nomem(e);
	f->fd = -1;
	if (stat(path, &st) != 0) {
		f->path = strdup(path);
		rc = f->path ? begin_temp(f, mode) : -1;
	} else if (S_ISREG(st.st_mode)) {
		f->path = realpath(path, NULL); /* a link goes on to name the file */
		rc = f->path ? begin_temp(f, mode) : -1;
		if (rc == 0)
			(void)fchmod(f->fd, st.st_mode & 0777);
	} else {
		f->path = strdup(path);
		f->fd = f->path ? open_file(path, O_WRONLY, 0) : -1;
		rc = f->fd < 0 ? -1 : 0;
	}
	if (rc < 0)
		return fail(f, errno, path, e);
	f->stream = stream_over(f->fd);
	if (!f->stream)
		return fail(f, ENOMEM, path, e);
	*out = f;
	return 0;
}

FILE *file_stream(struct file *f)
{
	return f->stream;
}

int file_write(struct file *f, const void *bytes, size_t n, struct err *e)
{
	/* Large pieces need no buffer, but must not come before what is in it. */
	if (fflush(f->stream) == 0 && cookie_write((void *)(intptr_t)f->fd, bytes, n) == (ssize_t)n)
		return 0;
	return stop_requested() ? stop_error(e) : err_errno(e, errno ? errno : EIO, f->path);
}

int path_folder(const char *path, struct sb *sb)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return sb_adds(sb, ".");
	return sb_add(sb, path, slash == path ? 1 : (size_t)(slash - path));
}

int folder_sync(const char *path, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	int fd, rc = 0;

	if (path_folder(path, &folder) < 0)
		return err_nomem(e);
	fd = open(sb_cstr(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, sb_cstr(&folder));
	/* There are file systems that cannot. */
	if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
		rc = err_errno(e, errno, sb_cstr(&folder));
	(void)close(fd);
	return rc;
}

int file_commit(struct file *f, struct err *e)
{
	struct err late = { 0 };
	int why = 0;

	if (fflush(f->stream) != 0 || (f->temp && fsync(f->fd) != 0))
		why = errno;
	if (ferror(f->stream) && !why)
		why = EIO;
	if (fclose(f->stream) != 0 && !why)
		why = errno;
	if (!why && f->temp && rename(f->temp, f->path) != 0)
		why = errno;
	if (why && f->temp)
		(void)unlink(f->temp);
	if (why)
		err_errno(e, why, f->path);
	else if (f->temp)
		(void)folder_sync(f->path, &late);
	file_free(f);
	return why ? -1 : 0;
}

int file_drop(struct file *f)
{
	if (!f)
		return -1;
	(void)fclose(f->stream);
	if (f->temp)
		(void)unlink(f->temp);
	file_free(f);
	return -1;
}

int file_read(const char *path, struct sb *sb, struct err *e)
{
	char buf[16384];
	int fd = open_file(path, O_RDONLY, 0), rc = 0;
	ssize_t n;

	if (fd < 0)
		return err_errno(e, errno, path);
	while (rc == 0 && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && (errno != EINTR || stop_requested()))
			rc = err_errno(e, errno, path);
		else if (n > 0 && sb_add(sb, buf, (size_t)n) < 0)
			rc = sb->len + (size_t)n > sb->max ? err_set(e, E_INPUT, "%s: longer than %zu bytes", path, sb->max) : err_nomem(e);
	}
	explicit_bzero(buf, sizeof(buf)); /* it may have been a secret */
	(void)close(fd);
	return rc;
}

int file_read_secret(const char *path, struct sb *sb, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(e, errno, path);
	if (S_ISREG(st.st_mode) && st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(e, E_DENIED, "%s: others can read or write this secret: chmod 600 it", path);
	memory_private();
	return file_read(path, sb, e);
}

int folder_make(const char *path, mode_t mode, struct err *e)
{
	AUTO(free_chars) char *p = strdup(path);

	if (!p)
		return err_nomem(e);
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, mode) != 0 && errno != EEXIST && access(p, F_OK) != 0)
			return err_errno(e, errno, p);
		*s = '/';
	}
	if (mkdir(p, mode) != 0 && errno != EEXIST)
		return err_errno(e, errno, p);
	return 0;
}

bool folder_is(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int folder_each(const char *path, const char *suffix, int (*fn)(const char *path, void *arg, struct err *e), void *arg, struct err *e)
{
	struct dirent **found;
	int n = scandir(path, &found, NULL, alphasort), rc = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : err_errno(e, errno, path);
	for (int i = 0; i < n; i++) {
		const char *name = found[i]->d_name;
		size_t len = strlen(name), tail = strlen(suffix);
		AUTO(sb_done) struct sb full = SB_INIT(PATH_MAX);

		if (rc == 0 && name[0] != '.' && len > tail && strcmp(name + len - tail, suffix) == 0)
			rc = sb_addf(&full, "%s/%s", path, name) < 0 ? err_set(e, E_INPUT, "%s: path too long", path) :
								       fn(sb_cstr(&full), arg, e);
		free(found[i]);
	}
	free(found);
	return rc;
}

int file_remove(const char *path, struct err *e)
{
	return unlink(path) == 0 || errno == ENOENT ? 0 : err_errno(e, errno, path);
}

int lock_take(const char *path, int *fd, struct err *e)
{
	*fd = open_file(path, O_RDWR | O_CREAT, 0660);
	if (*fd < 0)
		return err_errno(e, errno, path);
	while (flock(*fd, LOCK_EX) != 0) {
		int why = errno;

		if (why == EINTR && !stop_requested())
			continue;
		(void)close(*fd);
		*fd = -1;
		return why == EINTR ? stop_error(e) : err_errno(e, why, path);
	}
	return 0;
}

int lock_try(const char *path, int *fd)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	if (*fd < 0)
		return -1;
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 1;
	(void)close(*fd);
	*fd = -1;
	return 0;
}

int lock_byte(const char *path, int64_t byte, bool wait, int *fd, struct err *e)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
	int why;

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	if (*fd < 0)
		return err_errno(e, errno, path);
	while (fcntl(*fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range) != 0) {
		why = errno;
		if (why == EINTR && !stop_requested())
			continue;
		(void)close(*fd);
		*fd = -1;
		if (why == EAGAIN || why == EACCES)
			return 0;
		return why == EINTR ? stop_error(e) : err_errno(e, why, path);
	}
	return 1;
}

void lock_drop(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}
