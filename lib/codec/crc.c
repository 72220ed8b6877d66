/* SPDX-License-Identifier: MIT */
#include "codec/crc.h"

/* nibble[n]: what the four bits n become, reflected polynomial 0x82f63b78. */
static const uint32_t nibble[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c_table(uint32_t crc, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint32_t c = ~crc;

	while (n--) {
		c ^= *p++;
		c = c >> 4 ^ nibble[c & 0xf];
		c = c >> 4 ^ nibble[c & 0xf];
	}
	return ~c;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t by_processor(uint32_t crc, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t c = ~crc, word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	while (n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return ~(uint32_t)c;
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return by_processor(crc, bytes, n);
#endif
	return crc32c_table(crc, bytes, n);
}
