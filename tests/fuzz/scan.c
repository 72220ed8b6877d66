/* SPDX-License-Identifier: MIT */
/*
 * A stream of JSON says the same whether records are scanned or go through jansson, in whatever pieces it comes: the same records and
 * members with equal values, the same refusals at the same places. The first byte seeds the pieces.
 */
#define FAIL() abort()
#include "../unit/scanned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(sb_done) struct sb tree = SB_INIT(1 << 26), once = SB_INIT(1 << 26), pieces = SB_INIT(1 << 26);
	struct str text;
	size_t n;

	if (size < 1)
		return 0;
	text = (struct str){ (const char *)data + 1, size - 1 };
	(void)stream(text, false, 0, &tree);
	n = stream(text, true, 0, &once);
	if (!str_eq(sb_str(&tree), sb_str(&once)))
		abort();
	if (stream(text, true, data[0] | 256u, &pieces) != n || !str_eq(sb_str(&tree), sb_str(&pieces)))
		abort();
	return 0;
}
