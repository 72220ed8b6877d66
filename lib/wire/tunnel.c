/* SPDX-License-Identifier: MIT */
#include "wire/tunnel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "os/clock.h"
#include "os/plugin.h"
#include "os/signal.h"

#define GOODBYE 1000000 /* microseconds that a server has to answer a closing frame */

struct tunnel {
	const struct ws_backend *be;
	void *of;	      /* the WebSocket; NULL: none */
	int listening, place; /* the socket and its inode, -1 none */
	int inner;	      /* our end of libmosquitto's connection, -1 none */
	char door[40];
	struct err over;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * A socket needs a path to be connected to, and a path can be squatted, or be left behind by a kill. So it gets one in a new folder of ours, is opened
 * as a place, and loses the path again: the kernel finds it through /proc/self/fd, and there nobody else does.
 */
static int make_door(struct tunnel *t, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char folder[sizeof(a.sun_path) - 2];
	bool good;
	int n = snprintf(folder, sizeof(folder), "%s/sit-ws-XXXXXX", tmp && *tmp ? tmp : "/tmp");

	if (n < 0 || (size_t)n >= sizeof(folder))
		return err_set(e, E_USAGE, "TMPDIR: too long for the path of a socket");
	if (!mkdtemp(folder))
		return err_errno(e, errno, folder);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/s", folder);
	t->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	good = t->listening >= 0 && bind(t->listening, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(t->listening, 4) == 0;
	if (good)
		t->place = open(a.sun_path, O_PATH | O_CLOEXEC);
	if (!good || t->place < 0)
		err_errno(e, errno, a.sun_path);
	(void)unlink(a.sun_path);
	(void)rmdir(folder);
	(void)snprintf(t->door, sizeof(t->door), "/proc/self/fd/%d", t->place);
	return good && t->place >= 0 ? 0 : -1;
}

int tunnel_new(struct tunnel **out, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX + 128);
	const struct ws_backend *be = plugin_symbol("ws", WS_SYMBOL, &path, e);
	struct tunnel *t;

	if (!be)
		return -1;
	if (be->abi != WS_ABI)
		return err_set(e, E_CONFLICT, "%s: belongs to another version of sit", sb_cstr(&path));
	t = calloc(1, sizeof(*t));
	if (!t)
		return err_nomem(e);
	t->be = be;
	t->listening = t->place = t->inner = -1;
	if (make_door(t, e) < 0) {
		tunnel_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void tunnel_free(struct tunnel *t)
{
	if (!t)
		return;
	tunnel_cut(t);
	close_fd(&t->listening);
	close_fd(&t->place);
	free(t);
}

const char *tunnel_door(const struct tunnel *t)
{
	return t->door;
}

const char *tunnel_why(const struct tunnel *t)
{
	return t->over.code ? t->over.msg : "";
}

void tunnel_cut(struct tunnel *t)
{
	if (t->of)
		t->be->close(t->of);
	t->of = NULL;
	close_fd(&t->inner);
}

/* One turn; when it is over, libmosquitto reads what came before and then the end. */
static int turn(struct tunnel *t, int64_t wait_us)
{
	int rc = -1;

	if (t->of) {
		rc = t->be->turn(t->of, wait_us, &t->over);
		if (rc < 0)
			tunnel_cut(t);
	}
	return rc;
}

void tunnel_turn(struct tunnel *t)
{
	(void)turn(t, 0);
}

int tunnel_connect(struct tunnel *t, const struct ws_to *to, int64_t wait_us, struct err *e)
{
	int64_t until = clock_monotonic() + wait_us;
	int rc;

	tunnel_cut(t);
	err_clear(&t->over);
	if (t->be->open(to, &t->of, e) < 0)
		return -1;
	while ((rc = turn(t, until - clock_monotonic())) == 0) {
		if (stop_requested())
			return stop_error(e);
		if (clock_monotonic() >= until)
			return err_set(e, E_IO, "the server does not answer");
	}
	if (rc < 0)
		*e = t->over;
	return rc < 0 ? -1 : 0;
}

int tunnel_accept(struct tunnel *t, struct err *e)
{
	struct ucred who = { .pid = 0 };
	socklen_t len = sizeof(who);
	int fd;

	/* Of several the last: the others are of connections that came to nothing. */
	while ((fd = accept4(t->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		close_fd(&t->inner);
		t->inner = fd;
	}
	if (t->inner < 0)
		return err_errno(e, errno, "the socket between libmosquitto and the WebSocket");
	if (getsockopt(t->inner, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 || who.pid != getpid())
		return err_set(e, E_DENIED, "another process came in between: pid %ld", (long)who.pid);
	t->be->attach(t->of, t->inner);
	return 0;
}

int tunnel_wait(struct tunnel *t, int fd, short events, int64_t us, struct err *e)
{
	int64_t until = clock_monotonic() + us, left;
	struct pollfd p = { .fd = fd, .events = events };

	for (tunnel_turn(t); poll(&p, 1, 0) <= 0; (void)turn(t, left)) {
		left = until - clock_monotonic();
		if (stop_requested())
			return stop_error(e);
		if (left <= 0 || fd < 0)
			return 0;
	}
	return 1;
}

int tunnel_drain(struct tunnel *t, int64_t us, struct err *e)
{
	int64_t until = clock_monotonic() + us, left;

	for (tunnel_turn(t); t->of && t->be->busy(t->of); (void)turn(t, left)) {
		left = until - clock_monotonic();
		if (stop_requested())
			return stop_error(e);
		if (left <= 0)
			return 0;
	}
	return 1;
}

void tunnel_leave(struct tunnel *t)
{
	int64_t until = clock_monotonic() + GOODBYE, left;

	if (t->of)
		t->be->leave(t->of);
	while (t->of && (left = until - clock_monotonic()) > 0)
		(void)turn(t, left);
	tunnel_cut(t);
}
