/* SPDX-License-Identifier: MIT */
/* CRC-32C (Castagnoli; RFC 3720 appendix B.4), by the processor where it has the instruction. */
#ifndef SIT_CODEC_CRC_H
#define SIT_CODEC_CRC_H

#include "base/base.h"

/* The checksum of what crc is the checksum of (0: nothing), followed by these n bytes. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);
/* The same by tables alone, for the test that both agree. */
uint32_t crc32c_table(uint32_t crc, const void *bytes, size_t n);

#endif
