/* SPDX-License-Identifier: MIT */
/*
 * A stream of JSON values out of bytes that arrive in pieces, over jansson. The rules of sit-records(5): a line ends a value unless
 * brackets are open (so pretty-printed values work); a top-level array is delivered element by element as it comes; blank
 * lines are skipped; a BOM at the start is skipped; several values may stand on a line separated by blanks.
 */
#ifndef SIT_CODEC_JSON_H
#define SIT_CODEC_JSON_H

#include "base/base.h"
#include "base/err.h"

#include <jansson.h>

#define JSON_RECORD_MAX ((size_t)1 << 20) /* bytes of one record */
#define JSON_DEPTH_MAX 64		  /* open brackets of one record */
#define JSON_TIME_KEY "ts"		  /* under it stands an epoch number, of nanoseconds too */

struct json_in;
struct json_members;

enum json_got {
	JSON_MORE,  /* needs more bytes: json_in_feed(), or json_in_end() at the end of input */
	JSON_VALUE, /* *v is the caller's to json_decref() */
	JSON_MEMBERS, /* see json_in_members() */
	JSON_BAD,   /* a record that cannot be read: reason in e (E_INPUT), its text (first 4 KiB) in *raw */
	JSON_END,
};

/* Where a record came from. */
struct json_place {
	uint64_t line;	 /* of its first byte, from 1 */
	uint64_t offset; /* of its first byte in the stream, from 0 */
};

/* NULL when out of memory. json_in_free(NULL) is fine. */
struct json_in *json_in_new(void);
void json_in_free(struct json_in *in);
DEFINE_AUTO(json_in_freep, struct json_in *, json_in_free)
/* Hand over n bytes (copied). 0, or -1 (E_IO) out of memory. Memory stays bounded by a few JSON_RECORD_MAX. */
int json_in_feed(struct json_in *in, const void *bytes, size_t n, struct err *e);
/*
 * From now on records that json_scan() (codec/json_scan.h) can read are given by json_in_next() as JSON_MEMBERS, in *m, *v being NULL.
 * m and inner.ptr must outlive the reader; the texts in m are valid until the next call.
 */
void json_in_members(struct json_in *in, struct str inner, struct json_members *m);
/* No more bytes will come: a value still open is JSON_BAD ("cut off at the end of the input"). */
void json_in_end(struct json_in *in);
/*
 * The next thing. *raw points into the reader until the next call. After a bad record reading goes on at the next line
 * (the line that holds the offending byte is tried again when the record began on an earlier one). Refused: deeper than JSON_DEPTH_MAX, longer
 * than JSON_RECORD_MAX (the rest of the line is skipped without being kept), NUL bytes, invalid UTF-8, lone surrogates, NaN and
 * Infinity, numbers beyond double, integers that a double cannot hold exactly (but under JSON_TIME_KEY those that int64_t holds); duplicate keys (of one object); \u0000. Refused
 * for what it says and not for its form (numbers, keys, \u0000), a record costs only itself: reading goes on behind it.
 * Within a top-level array that lost a part, commas and brackets between elements are no longer counted.
 * JSON_BAD with E_IO: out of memory.
 */
enum json_got json_in_next(struct json_in *in, json_t **v, struct str *raw, struct json_place *at, struct err *e);

/* One value out of exactly these bytes under the same rules; NULL with E_INPUT. */
json_t *json_read(struct str text, struct err *e);
/* The same with a ceiling other than JSON_RECORD_MAX: for documents. */
json_t *json_read_most(struct str text, size_t most, struct err *e);

/* An epoch number as base/time.h tells its unit, in microseconds; false for what is none. */
bool json_epoch(const json_t *v, int64_t *us);
/* The text of a member of the object, whose text (a record that was read) is well-formed; empty when it has none. Only names without escapes are found. */
struct str json_member(struct str object, const char *name);

#endif
