/* SPDX-License-Identifier: MIT */
/* How long a server's certificate is good for: the one in its file, and the one that it really shows. */
#ifndef SIT_WIRE_CERTIFICATE_H
#define SIT_WIRE_CERTIFICATE_H

#include "base/err.h"

/* notAfter of the first certificate of the PEM file, microseconds UTC. */
int certificate_of_file(const char *path, int64_t *until, struct err *e);
/* notAfter of what who listens there shows in a TLS handshake (nothing else of it is checked). E_IO when there is no handshake within two seconds. */
int certificate_served(const char *host, int port, int64_t *until, struct err *e);

#endif
