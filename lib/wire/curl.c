/* SPDX-License-Identifier: MIT */
#include "wire/curl.h"

#include "os/signal.h"
#include "wire/reach.h"

bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return true;
	return false;
}

/* Asked with the address itself, after the name was resolved: what the name means a moment later does not matter. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = arg;

	(void)purpose;
	if (!t->peer->private && !reach_public(&a->addr, a->addrlen)) {
		reach_text(&a->addr, t->refused);
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	(void)arg;
	(void)dltotal;
	(void)dlnow;
	(void)ultotal;
	(void)ulnow;
	return stop_requested() != 0;
}

static int check_url(const struct peer *p, struct err *e)
{
	CURLU *u = curl_url();
	char *user = NULL;
	bool good = u && !has_control(str_of(p->url)) && curl_url_set(u, CURLUPART_URL, p->url, 0) == CURLUE_OK;
	bool login = good && curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK;

	curl_free(user);
	curl_url_cleanup(u);
	if (login)
		return err_set(e, E_INPUT, "there is a login in the URL: that is what user and secret are for");
	return good ? 0 : err_set(e, E_INPUT, "the URL is none");
}

int transfer_begin(struct transfer *t, const struct peer *p, const char *protocols, struct err *e)
{
	CURL *c;
	long ms = (long)(p->timeout / 1000);

	*t = (struct transfer){ .peer = p };
	if (check_url(p, e) < 0)
		return -1;
	t->curl = c = curl_easy_init();
	if (!c)
		return err_nomem(e);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->why);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_PROXY, ""); /* one would connect in our place, to wherever it likes */
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, ms);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms);
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, progress);
	(void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) != CURLE_OK || curl_easy_setopt(c, CURLOPT_URL, p->url) != CURLE_OK ||
	    (p->ca && curl_easy_setopt(c, CURLOPT_CAINFO, p->ca) != CURLE_OK))
		return err_set(e, E_IO, "libcurl does not take what it was given");
	if (p->ca)
		(void)curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	if (p->user && (curl_easy_setopt(c, CURLOPT_USERNAME, p->user) != CURLE_OK || curl_easy_setopt(c, CURLOPT_PASSWORD, p->secret.ptr) != CURLE_OK))
		return err_nomem(e);
	return 0;
}

void transfer_end(struct transfer *t)
{
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->headers);
	*t = (struct transfer){ 0 };
}

int transfer_header(struct transfer *t, const char *name, struct str value, struct err *e)
{
	AUTO(sb_wipe) struct sb line = SB_INIT(8192);
	struct curl_slist *more;

	if (has_control(value))
		return err_set(e, E_INPUT, "header %s: a control character cannot be in it", name);
	if (sb_addf(&line, "%s: %.*s", name, STR_ARG(value)) < 0)
		return err_set(e, E_INPUT, "header %s: too long", name);
	more = curl_slist_append(t->headers, sb_cstr(&line));
	if (!more)
		return err_nomem(e);
	t->headers = more;
	return 0;
}

int transfer_run(struct transfer *t, struct err *e)
{
	CURLcode rc;

	if (t->headers && curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers) != CURLE_OK)
		return err_nomem(e);
	rc = curl_easy_perform(t->curl);
	if (rc == CURLE_OK || rc == CURLE_WRITE_ERROR) /* the answer was longer than what is kept of it */
		return 0;
	if (stop_requested())
		return stop_error(e);
	if (t->refused[0] && rc == CURLE_COULDNT_CONNECT)
		return err_set(e, E_DENIED, "%s is not a public address (allow_private=yes if it is meant)", t->refused);
	return err_set(e, rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT ? E_INPUT : E_IO, "%s", t->why[0] ? t->why : curl_easy_strerror(rc));
}
