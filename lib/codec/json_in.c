/* SPDX-License-Identifier: MIT */
/*
 * The stream of codec/json.h: which bytes are a record, and where to go on after a bad one. json_split.c
 * looks inside.
 */
#include "codec/json.h"

#include "base/sb.h"
#include "codec/json_scan.h"
#include "codec/json_split.h"

#define RAW_MAX 4096

/* What may come next between the records of a top-level array. */
enum turn { TURN_FIRST, TURN_VALUE, TURN_AFTER };

struct json_in {
	struct sb have;	   /* the bytes of the stream from an offset on */
	size_t at;	   /* first byte not dealt with: of the open record, when one is open */
	uint64_t base;	   /* offset of buf[0] in the stream */
	uint64_t line;	   /* of buf[at], from 1 */
	uint64_t line_off; /* offset of the first byte of that line */
	bool ended;
	bool open;	/* a record began at buf[at] */
	bool bad;	/* it is known to be bad (why), the line end is awaited for its text */
	bool skip;	/* the rest of the line is dropped */
	bool apart;	/* something that separates stands before buf[at] */
	bool array;	/* inside a top-level array */
	uint64_t array_line;
	enum turn turn;
	/*
	 * A part of the array was lost, so commas and brackets are no longer counted. It outlives the array's
	 * bracket, which may have belonged to what was lost.
	 */
	bool loose;
	struct json_split split;
	struct err why;
	struct json_members *members; /* NULL: every value becomes a tree */
	struct str inner;
	size_t scanned; /* bytes of the open record that were there when it was scanned */
};

struct json_in *json_in_new(void)
{
	struct json_in *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->line = 1;
	in->have.max = SIZE_MAX / 4;
	in->apart = true;
	return in;
}

void json_in_members(struct json_in *in, struct str inner, struct json_members *m)
{
	in->inner = inner;
	in->members = m;
}

void json_in_free(struct json_in *in)
{
	if (!in)
		return;
	sb_done(&in->have);
	free(in);
}

static void next_line(struct json_in *in)
{
	in->line++;
	in->line_off = in->base + in->at;
	in->apart = true;
}

int json_in_feed(struct json_in *in, const void *bytes, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	/* The middle of a line that is skipped is not worth a copy. */
	if (in->skip && in->at == in->have.len && !memchr(bytes, '\n', n)) {
		in->base += in->have.len + n;
		in->at = in->have.len = 0;
		return 0;
	}
	sb_shift(&in->have, in->at);
	in->base += in->at;
	in->at = 0;
	return sb_add(&in->have, bytes, n) < 0 ? err_nomem(e) : 0;
}

void json_in_end(struct json_in *in)
{
	in->ended = true;
}

/* The first n bytes from buf[at] as text for people: capped, without line end. */
static struct str raw_text(const struct json_in *in, size_t n)
{
	struct str raw = { in->have.buf ? in->have.buf + in->at : "", n > RAW_MAX ? RAW_MAX : n };

	while (raw.len && (raw.ptr[raw.len - 1] == '\n' || raw.ptr[raw.len - 1] == '\r'))
		raw.len--;
	return raw;
}

static struct json_place place(const struct json_in *in)
{
	return (struct json_place){ in->line, in->base + in->at };
}

/*
 * The record at buf[at] is bad from a byte on this very line; its text is complete once the line end is
 * there.
 */
static void bad_line(struct json_in *in)
{
	in->bad = true;
	in->open = false;
	if (!in->array)
		return;
	in->loose = true;
	if (in->array_line == in->line)
		in->array = false;
}

static enum json_got finish_bad_line(struct json_in *in, struct str *raw, struct json_place *at,
				     struct err *e)
{
	size_t n = in->have.len - in->at < RAW_MAX ? in->have.len - in->at : RAW_MAX;
	const char *lf = n ? memchr(in->have.buf + in->at, '\n', n) : NULL;

	if (!lf && n < RAW_MAX && !in->ended)
		return JSON_MORE;
	if (lf)
		n = (size_t)(lf - (in->have.buf + in->at));
	*raw = raw_text(in, n);
	*at = place(in);
	*e = in->why;
	in->at += n;
	in->bad = false;
	in->skip = true;
	return JSON_BAD;
}

/* False when the line end is not there yet. */
static bool skip_line(struct json_in *in)
{
	const char *lf = in->at < in->have.len ? memchr(in->have.buf + in->at, '\n', in->have.len - in->at) : NULL;

	if (!lf) {
		in->at = in->have.len;
		return in->ended;
	}
	in->at = (size_t)(lf - in->have.buf) + 1;
	in->skip = false;
	next_line(in);
	return true;
}

/* Go over the first n bytes of the open record, which held these line ends. */
static void pass(struct json_in *in, size_t n)
{
	uint64_t start = in->base + in->at;

	in->at += n;
	in->open = false;
	if (in->split.lines) {
		in->line += in->split.lines;
		in->line_off = start + in->split.line_start;
	}
}

/* The open record is bad as a whole or up to a byte n on a later line: say so, go on n bytes on. */
static enum json_got bad_record(struct json_in *in, size_t n, struct str *raw, struct json_place *at)
{
	*raw = raw_text(in, n);
	*at = place(in);
	in->loose = in->loose || in->array;
	pass(in, n);
	return JSON_BAD;
}

/* Read the record out of the n bytes that are there without splitting it first. False: it is not one of the usual ones. */
static bool scan(struct json_in *in, size_t n, struct str *raw, struct json_place *at)
{
	size_t len = json_scan((struct str){ in->have.buf + in->at, n }, in->inner, in->members);

	in->scanned = n;
	if (len == 0)
		return false;
	*raw = (struct str){ in->have.buf + in->at, len };
	*at = place(in);
	pass(in, len);
	in->turn = TURN_AFTER;
	in->apart = false;
	return true;
}

/* A complete value of n bytes. */
static enum json_got take_value(struct json_in *in, json_t **v, struct str *raw, struct json_place *at,
				struct err *e)
{
	size_t n = in->split.pos;

	/* A record that was cut off by the end of the bytes in hand was not scanned to its end. */
	if (in->members && in->scanned < n && in->split.soft.code == E_NONE && scan(in, n, raw, at))
		return JSON_MEMBERS;
	*raw = (struct str){ in->have.buf + in->at, n };
	*at = place(in);
	*v = NULL;
	if (in->split.soft.code == E_NONE)
		*v = json_build(*raw, in->split.patch, e);
	else
		*e = in->split.soft;
	if (!*v)
		*raw = raw_text(in, n);
	pass(in, n);
	in->turn = TURN_AFTER;
	in->apart = false;
	return *v ? JSON_VALUE : JSON_BAD;
}

/* The byte at split.pos cannot stand there. */
static enum json_got refuse(struct json_in *in, struct str *raw, struct json_place *at, struct err *e)
{
	struct json_split *s = &in->split;
	size_t n = s->pos;

	(void)json_split_error(s, in->have.buf + in->at, in->line, in->base + in->at - in->line_off, &in->why);
	if (s->lines == 0) {
		bad_line(in);
		return finish_bad_line(in, raw, at, e);
	}
	*e = in->why;
	if (s->deep) {
		in->skip = true;
		return bad_record(in, n, raw, at);
	}
	n = s->line_start;
	in->apart = true;
	return bad_record(in, n, raw, at);
}

static enum json_got in_record(struct json_in *in, json_t **v, struct str *raw, struct json_place *at,
			       struct err *e)
{
	size_t there = in->have.len - in->at, n = there > JSON_RECORD_MAX ? JSON_RECORD_MAX : there;
	enum split_got got;

	if (in->members && in->split.pos == 0 && scan(in, n, raw, at))
		return JSON_MEMBERS;
	got = json_split_run(&in->split, in->have.buf + in->at, n);
	if (got == SPLIT_MORE && there > JSON_RECORD_MAX) {
		err_set(e, E_INPUT, "longer than 1 MiB");
		in->skip = true;
		if (in->split.lines == 0 && in->array && in->array_line == in->line) {
			in->array = false;
			in->loose = true;
		}
		return bad_record(in, n, raw, at);
	}
	if (got == SPLIT_MORE && in->ended) {
		got = json_split_end(&in->split, in->have.buf + in->at, n);
		if (got == SPLIT_BAD) {
			err_set(e, E_INPUT, "%s", in->split.why);
			return bad_record(in, n, raw, at);
		}
	}
	if (got == SPLIT_DONE)
		return take_value(in, v, raw, at, e);
	return got == SPLIT_BAD ? refuse(in, raw, at, e) : JSON_MORE;
}

/* A comma or a closing bracket between records. False when it cannot stand there. */
static bool punctuation(struct json_in *in, char c)
{
	if (!in->array && !in->loose)
		return false;
	if (in->array && !in->loose && in->turn != TURN_AFTER && !(c == ']' && in->turn == TURN_FIRST))
		return false;
	if (c == ']') {
		in->apart = !in->array || in->loose;
		in->array = false;
	} else {
		in->apart = true;
		in->turn = TURN_VALUE;
	}
	in->at++;
	return true;
}

/* A byte that begins a record, or '[' of a top-level array. False when it cannot stand there. */
static bool record_start(struct json_in *in, char c)
{
	if (in->array ? in->turn == TURN_AFTER && !(in->loose && in->apart) : !in->apart)
		return false;
	if (!in->array && c == '[') {
		in->array = true;
		in->array_line = in->line;
		in->turn = TURN_FIRST;
		in->loose = false;
		in->at++;
		return true;
	}
	in->open = true;
	json_split_begin(&in->split, in->array || in->loose);
	return true;
}

/* Bytes of a BOM at the start of the stream: 3, 0 for none, -1 when it cannot be told yet. */
static int bom_len(const struct json_in *in)
{
	size_t n = in->have.len < 3 ? in->have.len : 3;

	if (in->base || in->at || n == 0 || memcmp(in->have.buf, "\xef\xbb\xbf", n) != 0)
		return 0;
	if (n == 3)
		return 3;
	return in->ended ? 0 : -1;
}

/*
 * From the end of one record to the start of the next; false when bytes are missing, or one is bad (then
 * in->bad).
 */
static bool between(struct json_in *in)
{
	int bom = bom_len(in);

	if (bom < 0)
		return false;
	in->at += (size_t)bom;
	while (in->at < in->have.len && !in->open) {
		char c = in->have.buf[in->at];
		bool fine;

		if (c == '\n') {
			in->at++;
			next_line(in);
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r') {
			in->at++;
			in->apart = true;
			continue;
		}
		fine = c == ',' || c == ']' ? punctuation(in, c) : record_start(in, c);
		if (!fine) {
			(void)json_unexpected((unsigned char)c, in->base + in->at - in->line_off, &in->why);
			bad_line(in);
			return false;
		}
	}
	return in->open;
}

/* Nothing is left. */
static enum json_got finish(struct json_in *in, struct str *raw, struct json_place *at, struct err *e)
{
	if (!in->array || in->loose)
		return JSON_END;
	in->array = false;
	*raw = raw_text(in, 0);
	*at = place(in);
	err_set(e, E_INPUT, "cut off at the end of the input: the array is not closed");
	return JSON_BAD;
}

enum json_got json_in_next(struct json_in *in, json_t **v, struct str *raw, struct json_place *at,
			   struct err *e)
{
	*v = NULL;
	if (in->bad)
		return finish_bad_line(in, raw, at, e);
	if (in->skip && !skip_line(in))
		return JSON_MORE;
	if (!in->open && !between(in)) {
		if (in->bad)
			return finish_bad_line(in, raw, at, e);
		return in->ended ? finish(in, raw, at, e) : JSON_MORE;
	}
	return in_record(in, v, raw, at, e);
}
