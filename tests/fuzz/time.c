/* SPDX-License-Identifier: MIT */
/* Any text as a time, a range, a duration, a step, a number; what is accepted must print and read back. */
#include "base/num.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_time(int64_t t)
{
	int64_t back;
	char text[40];
	size_t n;

	if (t < TIME_MIN || t > TIME_MAX)
		abort();
	n = time_print(t, NULL, text);
	if (!time_rfc3339((struct str){ text, n }, &back) || back != t)
		abort();
}

static void check_number(struct str s)
{
	double v, back;
	char text[32];
	int64_t i;
	size_t n;

	(void)num_parse_int(s, &i);
	if (num_parse(s, &v) != NUM_OK)
		return;
	n = num_print(v, text);
	if (num_parse((struct str){ text, n }, &back) != NUM_OK || memcmp(&v, &back, sizeof(v)) != 0)
		abort();
	if (time_epoch(v, &i))
		check_time(i);
}

static void check_lengths(struct str s, const struct time_ctx *ctx)
{
	int64_t us, back;
	struct step step;
	struct err e;
	char text[48];
	size_t n;

	if (dur_parse(s, &us, &e) == 0) {
		n = dur_print(us, text);
		if (dur_parse((struct str){ text, n }, &back, &e) < 0 || back != us)
			abort();
	}
	if (step_parse(s, &step, &e) == 0) {
		int64_t start = step_floor(&step, ctx->zone, ctx->now);

		if (start > ctx->now || step_next(&step, ctx->zone, start) <= ctx->now)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct time_ctx ctx = { INT64_C(1793960430000000), NULL };
	const char *nul = size ? memchr(data, '\0', size) : NULL;
	struct str s = { (const char *)data, size };
	struct range r;
	struct err e;
	int64_t t;

	if (time_rfc3339(s, &t))
		check_time(t);
	if (time_parse(s, &ctx, &t, &e) == 0)
		check_time(t);
	if (range_during(s, &ctx, &r, &e) == 0 && (r.from >= r.to || r.from < TIME_MIN || r.to > TIME_MAX + 1))
		abort();
	check_number(s);
	check_lengths(s, &ctx);
	if (nul) {
		/* The format, a NUL, the text. */
		struct str text = { nul + 1, size - (size_t)(nul + 1 - s.ptr) };

		if (time_parse_format(text, s.ptr, &ctx, &t, &e) == 0)
			check_time(t);
	}
	return 0;
}
