/* SPDX-License-Identifier: MIT */
/* Any text as a rule of limits, and as a bucket: what is accepted prints, reads back the same, and takes any load at any time. */
#include "model/bucket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct bucket_rule *r, struct bucket_state *b, uint64_t how)
{
	struct bucket_load load = { 1 + (int64_t)(how % 7), (int64_t)(how >> 7 & 0xffffff) };
	int64_t now = (int64_t)(how >> 2), wait = bucket_wait(r, b, &load, now);

	if (wait != BUCKET_NEVER && wait < INT64_MAX - now && !bucket_take(r, b, &load, now + wait))
		abort();
	bucket_owe(r, b, &load);
	for (size_t i = 0; i < r->n; i++)
		if (bucket_has(r, b, i) > bucket_holds(r, i))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *nul = size ? memchr(data, '\0', size) : NULL;
	struct str text = { (const char *)data, nul ? (size_t)(nul - (const char *)data) : size };
	AUTO(sb_done) struct sb sb = SB_INIT(BUCKET_TEXT);
	struct bucket_rule r, again;
	struct bucket_state b;
	struct err e;
	uint64_t how = size;

	if (bucket_rule_read(text, &r, &e) < 0)
		return 0;
	if (bucket_rule_print(&r, &sb) < 0 || bucket_rule_read(sb_str(&sb), &again, &e) < 0 || memcmp(&r, &again, sizeof(r)) != 0)
		abort();
	if (nul)
		(void)bucket_read(&r, (struct str){ nul + 1, size - text.len - 1 }, &b);
	else
		b = (struct bucket_state){ 0 };
	for (size_t i = 0; i < size; i++)
		use(&r, &b, how = how * 6364136223846793005u + data[i]);
	return 0;
}
