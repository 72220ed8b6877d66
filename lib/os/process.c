/* SPDX-License-Identifier: MIT */
#include "os/process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "os/signal.h"

extern char **environ;

/* The environment with what is more; the array is the caller's to free(). */
static char **surroundings(const char *const *more)
{
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	while (more && more[k])
		k++;
	env = calloc(n + k + 1, sizeof(*env));
	if (!env)
		return NULL;
	/* The first of a name counts. */
	for (size_t i = 0; i < k; i++)
		env[i] = (char *)(uintptr_t)more[i];
	memcpy(env + k, environ, n * sizeof(*env));
	return env;
}

static int redirect(posix_spawn_file_actions_t *files, int fd, int to, int flags)
{
	return fd < 0 ? posix_spawn_file_actions_addopen(files, to, "/dev/null", flags, 0) : posix_spawn_file_actions_adddup2(files, fd, to);
}

static int spawn(struct process *p, char **env)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t usual;
	int why;

	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	if ((why = posix_spawn_file_actions_init(&files)) != 0)
		return why;
	if ((why = posix_spawnattr_init(&how)) != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return why;
	}
	(void)posix_spawnattr_setsigdefault(&how, &usual);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
	why = redirect(&files, p->in, STDIN_FILENO, O_RDONLY);
	why = why ? why : redirect(&files, p->out, STDOUT_FILENO, O_WRONLY);
	why = why ? why : redirect(&files, p->said, STDERR_FILENO, O_WRONLY);
	why = why ? why : posix_spawnp(&p->pid, p->argv[0], &files, &how, (char *const *)(uintptr_t)p->argv, env);
	(void)posix_spawnattr_destroy(&how);
	(void)posix_spawn_file_actions_destroy(&files);
	return why;
}

int process_start(struct process *p, struct err *e)
{
	char **env = surroundings(p->more);
	int why;

	p->pid = 0;
	p->name = p->argv[0];
	if (!env)
		return err_nomem(e);
	p->said = p->loud ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : memfd_create("said", MFD_CLOEXEC);
	why = p->said < 0 ? errno : spawn(p, env);
	free(env);
	if (!why)
		return 0;
	p->pid = 0;
	if (p->said >= 0)
		(void)close(p->said);
	if (why == ENOENT)
		return err_set(e, E_CONFLICT, "%s is needed, and is not installed", p->name);
	return err_errno(e, why, p->name);
}

/* Its last line that is not empty, without the program's own name before it. */
static int complain(const struct process *p, int status, struct err *e)
{
	char text[2048];
	const char *line = text, *name = p->name;
	off_t size = lseek(p->said, 0, SEEK_END);
	ssize_t n = pread(p->said, text, sizeof(text) - 1, size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0);

	n = n < 0 ? 0 : n;
	while (n > 0 && strchr("\n\r ", text[n - 1]))
		n--;
	text[n] = '\0';
	if (strrchr(text, '\n'))
		line = strrchr(text, '\n') + 1;
	if (strncmp(line, name, strlen(name)) == 0 && strncmp(line + strlen(name), ": ", 2) == 0)
		line += strlen(name) + 2;
	if (!*line && WIFSIGNALED(status))
		return err_set(e, E_IO, "%s: ended by signal %d", name, WTERMSIG(status));
	return *line ? err_set(e, E_IO, "%s: %s", name, line) : err_set(e, E_IO, "%s: exit %d", name, WEXITSTATUS(status));
}

int process_end(struct process *p, struct err *e)
{
	bool stopped = false;
	int status = 0, rc = 0;

	while (waitpid(p->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_errno(e, errno, p->name);
		if (stop_requested() && !stopped) {
			(void)kill(p->pid, SIGTERM);
			stopped = true;
		}
	}
	p->pid = 0;
	if (stopped)
		rc = stop_error(e);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		rc = complain(p, status, e);
	(void)close(p->said);
	return rc;
}

bool process_gone(const struct process *p)
{
	siginfo_t info = { .si_pid = 0 };

	return p->pid > 0 && waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == p->pid;
}

void process_kill(struct process *p)
{
	struct err ignored = { 0 };

	if (p->pid <= 0)
		return;
	(void)kill(p->pid, SIGTERM);
	(void)process_end(p, &ignored);
}

int process_pipe(int fd[2], struct err *e)
{
	return pipe2(fd, O_CLOEXEC) == 0 ? 0 : err_errno(e, errno, "pipe");
}
