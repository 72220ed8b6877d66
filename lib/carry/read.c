/* SPDX-License-Identifier: MIT */
/* A set that is read: its files are what was written, its manifest, its lines. */
#include <sys/stat.h>

#include "carry/impl.h"
#include "os/file.h"
#include "os/signal.h"
#include "rec/source.h"

#define MANIFEST_MAX ((size_t)64 << 20)
#define LINE_MAX_BYTES ((size_t)256 << 20)
#define READ_AT_ONCE ((size_t)64 << 10)

/* ---- digests ---- */

static int digest(const char *path, char hex[SHA256_HEX + 1], struct err *e)
{
	AUTO(sha256_freep) struct sha256 *h = NULL;
	char buf[16384];
	struct stat st;
	ssize_t n;
	int fd, rc;

	if (sha256_new(&h, e) < 0)
		return -1;
	fd = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, errno, path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(e, E_INPUT, "%s: is no file", path);
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR && !stop_requested()))
		sha256_add(h, buf, n > 0 ? (size_t)n : 0);
	rc = n < 0 ? err_errno(e, errno, path) : sha256_end(h, hex, e);
	(void)close(fd);
	return rc;
}

/* "HEX  NAME", a name that stays in the set. */
static bool split(char *line, const char **name)
{
	size_t n = strlen(line);

	if (n && line[n - 1] == '\n')
		line[--n] = '\0';
	if (n < SHA256_HEX + 3 || strspn(line, "0123456789abcdef") != SHA256_HEX || line[SHA256_HEX] != ' ' || line[SHA256_HEX + 1] != ' ')
		return false;
	line[SHA256_HEX] = '\0';
	*name = line + SHA256_HEX + 2;
	if (**name == '/' || strcmp(*name, FOLDER_SUMS) == 0 || strstr(*name, "/../") || strncmp(*name, "../", 3) == 0)
		return false;
	return true;
}

static int look_at(const char *dir, char *line, int64_t number, struct hearing *h, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	char hex[SHA256_HEX + 1];
	struct err why = { 0 };
	const char *name;

	if (stop_requested())
		return stop_error(e);
	if (!split(line, &name)) {
		hear(h, "%s/" FOLDER_SUMS ":%" PRId64 ": is no line of it", dir, number);
		return 0;
	}
	if (sb_addf(&path, "%s/%s", dir, name) < 0)
		return err_nomem(e);
	if (digest(sb_cstr(&path), hex, &why) < 0)
		hear(h, "%s", why.msg);
	else if (strcmp(hex, line) != 0)
		hear(h, "%s: is not what was written", sb_cstr(&path));
	return 0;
}

static int look_at_all(FILE *sums, const char *dir, struct hearing *h, int64_t *files, struct err *e)
{
	char *line = NULL;
	size_t cap = 0;
	int rc = 0;

	while (rc == 0 && getline(&line, &cap, sums) > 0)
		rc = look_at(dir, line, ++*files, h, e);
	free(line);
	return rc;
}

int carry_look(const char *dir, struct hearing *h, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	int64_t listed = 0, there = 0;
	json_t *manifest;
	FILE *sums;
	int rc;

	if (!folder_is(dir))
		return err_set(e, E_NOTFOUND, "%s: no such folder", dir);
	if (sb_addf(&path, "%s/" FOLDER_SUMS, dir) < 0)
		return err_nomem(e);
	sums = fopen(sb_cstr(&path), "re");
	if (!sums)
		return err_errno(e, errno, sb_cstr(&path));
	rc = look_at_all(sums, dir, h, &listed, e);
	(void)fclose(sums);
	if (rc < 0 || folder_count(dir, &there, e) < 0)
		return -1;
	manifest = manifest_of(dir, NULL, e);
	if (!manifest)
		return -1;
	if (json_integer_value(json_object_get(manifest, "files")) != listed || there != listed + 1)
		hear(h, "%s: %" PRId64 " files, %" PRId64 " in " FOLDER_SUMS ", %lld in " FOLDER_MANIFEST, dir, there, listed,
		     (long long)json_integer_value(json_object_get(manifest, "files")));
	json_decref(manifest);
	return h->n ? err_set(e, E_ANSWER, "%s: is not what was exported", dir) : 0;
}

/* ---- the manifest ---- */

json_t *manifest_of(const char *dir, const char *kind, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	AUTO(sb_done) struct sb text = SB_INIT(MANIFEST_MAX);
	const char *is;
	json_t *v;

	if (sb_addf(&path, "%s/" FOLDER_MANIFEST, dir) < 0) {
		err_nomem(e);
		return NULL;
	}
	if (file_read(sb_cstr(&path), &text, e) < 0)
		return NULL;
	v = json_read_most(sb_str(&text), MANIFEST_MAX, e);
	if (!v) {
		err_wrap(e, "%s", sb_cstr(&path));
		return NULL;
	}
	is = json_string_value(json_object_get(v, "kind"));
	if (json_integer_value(json_object_get(v, "format")) == FOLDER_FORMAT && is && (!kind || strcmp(is, kind) == 0))
		return v;
	json_decref(v);
	err_set(e, E_INPUT, "%s: is of no %s that this program carried out", sb_cstr(&path), kind ? kind : "kind");
	return NULL;
}

bool sum_of(const json_t *manifest, const char *table, struct table_sum *out)
{
	const json_t *t = json_object_get(json_object_get(manifest, "tables"), table);
	const char *hex = json_string_value(json_object_get(t, "sha256"));

	*out = (struct table_sum){ .name = table, .rows = json_integer_value(json_object_get(t, "rows")),
				   .least = json_integer_value(json_object_get(t, "least")), .most = json_integer_value(json_object_get(t, "most")) };
	(void)snprintf(out->sha256, sizeof(out->sha256), "%s", hex ? hex : "");
	return t != NULL;
}

/* ---- lines ---- */

struct lines {
	struct source *s;
	struct sb buf;
	size_t at; /* where the next line begins */
	int64_t line;
	bool end;
};

int lines_open(const char *dir, const char *name, struct lines **out, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX);
	struct lines *l = calloc(1, sizeof(*l));

	*out = NULL;
	if (!l || sb_addf(&path, "%s/%s", dir, name) < 0) {
		free(l);
		return err_nomem(e);
	}
	l->buf = (struct sb)SB_INIT(LINE_MAX_BYTES);
	if (source_open(sb_cstr(&path), &l->s, e) < 0) {
		free(l);
		return -1;
	}
	*out = l;
	return 0;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	source_free(l->s);
	sb_done(&l->buf);
	free(l);
}

/* Take away what was read, and read more behind the rest. */
static int more(struct lines *l, struct err *e)
{
	ssize_t n;

	sb_shift(&l->buf, l->at);
	l->at = 0;
	if (sb_grow(&l->buf, READ_AT_ONCE) < 0)
		return err_set(e, E_INPUT, "%s: a line is too long", source_name(l->s));
	n = source_read(l->s, l->buf.buf + l->buf.len, READ_AT_ONCE, e);
	if (n < 0)
		return -1;
	sb_took(&l->buf, (size_t)n);
	l->end = n == 0;
	return 0;
}

int lines_next(struct lines *l, json_t **v, struct str *raw, struct err *e)
{
	size_t tried = 0;
	char *nl;

	while (!l->buf.buf || !(nl = memchr(l->buf.buf + l->at + tried, '\n', l->buf.len - l->at - tried))) {
		if (l->end)
			return l->buf.len == l->at ? 0 : err_set(e, E_INPUT, "%s: is cut off", source_name(l->s));
		tried = l->buf.len - l->at;
		if (more(l, e) < 0)
			return -1;
	}
	*raw = (struct str){ l->buf.buf + l->at, (size_t)(nl - l->buf.buf) - l->at };
	l->at += raw->len + 1;
	l->line++;
	*v = json_read_most(*raw, LINE_MAX_BYTES, e);
	return *v ? 1 : err_wrap(e, "%s:%" PRId64, source_name(l->s), l->line);
}
