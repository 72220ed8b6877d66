/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

static struct common cfg;

#define TARGET_VERBS "list show set rm export status checklist label sync member_add member_rm"

struct common *common(void)
{
	return &cfg;
}

static const char *const format_words[] = { "table", "jsonl", "json", "csv", "tsv", NULL };
static const char *const color_words[] = { "auto", "always", "never", NULL };

/* clang-format off */
const struct opt common_opts[] = {
	OPT_HEAD("Common"),
	OPT_FLAG('h', "help", &cfg.help, "print this help"),
	OPT_FLAG('V', "version", &cfg.version, "print name and version"),
	OPT_TEXT('D', "db", &cfg.db, "URL", "the store: a path, or postgres://USER@HOST/DATABASE"),
	OPT_TEXT('O', "org", &cfg.org, "ORG", "the organisation to work in"),
	OPT_WORD('f', "format", &cfg.format, "FORMAT", format_words, "how to print: table jsonl json csv tsv"),
	OPT_TEXT(0, "columns", &cfg.columns, "A,B,C", "print these columns, in this order"),
	OPT_TEXT(0, "sort", &cfg.sort, "[-]COLUMN", "sort by a column, - for descending"),
	OPT_FLAG(0, "no-header", &cfg.no_header, "no header line in table, csv and tsv"),
	OPT_TEXT('o', "output", &cfg.output, "FILE", "print into FILE, whole or not at all; its suffix chooses the format"),
	OPT_TEXT(0, "tz", &cfg.tz, "ZONE", "read and print times in this time zone"),
	OPT_WORD(0, "color", &cfg.color, "WHEN", color_words, "colour: auto always never"),
	OPT_FLAG(0, "no-progress", &cfg.no_progress, "no progress bar"),
	OPT_FLAG(0, "no-input", &cfg.no_input, "never ask"),
	OPT_FLAG('q', "quiet", &cfg.quiet, "say nothing that is not an error"),
	OPT_COUNT('v', "verbose", &cfg.verbose, "say more; twice: the SQL too"),
	OPT_FLAG(0, "describe", &cfg.describe, "print this interface as JSON"),
	OPT_END
};

#define WRITING_VERBS "add set rm adopt apply clone sync run member_add member_rm credential_add credential_rotate credential_revoke register claim import erase ack clear shelve unshelve assign comment silence_add silence_rm"

const struct opt writing_opts[] = {
	OPT_HEAD("Writing"),
	{ .kind = OPT_KIND_FLAG, .letter = 'n', .name = "dry-run", .flag = &cfg.dry_run, .help = "show what would be done, change nothing", .verbs = WRITING_VERBS },
	{ .kind = OPT_KIND_FLAG, .letter = 'y', .name = "yes", .flag = &cfg.yes, .help = "do not ask", .verbs = "rm apply erase" },
	{ .kind = OPT_KIND_TEXT, .letter = 'm', .name = "message", .text = &cfg.message, .arg = "TEXT", .help = "why; kept in the audit row", .verbs = WRITING_VERBS },
	OPT_END
};

const struct opt range_opts[] = {
	OPT_HEAD("Range of time (sit-time(7))"),
	OPT_TEXT('S', "from", &cfg.from, "TIME", "from TIME on"),
	OPT_TEXT('U', "to", &cfg.to, "TIME", "until before TIME"),
	OPT_TEXT(0, "during", &cfg.during, "PERIOD", "a year, quarter, month, week, day, today, last-month, ..."),
	OPT_TEXT(0, "last", &cfg.last, "DURATION", "the DURATION until now"),
	OPT_END
};

const struct opt select_opts[] = {
	OPT_HEAD("Selection (sit-selectors(7))"),
	OPT_TEXT('d', "device", &cfg.device, "DEVICE", "only this device (same as name=DEVICE)"),
	OPT_TEXT('s', "site", &cfg.site, "SITE", "only devices of SITE (same as site=SITE)"),
	OPT_TEXT('g', "group", &cfg.group, "GROUP", "only devices of GROUP (same as group:GROUP)"),
	OPT_TEXT(0, "gateway", &cfg.gateway, "GATEWAY", "only devices behind GATEWAY"),
	OPT_TEXT(0, "select", &cfg.select, "EXPRESSION", "only devices that fit (sit-selectors(7))"),
	OPT_FLAG('0', "null", &cfg.nul, "names from - and @FILE end with NUL, not with a line"),
	OPT_END
};

const struct opt target_opts[] = {
	OPT_HEAD("Selection (sit-selectors(7))"),
	{ .kind = OPT_KIND_TEXT, .name = "select", .text = &cfg.select, .arg = "EXPRESSION", .help = "those that fit", .verbs = TARGET_VERBS },
	{ .kind = OPT_KIND_NUMBER, .name = "max-targets", .number = &cfg.max_targets, .arg = "N", .help = "refuse more targets than N (rm: default 100)", .verbs = "set rm sync member_add member_rm" },
	{ .kind = OPT_KIND_FLAG, .letter = '0', .name = "null", .flag = &cfg.nul, .help = "names from - and @FILE end with NUL, not with a line", .verbs = TARGET_VERBS },
	OPT_END
};
/* clang-format on */
