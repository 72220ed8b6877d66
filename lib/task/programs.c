/* SPDX-License-Identifier: MIT */
#include "task/programs.h"

#include <dirent.h>
#include <sys/wait.h>

#include "base/name.h"

#define PROGRAMS_MAX 128

static const char *const families[] = { "store", "estate", "acquire", "read", "judge", "compute", "act", "trust",
					"field work", "show" };

struct program {
	char name[64];
	json_t *about; /* NULL: does not describe itself */
};

/* The folder of the running program. */
static int own_folder(struct sb *sb, struct err *e)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n <= 0)
		return err_errno(e, errno, "/proc/self/exe");
	while (n > 1 && path[n - 1] != '/')
		n--;
	return sb_add(sb, path, (size_t)n) < 0 ? err_nomem(e) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct program *)a)->name, ((const struct program *)b)->name);
}

static int find(const char *folder, struct program *p, size_t *n, struct err *e)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;

	*n = 0;
	if (!dir)
		return err_errno(e, errno, folder);
	while ((d = readdir(dir)) && *n < PROGRAMS_MAX)
		if (strncmp(d->d_name, "sit-", 4) == 0 && strlen(d->d_name) < sizeof(p->name) && !strchr(d->d_name, '.')) {
			memset(p + *n, 0, sizeof(*p));
			memcpy(p[(*n)++].name, d->d_name, strlen(d->d_name));
		}
	(void)closedir(dir);
	qsort(p, *n, sizeof(*p), by_name);
	return 0;
}

/* What `folder/name --describe` prints. */
static json_t *describe(const char *folder, const char *name)
{
	AUTO(sb_done) struct sb path = SB_INIT(2 * PATH_MAX);
	int fd[2], status;
	json_t *about;
	FILE *in;
	pid_t pid;

	sb_addf(&path, "%s%s", folder, name);
	if (path.bad || pipe2(fd, O_CLOEXEC) != 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		(void)dup2(fd[1], STDOUT_FILENO);
		(void)execl(sb_cstr(&path), name, "--describe", (char *)NULL);
		_exit(127);
	}
	(void)close(fd[1]);
	in = fdopen(fd[0], "re");
	about = in && pid > 0 ? json_loadf(in, 0, NULL) : NULL;
	if (in)
		(void)fclose(in);
	if (pid > 0)
		(void)waitpid(pid, &status, 0);
	return about;
}

static const char *member(const json_t *about, const char *key)
{
	const char *s = json_string_value(json_object_get(about, key));

	return s ? s : "";
}

static void print_family(struct sb *out, const char *family, const struct program *p, size_t n)
{
	bool head = false;

	for (size_t i = 0; i < n; i++) {
		if (!p[i].about || strcmp(member(p[i].about, "family"), family) != 0)
			continue;
		if (!head)
			sb_addf(out, "\n%s\n", family);
		head = true;
		sb_addf(out, "  %-16s  %s\n", p[i].name, member(p[i].about, "brief"));
	}
}

int programs_list(struct sb *out, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	struct program p[PROGRAMS_MAX];
	size_t n;

	if (own_folder(&folder, e) < 0 || find(sb_cstr(&folder), p, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		p[i].about = describe(sb_cstr(&folder), p[i].name);
	sb_adds(out, "sit: an IoT estate from the shell. `sit X ...` runs sit-X; each has --help and a manual.\n");
	for (size_t i = 0; i < COUNT(families); i++)
		print_family(out, families[i], p, n);
	for (size_t i = 0; i < n; i++)
		json_decref(p[i].about);
	return out->bad ? err_nomem(e) : 0;
}

int programs_each(int (*fn)(const json_t *about, void *arg, struct err *e), void *arg, struct err *e)
{
	AUTO(sb_done) struct sb folder = SB_INIT(PATH_MAX);
	struct program p[PROGRAMS_MAX];
	size_t n;
	int rc = 0;

	if (own_folder(&folder, e) < 0 || find(sb_cstr(&folder), p, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++) {
		json_t *about = describe(sb_cstr(&folder), p[i].name);

		rc = about ? fn(about, arg, e) : 0;
		json_decref(about);
	}
	return rc < 0 ? -1 : 0;
}

int programs_exec(int argc, char **argv, struct near *near, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct program p[PROGRAMS_MAX];
	char name[64], hint[96];
	size_t n = 0;

	(void)argc;
	if (!name_valid(str_of(argv[0])) || strlen(argv[0]) > 50)
		return err_set(e, E_USAGE, "\"%s\" is no program", argv[0]);
	(void)snprintf(name, sizeof(name), "sit-%s", argv[0]);
	if (own_folder(&path, e) < 0)
		return -1;
	if (find(sb_cstr(&path), p, &n, e) < 0)
		return -1;
	sb_adds(&path, name);
	argv[0] = name;
	(void)execv(sb_cstr(&path), argv);
	(void)execvp(name, argv);
	for (size_t i = 0; i < n; i++)
		near_offer(near, str_of(name + 4), str_of(p[i].name + 4));
	return err_set(e, E_USAGE, "no program %s%s; sit alone lists them", name, near_text(near, hint, sizeof(hint)));
}
