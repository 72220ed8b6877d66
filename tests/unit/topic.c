/* SPDX-License-Identifier: MIT */
/* The grammar of topics: each is read as what it says, what is made of that is the same topic, everything else is refused with its reason. */
#include "model/topic.h"

#include <setjmp.h>

#include <cmocka.h>

struct row {
	enum topic_profile profile;
	const char *topic;
	enum topic_kind kind;
	const char *org, *device, *edge; /* "" none */
};

static const struct row good[] = {
	{ TOPIC_SIT, "sit/acme/meter-1/telemetry", TOPIC_TELEMETRY, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/event", TOPIC_EVENT, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/status", TOPIC_STATUS, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/location", TOPIC_LOCATION, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/command", TOPIC_COMMAND, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/command/ack", TOPIC_COMMAND_ACK, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/config", TOPIC_CONFIG, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/config/ack", TOPIC_CONFIG_ACK, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/ota", TOPIC_OTA, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/ota/progress", TOPIC_OTA_PROGRESS, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/script", TOPIC_SCRIPT, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/meter-1/script/log", TOPIC_SCRIPT_LOG, "acme", "meter-1", "" },
	{ TOPIC_SIT, "sit/acme/gw-1/modbus_3/telemetry", TOPIC_TELEMETRY, "acme", "gw-1", "modbus_3" },
	{ TOPIC_SIT, "sit/acme/gw-1/bus%2F3%23%2B%25/telemetry", TOPIC_TELEMETRY, "acme", "gw-1", "bus/3#+%" },
	{ TOPIC_SIT, "sit/acme/gw-1/z\xc3\xa4hler/telemetry", TOPIC_TELEMETRY, "acme", "gw-1", "z\xc3\xa4hler" },
	{ TOPIC_SAVEIT, "saveit/gw-1/telemetry", TOPIC_TELEMETRY, "", "gw-1", "" },
	{ TOPIC_SAVEIT, "saveit/gw-1/heartbeat", TOPIC_STATUS, "", "gw-1", "" },
	{ TOPIC_SAVEIT, "saveit/gw-1/17/telemetry", TOPIC_TELEMETRY, "", "gw-1", "17" },
	{ TOPIC_SAVEIT, "saveit/gw-1/17/status", TOPIC_STATUS, "", "gw-1", "17" },
	{ TOPIC_SAVEIT, "device/9/events", TOPIC_EVENT, "", "9", "" },
	{ TOPIC_SAVEIT, "device/9/commands/ack", TOPIC_COMMAND_ACK, "", "9", "" },
	{ TOPIC_ZOHO, "/devices/c1/telemetry", TOPIC_TELEMETRY, "", "c1", "" },
	{ TOPIC_ZOHO, "/devices/c1/events", TOPIC_EVENT, "", "c1", "" },
	{ TOPIC_ZOHO, "/devices/c1/commands/ack", TOPIC_COMMAND_ACK, "", "c1", "" },
	{ TOPIC_ZOHO, "/devices/c1/configsettings/ack", TOPIC_CONFIG_ACK, "", "c1", "" },
	{ TOPIC_THINGSBOARD, "tb-1/v1/devices/me/telemetry", TOPIC_TELEMETRY, "", "tb-1", "" },
	{ TOPIC_THINGSBOARD, "tb-1/v1/devices/me/attributes", TOPIC_CONFIG_ACK, "", "tb-1", "" },
	{ TOPIC_THINGSBOARD, "tb-1/v1/gateway/telemetry", TOPIC_TELEMETRY, "", "tb-1", "" },
	{ TOPIC_THINGSBOARD, "tb-1/v1/gateway/connect", TOPIC_STATUS, "", "tb-1", "" },
	{ TOPIC_THINGSBOARD, "v1/devices/me/telemetry", TOPIC_TELEMETRY, "", "", "" },
};

static const struct {
	enum topic_profile profile;
	struct str topic;
	const char *why;
} bad[] = {
	{ TOPIC_SIT, { "", 0 }, "1 to" },
	{ TOPIC_SIT, { "sit/acme/meter-1", 16 }, "no such topic" },
	{ TOPIC_SIT, { "sit/acme/meter-1/telemetry/", 27 }, "no such topic" },
	{ TOPIC_SIT, { "sit/acme/meter-1/Telemetry", 26 }, "no such topic" },
	{ TOPIC_SIT, { "saveit/gw-1/telemetry", 21 }, "no such topic" },
	{ TOPIC_SIT, { "sit/acme//telemetry", 19 }, "empty part" },
	{ TOPIC_SIT, { "sit//meter-1/telemetry", 22 }, "empty part" },
	{ TOPIC_SIT, { "sit/acme/gw-1//telemetry", 24 }, "empty part" },
	{ TOPIC_SIT, { "sit/acme/gw-1/command/telemetry", 31 }, "reserved word" },
	{ TOPIC_SIT, { "sit/acme/gw-1/telemetry/telemetry", 33 }, "reserved word" },
	{ TOPIC_SIT, { "sit/acme/gw%2-1/telemetry", 25 }, "hexadecimal" },
	{ TOPIC_SIT, { "sit/acme/gw%00/telemetry", 24 }, "hexadecimal" },
	{ TOPIC_SIT, { "sit/acme/gw%ff/telemetry", 24 }, "UTF-8" },
	{ TOPIC_SIT, { "sit/acme/+/telemetry", 20 }, "wildcards" },
	{ TOPIC_SIT, { "sit/acme/#", 10 }, "wildcards" },
	{ TOPIC_SIT, { "sit/ac\0e/m/telemetry", 20 }, "NUL" },
	{ TOPIC_SIT, { "sit/acme/\xff/telemetry", 20 }, "UTF-8" },
	{ TOPIC_SIT, { "$SYS/broker/uptime", 18 }, "broker's own" },
	{ TOPIC_ZOHO, { "devices/c1/telemetry", 20 }, "no such topic" },
	{ TOPIC_THINGSBOARD, { "v1/devices/you/telemetry", 24 }, "no such topic" },
};

static void same(struct str got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	if (got.len)
		assert_memory_equal(got.ptr, want, got.len);
	assert_true((got.ptr == NULL) == (*want == '\0'));
}

static void reads(void **state)
{
	struct topic t;
	struct err e = { 0 };

	(void)state;
	for (const struct row *r = good; r < good + COUNT(good); r++) {
		assert_int_equal(topic_parse(r->profile, str_of(r->topic), &t, &e), 0);
		assert_int_equal(t.kind, r->kind);
		same(t.org, r->org);
		same(t.device, r->device);
		same(t.edge, r->edge);
	}
}

static void makes_what_it_reads(void **state)
{
	AUTO(sb_done) struct sb sb = SB_INIT(4096);
	struct topic t;
	struct err e = { 0 };

	(void)state;
	for (const struct row *r = good; r < good + COUNT(good); r++) {
		assert_int_equal(topic_parse(r->profile, str_of(r->topic), &t, &e), 0);
		sb_clear(&sb);
		assert_int_equal(topic_format(r->profile, &t, &sb, &e), 0);
		assert_string_equal(sb_cstr(&sb), r->topic);
	}
}

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct topic t;
		struct err e = { 0 };

		assert_int_equal(topic_parse(bad[i].profile, bad[i].topic, &t, &e), -1);
		assert_int_equal(e.code, E_INPUT);
		if (!strstr(e.msg, bad[i].why))
			fail_msg("\"%s\" is refused with \"%s\", not with \"%s\"", bad[i].topic.ptr, e.msg, bad[i].why);
	}
}

static void makes_no_other(void **state)
{
	AUTO(sb_done) struct sb sb = SB_INIT(4096);
	char longest[TOPIC_PART_MAX + 2];
	struct topic t = { .kind = TOPIC_TELEMETRY, .org = STR("acme") };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(topic_format(TOPIC_SIT, &t, &sb, &e), -1);
	t.device = STR("");
	assert_int_equal(topic_format(TOPIC_SIT, &t, &sb, &e), -1);
	t.device = STR("gw");
	t.edge = STR("ota");
	assert_int_equal(topic_format(TOPIC_SIT, &t, &sb, &e), -1);
	t.edge = STR("x");
	t.kind = TOPIC_EVENT;
	assert_int_equal(topic_format(TOPIC_SIT, &t, &sb, &e), -1);
	memset(longest, 'a', sizeof(longest));
	t = (struct topic){ .kind = TOPIC_TELEMETRY, .org = STR("acme"), .device = { longest, TOPIC_PART_MAX + 1 } };
	assert_int_equal(topic_format(TOPIC_SIT, &t, &sb, &e), -1);
}

static void filters_take(void **state)
{
	static const struct {
		const char *filter, *topic;
		bool takes;
	} rows[] = {
		{ "sit/acme/#", "sit/acme/m/telemetry", true }, { "sit/acme/#", "sit/acme", true },
		{ "sit/acme/#", "sit/acme2/m/telemetry", false }, { "sit/+/m/telemetry", "sit/x/m/telemetry", true },
		{ "sit/+/telemetry", "sit/x/m/telemetry", false }, { "+/+", "/x", true },
		{ "#", "a/b/c", true },				   { "#", "$SYS/broker", false },
		{ "+/broker", "$SYS/broker", false },		   { "$SYS/#", "$SYS/broker", true },
		{ "$share/g/sit/#", "sit/x", true },		   { "$share/g/#", "$SYS/x", false },
		{ "a/b", "a/b/c", false },			   { "a/b/+", "a/b", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(topic_matches(str_of(rows[i].filter), str_of(rows[i].topic)), rows[i].takes);
}

static void filters_are_checked(void **state)
{
	static const char *const wrong[] = { "", "a#", "#/a", "a/b+", "+a/b", "a/#/b" }, *const right[] = { "#", "+", "+/+/#", "/a/", "$share/g/#" };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(topic_filter_check(str_of(wrong[i]), &e), -1);
	for (size_t i = 0; i < COUNT(right); i++)
		assert_int_equal(topic_filter_check(str_of(right[i]), &e), 0);
}

/* What a device is granted names it; what it may be told and what it may say are told apart by the kind; of others nothing is given. */
static void rules_name_the_device(void **state)
{
	AUTO(sb_done) struct sb sb = SB_INIT(TOPIC_MAX);
	const struct str any = { NULL, 0 };
	struct topic_rule r;

	(void)state;
	for (enum topic_profile p = 0; p < TOPIC_PROFILES; p++) {
		size_t n = 0;

		for (size_t i = 0; topic_rule(p, i, STR("acme"), STR("m1"), &r, &sb); i++, sb_clear(&sb)) {
			n += sb.len > 0;
			assert_true(sb.len == 0 || strstr(sb_cstr(&sb), "m1"));
			assert_null(strchr(sb_cstr(&sb), '{'));
			assert_true(!strchr(sb_cstr(&sb), '+') || r.gateway || p == TOPIC_THINGSBOARD);
		}
		assert_true(n > 3);
	}
	assert_true(topic_rule(TOPIC_ZOHO, 0, STR("acme"), STR("m1"), &r, &sb));
	assert_string_equal(sb_cstr(&sb), "/devices/m1/telemetry");
	assert_true(r.kind == TOPIC_TELEMETRY && !r.gateway);
	sb_clear(&sb);
	assert_true(topic_rule(TOPIC_SIT, 0, any, any, &r, &sb));
	assert_string_equal(sb_cstr(&sb), "sit/+/+/telemetry");
	sb_clear(&sb);
	assert_true(topic_rule(TOPIC_SIT, 12, STR("acme"), STR("gw"), &r, &sb));
	assert_string_equal(sb_cstr(&sb), "sit/acme/gw/+/telemetry");
	assert_true(r.gateway);
	sb_clear(&sb);
	assert_false(topic_rule(TOPIC_SIT, 13, any, any, &r, &sb));
}

/* Every topic that a device may use is in one of the filters of its profile. */
static void filters_give_all(void **state)
{
	struct topic t;
	struct err e = { 0 };
	AUTO(sb_done) struct sb all = SB_INIT(400);

	(void)state;
	for (const struct row *r = good; r < good + COUNT(good); r++) {
		bool taken = false;

		for (size_t i = 0; !taken; i++) {
			AUTO(sb_done) struct sb sb = SB_INIT(400);

			if (!topic_filter(r->profile, STR("acme"), i, &sb))
				break;
			assert_int_equal(topic_filter_check(sb_str(&sb), &e), 0);
			taken = topic_matches(sb_str(&sb), str_of(r->topic));
		}
		assert_int_equal(topic_parse(r->profile, str_of(r->topic), &t, &e), 0);
		assert_true(taken || !topic_is_upward(t.kind));
	}
	assert_true(topic_filter(TOPIC_SIT, (struct str){ NULL, 0 }, 0, &all)); /* whatever the organisation is called */
	assert_string_equal(sb_cstr(&all), "sit/#");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),	   cmocka_unit_test(makes_what_it_reads), cmocka_unit_test(refuses),
		cmocka_unit_test(makes_no_other),  cmocka_unit_test(filters_take),	  cmocka_unit_test(filters_are_checked),
		cmocka_unit_test(filters_give_all), cmocka_unit_test(rules_name_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
