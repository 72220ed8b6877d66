/* SPDX-License-Identifier: MIT */
/* A row of the trail as other logs take it. */
#include "audit/impl.h"
#include "audit/sink.h"
#include "base/time.h"

#define SYSLOG_INFO (10 * 8 + 6) /* facility authpriv */
#define SYSLOG_WARNING (10 * 8 + 4)
#define SD_ID "sit@32473" /* the number that RFC 5612 keeps for those who have none */

int sink_json(const struct audit *a, struct str org, struct sb *sb)
{
	char hex[A_ALL - A_HASH][SHA256_HEX + 1];
	struct cell c[A_ALL];

	audit_cells(a, org, hex, c);
	for (size_t i = A_SEQ; i < A_ALL; i++) {
		sb_addf(sb, "%c\"%s\":", i == A_SEQ ? '{' : ',', audit_fields[i].name);
		cell_json(sb, audit_fields + i, c + i, NULL);
	}
	return sb_addc(sb, '}');
}

static bool is_warning(const struct audit *a)
{
	return str_is(a->verb, "denied");
}

/* The first word of the origin is the program. */
static struct str program(const struct audit *a)
{
	struct str s = a->origin;
	const char *blank = s.ptr ? memchr(s.ptr, ' ', s.len) : NULL;

	return blank ? (struct str){ s.ptr, (size_t)(blank - s.ptr) } : STR("sit");
}

/* A value of structured data: '"', '\\' and ']' get a backslash before them. */
static void add_param(struct sb *sb, const char *name, struct str v)
{
	if (!v.ptr)
		return;
	sb_addf(sb, " %s=\"", name);
	for (size_t i = 0; i < v.len; i++) {
		if (strchr("\"\\]", v.ptr[i]))
			sb_addc(sb, '\\');
		sb_addc(sb, v.ptr[i]);
	}
	sb_addc(sb, '"');
}

static struct str digest(const struct audit *a, char hex[SHA256_HEX + 1])
{
	hex[0] = '\0';
	if (a->hash.len == AUDIT_HASH)
		hash_hex((const unsigned char *)a->hash.ptr, AUDIT_HASH, hex);
	return str_of(hex);
}

int sink_syslog(const struct audit *a, struct str org, struct sb *sb)
{
	char host[65] = "-", at[40] = "", seq[32] = "", hex[SHA256_HEX + 1] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)time_print(a->at, NULL, at);
	(void)snprintf(seq, sizeof(seq), "%" PRId64, a->seq);
	sb_addf(sb, "<%d>1 %s %s %.*s %ld audit [" SD_ID, is_warning(a) ? SYSLOG_WARNING : SYSLOG_INFO, at, host, STR_ARG(program(a)),
		(long)getpid());
	add_param(sb, "org", org);
	add_param(sb, "seq", str_of(seq));
	add_param(sb, "actor", a->actor);
	add_param(sb, "verb", a->verb);
	add_param(sb, "noun", a->noun);
	add_param(sb, "name", a->name);
	add_param(sb, "session", a->session);
	add_param(sb, "hash", digest(a, hex));
	sb_adds(sb, "] \xef\xbb\xbf"); /* the mark says UTF-8 */
	return sink_json(a, org, sb);
}

/* "NAME=VALUE", or where the value has line ends NAME, its length in 8 bytes, little end first, and the value. */
static void add_field(struct sb *sb, const char *name, struct str v)
{
	if (!v.ptr)
		return;
	sb_adds(sb, name);
	if (memchr(v.ptr, '\n', v.len)) {
		sb_addc(sb, '\n');
		for (unsigned i = 0; i < 8; i++)
			sb_addc(sb, (char)((uint64_t)v.len >> (8 * i) & 0xff));
	} else {
		sb_addc(sb, '=');
	}
	sb_add(sb, v.ptr, v.len);
	sb_addc(sb, '\n');
}

int sink_journal_fields(const struct audit *a, struct str org, struct sb *sb)
{
	AUTO(sb_done) struct sb row = SB_INIT((size_t)64 << 20);
	AUTO(sb_done) struct sb line = SB_INIT(8192);
	char seq[32], hex[SHA256_HEX + 1];

	sb_addf(&line, "%.*s: %.*s %.*s %.400s", STR_ARG(a->actor), STR_ARG(a->verb), STR_ARG(a->noun), a->name.ptr ? a->name.ptr : "");
	(void)snprintf(seq, sizeof(seq), "%" PRId64, a->seq);
	if (sink_json(a, org, &row) < 0 || line.bad)
		return -1;
	add_field(sb, "MESSAGE", sb_str(&line));
	add_field(sb, "PRIORITY", is_warning(a) ? STR("4") : STR("6"));
	add_field(sb, "SYSLOG_FACILITY", STR("10"));
	add_field(sb, "SYSLOG_IDENTIFIER", program(a));
	add_field(sb, "SIT_ORG", org);
	add_field(sb, "SIT_SEQ", str_of(seq));
	add_field(sb, "SIT_ACTOR", a->actor);
	add_field(sb, "SIT_VERB", a->verb);
	add_field(sb, "SIT_NOUN", a->noun);
	add_field(sb, "SIT_NAME", a->name);
	add_field(sb, "SIT_HASH", digest(a, hex));
	add_field(sb, "SIT_ROW", sb_str(&row));
	return sb->bad ? -1 : 0;
}
