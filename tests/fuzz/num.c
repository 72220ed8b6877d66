/* SPDX-License-Identifier: MIT */
/* num_parse(), num_lead() and num_print() against the C library: as text, and as the bits of a double. */
#include "base/num.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(struct str s)
{
	char text[256];
	double v, lead, want;
	size_t n = num_lead(s, &lead);

	if (s.len >= sizeof(text))
		return;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	if (num_parse(s, &v) == NUM_OK) {
		want = strtod(text, NULL);
		if (memcmp(&v, &want, sizeof(v)) != 0)
			abort();
	}
	if (n == 0)
		return;
	text[n] = '\0';
	want = strtod(text, NULL);
	if (n > s.len || memcmp(&lead, &want, sizeof(lead)) != 0)
		abort();
	if (num_parse((struct str){ s.ptr, n }, &v) != NUM_OK || memcmp(&lead, &v, sizeof(v)) != 0)
		abort();
}

static void print_bits(const uint8_t *data)
{
	char text[32], shorter[64];
	double v, back;
	size_t n;

	memcpy(&v, data, sizeof(v));
	if (!isfinite(v))
		return;
	n = num_print(v, text);
	if (n >= sizeof(text) || text[n] || num_parse((struct str){ text, n }, &back) != NUM_OK || memcmp(&v, &back, sizeof(v)) != 0)
		abort();
	for (int places = 1; places <= 17; places++) { /* nothing shorter reads back */
		(void)snprintf(shorter, sizeof(shorter), "%.*e", places - 1, v);
		if (strtod(shorter, NULL) == v) {
			n = 0;
			for (const char *p = text; *p && *p != 'e'; p++)
				n += *p >= '0' && *p <= '9' && (n || *p != '0');
			while (n > 1 && v == floor(v) && fabs(v) < 1e21 && n > (size_t)places)
				n--; /* zeros before the point are places too */
			if (n > (size_t)places)
				abort();
			return;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= sizeof(double))
		print_bits(data);
	read_text((struct str){ (const char *)data, size });
	return 0;
}
