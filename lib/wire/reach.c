/* SPDX-License-Identifier: MIT */
#include "wire/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* IPv4 networks that are not public. */
static const struct {
	unsigned char net[4];
	int bits;
} closed[] = {
	{ { 0, 0, 0, 0 }, 8 },	     { { 10, 0, 0, 0 }, 8 },	 { { 100, 64, 0, 0 }, 10 },   { { 127, 0, 0, 0 }, 8 },	   { { 169, 254, 0, 0 }, 16 },
	{ { 172, 16, 0, 0 }, 12 },   { { 192, 0, 0, 0 }, 24 },	 { { 192, 0, 2, 0 }, 24 },    { { 192, 88, 99, 0 }, 24 },  { { 192, 168, 0, 0 }, 16 },
	{ { 198, 18, 0, 0 }, 15 },   { { 198, 51, 100, 0 }, 24 }, { { 203, 0, 113, 0 }, 24 }, { { 224, 0, 0, 0 }, 4 },	   { { 240, 0, 0, 0 }, 4 },
};

static bool within(const unsigned char *a, const unsigned char *net, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, net, (size_t)whole) != 0)
		return false;
	return !rest || (a[whole] ^ net[whole]) >> (8 - rest) == 0;
}

static bool public4(const unsigned char a[4])
{
	for (size_t i = 0; i < COUNT(closed); i++)
		if (within(a, closed[i].net, closed[i].bits))
			return false;
	return true;
}

static bool public6(const unsigned char a[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff }, nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const unsigned char six_to_four[2] = { 0x20, 0x02 }, special[3] = { 0x20, 0x01, 0x00 };
	static const unsigned char documents[4] = { 0x20, 0x01, 0x0d, 0xb8 }, documents_too[3] = { 0x3f, 0xff, 0x00 };

	if (memcmp(a, mapped, sizeof(mapped)) == 0 || memcmp(a, nat64, sizeof(nat64)) == 0)
		return public4(a + 12);
	if (memcmp(a, six_to_four, sizeof(six_to_four)) == 0)
		return public4(a + 2);
	/* 2001::/23 is Teredo, ORCHID and other protocols; of all the rest only 2000::/3 is given out. */
	if (within(a, special, 23) || within(a, documents, 32) || within(a, documents_too, 20))
		return false;
	return (a[0] & 0xe0) == 0x20;
}

bool reach_public(const struct sockaddr *a, size_t size)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET && size >= sizeof(v4)) {
		memcpy(&v4, a, sizeof(v4));
		return public4((const unsigned char *)&v4.sin_addr);
	}
	if (a->sa_family == AF_INET6 && size >= sizeof(v6)) {
		memcpy(&v6, a, sizeof(v6));
		return public6(v6.sin6_addr.s6_addr);
	}
	return false;
}

void reach_text(const struct sockaddr *a, char out[64])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	(void)snprintf(out, 64, "no internet address");
	if (a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		(void)inet_ntop(AF_INET, &v4.sin_addr, out, 64);
	} else if (a->sa_family == AF_INET6) {
		memcpy(&v6, a, sizeof(v6));
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, out, 64);
	}
}
