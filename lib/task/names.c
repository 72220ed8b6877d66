/* SPDX-License-Identifier: MIT */
#include "task/names.h"

#include "base/sb.h"
#include "os/file.h"
#include "os/signal.h"

#define NAMES_MAX ((size_t)64 << 20) /* bytes of a list */

bool names_is_list(const char *operand)
{
	return strcmp(operand, "-") == 0 || operand[0] == '@';
}

static int read_stdin(struct sb *sb, struct err *e)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (n < 0 && (errno != EINTR || stop_requested()))
			return err_errno(e, errno, "standard input");
		if (n > 0 && sb_add(sb, buf, (size_t)n) < 0)
			return err_set(e, E_INPUT, "standard input: more than %zu bytes of names", NAMES_MAX);
	}
	return 0;
}

int names_read(const char *operand, bool nul, int (*fn)(struct str name, size_t line, void *arg, struct err *e), void *arg,
	       struct err *e)
{
	AUTO(sb_done) struct sb sb = SB_INIT(NAMES_MAX);
	bool in = strcmp(operand, "-") == 0;
	size_t line = 0;

	if ((in ? read_stdin(&sb, e) : file_read(operand + 1, &sb, e)) < 0)
		return -1;
	for (size_t i = 0; i < sb.len;) {
		const char *end = memchr(sb.buf + i, nul ? '\0' : '\n', sb.len - i);
		struct str name = { sb.buf + i, end ? (size_t)(end - sb.buf) - i : sb.len - i };

		i += name.len + 1;
		line++;
		if (!nul && name.len && name.ptr[name.len - 1] == '\r')
			name.len--;
		if (name.len && fn(name, line, arg, e) < 0)
			return err_wrap(e, "%s:%zu", in ? "standard input" : operand + 1, line);
	}
	return 0;
}
