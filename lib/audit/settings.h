/* SPDX-License-Identifier: MIT */
/* What configuration is in force and where it came from: flag > environment > user's file > system's file > built in; of "audit" all of it. */
#ifndef SIT_AUDIT_SETTINGS_H
#define SIT_AUDIT_SETTINGS_H

#include "base/base.h"
#include "base/err.h"
#include "base/sb.h"

enum setting_name { SET_DB, SET_ORG, SET_TZ, SET_FORMAT, SET_KEY, SET_AUDIT, SET_COUNT };

struct setting {
	char *value;	/* NULL: not set anywhere */
	char origin[256]; /* "--db", "SIT_DB", "/etc/sit/sit.conf:3", "built in" */
};

struct settings {
	struct setting of[SET_COUNT];
};

/*
 * Read environment and both files; flags (in the order of setting_name, NULL: not given) win. A line of a file that cannot be read or an
 * unknown key is E_USAGE with file and line.
 */
int settings_load(const char *const flags[SET_COUNT], struct settings *s, struct err *e);
void settings_done(struct settings *s);
/* The key in files: "db", "org", "tz", "format", "key", "audit". */
const char *setting_word(enum setting_name n);
/* The value, NULL when not set. */
const char *setting(const struct settings *s, enum setting_name n);
/* Append the value as it may be shown: a URL without its password. -1 when there is no memory. */
int setting_shown(const struct settings *s, enum setting_name n, struct sb *sb);
/* The store's URL has no password on the command line, where every user of the machine can read it: E_USAGE. */
int settings_check(const struct settings *s, struct err *e);
/* The same of a URL that was given as `where` on the command line; NULL is fine. */
int settings_url_check(const char *url, const char *where, struct err *e);

#endif
