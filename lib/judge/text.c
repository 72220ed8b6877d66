/* SPDX-License-Identifier: MIT */
/*
 * What is known of a rule on a device as one line: "2", which of the numbers of struct judged are written (bit 0 is the first), those that are not as they are in the
 * beginning in their order, then for each input its time, type, whether it has expired, number and text in hexadecimal digits, or "-" when it never had a value.
 * Numbers read back to the bit. A line that begins with "1" has all numbers, and no word of which.
 */
#include "base/num.h"
#include "judge/judge.h"

#define FORMAT 2
#define FORMAT_WHOLE 1
#define MEMBERS_MOST 32
#define NEVER_AT ((1u << 13) | (1u << 15) | (1u << 16) | (1u << 19)) /* of members(): lower, shelved, same, flap_from */

/* The members that are written down, as numbers; the other way with put. */
static size_t members(struct judged *j, int64_t v[MEMBERS_MOST], bool put)
{
	int64_t *plain[] = { &j->at, &j->born, &j->since, &j->lower, &j->raised, &j->shelved, &j->same, &j->number, &j->flaps, &j->flap_from,
			     &j->flap_count };
	bool *flags[] = { &j->acknowledged, &j->suppressed, &j->inhibited, &j->flapping, &j->open };
	size_t n = 0;

#define ENUM(member, type)                                                                                                     \
	do {                                                                                                                   \
		if (put)                                                                                                       \
			j->member = (enum type)v[n];                                                                           \
		else                                                                                                           \
			v[n] = (int64_t)j->member;                                                                             \
		n++;                                                                                                           \
	} while (0)
	ENUM(condition, judged_condition);
	ENUM(set, judged_verdict);
	ENUM(keep, judged_verdict);
	ENUM(level, severity);
	ENUM(severity, severity);
#undef ENUM
	for (size_t i = 0; i < COUNT(flags); i++, n++)
		put ? (void)(*flags[i] = v[n] != 0) : (void)(v[n] = *flags[i]);
	for (size_t i = 0; i < COUNT(plain); i++, n++)
		put ? (void)(*plain[i] = v[n]) : (void)(v[n] = *plain[i]);
	if (put) {
		j->set_ring = (uint64_t)v[n];
		j->keep_ring = (uint64_t)v[n + 1];
	} else {
		v[n] = (int64_t)j->set_ring;
		v[n + 1] = (int64_t)j->keep_ring;
	}
	return n + 2;
}

/* What the member is in the beginning. */
static int64_t at_first(size_t member)
{
	return NEVER_AT >> member & 1 ? JUDGED_NEVER : 0;
}

static void input_text(const struct judged_input *in, struct sb *sb)
{
	char digits[32];

	if (in->ts == JUDGED_NEVER) {
		(void)sb_adds(sb, " -");
		return;
	}
	(void)num_print(in->num, digits);
	sb_addf(sb, " %" PRId64 " %d %d %s x", in->ts, (int)in->type, in->expired, digits);
	for (size_t k = 0; k < in->len; k++)
		sb_addf(sb, "%02x", (unsigned)(unsigned char)in->text[k]);
}

int judged_text(const struct judged *j, const struct rule *r, struct sb *sb)
{
	struct judged copy = *j;
	int64_t v[MEMBERS_MOST] = { 0 }, written = 0;
	size_t n = members(&copy, v, false);

	for (size_t i = 0; i < n; i++)
		written |= (int64_t)(v[i] != at_first(i)) << i;
	sb_addf(sb, "%d %" PRId64, FORMAT, written);
	for (size_t i = 0; i < n; i++)
		if (written >> i & 1)
			sb_addf(sb, " %" PRId64, v[i]);
	for (size_t i = 0; i < r->inputs; i++)
		input_text(j->in + i, sb);
	return sb->bad ? -1 : 0;
}

static struct str word(struct str *s)
{
	const char *blank = s->len ? memchr(s->ptr, ' ', s->len) : NULL;
	struct str w = { s->ptr, blank ? (size_t)(blank - s->ptr) : s->len };

	s->ptr += w.len + (blank != NULL);
	s->len -= w.len + (blank != NULL);
	return w;
}

/* A store has many states. */
static bool number(struct str *s, int64_t least, int64_t most, int64_t *out)
{
	bool minus = s->len && s->ptr[0] == '-';
	size_t first = minus, i = first;
	uint64_t n = 0;

	while (i < s->len && i - first < 19 && s->ptr[i] >= '0' && s->ptr[i] <= '9')
		n = 10 * n + (uint64_t)(s->ptr[i++] - '0');
	if (i == first || (i < s->len && s->ptr[i] != ' ') || n > (uint64_t)INT64_MAX + minus)
		return false;
	*out = (int64_t)(minus ? 0 - n : n);
	i += i < s->len;
	*s = (struct str){ s->ptr + i, s->len - i };
	return *out >= least && *out <= most;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_input(struct str *s, struct judged_input *in)
{
	int64_t ts, type, expired;
	struct str hex;

	if (str_starts(*s, "-") && (s->len == 1 || s->ptr[1] == ' '))
		return (void)word(s), true;
	if (!number(s, INT64_MIN, INT64_MAX, &ts) || !number(s, VALUE_NULL, VALUE_STRING, &type) || !number(s, 0, 1, &expired) ||
	    num_parse(word(s), &in->num) != NUM_OK)
		return false;
	in->ts = ts;
	in->type = (enum value_type)type;
	in->expired = expired;
	hex = word(s);
	if (hex.len % 2 != 1 || hex.ptr[0] != 'x' || hex.len / 2 > JUDGED_TEXT_MAX)
		return false;
	in->len = (unsigned char)(hex.len / 2);
	for (size_t i = 0; in->text && i < in->len; i++) {
		int hi = nibble(hex.ptr[2 * i + 1]), lo = nibble(hex.ptr[2 * i + 2]);

		if (hi < 0 || lo < 0)
			return false;
		in->text[i] = (char)(hi << 4 | lo);
	}
	in->len = in->text ? in->len : 0;
	return true;
}

int judged_read(struct str text, const struct rule *r, void *room, struct judged *j, struct err *e)
{
	static const int64_t most[] = { JUDGED_CLEARING, VERDICT_TRUE, VERDICT_TRUE, SEVERITY_CRITICAL, SEVERITY_CRITICAL, 1, 1, 1, 1, 1 };
	struct judged none = { .at = 0 };
	struct str s = text;
	int64_t v[MEMBERS_MOST] = { 0 }, format, written;
	size_t n = members(&none, v, false);
	bool fine = number(&s, FORMAT_WHOLE, FORMAT, &format);

	written = ((int64_t)1 << n) - 1;
	if (fine && format == FORMAT)
		fine = number(&s, 0, written, &written);
	judged_init(j, r, room, 0);
	for (size_t i = 0; i < n && fine; i++) {
		v[i] = at_first(i);
		if (written >> i & 1)
			fine = i < COUNT(most) ? number(&s, 0, most[i], v + i) : number(&s, INT64_MIN, INT64_MAX, v + i);
	}
	for (size_t i = 0; i < r->inputs && fine; i++)
		fine = read_input(&s, j->in + i);
	if (!fine || s.len)
		return err_set(e, E_INPUT, "this is no state of the rule %.*s", STR_ARG(r->name));
	(void)members(j, v, true);
	return 0;
}
