/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include "base/utf8.h"

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	utf8_defuse(e->msg);
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	size_t n;

	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	(void)snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", old);
	utf8_defuse(e->msg);
	return -1;
}

int err_errno(struct err *e, int why, const char *what)
{
	enum err_code code = E_IO;

	if (why == ENOMEM)
		return err_nomem(e);
	if (why == ENOENT || why == ENOTDIR)
		code = E_NOTFOUND;
	else if (why == EISDIR)
		code = E_USAGE;
	else if (why == EACCES || why == EPERM)
		code = E_DENIED;
	return err_set(e, code, "%s: %s", *what ? what : "\"\"", strerror(why));
}

int err_nomem(struct err *e)
{
	return err_set(e, E_IO, "out of memory");
}

void err_clear(struct err *e)
{
	e->code = E_NONE;
	e->msg[0] = '\0';
}

bool err_is_fatal(const struct err *e)
{
	return e->code == E_IO || e->code == E_BUG || e->code == E_SIGNAL;
}

int err_exit(const struct err *e)
{
	switch (e->code) {
	case E_NONE:
		return 0;
	case E_ANSWER:
		return 1;
	case E_USAGE:
	case E_INPUT:
		return 2;
	case E_NOTFOUND:
		return 3;
	case E_DENIED:
		return 4;
	case E_IO:
		return 5;
	case E_PARTIAL:
		return 6;
	case E_CONFLICT:
		return 7;
	case E_SIGNAL:
		return 128 + e->signal;
	case E_BUG:
		break;
	}
	return 70;
}
