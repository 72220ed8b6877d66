/* SPDX-License-Identifier: MIT */
/* Signals as a question: SIGINT and SIGTERM only raise a flag, so that a transaction is finished first. */
#ifndef SIT_OS_SIGNAL_H
#define SIT_OS_SIGNAL_H

#include "base/base.h"
#include "base/err.h"

/* SIGINT and SIGTERM set the flag (a second one ends the process at once); SIGXFSZ is ignored so that writes fail instead. */
void signals_catch(void);
/* SIGPIPE: true makes failed writes return EPIPE (programs that store), false keeps the quiet death of a filter. */
void signals_pipe_ignore(bool ignore);
/* 0, or the number of the signal that asked to stop. */
int stop_requested(void);
/* Fill e with E_SIGNAL for the caught signal; returns -1. */
int stop_error(struct err *e);

#endif
