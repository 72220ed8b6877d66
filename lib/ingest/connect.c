/* SPDX-License-Identifier: MIT */
#include "ingest/connect.h"

#include "os/secret.h"

bool connect_is_url(const char *text)
{
	return mqtt_url_is(text);
}

int connect_shown(const char *url, struct sb *sb, struct err *e)
{
	struct mqtt_url u;

	if (mqtt_url_parse(url, &u, e) < 0)
		return -1;
	return mqtt_url_shown(&u, sb) < 0 ? err_nomem(e) : 0;
}

int connect_client(const struct connect *b, struct mqtt_opts *o, struct mqtt **out, struct err *e)
{
	AUTO(sb_wipe) struct sb password = SB_INIT(4096);

	if (b->password && secret_read(b->password, &password, e) < 0)
		return err_wrap(e, "--password");
	o->user = b->user;
	o->password = b->password ? sb_cstr(&password) : NULL;
	o->ca = b->ca;
	o->cert = b->cert;
	o->key = b->key;
	return mqtt_new(o, out, e); /* the library keeps a copy of the password */
}

int connect_now(struct mqtt *m, const char *url, struct err *e)
{
	AUTO(sb_done) struct sb shown = SB_INIT(2048);
	struct err ignored = { 0 };

	if (mqtt_connect(m, e) == 0)
		return 0;
	return e->code == E_SIGNAL || connect_shown(url, &shown, &ignored) < 0 ? -1 : err_wrap(e, "%s", sb_cstr(&shown));
}
