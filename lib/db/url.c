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

const char *db_url_file(const char *url)
{
	if (strncmp(url, "sqlite:", 7) == 0)
		return url + 7;
	return strstr(url, "://") ? NULL : url;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static int add_decoded(struct sb *sb, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = s[i] == '%' && i + 2 < n ? nibble(s[i + 1]) : -1, low = high >= 0 ? nibble(s[i + 2]) : -1;

		if (low >= 0)
			i += 2;
		(void)sb_addc(sb, low >= 0 ? (char)(unsigned char)(high << 4 | low) : s[i]);
	}
	return sb->bad ? -1 : 0;
}

int db_url_password(const char *url, struct sb *sb)
{
	const char *user = strstr(url, "://"), *at, *colon, *query;

	if (!user)
		return 0;
	user += 3;
	at = user + strcspn(user, "@/");
	colon = user + strcspn(user, ":@/");
	if (*at == '@' && *colon == ':')
		return add_decoded(sb, colon + 1, (size_t)(at - colon - 1));
	for (query = user + strcspn(user, "?"); *query; query += strcspn(query, "&")) {
		query++;
		if (strncmp(query, "password=", 9) == 0)
			return add_decoded(sb, query + 9, strcspn(query + 9, "&"));
	}
	return 0;
}
