/* SPDX-License-Identifier: MIT */
/*
 * Where one JSON value ends, and where it stops being one: a state machine over bytes that arrive in
 * pieces. Inside codec only; jansson builds the value afterwards. Jansson alone cannot do this, as it must
 * be given a whole value.
 */
#ifndef SIT_CODEC_JSON_SPLIT_H
#define SIT_CODEC_JSON_SPLIT_H

#include "base/base.h"
#include "base/err.h"

enum split_got {
	SPLIT_ON, /* inside only: go on with the next token */
	SPLIT_MORE,
	SPLIT_DONE, /* the value is the first pos bytes */
	SPLIT_BAD,  /* the byte at pos cannot stand there */
};

enum split_state {
	SPLIT_VALUE,
	SPLIT_FIRST_ELEMENT, /* or ] */
	SPLIT_FIRST_KEY,     /* or } */
	SPLIT_KEY,
	SPLIT_COLON,
	SPLIT_AFTER, /* a comma or the bracket that closes */
	SPLIT_STRING,
	SPLIT_LITERAL,
	SPLIT_MINUS, /* the rest are places in a number, named by what was read last */
	SPLIT_ZERO,
	SPLIT_INT,
	SPLIT_DOT,
	SPLIT_FRACTION,
	SPLIT_E,
	SPLIT_E_SIGN,
	SPLIT_E_DIGIT,
};

/* Offsets count from the first byte of the value, so the buffer may move between calls. */
struct json_split {
	enum split_state state;
	unsigned depth;
	uint64_t objects;   /* one bit for each open bracket, the lowest is the innermost: 1 is a { */
	size_t pos;	    /* next byte to look at */
	size_t number;	    /* where the current number began */
	const char *left;   /* of true, false or null */
	uint64_t lines;	    /* line ends seen */
	size_t line_start;  /* behind the last of them */
	bool key;	    /* the current string is a key */
	bool element;	    /* a comma or ] may follow directly: an element of a top-level array */
	bool patch;	    /* holds integers that jansson would change: json_patch() */
	bool deep;	    /* SPLIT_BAD because of the depth */
	const char *why;    /* SPLIT_BAD: what is wrong, NULL for an unexpected byte */
	struct err soft;    /* well-formed but refused: code is not E_NONE; the first such thing */
};

/* Ready for a value; element: one of a streamed array, which "," or "]" may end. */
void json_split_begin(struct json_split *s, bool element);
/* Go on at s->pos with n bytes of the value present. */
enum split_got json_split_run(struct json_split *s, const char *value, size_t n);
/* No more bytes will come after these n: SPLIT_DONE for a number, else SPLIT_BAD. */
enum split_got json_split_end(struct json_split *s, const char *value, size_t n);
/* Fill e for SPLIT_BAD; the value began at `column` (from 0) of `line`. Returns -1. */
int json_split_error(const struct json_split *s, const char *value, uint64_t line, uint64_t column,
		     struct err *e);
/* Fill e: this byte cannot stand at `column` (from 0). Returns -1. */
int json_unexpected(unsigned char c, uint64_t column, struct err *e);

/* A well-formed number literal: 0, or -1 with E_INPUT when no double holds it. */
int json_num_check(struct str literal, struct err *e);
/* An integer literal that jansson would refuse or change: beyond long long, or -0. */
bool json_num_is_odd(struct str literal);
/*
 * The jansson value of well-formed text (patch as in the splitter); NULL with E_INPUT, or E_IO out of
 * memory.
 */
struct json_t *json_build(struct str text, bool patch, struct err *e);

#endif
