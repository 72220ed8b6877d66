/* SPDX-License-Identifier: MIT */
/* Zones of this machine by IANA name, read from $SIT_ZONEINFO or /usr/share/zoneinfo and kept. */
#ifndef SIT_OS_ZONES_H
#define SIT_OS_ZONES_H

#include "base/zone.h"

/*
 * The zone called name ("Europe/Berlin"); "UTC" and "Z" give *out = NULL, which every zone function takes as UTC. Names with
 * "..", a leading '/', or other bytes than [A-Za-z0-9_+/-] are refused. The zone lives as long as the process.
 * -1 with E_USAGE when there is no such zone.
 */
int zones_get(const char *name, const struct zone **out, struct err *e);

#endif
