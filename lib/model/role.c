/* SPDX-License-Identifier: MIT */
#include "model/role.h"

const char *const right_words[] = { "view", "export", "operate", "analyse", "manage", "admin", "store", NULL };
const char *const role_words[] = { "viewer", "analyst", "operator", "site_manager", "org_admin", "super_admin", NULL };

static const unsigned of_role[] = {
	RIGHT_VIEW,
	RIGHT_VIEW | RIGHT_EXPORT | RIGHT_ANALYSE,
	RIGHT_VIEW | RIGHT_EXPORT | RIGHT_OPERATE,
	RIGHT_VIEW | RIGHT_EXPORT | RIGHT_OPERATE | RIGHT_ANALYSE | RIGHT_MANAGE,
	RIGHT_VIEW | RIGHT_EXPORT | RIGHT_OPERATE | RIGHT_ANALYSE | RIGHT_MANAGE | RIGHT_ADMIN,
	RIGHTS_ALL,
};

/* verbs: separated by blanks, those of two words with '_' between; "" is a program without verbs, which no other entry then has. */
static const struct {
	const char *program, *verbs;
	unsigned right;
} needs[] = {
	{ "sit", "settings find programs help", RIGHT_VIEW },
	{ "sit-alarm", "list check show history stats explain silence_list", RIGHT_VIEW },
	{ "sit-alarm", "ack clear shelve unshelve assign comment silence_add silence_rm run", RIGHT_OPERATE },
	{ "sit-asset", "list show", RIGHT_VIEW },
	{ "sit-asset", "add set rm", RIGHT_MANAGE },
	{ "sit-audit", "list show stats export verify checkpoint", RIGHT_ADMIN },
	{ "sit-backup", "create verify restore list", RIGHT_STORE },
	{ "sit-broker", "init sync run status check rotate", RIGHT_STORE },
	{ "sit-datapoint", "list show", RIGHT_VIEW },
	{ "sit-datapoint", "add set rm", RIGHT_MANAGE },
	{ "sit-db", "init migrate check compact stats copy sql mirror_on mirror_off mirror_rebuild mirror_status shard_add shard_list shard_rm shard_check", RIGHT_STORE },
	{ "sit-device", "list show status history checklist credential_list", RIGHT_VIEW },
	{ "sit-device", "run", RIGHT_OPERATE },
	{ "sit-device", "add set rm label credential_add credential_rotate credential_revoke", RIGHT_MANAGE },
	{ "sit-estate", "export diff", RIGHT_EXPORT },
	{ "sit-estate", "apply", RIGHT_MANAGE },
	{ "sit-event", "list show correlate timeline", RIGHT_VIEW },
	{ "sit-event", "add", RIGHT_OPERATE },
	{ "sit-explain", "", RIGHT_VIEW },
	{ "sit-export", "", RIGHT_EXPORT },
	{ "sit-field", "list show", RIGHT_VIEW },
	{ "sit-field", "add set rm", RIGHT_ADMIN },
	{ "sit-gateway", "list show status credential_list history", RIGHT_VIEW },
	{ "sit-gateway", "add set rm credential_add credential_rotate credential_revoke", RIGHT_MANAGE },
	{ "sit-group", "list show members stats", RIGHT_VIEW },
	{ "sit-group", "add set rm member_add member_rm", RIGHT_MANAGE },
	{ "sit-ingest", "", RIGHT_OPERATE },
	{ "sit-latest", "", RIGHT_VIEW },
	{ "sit-model", "list show diff export devices history", RIGHT_VIEW },
	{ "sit-model", "add set rm apply clone sync", RIGHT_MANAGE },
	{ "sit-notify", "channel_list channel_show route_list route_show history status", RIGHT_VIEW },
	{ "sit-notify", "send run retry release channel_test", RIGHT_OPERATE },
	{ "sit-notify", "channel_add channel_set channel_rm channel_secret route_add route_set route_rm", RIGHT_MANAGE },
	{ "sit-onboard", "add claim", RIGHT_MANAGE },
	{ "sit-onboard", "register list rm", RIGHT_ADMIN },
	{ "sit-limit", "list usage explain", RIGHT_VIEW },
	{ "sit-limit", "set rm", RIGHT_ADMIN },
	{ "sit-org", "list show tree usage", RIGHT_VIEW },
	{ "sit-org", "add set rm quota export", RIGHT_ADMIN },
	{ "sit-org", "import erase", RIGHT_STORE },
	{ "sit-policy", "list show", RIGHT_VIEW },
	{ "sit-policy", "add set rm", RIGHT_ADMIN },
	{ "sit-product", "list show", RIGHT_VIEW },
	{ "sit-product", "add set rm", RIGHT_MANAGE },
	{ "sit-prune", "", RIGHT_ADMIN },
	{ "sit-publish", "", RIGHT_OPERATE },
	{ "sit-quarantine", "list show", RIGHT_VIEW },
	{ "sit-quarantine", "adopt rm", RIGHT_OPERATE },
	{ "sit-query", "", RIGHT_VIEW },
	{ "sit-rule", "list show diff export eval", RIGHT_VIEW },
	{ "sit-rule", "test", RIGHT_ANALYSE },
	{ "sit-rule", "add set rm apply", RIGHT_MANAGE },
	{ "sit-site", "list show", RIGHT_VIEW },
	{ "sit-site", "add set rm", RIGHT_MANAGE },
	{ "sit-subscribe", "", RIGHT_VIEW },
	{ "sit-watch", "points alarms events status", RIGHT_VIEW },
	{ "sit-user", "list show can", RIGHT_VIEW },
	{ "sit-user", "add set rm export erase passwd check unlock key_add key_list key_revoke key_rotate grant_add grant_list grant_rm", RIGHT_ADMIN },
};

unsigned role_rights(struct str role)
{
	for (size_t i = 0; role_words[i]; i++)
		if (str_is(role, role_words[i]))
			return of_role[i];
	return 0;
}

int rights_read(struct str text, unsigned *out, struct err *e)
{
	*out = 0;
	while (text.len) {
		const char *comma = memchr(text.ptr, ',', text.len);
		struct str word = { text.ptr, comma ? (size_t)(comma - text.ptr) : text.len };
		size_t i = 0;

		while (right_words[i] && !str_is(word, right_words[i]))
			i++;
		if (!right_words[i])
			return err_set(e, E_INPUT, "\"%.*s\" is no right: view, export, operate, analyse, manage, admin, store", STR_ARG(word));
		*out |= 1u << i;
		text.ptr += word.len + (comma != NULL);
		text.len -= word.len + (comma != NULL);
	}
	return 0;
}

void rights_text(unsigned rights, struct sb *sb)
{
	bool first = true;

	for (size_t i = 0; right_words[i]; i++) {
		if (!(rights & 1u << i))
			continue;
		sb_addf(sb, "%s%s", first ? "" : ",", right_words[i]);
		first = false;
	}
}

/* The word is in the list; a list of nothing has nothing but "". */
static bool listed(const char *list, const char *verb)
{
	size_t n = strlen(verb);

	if (!*list || !*verb)
		return !*list && !*verb;
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t m = strcspn(p, " "), i = 0;

		while (i < m && i < n && (p[i] == verb[i] || (p[i] == '_' && verb[i] == ' ')))
			i++;
		if (i == m && i == n)
			return true;
		p += m;
	}
	return false;
}

unsigned right_needed(const char *program, const char *verb)
{
	for (size_t i = 0; i < COUNT(needs); i++)
		if (strcmp(needs[i].program, program) == 0 && listed(needs[i].verbs, verb ? verb : ""))
			return needs[i].right;
	return 0;
}

bool reads_personal(const char *program)
{
	static const char *const personal[] = { "sit", "sit-audit", "sit-user" };

	for (size_t i = 0; i < COUNT(personal); i++)
		if (strcmp(personal[i], program) == 0)
			return true;
	return false;
}
