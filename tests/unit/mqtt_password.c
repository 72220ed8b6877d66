/* SPDX-License-Identifier: MIT */
/* Passwords as mosquitto keeps them. The first is what mosquitto_passwd(1) of 2.0.11 made of "pw". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/mqtt_password.h"

#define THEIRS "$7$101$bMTNqSPB1idAhr+U$J2gr8Dqh2MAlCnuAwoaIF58ts+baI8y+mBzylQ7Z0dgdnJJTJ+KJYXsfP0NQCJygwQmo0csyLCBDSSTLOf+w7A=="

static void theirs_are_read(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mqtt_password_check(STR("pw"), STR(THEIRS), &e), 1);
	assert_int_equal(mqtt_password_check(STR("pW"), STR(THEIRS), &e), 0);
	assert_int_equal(mqtt_password_check(STR(""), STR(THEIRS), &e), 0);
}

static void ours_are_theirs(void **state)
{
	static const unsigned char salt[MQTT_SALT] = { 0x6c, 0xc4, 0xcd, 0xa9, 0x23, 0xc1, 0xd6, 0x27, 0x40, 0x86, 0xbf, 0x94 };
	AUTO(sb_done) struct sb sb = SB_INIT(256);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mqtt_password_hash(STR("pw"), salt, &sb, &e), 0);
	assert_string_equal(sb_cstr(&sb), THEIRS);
}

static void what_is_none_fits_nothing(void **state)
{
	static const char *const none[] = { "", "$", "$7$", "$7$101$", "$7$101$$", "$7$0$bMTNqSPB1idAhr+U$J2gr", "$6$bMTNqSPB1idAhr+U$J2gr8Dqh2MAl",
					    "$7$101$bMTNqSPB1idAhr+U$J2gr", "$7$101$====$J2gr", "$7$-1$bMTNqSPB1idAhr+U$J2gr", "$7$99999999999$bMTN$J2gr",
					    "x$7$101$bMTNqSPB1idAhr+U$J2gr", "$7$101$\xff\xff\xff\xff$J2gr" };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		assert_int_equal(mqtt_password_check(STR("pw"), str_of(none[i]), &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(theirs_are_read),
		cmocka_unit_test(ours_are_theirs),
		cmocka_unit_test(what_is_none_fits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
