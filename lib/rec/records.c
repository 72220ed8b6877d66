/* SPDX-License-Identifier: MIT */
#include "rec/records.h"

#include "base/num.h"
#include "codec/tsv.h"

#define READ_SIZE 262144

struct records {
	struct source *source;
	enum records_format format;
	char delimiter;
	struct json_in *json;
	struct csv_in *csv;
	struct tsv_in *tsv;
	bool ended, idle_told;
	bool scan; /* JSON as members where they can be had */
	struct str inner;
	struct json_members members;
	char buf[READ_SIZE];
};

int records_format_name(const char *name, enum records_format *f, struct err *e)
{
	static const char *const word[] = { "auto", "jsonl", "csv", "tsv" };

	for (size_t i = 0; i < COUNT(word); i++)
		if (strcmp(name, word[i]) == 0) {
			*f = (enum records_format)i;
			return 0;
		}
	return err_set(e, E_USAGE, "unknown input format \"%s\" (auto, jsonl, csv or tsv)", name);
}

int records_open(const char *path, enum records_format f, char delimiter, struct records **out, struct err *e)
{
	AUTO(records_freep) struct records *r = calloc(1, sizeof(*r));

	if (!r)
		return err_nomem(e);
	r->format = f;
	r->delimiter = delimiter;
	if (source_open(path, &r->source, e) < 0)
		return -1;
	*out = r;
	r = NULL;
	return 0;
}

void records_free(struct records *r)
{
	if (!r)
		return;
	json_in_free(r->json);
	json_members_done(&r->members);
	csv_in_free(r->csv);
	tsv_in_free(r->tsv);
	source_free(r->source);
	free(r);
}

void records_members(struct records *r, struct str inner)
{
	r->scan = true;
	r->inner = inner;
}

const char *records_name(const struct records *r)
{
	return source_name(r->source);
}

const struct source *records_source(const struct records *r)
{
	return r->source;
}

static bool begun(const struct records *r)
{
	return r->json || r->csv || r->tsv;
}

/* The reader is made at the first bytes, because they may decide which. */
static int begin(struct records *r, const char *p, size_t n, struct err *e)
{
	size_t i = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
		return err_set(e, E_INPUT, "%s: is UTF-16, not UTF-8: iconv -f UTF-16 -t UTF-8 makes it so", source_name(r->source));
	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\n' || p[i] == '\r'))
		i++;
	if (r->format == RECORDS_AUTO)
		r->format = i == n || p[i] == '{' || p[i] == '[' ? RECORDS_JSONL : RECORDS_CSV;
	if (r->format == RECORDS_JSONL)
		r->json = json_in_new();
	else if (r->format == RECORDS_TSV && !r->delimiter)
		r->tsv = tsv_in_new();
	else
		r->csv = csv_in_new(r->delimiter ? r->delimiter : ',');
	if (r->json && r->scan)
		json_in_members(r->json, r->inner, &r->members);
	return begun(r) ? 0 : err_nomem(e);
}

static int feed(struct records *r, struct err *e)
{
	ssize_t n = source_read(r->source, r->buf, sizeof(r->buf), e);

	if (n < 0)
		return -1;
	if (!begun(r) && begin(r, r->buf, (size_t)n, e) < 0)
		return -1;
	r->idle_told = false;
	if (n == 0) {
		r->ended = true;
		if (r->json)
			json_in_end(r->json);
		else if (r->csv)
			csv_in_end(r->csv);
		else
			tsv_in_end(r->tsv);
		return 0;
	}
	if (r->json)
		return json_in_feed(r->json, r->buf, (size_t)n, e);
	return r->csv ? csv_in_feed(r->csv, r->buf, (size_t)n, e) : tsv_in_feed(r->tsv, r->buf, (size_t)n, e);
}

static enum record_got from_json(struct records *r, struct record_in *in, struct err *e)
{
	struct json_place at = { 0 };
	enum json_got got = json_in_next(r->json, &in->json, &in->raw, &at, e);

	in->line = at.line;
	if (got == JSON_MEMBERS) {
		in->members = &r->members;
		return RECORD_MEMBERS;
	}
	if (got == JSON_VALUE)
		return RECORD_JSON;
	if (got == JSON_BAD)
		return RECORD_BAD;
	return got == JSON_END ? RECORD_END : RECORD_IDLE;
}

static enum record_got from_rows(struct records *r, struct record_in *in, struct err *e)
{
	enum csv_got got = r->csv ? csv_in_next(r->csv, &in->row, &in->raw, e) : tsv_in_next(r->tsv, &in->row, &in->raw, e);

	in->line = in->row.line;
	if (got == CSV_ROW)
		return RECORD_ROW;
	if (got == CSV_BAD)
		return RECORD_BAD;
	return got == CSV_FINISHED ? RECORD_END : RECORD_IDLE;
}

enum record_got records_next(struct records *r, struct record_in *in, struct err *e)
{
	for (;;) {
		enum record_got got = RECORD_IDLE;

		memset(in, 0, sizeof(*in));
		if (r->json)
			got = from_json(r, in, e);
		else if (begun(r))
			got = from_rows(r, in, e);
		if (got != RECORD_IDLE)
			return got;
		if (r->ended)
			return RECORD_END;
		if (!r->idle_told && source_is_idle(r->source)) {
			r->idle_told = true;
			return RECORD_IDLE;
		}
		if (feed(r, e) < 0)
			return RECORD_FAILED;
	}
}

int json_term_text(const json_t *v, struct sb *sb)
{
	char num[32];
	char *dump;
	int rc;

	if (json_is_string(v))
		return sb_add(sb, json_string_value(v), json_string_length(v));
	if (json_is_null(v))
		return 0;
	if (json_is_boolean(v))
		return sb_adds(sb, json_is_true(v) ? "true" : "false");
	if (json_is_integer(v))
		return sb_addf(sb, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (json_is_real(v))
		return sb_add(sb, num, num_print(json_real_value(v), num));
	dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!dump)
		return -1;
	rc = sb_adds(sb, dump);
	free(dump);
	return rc;
}
