/* SPDX-License-Identifier: MIT */
#include "cli/connect.h"

static struct connect cfg;
static const char *profile;

/* clang-format off */
const struct opt connect_opts[] = {
	OPT_HEAD("How a broker is reached"),
	OPT_TEXT(0, "user", &cfg.user, "LOGIN", "log in as LOGIN"),
	OPT_TEXT(0, "password", &cfg.password, "WHERE", "with the password in @FILE, @env:NAME or @cred:NAME"),
	OPT_TEXT(0, "cafile", &cfg.ca, "FILE", "trust these authorities, a file or folder (default: the system's)"),
	OPT_TEXT(0, "cert", &cfg.cert, "FILE", "show this certificate"),
	OPT_TEXT(0, "key", &cfg.key, "FILE", "with this private key"),
	OPT_TEXT(0, "client-id", &cfg.client_id, "ID", "be known to the broker as ID"),
	OPT_WORD(0, "profile", &profile, "PROFILE", topic_profiles, "topics and bodies: sit (default) saveit zoho thingsboard"),
	OPT_END
};
/* clang-format on */

int connect_read(struct connect *out, struct err *e)
{
	*out = cfg;
	return profile ? topic_profile_find(str_of(profile), &out->profile, e) : 0;
}
