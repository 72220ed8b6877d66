/* SPDX-License-Identifier: MIT */
#include "wire/certificate.h"

#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/time.h"

#define PATIENCE 2 /* seconds */

DEFINE_AUTO(bio_freep, BIO *, BIO_free_all)
DEFINE_AUTO(x509_freep, X509 *, X509_free)
DEFINE_AUTO(ctx_freep, SSL_CTX *, SSL_CTX_free)
DEFINE_AUTO(ssl_freep, SSL *, SSL_free)

static int not_after(const X509 *cert, int64_t *until, struct err *e)
{
	struct tm tm;
	struct civil c;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return err_set(e, E_INPUT, "its certificate has no end that can be read");
	c = (struct civil){ .year = tm.tm_year + 1900, .month = tm.tm_mon + 1, .day = tm.tm_mday, .hour = tm.tm_hour, .minute = tm.tm_min,
			    .second = tm.tm_sec };
	*until = civil_to_us(&c);
	return 0;
}

int certificate_of_file(const char *path, int64_t *until, struct err *e)
{
	AUTO(bio_freep) BIO *bio = BIO_new_file(path, "r");
	AUTO(x509_freep) X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	if (!bio)
		return err_errno(e, errno ? errno : EIO, path);
	if (!cert)
		return err_set(e, E_INPUT, "%s: no certificate in PEM", path);
	return not_after(cert, until, e) < 0 ? err_wrap(e, "%s", path) : 0;
}

static int connect_to(const char *host, int port, struct err *e)
{
	const struct addrinfo want = { .ai_socktype = SOCK_STREAM };
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct addrinfo *found = NULL;
	char service[16];
	int fd = -1, why = 0;

	(void)snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(host, service, &want, &found) != 0)
		return err_set(e, E_IO, "%s: no such host", host);
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd < 0)
			continue;
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
			why = errno;
			(void)close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	return fd >= 0 ? fd : err_set(e, E_IO, "%s:%d: %s", host, port, strerror(why));
}

int certificate_served(const char *host, int port, int64_t *until, struct err *e)
{
	AUTO(ctx_freep) SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	AUTO(ssl_freep) SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	AUTO(x509_freep) X509 *cert = NULL;
	int fd, rc = -1;

	if (!ssl)
		return err_nomem(e);
	fd = connect_to(host, port, e);
	if (fd < 0)
		return -1;
	SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	if (SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1 || !(cert = SSL_get1_peer_certificate(ssl)))
		err_set(e, E_IO, "%s:%d: no TLS handshake", host, port);
	else
		rc = not_after(cert, until, e);
	(void)close(fd);
	return rc;
}
