/* SPDX-License-Identifier: MIT */
/* Whom a program that speaks for others may reach: addresses of the public internet, and nothing beside or behind this machine. */
#ifndef SIT_WIRE_REACH_H
#define SIT_WIRE_REACH_H

#include <sys/socket.h>

#include "base/base.h"

/*
 * The address is a public one: none of the IANA special-purpose registries (RFC 6890 and what came since): loopback, private, link-local, shared (CGNAT), unique
 * local, multicast, documentation. An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) counts as itself. Other families are none.
 */
bool reach_public(const struct sockaddr *a, size_t size);
/* The address as text, for messages. */
void reach_text(const struct sockaddr *a, char out[64]);

#endif
