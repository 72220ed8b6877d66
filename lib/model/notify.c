/* SPDX-License-Identifier: MIT */
/* Channels, which messages go out through, and routes, which say what goes to whom. */
#include "model/notify.h"

#include "base/template.h"
#include "base/time.h"
#include "model/nouns.h"
#include "model/rule.h"

const char *const channel_words[] = { "email", "webhook", "slack", "teams", "sms", "push", "exec", "file", "journal", NULL };
const char *const notice_words[] = { "waiting", "sending", "grouped", "delivered", "dead", "held", "dropped", NULL };
const char *const route_by_words[] = { "all", "gateway", "site", "device", "rule", NULL };
const char *const notice_places[] = { "severity", "device", "rule", "title", "datapoint", "value", "threshold", "change", "message", "ts", "alarm", "kind", "site", "gateway", "org", "n", NULL };
static const char *const tls_words[] = { "required", "off", NULL };
static const char *const kind_words[] = { "alarm", "state_change", "maintenance", "system", "user_action", NULL };
static const char *const told_words[] = { "raised", "escalated", "lowered", "acknowledged", "shelved", "unshelved", "flapping", "cleared", NULL };

int notify_word(const char *const *words, struct str word)
{
	for (int i = 0; words[i]; i++)
		if (str_is(word, words[i]))
			return i;
	return -1;
}

bool list_word(struct str *list, struct str *word)
{
	const char *comma = list->len ? memchr(list->ptr, ',', list->len) : NULL;

	if (!list->len)
		return false;
	*word = (struct str){ list->ptr, comma ? (size_t)(comma - list->ptr) : list->len };
	list->ptr += word->len + (comma != NULL);
	list->len -= word->len + (comma != NULL);
	while (word->len && word->ptr[0] == ' ')
		word->ptr++, word->len--;
	while (word->len && word->ptr[word->len - 1] == ' ')
		word->len--;
	return true;
}

int escalation_read(struct str text, struct escalation out[ESCALATION_MAX], size_t *n, struct err *e)
{
	struct str word;

	for (*n = 0; list_word(&text, &word); ++*n) {
		const char *colon = word.len ? memchr(word.ptr, ':', word.len) : NULL;
		struct str span = { word.ptr, colon ? (size_t)(colon - word.ptr) : 0 };

		if (*n == ESCALATION_MAX)
			return err_set(e, E_INPUT, "escalate: more than %d steps", ESCALATION_MAX);
		if (!colon || dur_parse(span, &out[*n].after, e) < 0 || out[*n].after <= 0)
			return err_set(e, E_INPUT, "escalate: write 15m:CHANNEL,1h:CHANNEL, not \"%.*s\"", STR_ARG(word));
		out[*n].channel = (struct str){ colon + 1, word.len - span.len - 1 };
	}
	return 0;
}

/* ---- channel ---- */

static const struct field channel_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "type", FIELD_ENUM, FIELD_REQUIRED | FIELD_FIXED | FIELD_LIST, NULL, channel_words, 0, 0, NULL, "how it gets there" },
	{ "url", FIELD_URL, FIELD_LIST, NULL, NULL, 0, 1000, NULL, "where to: smtp://host:587, smtps://host, https://... (empty: the secret is the URL)" },
	{ "to", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 2000, NULL, "mail addresses or telephone numbers, separated by commas; of push the topic" },
	{ "from", FIELD_TEXT, 0, NULL, NULL, 0, 255, NULL, "sender: a mail address, a telephone number" },
	{ "user", FIELD_TEXT, 0, NULL, NULL, 0, 255, NULL, "login that goes with the secret" },
	{ "tls", FIELD_ENUM, FIELD_REQUIRED, NULL, tls_words, 0, 0, "required", "of smtp://: STARTTLS, or off (then no login either)" },
	{ "ca", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "file of the certificates that are trusted (empty: the machine's)" },
	{ "command", FIELD_JSON, 0, NULL, NULL, 0, 4096, NULL, "of exec: the program and its arguments, [\"/usr/local/bin/page\",\"-v\"]; no shell" },
	{ "path", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "of file: where a record a line is appended" },
	{ "subject", FIELD_TEXT, 0, NULL, NULL, 0, 500, NULL, "template of the subject: \"{severity}: {device} {rule}\"" },
	{ "text", FIELD_TEXT, 0, NULL, NULL, 0, 4000, NULL, "template of a line of the message: \"{ts} {device}: {message}\"" },
	{ "timeout", FIELD_DUR, FIELD_REQUIRED, NULL, NULL, 0, 0, "15s", "a delivery takes at most so long" },
	{ "tries", FIELD_INT, FIELD_REQUIRED, NULL, NULL, 1, 100, "10", "after so many it is given up" },
	{ "allow_private", FIELD_BOOL, FIELD_REQUIRED, NULL, NULL, 0, 0, "false", "also to private, link-local and loopback addresses" },
	{ "enabled", FIELD_BOOL, FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, "true", "false: what goes there waits" },
	F_NOTE,
	{ "secret_since", FIELD_TIME, FIELD_READONLY, NULL, NULL, 0, 0, NULL, "when its secret was set (sit-notify channel secret)" },
	F_CREATED,
};

/* What each type cannot do without, and what it takes besides; url, to, from, command, path. */
static const struct {
	const char *needs, *takes, *scheme[3];
} types[] = {
	[CHANNEL_EMAIL] = { "url to from", "user ca", { "smtp://", "smtps://", NULL } },
	[CHANNEL_WEBHOOK] = { "url", "ca", { "https://", "http://", NULL } },
	[CHANNEL_SLACK] = { "", "url ca", { "https://", "http://", NULL } },
	[CHANNEL_TEAMS] = { "", "url ca", { "https://", "http://", NULL } },
	[CHANNEL_SMS] = { "url to from user", "ca", { "https://", "http://", NULL } },
	[CHANNEL_PUSH] = { "url to", "user ca", { "https://", "http://", NULL } },
	[CHANNEL_EXEC] = { "command", "", { NULL, NULL, NULL } },
	[CHANNEL_FILE] = { "path", "", { NULL, NULL, NULL } },
	[CHANNEL_JOURNAL] = { "", "", { NULL, NULL, NULL } },
};

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t m = strcspn(p, " ");

		if (m == n && memcmp(p, word, n) == 0)
			return true;
		p += m;
	}
	return false;
}

static int check_places(const struct row *now, enum channel_type type, struct err *e)
{
	static const char *const places[] = { "url", "to", "from", "user", "ca", "command", "path" };
	struct str url = row_text(&channel_entity, now, "url");

	for (size_t i = 0; i < COUNT(places); i++) {
		bool given = row_text(&channel_entity, now, places[i]).len > 0, needed = has_word(types[type].needs, places[i]);

		if (needed && !given)
			return err_set(e, E_INPUT, "%s: a channel of type %s needs one", places[i], channel_words[type]);
		if (given && !needed && !has_word(types[type].takes, places[i]))
			return err_set(e, E_INPUT, "%s: a channel of type %s has none", places[i], channel_words[type]);
	}
	for (size_t i = 0; url.len && types[type].scheme[i]; i++)
		if (str_starts(url, types[type].scheme[i]))
			return 0;
	return url.len ? err_set(e, E_INPUT, "url: of a channel of type %s it begins with %s or %s", channel_words[type], types[type].scheme[0],
				 types[type].scheme[1])
		       : 0;
}

/* Nothing that goes into a header, an address or a command line holds control characters. */
static int check_plain(const struct row *now, struct err *e)
{
	static const char *const plain[] = { "url", "to", "from", "user", "ca", "path", "subject" };

	for (size_t i = 0; i < COUNT(plain); i++) {
		struct str s = row_text(&channel_entity, now, plain[i]);

		for (size_t k = 0; k < s.len; k++)
			if ((unsigned char)s.ptr[k] < ' ' || s.ptr[k] == 0x7f)
				return err_set(e, E_INPUT, "%s: a control character cannot be in it", plain[i]);
	}
	return 0;
}

/* (Whether an address can be one in full is seen when it is written to.) */
static int check_mail(const struct row *now, struct err *e)
{
	static const char *const addresses[] = { "from", "to" };
	struct str word;

	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct str list = row_text(&channel_entity, now, addresses[i]);

		while (list_word(&list, &word))
			if (word.len && !memchr(word.ptr, '@', word.len))
				return err_set(e, E_INPUT, "%s: \"%.*s\" is not a mail address", addresses[i], STR_ARG(word));
	}
	return 0;
}

static int channel_check(const struct row *old, const struct row *now, struct err *e)
{
	int type = notify_word(channel_words, row_text(&channel_entity, now, "type"));
	const struct cell *timeout = row_cell(&channel_entity, now, "timeout");
	struct str path = row_text(&channel_entity, now, "path");

	(void)old;
	if (check_plain(now, e) < 0 || check_places(now, (enum channel_type)type, e) < 0 || (type == CHANNEL_EMAIL && check_mail(now, e) < 0))
		return -1;
	if (path.len && path.ptr[0] != '/')
		return err_set(e, E_INPUT, "path: write it from the root on (/var/log/...)");
	if (timeout->type == CELL_INT && (timeout->i < US_PER_S || timeout->i > 10 * US_PER_MIN))
		return err_set(e, E_INPUT, "timeout: from 1s to 10m");
	if (template_check(row_text(&channel_entity, now, "subject"), notice_places, e) < 0)
		return err_wrap(e, "subject");
	return template_check(row_text(&channel_entity, now, "text"), notice_places, e) < 0 ? err_wrap(e, "text") : 0;
}

bool channel_needs_secret(const struct row *channel)
{
	int type = notify_word(channel_words, row_text(&channel_entity, channel, "type"));

	return row_text(&channel_entity, channel, "user").len > 0 ||
	       ((type == CHANNEL_SLACK || type == CHANNEL_TEAMS) && !row_text(&channel_entity, channel, "url").len);
}

const struct entity channel_entity = {
	.noun = "channel", .plural = "channels", .table = "channel", .help = "a way out for messages", .field = channel_fields,
	.n = COUNT(channel_fields), .kept_by = { "notice" }, .kept_with = "sit-notify", .check = channel_check,
};

/* ---- route ---- */

static const struct field route_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "channel", FIELD_REF, FIELD_REQUIRED | FIELD_LIST, "channel", NULL, 0, 0, NULL, "where it goes" },
	{ "select", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 4096, NULL, "devices that it is about (sit-selectors(7)); empty: all" },
	{ "rule", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 1000, NULL, "names of rules, or patterns, separated by commas; empty: all" },
	{ "kind", FIELD_WORDS, FIELD_REQUIRED, NULL, kind_words, 0, 200, "alarm", "what is told: alarm, and kinds of events" },
	{ "change", FIELD_WORDS, FIELD_REQUIRED, NULL, told_words, 0, 200, "raised,escalated,cleared", "changes of alarms that are told" },
	{ "severity", FIELD_ENUM, FIELD_REQUIRED | FIELD_LIST, NULL, severity_words, 0, 0, "warning", "from this on" },
	{ "schedule", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "when it is in force: \"mon-fri 08:00-18:00\"; empty: always" },
	{ "quiet", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "when messages wait until it is over: \"22:00-06:00\"" },
	{ "quiet_over", FIELD_ENUM, FIELD_REQUIRED, NULL, severity_words, 0, 0, "critical", "from this on they do not wait" },
	{ "tz", FIELD_TZ, 0, NULL, NULL, 0, 0, NULL, "time zone of schedule and quiet (empty: UTC)" },
	{ "group", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "what comes within so long becomes one message (30s)" },
	{ "by", FIELD_ENUM, FIELD_REQUIRED, NULL, route_by_words, 0, 0, "gateway", "one message for all, or for each of these" },
	{ "repeat", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "told again so often while nobody has acknowledged it" },
	{ "escalate", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "\"15m:CHANNEL,1h:CHANNEL\": there too while nobody has acknowledged it" },
	{ "enabled", FIELD_BOOL, FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, "true", "false: nothing goes this way" },
	F_NOTE,
	F_CREATED,
};

static int route_check(const struct row *old, const struct row *now, struct err *e)
{
	const struct cell *group = row_cell(&route_entity, now, "group"), *repeat = row_cell(&route_entity, now, "repeat");
	struct escalation steps[ESCALATION_MAX];
	size_t n;

	(void)old;
	if (group->type == CELL_INT && (group->i < 0 || group->i > US_PER_DAY))
		return err_set(e, E_INPUT, "group: at most 1d");
	if (repeat->type == CELL_INT && repeat->i < US_PER_MIN)
		return err_set(e, E_INPUT, "repeat: at least 1m");
	return escalation_read(row_text(&route_entity, now, "escalate"), steps, &n, e);
}

const struct entity route_entity = {
	.noun = "route", .plural = "routes", .table = "route", .help = "what is told, and through which channel", .field = route_fields,
	.n = COUNT(route_fields), .kept_by = { "notice" }, .kept_with = "sit-notify", .check = route_check,
};

/* ---- notice ---- */

/* clang-format off */
const struct field notice_fields[] = {
	{ "id", FIELD_INT, FIELD_KEY | FIELD_LIST, NULL, NULL, 0, 0, NULL, "its number" },
	{ "state", FIELD_ENUM, FIELD_LIST, NULL, notice_words, 0, 0, NULL, "what became of it" },
	{ "channel", FIELD_REF, FIELD_LIST, "channel", NULL, 0, 0, NULL, "where it goes" },
	{ "to", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 0, NULL, "to whom, of a channel with several" },
	{ "route", FIELD_REF, 0, "route", NULL, 0, 0, NULL, "the route that sent it there" },
	{ "severity", FIELD_ENUM, FIELD_LIST, NULL, severity_words, 0, 0, NULL, "how bad it is" },
	{ "kind", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 0, NULL, "alarm, event, repeat, escalation, hand, test" },
	{ "device", FIELD_REF, FIELD_LIST, "device", NULL, 0, 0, NULL, "what it is about" },
	{ "alarm", FIELD_INT, 0, NULL, NULL, 0, 0, NULL, "the alarm it is about" },
	{ "created", FIELD_TIME, FIELD_LIST, NULL, NULL, 0, 0, NULL, "when it was made" },
	{ "due", FIELD_TIME, 0, NULL, NULL, 0, 0, NULL, "not sent before" },
	{ "tries", FIELD_INT, FIELD_LIST, NULL, NULL, 0, 0, NULL, "how often it was tried" },
	{ "ended", FIELD_TIME, 0, NULL, NULL, 0, 0, NULL, "when it was delivered, or given up" },
	{ "into", FIELD_INT, 0, NULL, NULL, 0, 0, NULL, "the notice that it went out with" },
	{ "answer", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 0, NULL, "what the other side said" },
	{ "token", FIELD_TEXT, 0, NULL, NULL, 0, 0, NULL, "by which the other side knows it again (Idempotency-Key, Message-ID)" },
	{ "record", FIELD_JSON, 0, NULL, NULL, 0, 0, NULL, "what it says" },
};
/* clang-format on */
const size_t notice_count = COUNT(notice_fields);

const struct entity notice_entity = {
	.noun = "notice", .plural = "notices", .table = "notice", .help = "something that goes out", .field = notice_fields,
	.n = COUNT(notice_fields),
};
