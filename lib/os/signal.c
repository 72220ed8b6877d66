/* SPDX-License-Identifier: MIT */
#include "os/signal.h"

#include <signal.h>

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	if (stop)
		_exit(128 + sig);
	stop = sig;
}

static void catch(int sig, void (*fn)(int))
{
	struct sigaction sa = { .sa_handler = fn };

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(sig, &sa, NULL);
}

void signals_catch(void)
{
	catch (SIGINT, on_stop);
	catch (SIGTERM, on_stop);
	catch (SIGXFSZ, SIG_IGN);
}

void signals_pipe_ignore(bool ignore)
{
	catch (SIGPIPE, ignore ? SIG_IGN : SIG_DFL);
}

int stop_requested(void)
{
	return stop;
}

int stop_error(struct err *e)
{
	err_set(e, E_SIGNAL, "stopped by signal %d", (int)stop);
	e->signal = stop;
	return -1;
}
