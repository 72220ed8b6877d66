/* SPDX-License-Identifier: MIT */
/* What most programs do without is a library of its own, sit-NAME.so, with what it links. */
#ifndef SIT_OS_PLUGIN_H
#define SIT_OS_PLUGIN_H

#include "base/err.h"
#include "base/sb.h"

/*
 * The symbol of the library, which stays loaded; its path replaces what is in path. It is looked for in PREFIX/lib/sit where programs are in PREFIX/bin
 * (or build/bin), beside the program, and where it is installed; never where an environment variable says. NULL with E_CONFLICT.
 */
const void *plugin_symbol(const char *name, const char *symbol, struct sb *path, struct err *e);

#endif
