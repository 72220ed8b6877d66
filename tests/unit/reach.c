/* SPDX-License-Identifier: MIT */
/* Whom a program that speaks for others may reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "wire/reach.h"

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return reach_public((const struct sockaddr *)&v4, sizeof(v4));
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		fail_msg("%s is no address", text);
	return reach_public((const struct sockaddr *)&v6, sizeof(v6));
}

static void test_closed(void **state)
{
	static const char *const closed[] = {
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7",
		"203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "::ffff:192.168.1.1", "64:ff9b::127.0.0.1", "64:ff9b::10.1.1.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::",
		"2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::", "2002:a9fe:a9fe::", "3fff::1", "3fff:fff::1", "4000::1",
		"5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(closed); i++)
		if (is_public(closed[i]))
			fail_msg("%s would be reached", closed[i]);
}

static void test_open(void **state)
{
	static const char *const open[] = {
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.1.1", "169.255.1.1", "172.15.255.255",
		"172.32.0.0", "192.0.1.1", "192.0.3.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
		"2001:4860:4860::8888", "2001:200::1", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1", "3ffe::1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(open); i++)
		if (!is_public(open[i]))
			fail_msg("%s would not be reached", open[i]);
}

static void test_other_families(void **state)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };
	struct sockaddr_in half = { .sin_family = AF_INET, .sin_addr = { htonl(0x01010101) } };
	char text[64];

	(void)state;
	assert_false(reach_public(&local, sizeof(local)));
	assert_false(reach_public((const struct sockaddr *)&half, 4));
	reach_text((const struct sockaddr *)&half, text);
	assert_string_equal(text, "1.1.1.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_other_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
