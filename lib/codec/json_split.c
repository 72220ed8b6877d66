/* SPDX-License-Identifier: MIT */
#include "codec/json_split.h"

#include "base/num.h"
#include "base/utf8.h"
#include "codec/json.h"

/* A byte of a string that needs no look: the loop over them is where the time goes. */
static inline bool is_plain(char c)
{
	return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

void json_split_begin(struct json_split *s, bool element)
{
	s->state = SPLIT_VALUE;
	s->depth = 0;
	s->objects = 0;
	s->pos = s->number = s->line_start = 0;
	s->left = s->why = NULL;
	s->lines = 0;
	s->key = s->patch = s->deep = false;
	s->element = element;
	s->soft.code = E_NONE;
}

static enum split_got bad(struct json_split *s, const char *why)
{
	s->why = why;
	return SPLIT_BAD;
}

static enum split_got value_end(struct json_split *s)
{
	s->state = SPLIT_AFTER;
	return s->depth ? SPLIT_ON : SPLIT_DONE;
}

static enum split_got open_bracket(struct json_split *s, bool object)
{
	if (s->depth == JSON_DEPTH_MAX) {
		s->deep = true;
		return SPLIT_BAD;
	}
	s->depth++;
	s->objects = s->objects << 1 | object;
	s->state = object ? SPLIT_FIRST_KEY : SPLIT_FIRST_ELEMENT;
	s->pos++;
	return SPLIT_ON;
}

static enum split_got close_bracket(struct json_split *s)
{
	s->depth--;
	s->objects >>= 1;
	s->pos++;
	return value_end(s);
}

static enum split_got enter(struct json_split *s, enum split_state state)
{
	s->state = state;
	s->pos++;
	return SPLIT_ON;
}

static enum split_got literal(struct json_split *s, const char *left)
{
	s->left = left;
	return enter(s, SPLIT_LITERAL);
}

static enum split_got value_start(struct json_split *s, char c)
{
	s->number = s->pos;
	switch (c) {
	case '{':
		return open_bracket(s, true);
	case '[':
		return open_bracket(s, false);
	case '"':
		s->key = false;
		return enter(s, SPLIT_STRING);
	case 't':
		return literal(s, "rue");
	case 'f':
		return literal(s, "alse");
	case 'n':
		return literal(s, "ull");
	case '-':
		return enter(s, SPLIT_MINUS);
	case '0':
		return enter(s, SPLIT_ZERO);
	default:
		return c >= '1' && c <= '9' ? enter(s, SPLIT_INT) : bad(s, NULL);
	}
}

static enum split_got after_value(struct json_split *s, char c)
{
	bool object = s->objects & 1;

	if (c == ',')
		return enter(s, object ? SPLIT_KEY : SPLIT_VALUE);
	if (c == (object ? '}' : ']'))
		return close_bracket(s);
	return bad(s, NULL);
}

/* One byte between tokens. */
static enum split_got structure(struct json_split *s, char c)
{
	if (c == ' ' || c == '\t' || c == '\r') {
		s->pos++;
		return SPLIT_ON;
	}
	if (c == '\n') {
		s->line_start = ++s->pos;
		s->lines++;
		return SPLIT_ON;
	}
	if (s->state == SPLIT_AFTER)
		return after_value(s, c);
	if (s->state == SPLIT_COLON)
		return c == ':' ? enter(s, SPLIT_VALUE) : bad(s, NULL);
	if (s->state == SPLIT_KEY || s->state == SPLIT_FIRST_KEY) {
		if (c == '}' && s->state == SPLIT_FIRST_KEY)
			return close_bracket(s);
		s->key = true;
		return c == '"' ? enter(s, SPLIT_STRING) : bad(s, NULL);
	}
	if (c == ']' && s->state == SPLIT_FIRST_ELEMENT)
		return close_bracket(s);
	return value_start(s, c);
}

/*
 * The four hex digits at p[at]: their value, -1 when more bytes are needed, -2 when one is none (at pos
 * then).
 */
static long hex4(struct json_split *s, const char *p, size_t at, size_t n)
{
	long v = 0;

	for (size_t i = at; i < at + 4; i++) {
		char c;

		if (i >= n)
			return -1;
		c = p[i];
		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else {
			s->pos += i;
			s->why = "bad escape in a string";
			return -2;
		}
	}
	return v;
}

static int refuse_surrogate(struct json_split *s)
{
	s->why = "lone surrogate in a string";
	return -1;
}

/* Bytes of \uXXXX (with its second half) at p, 0 when more are needed, -1 when it is wrong. */
static int unicode_escape(struct json_split *s, const char *p, size_t n)
{
	long code = hex4(s, p, 2, n);

	if (code < 0)
		return code == -1 ? 0 : -1;
	if (code == 0 && s->soft.code == E_NONE)
		err_set(&s->soft, E_INPUT, "NUL character (\\u0000) in a string");
	if (code < 0xd800 || code > 0xdfff)
		return 6;
	if (code >= 0xdc00)
		return refuse_surrogate(s);
	if ((n > 6 && p[6] != '\\') || (n > 7 && p[7] != 'u'))
		return refuse_surrogate(s);
	code = n > 7 ? hex4(s, p, 8, n) : -1;
	if (code < 0)
		return code == -1 ? 0 : -1;
	return code >= 0xdc00 && code <= 0xdfff ? 12 : refuse_surrogate(s);
}

static int escape(struct json_split *s, const char *p, size_t n)
{
	if (n < 2)
		return 0;
	if (p[1] == 'u')
		return unicode_escape(s, p, n);
	if (p[1] && strchr("\"\\/bfnrt", p[1]))
		return 2;
	s->pos++;
	s->why = "bad escape in a string";
	return -1;
}

/* Bytes of the character at p, 0 when more are needed, -1 when it is none. */
static int wide(struct json_split *s, const char *p, size_t n)
{
	unsigned char c = (unsigned char)p[0];
	size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	bool ok = c >= 0xc2 && c <= 0xf4;

	if (n >= len)
		ok = ok && utf8_len(p, n);
	for (size_t i = 1; i < n && i < len; i++)
		ok = ok && ((unsigned char)p[i] & 0xc0) == 0x80;
	if (!ok) {
		s->why = "invalid UTF-8";
		return -1;
	}
	return n >= len ? (int)len : 0;
}

static const char *control_why(char c)
{
	if (c == '\0')
		return "NUL byte";
	return c == '\n' || c == '\r' ? "line end inside a string" : "control character inside a string";
}

static enum split_got string(struct json_split *s, const char *value, size_t n)
{
	size_t i = s->pos;
	int len;

	for (;; i += (size_t)len) {
		while (i < n && is_plain(value[i]))
			i++;
		s->pos = i;
		if (i == n)
			return SPLIT_MORE;
		if (value[i] == '"')
			break;
		if (value[i] == '\\')
			len = escape(s, value + i, n - i);
		else if ((unsigned char)value[i] >= 0x80)
			len = wide(s, value + i, n - i);
		else
			return bad(s, control_why(value[i]));
		if (len <= 0)
			return len < 0 ? SPLIT_BAD : SPLIT_MORE;
	}
	s->pos++;
	if (!s->key)
		return value_end(s);
	s->state = SPLIT_COLON;
	return SPLIT_ON;
}

enum step { STEP_ON, STEP_END, STEP_BAD };

/* The next place in a number after byte c. */
static enum step number_step(enum split_state *state, char c)
{
	bool digit = c >= '0' && c <= '9', e = c == 'e' || c == 'E';
	enum split_state from = *state;

	if (from == SPLIT_MINUS && digit)
		*state = c == '0' ? SPLIT_ZERO : SPLIT_INT;
	else if (from == SPLIT_INT && digit)
		*state = SPLIT_INT;
	else if ((from == SPLIT_ZERO || from == SPLIT_INT) && c == '.')
		*state = SPLIT_DOT;
	else if ((from == SPLIT_DOT || from == SPLIT_FRACTION) && digit)
		*state = SPLIT_FRACTION;
	else if ((from == SPLIT_ZERO || from == SPLIT_INT || from == SPLIT_FRACTION) && e)
		*state = SPLIT_E;
	else if (from == SPLIT_E && (c == '+' || c == '-'))
		*state = SPLIT_E_SIGN;
	else if ((from == SPLIT_E || from == SPLIT_E_SIGN || from == SPLIT_E_DIGIT) && digit)
		*state = SPLIT_E_DIGIT;
	else if (from == SPLIT_INT || from == SPLIT_FRACTION || from == SPLIT_E_DIGIT ||
		 (from == SPLIT_ZERO && !digit))
		return STEP_END;
	else
		return STEP_BAD;
	return STEP_ON;
}

static size_t blanks_before(const char *value, size_t i)
{
	while (i > 0 && strchr(" \t\r\n", value[i - 1]) && value[i - 1])
		i--;
	return i;
}

/* What begins at `from` stands under the key JSON_TIME_KEY. */
static bool is_time(const char *value, size_t from)
{
	static const char key[] = "\"" JSON_TIME_KEY "\"";
	size_t i = blanks_before(value, from), n = sizeof(key) - 1;

	if (i == 0 || value[i - 1] != ':')
		return false;
	i = blanks_before(value, i - 1);
	return i >= n && memcmp(value + i - n, key, n) == 0;
}

static enum split_got number_end(struct json_split *s, const char *value)
{
	struct str lit = { value + s->number, s->pos - s->number };
	int64_t whole;

	if (s->soft.code == E_NONE && json_num_check(lit, &s->soft) < 0 && is_time(value, s->number) && num_parse_int(lit, &whole))
		err_clear(&s->soft);
	s->patch = s->patch || json_num_is_odd(lit);
	return value_end(s);
}

static enum split_got number(struct json_split *s, const char *value, size_t n)
{
	enum step step = STEP_ON;
	char c = 0;

	for (; s->pos < n; s->pos++) {
		c = value[s->pos];
		step = number_step(&s->state, c);
		if (step != STEP_ON)
			break;
	}
	if (step == STEP_ON)
		return SPLIT_MORE;
	if (step == STEP_BAD)
		return bad(s, NULL);
	/* 1.2.3 must not be read as 1.2 and something: outside brackets a number ends only where it may. */
	if (s->depth == 0 && (!c || !strchr(s->element ? " \t\r\n,]" : " \t\r\n", c)))
		return bad(s, NULL);
	return number_end(s, value);
}

enum split_got json_split_run(struct json_split *s, const char *value, size_t n)
{
	enum split_got got = SPLIT_ON;

	while (got == SPLIT_ON && s->pos < n) {
		if (s->state == SPLIT_STRING) {
			got = string(s, value, n);
		} else if (s->state > SPLIT_LITERAL) {
			got = number(s, value, n);
		} else if (s->state < SPLIT_STRING) {
			got = structure(s, value[s->pos]);
		} else if (value[s->pos] != *s->left) {
			got = bad(s, NULL);
		} else {
			s->pos++;
			if (!*++s->left)
				got = value_end(s);
		}
	}
	return got == SPLIT_ON ? SPLIT_MORE : got;
}

enum split_got json_split_end(struct json_split *s, const char *value, size_t n)
{
	bool whole = s->state == SPLIT_ZERO || s->state == SPLIT_INT || s->state == SPLIT_FRACTION ||
		     s->state == SPLIT_E_DIGIT;

	s->pos = n;
	if (s->depth == 0 && whole)
		return number_end(s, value);
	return bad(s, "cut off at the end of the input");
}

int json_unexpected(unsigned char c, uint64_t column, struct err *e)
{
	unsigned long long byte = column + 1;

	if (c == '\0')
		return err_set(e, E_INPUT, "not JSON at byte %llu: NUL byte", byte);
	if (c == '\n' || c == '\r')
		return err_set(e, E_INPUT, "not JSON at byte %llu: unexpected line end", byte);
	if (c < 0x20 || c >= 0x7f)
		return err_set(e, E_INPUT, "not JSON at byte %llu: unexpected byte 0x%02x", byte, c);
	return err_set(e, E_INPUT, "not JSON at byte %llu: unexpected \"%c\"", byte, c);
}

int json_split_error(const struct json_split *s, const char *value, uint64_t line, uint64_t column,
		     struct err *e)
{
	uint64_t at = s->lines ? s->pos - s->line_start : s->pos + column;

	if (s->deep)
		return err_set(e, E_INPUT, "nested deeper than %d", JSON_DEPTH_MAX);
	if (!s->why)
		(void)json_unexpected((unsigned char)value[s->pos], at, e);
	else
		err_set(e, E_INPUT, "not JSON at byte %llu: %s", (unsigned long long)at + 1, s->why);
	return s->lines ? err_wrap(e, "line %llu", (unsigned long long)(line + s->lines)) : -1;
}
