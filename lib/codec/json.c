/* SPDX-License-Identifier: MIT */
/* The value of text whose form was already checked; json_in.c reads streams. */
#include "codec/json.h"

#include "base/sb.h"
#include "base/time.h"
#include "codec/json_split.h"

#define KEY_SHOWN 60

/* The key whose closing quote is text[end - 1], as it is written, without the quotes. */
static struct str key_before(struct str text, size_t end)
{
	size_t i = end - 1;

	while (i > 0) {
		size_t slashes = 0;

		i--;
		while (slashes < i && text.ptr[i - 1 - slashes] == '\\')
			slashes++;
		if (text.ptr[i] == '"' && slashes % 2 == 0)
			return (struct str){ text.ptr + i + 1, end - i - 2 };
	}
	return (struct str){ NULL, 0 };
}

static void refuse(struct str text, const json_error_t *why, struct err *e)
{
	size_t end = why->position > 0 ? (size_t)why->position : 0;

	if (json_error_code(why) == json_error_out_of_memory) {
		err_nomem(e);
	} else if (json_error_code(why) == json_error_duplicate_key && end > 1 && end <= text.len) {
		struct str key = key_before(text, end);
		bool cut = key.len > KEY_SHOWN;

		key.len = cut ? KEY_SHOWN : key.len;
		err_set(e, E_INPUT, "duplicate key \"%.*s%s\"", STR_ARG(key), cut ? "..." : "");
	} else {
		err_set(e, E_INPUT, "not JSON: %s", why->text);
	}
}

static size_t string_len(const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && p[i] != '"')
		i += p[i] == '\\' ? 2 : 1;
	return i < n ? i + 1 : n;
}

/*
 * Jansson reads the integer -0 as 0 and refuses integers beyond long long: behind those, ".0" makes them
 * reals, and the other numbers stay what they are.
 */
static int patch_numbers(struct str text, struct sb *out)
{
	size_t n;

	for (size_t i = 0; i < text.len; i += n) {
		struct str token = { text.ptr + i, 1 };

		if (token.ptr[0] == '"')
			token.len = string_len(token.ptr, text.len - i);
		else if (token.ptr[0] == '-' || (token.ptr[0] >= '0' && token.ptr[0] <= '9'))
			while (i + token.len < text.len && token.ptr[token.len] &&
			       strchr("0123456789.eE+-", token.ptr[token.len]))
				token.len++;
		n = token.len;
		sb_add(out, token.ptr, n);
		if (token.ptr[0] != '"' && json_num_is_odd(token))
			sb_adds(out, ".0");
	}
	return out->bad ? -1 : 0;
}

struct json_t *json_build(struct str text, bool patch, struct err *e)
{
	AUTO(sb_done) struct sb patched = SB_INIT(2 * text.len + 2);
	json_error_t why;
	json_t *v;

	if (patch) {
		if (patch_numbers(text, &patched) < 0) {
			err_nomem(e);
			return NULL;
		}
		text = sb_str(&patched);
	}
	v = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!v)
		refuse(text, &why, e);
	return v;
}

static size_t skip_blanks(struct str text, size_t i)
{
	while (i < text.len && text.ptr[i] && strchr(" \t\r\n", text.ptr[i]))
		i++;
	return i;
}

bool json_epoch(const json_t *v, int64_t *us)
{
	return json_is_integer(v) ? time_epoch_whole(json_integer_value(v), us) : json_is_real(v) && time_epoch(json_real_value(v), us);
}

json_t *json_read(struct str text, struct err *e)
{
	return json_read_most(text, JSON_RECORD_MAX, e);
}

json_t *json_read_most(struct str text, size_t most, struct err *e)
{
	struct json_split split;
	size_t from = skip_blanks(text, str_starts(text, "\xef\xbb\xbf") ? 3 : 0), end;
	enum split_got got;

	if (from == text.len) {
		err_set(e, E_INPUT, "not JSON: empty");
		return NULL;
	}
	if (text.len - from > most) {
		err_set(e, E_INPUT, "longer than %zu MiB", most >> 20);
		return NULL;
	}
	json_split_begin(&split, false);
	got = json_split_run(&split, text.ptr + from, text.len - from);
	if (got == SPLIT_MORE)
		got = json_split_end(&split, text.ptr + from, text.len - from);
	if (got != SPLIT_DONE) {
		(void)json_split_error(&split, text.ptr + from, 1, from, e);
		return NULL;
	}
	end = skip_blanks(text, from + split.pos);
	if (end < text.len) {
		(void)json_unexpected((unsigned char)text.ptr[end], end, e);
		return NULL;
	}
	if (split.soft.code != E_NONE) {
		*e = split.soft;
		return NULL;
	}
	return json_build((struct str){ text.ptr + from, split.pos }, split.patch, e);
}
