/* SPDX-License-Identifier: MIT */
#include "db/whole.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include "db/backend.h"
#include "os/file.h"
#include "os/signal.h"

int db_file_copy(struct db *db, const char *path, void (*progress)(void *arg, uint64_t done, uint64_t size), void *arg, struct err *e)
{
	if (!db->be->file_copy)
		return err_set(e, E_BUG, "%s: is no file", db->path);
	return db->be->file_copy(db, path, progress, arg, e);
}

int db_dump_snapshot(struct db *db, struct sb *name, struct sb *owner, struct err *e)
{
	if (!db->be->snapshot || !db->reads)
		return err_set(e, E_BUG, "%s: no snapshot of it", db->path);
	return db->be->snapshot(db, name, owner, e);
}

int db_adopt(struct db *db, struct err *e)
{
	return db->be->adopt ? db->be->adopt(db, e) : 0;
}

/* ---- the tools of Postgres ---- */

/* What every one of them is told of the database. */
struct target {
	struct sb url, password;
	const char *more[2];
};

static void target_done(struct target *t)
{
	sb_done(&t->url);
	sb_done(&t->password);
}

static int target_of(const char *url, struct target *t, struct err *e)
{
	*t = (struct target){ .url = SB_INIT(1 << 16), .password = SB_INIT(1 << 12) };
	(void)sb_adds(&t->password, "PGPASSWORD=");
	if (db_url_shown(url, &t->url) < 0 || db_url_password(url, &t->password) < 0) {
		target_done(t);
		return err_nomem(e);
	}
	if (t->password.len > strlen("PGPASSWORD="))
		t->more[0] = sb_cstr(&t->password);
	return 0;
}

int db_dump_start(const char *url, const char *snapshot, const char *owner, struct process *p, int *fd, struct err *e)
{
	AUTO(target_done) struct target t;
	AUTO(sb_done) struct sb role = SB_INIT(1024);
	AUTO(sb_done) struct sb of = SB_INIT(1024);
	int pipe[2], rc;

	if (target_of(url, &t, e) < 0)
		return -1;
	if (sb_addf(&role, "--role=%s", owner) < 0 || sb_addf(&of, "--snapshot=%s", snapshot) < 0)
		return err_nomem(e);
	/* The owner's policy lets everything through, so that nothing is left out for want of rights. */
	const char *const argv[] = { "pg_dump", "-w", "-Fc", "-Z0", "-n", "main", "--enable-row-security", sb_cstr(&role),
				     sb_cstr(&of), "-d", sb_cstr(&t.url), NULL };

	if (process_pipe(pipe, e) < 0)
		return -1;
	*p = (struct process){ .argv = argv, .more = t.more, .in = -1, .out = pipe[1] };
	rc = process_start(p, e);
	(void)close(pipe[1]);
	*fd = pipe[0];
	if (rc < 0)
		(void)close(pipe[0]);
	return rc;
}

static int run(const char *const *argv, const struct target *t, int out, struct err *e)
{
	struct process p = { .argv = argv, .more = t ? t->more : NULL, .in = -1, .out = out };

	return process_start(&p, e) < 0 ? -1 : process_end(&p, e);
}

int db_dump_list(const char *file, struct err *e)
{
	return run((const char *const[]){ "pg_restore", "--list", file, NULL }, NULL, -1, e);
}

/* The entries that name roles or need them: db_adopt() makes them anew. */
static bool names_roles(const char *line)
{
	static const char *const kinds[] = { "POLICY ", "ROW SECURITY ", "ACL ", "DEFAULT ACL " };
	const char *p = strchr(line, ';');

	/* "3421; 3256 16390 POLICY main device sit_owner sit" */
	p = p ? p + 1 : line;
	p += strspn(p, " 0123456789");
	for (size_t i = 0; *line != ';' && i < COUNT(kinds); i++)
		if (strncmp(p, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

static int filter_list(FILE *in, const char *path, struct err *e)
{
	struct file *f;
	char *line = NULL;
	size_t cap = 0;

	if (file_begin(path, 0600, &f, e) < 0)
		return -1;
	while (getline(&line, &cap, in) > 0)
		if (!names_roles(line))
			(void)fputs(line, file_stream(f));
	free(line);
	return ferror(in) ? (file_drop(f), err_set(e, E_IO, "%s: cannot be read", path)) : file_commit(f, e);
}

/* What of the dump is loaded, as a list for pg_restore at path. */
static int make_list(const char *file, const char *path, struct err *e)
{
	int fd = memfd_create("list", MFD_CLOEXEC), rc;
	FILE *in;

	if (fd < 0)
		return err_errno(e, errno, path);
	rc = run((const char *const[]){ "pg_restore", "--list", file, NULL }, NULL, fd, e);
	in = rc == 0 && lseek(fd, 0, SEEK_SET) == 0 ? fdopen(fd, "r") : NULL;
	if (!in) {
		(void)close(fd);
		return rc < 0 ? -1 : err_nomem(e);
	}
	rc = filter_list(in, path, e);
	(void)fclose(in);
	return rc;
}

static int send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0 && (errno != EINTR || stop_requested()))
			return -1;
		p += k > 0 ? k : 0;
		n -= k > 0 ? (size_t)k : 0;
	}
	return 0;
}

static int pump(int from, int to, struct err *e)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) != 0) {
		if (stop_requested())
			return stop_error(e);
		/* Who listens has said why it went. */
		if (n > 0 && send_all(to, buf, (size_t)n) < 0)
			return err_set(e, E_IO, "psql went away");
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "pg_restore");
	}
	return 0;
}

/* What pg_restore says, to whom psql listens: committed only when all of it was said. */
static int restore_into(int to, const char *file, const char *list, const char *kept, struct err *e)
{
	const char *const argv[] = { "pg_restore", "--no-owner", "--no-acl", "-L", list, "-f", "-", file, NULL };
	AUTO(sb_done) struct sb head = SB_INIT(1024);
	struct process p = { .argv = argv, .in = -1 };
	int pipe[2], rc;

	(void)sb_adds(&head, "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(" DB_WRITERS ");\n");
	if (kept)
		(void)sb_addf(&head, "ALTER SCHEMA main RENAME TO \"%s\";\n", kept);
	if (head.bad)
		return err_nomem(e);
	if (process_pipe(pipe, e) < 0)
		return -1;
	p.out = pipe[1];
	rc = process_start(&p, e);
	(void)close(pipe[1]);
	if (rc == 0) {
		rc = send_all(to, head.buf, head.len) < 0 ? err_set(e, E_IO, "psql went away") : pump(pipe[0], to, e);
		if (rc < 0)
			process_kill(&p);
		else
			rc = process_end(&p, e);
	}
	(void)close(pipe[0]);
	if (rc == 0 && send_all(to, "\nCOMMIT;\n", 9) < 0)
		rc = err_set(e, E_IO, "psql went away");
	return rc;
}

static int load(const char *url, const char *file, const char *list, const char *kept, struct err *e)
{
	AUTO(target_done) struct target t;
	struct err psql = { 0 };
	int pair[2], rc;

	if (target_of(url, &t, e) < 0)
		return -1;
	const char *const argv[] = { "psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", sb_cstr(&t.url), "-f", "-", NULL };
	struct process p = { .argv = argv, .more = t.more, .out = -1 };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(e, errno, "psql");
	p.in = pair[1];
	rc = process_start(&p, e);
	(void)close(pair[1]);
	if (rc < 0) {
		(void)close(pair[0]);
		return -1;
	}
	rc = restore_into(pair[0], file, list, kept, e);
	(void)close(pair[0]); /* without COMMIT psql ends and nothing has happened */
	if (process_end(&p, &psql) < 0) {
		*e = psql;
		return -1;
	}
	return rc;
}

int db_dump_load(const char *url, const char *file, const char *kept, struct err *e)
{
	AUTO(free_chars) char *list = NULL;
	struct err late = { 0 };
	int rc;

	if (asprintf(&list, "%s.list", file) < 0) {
		list = NULL;
		return err_nomem(e);
	}
	rc = make_list(file, list, e) < 0 ? -1 : load(url, file, list, kept, e);
	(void)file_remove(list, &late);
	return rc;
}

static int tell(const char *url, const char *command, struct err *e)
{
	AUTO(target_done) struct target t;

	if (target_of(url, &t, e) < 0)
		return -1;
	return run((const char *const[]){ "psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", sb_cstr(&t.url), "-c", command, NULL }, &t, -1, e);
}

/* The URL with another database in it. */
static int with_database(const char *url, const char *name, struct sb *out)
{
	const char *host = strstr(url, "://") + 3, *end = host + strcspn(host, "/?");

	(void)sb_add(out, url, (size_t)(end - url));
	return sb_addf(out, "/%s%s", name, end + strcspn(end, "?"));
}

int db_scratch_make(const char *url, const char *name, struct sb *scratch, struct err *e)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);

	if (with_database(url, name, scratch) < 0 ||
	    sb_addf(&text, "CREATE DATABASE \"%s\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", name) < 0)
		return err_nomem(e);
	return tell(url, sb_cstr(&text), e);
}

void db_scratch_drop(const char *url, const char *name)
{
	AUTO(sb_done) struct sb text = SB_INIT(1024);
	struct err ignored = { 0 };

	if (sb_addf(&text, "DROP DATABASE IF EXISTS \"%s\"", name) == 0)
		(void)tell(url, sb_cstr(&text), &ignored);
	sb_clear(&text);
	if (sb_addf(&text, "DROP ROLE IF EXISTS \"sit_%s\"", name) == 0)
		(void)tell(url, sb_cstr(&text), &ignored);
}
