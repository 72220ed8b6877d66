/* SPDX-License-Identifier: MIT */
/* What of a store's URL may be shown. */
#include "db/db.h"

/* As libpq reads it, the user ends at the first '@' that comes before any '/'. */
int db_url_shown(const char *url, struct sb *sb)
{
	const char *user = strstr(url, "://"), *at, *query;

	if (!user)
		return sb_adds(sb, url);
	user += 3;
	at = user + strcspn(user, "@/");
	(void)sb_add(sb, url, (size_t)(user - url));
	if (*at == '@') {
		(void)sb_add(sb, user, strcspn(user, ":@"));
		user = at;
	}
	query = user + strcspn(user, "?");
	(void)sb_add(sb, user, (size_t)(query - user));
	for (const char *sep = "?"; *query; query += strcspn(query, "&")) {
		query++;
		if (strncmp(query, "password=", 9) == 0 || strncmp(query, "sslpassword=", 12) == 0)
			continue;
		(void)sb_adds(sb, sep);
		(void)sb_add(sb, query, strcspn(query, "&"));
		sep = "&";
	}
	return sb->bad ? -1 : 0;
}
