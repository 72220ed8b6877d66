/* SPDX-License-Identifier: MIT */
/*
 * Alarm rules over timelines made by hand. A timeline is "SECONDS VALUE; ...": a number, a text, true, false, "-" for a point without a value, "." for the time alone,
 * "name=VALUE" for one of several inputs; "ack", "shelve SECONDS", "inhibit", "release", "suppress", "end" happen then. What comes out is "SECONDS change severity; ...".
 */
#include "judge/judge.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/num.h"
#include "judge/message.h"
#include "os/zones.h"

struct stage {
	struct arena arena;
	struct exprs *exprs;
	struct rule rule;
	struct judge judge;
	struct judged state;
	struct judged_room room;
	struct sb out;
	int64_t base; /* second 0 */
	int bad;
};

static int changed(void *arg, const struct rule *r, const struct judged *j, const struct change_of *c, struct err *e)
{
	struct stage *s = arg;

	(void)e;
	assert_ptr_equal(r, s->judge.rule);
	assert_true(c->ts == j->at && c->number == j->number && c->number > 0);
	sb_addf(&s->out, "%s%" PRId64 " %s", s->out.len ? "; " : "", (c->ts - s->base) / US_PER_S, change_words[c->change]);
	if (c->severity != r->severity || c->change == CHANGE_ESCALATED || c->change == CHANGE_LOWERED)
		sb_addf(&s->out, " %s", severity_words[c->severity]);
	if (c->why && strcmp(c->why, "value") != 0)
		sb_addf(&s->out, " (%s)", c->why);
	if (c->quiet)
		sb_adds(&s->out, " quiet");
	if (c->change == CHANGE_CLEARED && c->flaps)
		sb_addf(&s->out, " %" PRId64 " flaps", c->flaps);
	return 0;
}

static void bad(void *arg, const struct rule *r, int64_t ts, const char *why)
{
	(void)r;
	(void)ts;
	assert_non_null(why);
	((struct stage *)arg)->bad++;
}

/* "field=value field=value" with values in '...' where they hold blanks. -1 with what is wrong. */
static int row_of(struct stage *s, const char *terms, struct row *row, struct err *e)
{
	const struct time_ctx when = { 0 };

	while (*terms) {
		size_t name = strcspn(terms, "=");
		const char *value = terms + name + 1;
		size_t len = *value == '\'' ? strcspn(++value, "'") : strcspn(value, " ");
		int i = entity_field(&rule_entity, (struct str){ terms, name });

		assert_true(i >= 0);
		if (entity_value(rule_entity.field + i, (struct str){ value, len }, &when, &s->arena, row->cell + i, e) < 0)
			return -1;
		row_mark(row, (size_t)i);
		terms = value + len + (value[len] == '\'');
		terms += strspn(terms, " ");
	}
	return entity_complete(&rule_entity, NULL, row, &s->arena, e);
}

static int stage_begin(struct stage *s, const char *terms, struct err *e)
{
	AUTO(sb_done) struct sb all = SB_INIT(8192);
	struct row *row;

	*s = (struct stage){ .arena = ARENA_INIT((size_t)16 << 20), .out = SB_INIT(65536) };
	row = arena_alloc(&s->arena, sizeof(*row));
	assert_non_null(row);
	sb_addf(&all, "name=r model=m %s", terms);
	if (row_of(s, sb_cstr(&all), row, e) < 0 || rule_read(row, &s->arena, &s->rule, e) < 0)
		return -1;
	assert_int_equal(exprs_new(&s->exprs, e), 0);
	assert_int_equal(rule_ready(&s->rule, s->exprs, e), 0);
	s->judge = (struct judge){ .rule = &s->rule, .changed = changed, .arg = s, .bad = bad };
	assert_true(time_rfc3339(STR("2026-03-02T00:00:00Z"), &s->base)); /* a Monday */
	judged_init(&s->state, &s->rule, &s->room, s->base);
	return 0;
}

static void stage_end(struct stage *s)
{
	exprs_free(s->exprs);
	arena_done(&s->arena);
	sb_done(&s->out);
}

static struct value value_of(struct str s)
{
	struct value v = { .type = VALUE_STRING, .txt = s };

	if (s.len > 2 && s.ptr[0] == '\'') /* a text, whatever it looks like */
		v.txt = (struct str){ s.ptr + 1, s.len - 2 };
	else if (str_is(s, "-"))
		v.type = VALUE_NULL;
	else if (str_is(s, "true") || str_is(s, "false"))
		v = (struct value){ .type = VALUE_BOOL, .num = str_is(s, "true") };
	else if (num_parse(s, &v.num) == NUM_OK)
		v.type = VALUE_NUMBER;
	return v;
}

static int point(struct stage *s, int64_t t, struct str what, struct err *e)
{
	const char *eq = memchr(what.ptr, '=', what.len);
	int input = eq ? rule_input(&s->rule, (struct str){ what.ptr, (size_t)(eq - what.ptr) }) : 0;
	struct point p = { .ts = t };

	assert_true(input >= 0);
	p.value = value_of(eq ? (struct str){ eq + 1, what.len - (size_t)(eq + 1 - what.ptr) } : what);
	p.quality = p.value.type == VALUE_NULL ? QUALITY_BAD : QUALITY_GOOD;
	return judged_value(&s->judge, &s->state, (size_t)input, &p, e);
}

static int happens(struct stage *s, int64_t t, struct str what, struct err *e)
{
	int64_t until = 0;

	if (str_is(what, "."))
		return judged_time(&s->judge, &s->state, t, e);
	if (str_is(what, "ack"))
		return judged_acknowledge(&s->judge, &s->state, t, e);
	if (str_is(what, "inhibit") || str_is(what, "release"))
		return judged_inhibit(&s->judge, &s->state, str_is(what, "inhibit"), t, e);
	if (str_is(what, "end"))
		return judged_end(&s->judge, &s->state, t, e);
	if (str_is(what, "suppress") || str_is(what, "resume"))
		return judged_suppress(&s->judge, &s->state, str_is(what, "suppress"), t, e);
	if (!str_starts(what, "shelve"))
		return point(s, t, what, e);
	assert_true(num_parse_int((struct str){ what.ptr + 7, what.len - 7 }, &until));
	return judged_shelve(&s->judge, &s->state, s->base + until * US_PER_S, t, e);
}

/* Write the state down, forget it, read it elsewhere and copy it back. */
static void reload(struct stage *s)
{
	AUTO(sb_done) struct sb text = SB_INIT(65536), again = SB_INIT(65536);
	struct judged_room elsewhere;
	struct judged read;
	struct err e;

	assert_int_equal(judged_text(&s->state, &s->rule, &text), 0);
	memset(&s->state, 0x5a, sizeof(s->state));
	memset(&s->room, 0x5a, sizeof(s->room));
	assert_int_equal(judged_read(sb_str(&text), &s->rule, &elsewhere, &read, &e), 0);
	judged_copy(&read, &s->rule, &s->room, &s->state);
	memset(&elsewhere, 0x5a, sizeof(elsewhere));
	assert_int_equal(judged_text(&s->state, &s->rule, &again), 0);
	assert_string_equal(sb_cstr(&text), sb_cstr(&again));
}

static void play(struct stage *s, const char *line, bool reloading)
{
	struct err e = { 0 };

	while (*line) {
		size_t len = strcspn(line, ";"), digits = strspn(line, "0123456789");
		int64_t t;

		assert_true(num_parse_int((struct str){ line, digits }, &t));
		if (reloading)
			reload(s);
		if (happens(s, s->base + t * US_PER_S, (struct str){ line + digits + 1, len - digits - 1 }, &e) < 0)
			fail_msg("%s: %s", line, e.msg);
		line += len;
		line += strspn(line, "; ");
	}
	assert_int_equal(judged_settle(&s->judge, &s->state, &e), 0);
}

/* The rule over the line says this; and the same when its state was written down and read between any two steps. */
static void says(const char *terms, const char *line, const char *want)
{
	for (int reloading = 0; reloading < 2; reloading++) {
		struct stage s;
		struct err e = { 0 };

		if (stage_begin(&s, terms, &e) < 0)
			fail_msg("%s: %s", terms, e.msg);
		play(&s, line, reloading);
		if (strcmp(sb_cstr(&s.out), want) != 0)
			fail_msg("%s%s\n  says %s\n  not  %s\n  %s", terms, reloading ? " (reloading)" : "", sb_cstr(&s.out), want, line);
		stage_end(&s);
	}
}

static void refuses(const char *terms, const char *want)
{
	struct stage s;
	struct err e = { 0 };

	if (stage_begin(&s, terms, &e) == 0 && rule_ladder_check(&s.rule, &e) == 0)
		fail_msg("%s is taken", terms);
	if (!strstr(e.msg, want))
		fail_msg("%s: %s", terms, e.msg);
	stage_end(&s);
}

static void takes(const char *terms)
{
	struct stage s;
	struct err e = { 0 };

	if (stage_begin(&s, terms, &e) < 0 || rule_ladder_check(&s.rule, &e) < 0)
		fail_msg("%s: %s", terms, e.msg);
	stage_end(&s);
}

/* ---- conditions ---- */

static void each_condition(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=10", "0 10; 1 10.5; 2 11; 3 10", "1 raised; 3 cleared");
	says("datapoint=v condition=lt threshold=10", "0 10; 1 9; 2 10", "1 raised; 2 cleared");
	says("datapoint=v condition=gte threshold=10", "0 9; 1 10; 2 9.9", "1 raised; 2 cleared");
	says("datapoint=v condition=lte threshold=10", "0 11; 1 10; 2 10.1", "1 raised; 2 cleared");
	says("datapoint=v condition=eq threshold=3", "0 2; 1 3; 2 4", "1 raised; 2 cleared");
	says("datapoint=v condition=neq threshold=3", "0 3; 1 4; 2 3", "1 raised; 2 cleared");
	says("datapoint=v condition=eq threshold=trip", "0 on; 1 trip; 2 off", "1 raised; 2 cleared");
	says("datapoint=v condition=neq threshold=on", "0 on; 1 off; 2 on", "1 raised; 2 cleared");
	says("datapoint=v condition=eq threshold=1", "0 '0'; 1 '1'; 2 '2'", "1 raised; 2 cleared"); /* words that are digits */
	says("datapoint=v condition=eq threshold=true", "0 false; 1 true; 2 false", "1 raised; 2 cleared");
	says("datapoint=v condition=gt threshold=0", "0 false; 1 true; 2 false", "1 raised; 2 cleared");
	/* between holds its ends, outside does not */
	says("datapoint=v condition=between threshold=5..10", "0 4; 1 5; 2 10; 3 10.1", "1 raised; 3 cleared");
	says("datapoint=v condition=outside threshold=5..10", "0 5; 1 10; 2 10.1; 3 7; 4 4.9; 5 5", "2 raised; 3 cleared; 4 raised; 5 cleared");
	says("datapoint=v condition=change", "0 1; 1 1; 2 2; 3 2; 4 1; 5 x; 6 x", "2 raised; 3 cleared; 4 raised; 6 cleared");
	says("datapoint=v condition=change threshold=5", "0 1; 1 6; 2 12; 3 12", "2 raised; 3 cleared");
	says("datapoint=v condition=no_data", "299 .; 300 .; 400 1; 699 .; 700 .; 701 .; 800 2", "300 raised; 400 cleared; 700 raised; 800 cleared");
	says("datapoint=v condition=no_data threshold=1m", "0 1; 100 2", "60 raised; 100 cleared");
	says("datapoint=v condition=no_data threshold=90", "0 1; 100 -; 120 .", "90 raised");
	says("datapoint=v condition=rate threshold=5 per=1m", "0 0; 60 5; 120 11; 180 12", "120 raised; 180 cleared");
	says("datapoint=v condition=rate threshold=-5 per=1m", "0 50; 60 45; 120 39; 180 39", "120 raised; 180 cleared");
	says("datapoint=v condition=rate threshold=-5..5 per=1m", "0 0; 60 6; 120 6; 180 0; 240 0", "60 raised; 120 cleared; 180 raised; 240 cleared");
	says("datapoint=v condition=stuck threshold=1m", "0 5; 30 5; 60 5; 90 5; 120 6", "60 raised; 120 cleared");
	says("datapoint=v condition=stuck threshold=1m", "0 a; 30 b; 60 b; 89 b; 90 b", "90 raised");
	says("condition=expr expr='a>253 or b>253 or c>253'", "0 c=1; 0 a=230; 0 b=254; 1 b=250; 2 c=260; 3 a=255; 4 c=1; 5 a=1",
	     "0 raised; 1 cleared; 2 raised; 5 cleared");
	says("condition=expr expr='mode=\"run\" and flow<1'", "0 mode=stop; 1 flow=0; 2 mode=run; 3 flow=2", "2 raised; 3 cleared");
	says("condition=expr expr='a>10' clear='a<5'", "0 a=11; 1 a=7; 2 a=4; 3 a=7", "0 raised; 2 cleared");
}

static void wrong_values_are_not_known(void **state)
{
	struct stage s;
	struct err e = { 0 };

	(void)state;
	says("datapoint=v condition=gt threshold=10", "0 hot; 1 11; 2 hot; 3 9", "1 raised; 3 cleared");
	assert_int_equal(stage_begin(&s, "condition=expr expr='a>10'", &e), 0);
	play(&s, "0 a=hot; 1 a=11; 2 a=hot", false);
	assert_string_equal(sb_cstr(&s.out), "1 raised");
	assert_int_equal(s.bad, 2);
	stage_end(&s);
}

/* ---- modifiers ---- */

static void for_and_keep_for(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=10 for=5m", "0 11; 100 12; 200 13; 299 .; 301 .", "300 raised");
	says("datapoint=v condition=gt threshold=10 for=5m", "0 11; 100 9; 200 11; 400 11; 499 11; 500 11", "500 raised");
	/* a door that says nothing after it was opened */
	says("datapoint=v condition=eq threshold=true for=1m", "0 true; 3600 .", "60 raised");
	says("datapoint=v condition=gt threshold=10 keep_for=1m", "0 11; 10 9; 60 11; 100 9; 159 .; 160 .", "0 raised; 160 cleared");
	says("datapoint=v condition=gt threshold=10 for=10s keep_for=10s", "0 11; 10 9; 15 11; 16 9; 30 .", "10 raised; 26 cleared");
}

static void clear_is_a_level_of_its_own(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=10 clear=8", "0 11; 1 9; 2 10.5; 3 8.1; 4 8; 5 9; 6 10", "0 raised; 4 cleared");
	says("datapoint=v condition=lt threshold=10 clear=12", "0 9; 1 11; 2 12; 3 11", "0 raised; 2 cleared");
	says("datapoint=v condition=outside threshold=207..253 clear=210..250", "0 254; 1 252; 2 250; 3 206; 4 208; 5 210", "0 raised; 2 cleared; 3 raised; 5 cleared");
	says("datapoint=v condition=rate threshold=5 clear=1", "0 0; 1 6; 2 9; 3 10", "1 raised; 3 cleared");
	/* what goes up and down around the limit is one alarm */
	says("datapoint=v condition=gt threshold=10 clear=8 keep_for=10s",
	     "0 9; 1 10.2; 2 9.8; 3 10.1; 4 9.7; 5 10.3; 6 9.9; 7 7; 8 9; 9 10.1; 10 9; 20 7; 29 .; 30 .", "1 raised; 30 cleared");
}

static void n_of_m(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=10 count=3/5", "0 11; 1 9; 2 11; 3 9; 4 11; 5 9; 6 9", "4 raised; 5 cleared");
	says("datapoint=v condition=gt threshold=10 count=2/2", "0 11; 1 9; 2 11; 3 11; 4 9", "3 raised; 4 cleared");
	says("datapoint=v condition=gt threshold=10 count=2/3", "0 11; 1 -; 2 11", "2 raised");
}

static void gaps_and_staleness(void **state)
{
	(void)state;
	/* a hole is not "still true": the time begins anew */
	says("datapoint=v condition=gt threshold=10 for=5m gap=2m", "0 11; 100 11; 300 11; 400 11; 500 11; 600 11", "600 raised");
	says("datapoint=v condition=gt threshold=10 for=5m gap=2m stale=hold", "0 11; 400 11", "300 raised");
	says("datapoint=v condition=gt threshold=10 gap=1m", "0 11; 500 .; 600 9", "0 raised; 600 cleared");
	says("datapoint=v condition=gt threshold=10 gap=1m stale=clear", "0 11; 60 .; 500 .", "0 raised; 60 cleared (stale)");
	says("datapoint=v condition=gt threshold=10 gap=1m keep_for=2m", "0 11; 10 9; 500 .; 501 9; 560 9; 620 9; 621 .", "0 raised; 621 cleared");
	says("datapoint=v condition=gt threshold=10 stale=clear", "0 11; 1 -", "0 raised; 1 cleared (stale)");
	says("datapoint=v condition=gt threshold=10 stale=hold for=10s", "0 11; 5 -; 20 .", "10 raised");
	says("datapoint=v condition=gt threshold=10 for=10s", "0 11; 5 -; 20 .; 30 11; 40 .", "40 raised");
	says("condition=expr expr='a>10 or b>10' gap=1m", "0 a=11; 0 b=1; 50 b=2; 100 b=3; 150 b=3; 200 a=1", "0 raised; 200 cleared");
	says("condition=expr expr='a>10 or b>10' gap=1m stale=clear", "0 a=11; 50 b=2; 100 b=3", "0 raised; 60 cleared");
	says("datapoint=v condition=rate threshold=5 gap=10s", "0 0; 20 1000; 25 2000", "25 raised");
}

static void ladder(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=253 ladder=error:260,critical:270", "0 254; 1 261; 2 271; 3 255; 4 250",
	     "0 raised; 1 escalated error; 2 escalated critical; 3 lowered warning; 4 cleared");
	says("datapoint=v condition=gt threshold=253 severity=info ladder=critical:270", "0 280; 1 250", "0 raised critical; 1 cleared critical");
	says("datapoint=v condition=gt threshold=253 keep_for=10s ladder=error:260", "0 261; 5 255; 9 262; 10 255; 19 255; 20 255; 21 1; 31 .",
	     "0 raised error; 20 lowered warning; 31 cleared");
	says("datapoint=v condition=lt threshold=10 clear=12 ladder=error:5", "0 9; 1 4; 2 11; 3 12", "0 raised; 1 escalated error; 2 lowered warning; 3 cleared");
	says("datapoint=v condition=no_data threshold=1m ladder=error:5m,critical:1h", "0 1; 7200 2",
	     "60 raised; 300 escalated error; 3600 escalated critical; 7200 cleared critical");
}

static void flapping(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=10 flap=3/1m", "0 11; 1 9; 2 11; 3 9; 4 11; 5 9; 6 11; 7 9; 20 11; 21 9; 80 .; 81 .; 100 11; 101 9",
	     "0 raised; 1 cleared; 2 raised; 3 cleared; 4 raised; 4 flapping; 81 cleared 2 flaps; 100 raised; 101 cleared");
	says("datapoint=v condition=gt threshold=10 flap=3/10s", "0 11; 1 9; 10 11; 11 9; 20 11; 21 9", "0 raised; 1 cleared; 10 raised; 11 cleared; 20 raised; 21 cleared");
}

static void schedule(void **state)
{
	(void)state;
	/* the base is a Monday, midnight in UTC */
	says("datapoint=v condition=gt threshold=10 schedule='mon 08:00-10:00'", "0 11; 28799 .; 28800 .; 35999 .; 36000 .; 90000 11; 633600 .",
	     "28800 raised; 36000 cleared (schedule); 633600 raised");
	says("datapoint=v condition=gt threshold=10 for=1h schedule='08:00-10:00'", "0 11; 40000 .", "32400 raised; 36000 cleared (schedule)");
	says("datapoint=v condition=gt threshold=10 schedule='22:00-06:00'", "0 11; 21600 .; 79200 .", "0 raised; 21600 cleared (schedule); 79200 raised");
	says("datapoint=v condition=no_data threshold=1h schedule='08:00-18:00'", "30000 .", "28800 raised");
}

/* Clocks that are put forward and back: a window is where local clocks say so. */
static void schedule_and_clocks(void **state)
{
	static const struct {
		const char *text, *at;
		bool on;
		const char *until;
	} cases[] = {
		{ "02:15-04:00", "2026-03-29T00:59:00Z", false, "2026-03-29T01:00:00Z" }, /* 02:15 is skipped: it begins where clocks jump to 03:00 */
		{ "02:15-04:00", "2026-03-29T01:00:00Z", true, "2026-03-29T02:00:00Z" },
		{ "02:15-02:45", "2026-10-25T00:20:00Z", true, "2026-10-25T00:45:00Z" },  /* the first of the two */
		{ "02:15-02:45", "2026-10-25T01:20:00Z", false, "2026-10-26T01:15:00Z" },
		{ "mon-fri 08:00-18:00", "2026-03-27T17:00:00Z", false, "2026-03-30T06:00:00Z" },
		{ "sat,sun 00:00-24:00", "2026-03-28T12:00:00Z", true, "2026-03-28T23:00:00Z" },
		{ "fri-mon 22:00-06:00", "2026-03-31T03:00:00Z", true, "2026-03-31T04:00:00Z" },
	};
	const struct zone *zone;
	struct schedule s;
	struct err e;

	(void)state;
	assert_int_equal(setenv("SIT_ZONEINFO", "tests/data/tz/slim", 1), 0);
	assert_int_equal(zones_get("Europe/Berlin", &zone, &e), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t t, until;
		char text[40];

		assert_int_equal(schedule_read(str_of(cases[i].text), &s, &e), 0);
		assert_true(time_rfc3339(str_of(cases[i].at), &t));
		if (schedule_on(&s, zone, t, &until) != cases[i].on)
			fail_msg("%s at %s", cases[i].text, cases[i].at);
		(void)time_print(until, NULL, text);
		assert_string_equal(text, cases[i].until);
	}
}

static void people_and_other_alarms(void **state)
{
	(void)state;
	/* an alarm that was acknowledged ends, and the next one is another */
	says("datapoint=v condition=gt threshold=10", "0 11; 1 ack; 2 ack; 3 9; 4 11; 5 ack", "0 raised; 1 acknowledged; 3 cleared; 4 raised; 5 acknowledged");
	says("datapoint=v condition=gt threshold=10", "0 11; 1 shelve 100; 2 9; 3 11; 99 .; 100 .; 101 9",
	     "0 raised; 1 shelved quiet; 2 cleared quiet; 3 raised quiet; 100 unshelved; 101 cleared");
	says("datapoint=v condition=gt threshold=10", "0 11; 1 shelve 100; 50 shelve 0; 60 9", "0 raised; 1 shelved quiet; 50 unshelved; 60 cleared");
	says("datapoint=v condition=gt threshold=10", "0 suppress; 1 11; 2 9; 3 resume; 4 11", "1 raised quiet; 2 cleared quiet; 4 raised");
	says("datapoint=v condition=gt threshold=10", "0 inhibit; 1 11; 2 9; 3 11; 10 release; 11 9", "10 raised; 11 cleared");
	says("datapoint=v condition=gt threshold=10", "0 11; 1 inhibit; 2 9; 3 11; 4 9; 5 release", "0 raised; 2 cleared");
	says("datapoint=v condition=gt threshold=10 for=10s", "0 inhibit; 1 11; 20 .; 30 release", "30 raised");
	says("datapoint=v condition=gt threshold=10", "0 11; 5 end", "0 raised; 5 cleared (rule)");
}

static void time_does_not_go_back(void **state)
{
	(void)state;
	says("datapoint=v condition=gt threshold=10", "100 9; 50 11; 99 12; 100 13; 101 9", "");
	says("datapoint=v condition=gt threshold=10", "100 11; 50 9; 101 11", "100 raised");
	/* the clock was ahead of the point: what follows happens now, not then */
	says("datapoint=v condition=gt threshold=10", "100 .; 50 11; 60 9", "100 raised; 100 cleared");
	says("condition=expr expr='a>b'", "10 a=5; 20 b=3; 15 a=2; 25 a=4", "25 raised");
}

static void refuses_nonsense(void **state)
{
	(void)state;
	refuses("condition=gt threshold=1", "datapoint: which one?");
	refuses("datapoint=v condition=gt", "threshold: this condition needs one");
	refuses("datapoint=v condition=gt threshold=high", "threshold: write a number");
	refuses("datapoint=v condition=gt threshold=1 clear=2", "clear: lies beyond the threshold");
	refuses("datapoint=v condition=lt threshold=1 clear=0", "clear: lies beyond the threshold");
	refuses("datapoint=v condition=eq threshold=1 clear=0", "clear: this condition has none");
	refuses("datapoint=v condition=outside threshold=1", "threshold: write a range");
	refuses("datapoint=v condition=outside threshold=5..1", "threshold: write a range");
	refuses("datapoint=v condition=outside threshold=1..5 clear=0..4", "clear: must lie in the range");
	refuses("datapoint=v condition=no_data threshold=soon", "threshold: write a duration");
	refuses("datapoint=v condition=stuck threshold=-5m", "threshold: write a duration");
	refuses("datapoint=v condition=gt threshold=1 ladder=info:5", "ladder: severities go up");
	refuses("datapoint=v condition=gt threshold=10 severity=info ladder=warning:5", "ladder: warning does not lie beyond the threshold");
	refuses("datapoint=v condition=gte threshold=10 ladder=error:10", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=gt threshold=10 severity=info ladder=warning:20,error:15", "ladder: error does not lie beyond the step before");
	refuses("datapoint=v condition=lte threshold=10 ladder=error:11", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=rate threshold=-5 ladder=error:-4", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=rate threshold=-5 ladder=error:9", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=rate threshold=-5..5 ladder=error:-4..9", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=rate threshold=-5..5 ladder=error:4", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=no_data ladder=error:5m", "ladder: error does not lie beyond the threshold");
	refuses("datapoint=v condition=stuck threshold=1h ladder=error:2h,critical:90m", "ladder: critical does not lie beyond the step");
	refuses("datapoint=v condition=gt threshold=9 severity=info ladder=warning:10,error:field.limit,critical:10", "ladder: critical does not lie beyond the step");
	takes("datapoint=v condition=gt threshold=field.limit ladder=error:5,critical:field.limit");
	takes("datapoint=v condition=lt threshold=-1 ladder=error:-2,critical:-3");
	takes("datapoint=v condition=rate threshold=-5..5 severity=info ladder=warning:-5..6,error:-7..6,critical:7");
	refuses("datapoint=v condition=gt threshold=1 ladder=error", "ladder: write error:260");
	refuses("datapoint=v condition=gt threshold=1 count=5/3", "count: write N/M");
	refuses("datapoint=v condition=gt threshold=1 count=1/65", "count: write N/M");
	refuses("datapoint=v condition=no_data count=1/2", "count: is not for");
	refuses("datapoint=v condition=gt threshold=1 flap=1/5m", "flap: write N/DURATION");
	refuses("datapoint=v condition=gt threshold=1 schedule='8-18'", "schedule: write");
	refuses("datapoint=v condition=gt threshold=1 schedule='mon 08:00-10:00 tue 08:00-10:00'", "schedule: a comma");
	refuses("datapoint=v condition=gt threshold=1 per=1m", "per: goes with condition=rate");
	refuses("datapoint=v condition=change for=1m", "for: a change does not last");
	refuses("datapoint=v condition=gt threshold=1 expr='a>1'", "expr: goes with condition=expr");
	refuses("condition=expr", "expr: condition=expr needs it");
	refuses("condition=expr expr='1>2'", "expr: it names no datapoint");
	refuses("condition=expr expr='a>'", "expr: column 3:");
	refuses("condition=expr expr='a>1' clear='a<'", "clear: column 3:");
	refuses("datapoint=v condition=gt threshold=1 message={valu}", "message: there is no {valu}");
	refuses("datapoint=v condition=gt threshold=1 inhibit=r", "inhibit: a rule does not inhibit itself");
	refuses("datapoint=v condition=gt threshold=1 device=d", "a rule belongs to a model or to a device");
}

/* ---- thresholds of the device, messages ---- */

static struct str field_of(void *arg, struct str name)
{
	(void)arg;
	return str_is(name, "limit") ? STR("42") : str_is(name, "words") ? STR("high") : (struct str){ NULL, 0 };
}

static void thresholds_of_the_device(void **state)
{
	struct stage s;
	struct rule bound;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(stage_begin(&s, "datapoint=v condition=gt threshold=field.limit", &e), 0);
	assert_true(rule_has_fields(&s.rule));
	assert_int_equal(rule_bind(&s.rule, field_of, NULL, &bound, &e), 0);
	assert_false(rule_has_fields(&bound));
	s.judge.rule = &bound;
	play(&s, "0 41; 1 43; 2 42", false);
	assert_string_equal(sb_cstr(&s.out), "1 raised; 2 cleared");
	stage_end(&s);
	assert_int_equal(stage_begin(&s, "datapoint=v condition=gt threshold=1 ladder=error:field.words", &e), 0);
	assert_int_equal(rule_bind(&s.rule, field_of, NULL, &bound, &e), -1);
	assert_string_equal(e.msg, "field.words: is no threshold of this kind");
	stage_end(&s);
	assert_int_equal(stage_begin(&s, "datapoint=v condition=gt threshold=field.none", &e), 0);
	assert_int_equal(rule_bind(&s.rule, field_of, NULL, &bound, &e), -1);
	assert_string_equal(e.msg, "field.none: has no value");
	stage_end(&s);
}

static void message_is(const char *terms, const char *want)
{
	AUTO(sb_done) struct sb text = SB_INIT(4096);
	const struct change_of c = { .change = CHANGE_RAISED, .severity = SEVERITY_ERROR, .value = { .type = VALUE_NUMBER, .num = 254.5 } };
	struct stage s;
	struct err e = { 0 };

	assert_int_equal(stage_begin(&s, terms, &e), 0);
	assert_int_equal(message_print(&s.rule, STR("meter-1"), &c, &text), 0);
	assert_string_equal(sb_cstr(&text), want);
	stage_end(&s);
}

static void messages(void **state)
{
	(void)state;
	message_is("datapoint=v condition=gt threshold=253", "v 254.5 is above 253");
	message_is("datapoint=v condition=no_data threshold=5m", "v: nothing for 5m");
	message_is("condition=expr expr='a>1' title='Too much'", "Too much");
	message_is("datapoint=v condition=gt threshold=253 message='{device} {severity}: {{{value}} > {threshold}'", "meter-1 error: {254.5} > 253");
}

static void texts_stay_apart(void **state)
{
	char a[200], b[200], line[1000];

	(void)state;
	memset(a, 'x', sizeof(a));
	a[150] = '\0';
	memcpy(b, a, sizeof(b));
	b[149] = 'y';
	(void)snprintf(line, sizeof(line), "0 %s; 1 %s; 2 %s; 3 %s", a, a, b, b);
	says("datapoint=v condition=change", line, "2 raised; 3 cleared");
}

/* What programs up to schema 32 wrote has all numbers. */
static void states_of_earlier_programs_are_read(void **state)
{
	static const char before[] = "1 2 2 2 2 3 1 0 0 0 1 1767139200000000 1767139100000000 1767139200000001 -9223372036854775808 1767139200000002 -9223372036854775808"
				     " -9223372036854775808 7 0 -9223372036854775808 0 5 6 1767139200000000 1 0 254.5 x";
	AUTO(sb_done) struct sb text = SB_INIT(65536);
	struct stage s;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(stage_begin(&s, "datapoint=v condition=gt threshold=1", &e), 0);
	assert_int_equal(judged_read(str_of(before), &s.rule, &s.room, &s.state, &e), 0);
	assert_int_equal(s.state.condition, JUDGED_FIRING);
	assert_int_equal(s.state.severity, SEVERITY_CRITICAL);
	assert_true(s.state.acknowledged && s.state.open && !s.state.flapping);
	assert_true(s.state.raised == 1767139200000002 && s.state.shelved == JUDGED_NEVER && s.state.number == 7 && s.state.keep_ring == 6);
	assert_true(s.state.in[0].num == 254.5);
	assert_int_equal(judged_text(&s.state, &s.rule, &text), 0);
	assert_string_equal(sb_cstr(&text), "2 6446655 2 2 2 2 3 1 1 1767139200000000 1767139100000000 1767139200000001 1767139200000002 7 5 6 1767139200000000 1 0 254.5 x");
	stage_end(&s);
}

static void states_are_read_with_care(void **state)
{
	static const char *const lines[] = { "", "1", "2", "2 0", "2 0 0", "2 1 9 -", "2 1 -", "2 0 - -", "2 8388608 0 -", "2 -1 -", "3 0 -", "1 9 9 9 9 9", "x", "1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 x",
					     "1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 x4", "1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 x41 9" };
	struct stage s;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(stage_begin(&s, "datapoint=v condition=gt threshold=1", &e), 0);
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_int_equal(judged_read(str_of(lines[i]), &s.rule, &s.room, &s.state, &e), -1);
	stage_end(&s);
}

/* ---- many made-up timelines: the same in one go, reloaded at every step, and with the clock asked in between ---- */

static uint64_t dice = 88172645463325252u;

static unsigned roll(unsigned n)
{
	dice ^= dice << 13; /* G. Marsaglia, "Xorshift RNGs" (2003) */
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice % n);
}

static const char *pick(const char *const *of, unsigned n)
{
	return of[roll(n)];
}

static void made_up_rule(struct sb *sb)
{
	static const char *const conditions[] = { "condition=gt threshold=5 clear=3", "condition=outside threshold=2..7", "condition=change",
						  "condition=no_data threshold=40s ladder=error:80s", "condition=rate threshold=1 per=10s",
						  "condition=stuck threshold=30s", "condition=gte threshold=5 ladder=error:7,critical:8", "condition=lt threshold=4" };
	static const char *const more[] = { " keep_for=20s", " count=2/3", " flap=3/2m", " schedule='00:00-00:10, 00:15-00:30'", "" };
	static const char *const stale[] = { "", " stale=clear", " stale=hold" };
	const char *condition = pick(conditions, COUNT(conditions));
	bool lasts = strstr(condition, "no_data") || strstr(condition, "stuck");
	unsigned some = roll(16);

	sb_addf(sb, "datapoint=v %s%s", condition, pick(stale, COUNT(stale)));
	sb_adds(sb, strstr(condition, "change") || roll(2) ? "" : " for=25s");
	sb_adds(sb, strstr(condition, "no_data") || roll(2) ? "" : " gap=30s");
	for (unsigned i = 0; i < 4; i++)
		if (some >> i & 1 && !(lasts && strstr(more[i], "count")))
			sb_adds(sb, more[i]);
}

/* asking: the clock is asked at moments in between, that have passed, or just pass. */
static void made_up_line(struct sb *sb, bool asking)
{
	static const char *const acts[] = { "inhibit", "release", "suppress", "resume" };
	unsigned t = 0, n = 20 + roll(60);

	for (unsigned i = 0; i < n; i++) {
		unsigned kind = roll(20), value = roll(10), back = roll(100);

		t += roll(30);
		for (unsigned k = 0; asking && kind && k <= 2 && t > 2; k++)
			sb_addf(sb, "%u .; ", t - 2 + k);
		if (kind == 0)
			sb_addf(sb, "%u %u; ", t > back ? t - back : t, value); /* late */
		else if (kind == 1)
			sb_addf(sb, "%u -; ", t);
		else if (kind == 2)
			sb_addf(sb, "%u %s; ", t, acts[value % 4]);
		else
			sb_addf(sb, "%u %u; ", t, value);
	}
	sb_addf(sb, "%u .", t + 500);
}

static void the_same_however_it_comes(void **state)
{
	(void)state;
	for (int i = 0; i < 800; i++) {
		AUTO(sb_done) struct sb rule = SB_INIT(4096), line = SB_INIT(65536), asking = SB_INIT(65536), want = SB_INIT(65536);
		struct stage s;
		struct err e = { 0 };
		uint64_t kept;

		made_up_rule(&rule);
		kept = dice;
		made_up_line(&line, false);
		dice = kept;
		made_up_line(&asking, true);
		if (stage_begin(&s, sb_cstr(&rule), &e) < 0)
			fail_msg("%s: %s", sb_cstr(&rule), e.msg);
		play(&s, sb_cstr(&line), false);
		sb_adds(&want, sb_cstr(&s.out));
		stage_end(&s);
		says(sb_cstr(&rule), sb_cstr(&line), sb_cstr(&want));
		says(sb_cstr(&rule), sb_cstr(&asking), sb_cstr(&want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_condition),	   cmocka_unit_test(wrong_values_are_not_known), cmocka_unit_test(for_and_keep_for),
		cmocka_unit_test(clear_is_a_level_of_its_own), cmocka_unit_test(n_of_m),		 cmocka_unit_test(gaps_and_staleness),
		cmocka_unit_test(ladder),		   cmocka_unit_test(flapping),			 cmocka_unit_test(schedule),
		cmocka_unit_test(schedule_and_clocks),	   cmocka_unit_test(people_and_other_alarms),	 cmocka_unit_test(time_does_not_go_back),
		cmocka_unit_test(refuses_nonsense),	   cmocka_unit_test(thresholds_of_the_device),	 cmocka_unit_test(messages),
		cmocka_unit_test(texts_stay_apart),	   cmocka_unit_test(states_of_earlier_programs_are_read), cmocka_unit_test(states_are_read_with_care),	 cmocka_unit_test(the_same_however_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
