/* SPDX-License-Identifier: MIT */
/*
 * The workload of the benchmarks, the same bytes for the same options: DEVICES meters of ten datapoints, one message a minute each, all of
 * them interleaved, values bounded random walks of few decimals, as meters send them.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POINTS 10
#define START INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

enum format { MESSAGES, FLAT, CSV, IDS, INFLUX, DEVICES, DATAPOINTS };

static const char *const format_word[] = { "messages", "flat", "csv", "ids", "influx", "devices", "datapoints", NULL };

/* Values are whole numbers of their last decimal. */
static const struct {
	const char *name;
	int decimals;
} point[POINTS] = {
	{ "voltage_l1", 1 }, { "voltage_l2", 1 }, { "voltage_l3", 1 },	 { "current_l1", 2 }, { "current_l2", 2 },
	{ "current_l3", 2 }, { "power_kw", 3 },	  { "power_factor", 3 }, { "energy_kwh", 2 }, { "temp_c", 1 },
};

enum { VOLTAGE = 0, CURRENT = 3, POWER = 6, FACTOR = 7, ENERGY = 8, TEMP = 9 };

struct meter {
	int v[POINTS];
};

static struct {
	int devices, minutes, jitter_ms, skip, pace_ms;
	enum format format;
} cfg = { .devices = 1000, .minutes = 100 };

/* xorshift64: fast, and the same everywhere. */
static uint64_t draw(void)
{
	static uint64_t s = 88172645463325252U;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

/* A step of at most amp up or down, turned back at the limits. */
static int walk(int x, int amp, int lo, int hi)
{
	x += (int)((draw() >> 33) % (uint64_t)(2 * amp + 1)) - amp;
	return x < lo ? lo + amp : x > hi ? hi - amp : x;
}

static void begin(struct meter *m)
{
	for (int k = 0; k < 3; k++)
		m->v[VOLTAGE + k] = 2270 + (int)(draw() % 60);
	for (int k = 0; k < 3; k++)
		m->v[CURRENT + k] = (int)(draw() % 3000);
	m->v[FACTOR] = 850 + (int)(draw() % 150);
	m->v[ENERGY] = (int)(draw() % 9000000);
	m->v[TEMP] = 180 + (int)(draw() % 100);
}

static void advance(struct meter *m)
{
	double watt = 0;

	for (int k = 0; k < 3; k++)
		m->v[VOLTAGE + k] = walk(m->v[VOLTAGE + k], 3, 2100, 2500);
	for (int k = 0; k < 3; k++)
		m->v[CURRENT + k] = walk(m->v[CURRENT + k], 25, 0, 6300);
	m->v[FACTOR] = walk(m->v[FACTOR], 4, 500, 1000);
	for (int k = 0; k < 3; k++)
		watt += m->v[VOLTAGE + k] / 10.0 * m->v[CURRENT + k] / 100.0;
	watt *= m->v[FACTOR] / 1000.0;
	m->v[POWER] = (int)(watt + 0.5);
	m->v[ENERGY] += (int)(watt / 600 + (double)(draw() & 255) / 256);
	if ((draw() & 7) == 0)
		m->v[TEMP] = walk(m->v[TEMP], 1, -300, 900);
}

static void put_value(const struct meter *m, int k)
{
	static const int power[] = { 1, 10, 100, 1000 };
	int d = point[k].decimals, x = m->v[k];

	printf("%s%d.%0*d", x < 0 ? "-" : "", abs(x) / power[d], d, abs(x) % power[d]);
}

static size_t put_time(char *buf, size_t size, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;
	size_t n;

	(void)gmtime_r(&t, &tm);
	n = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	if (us % 1000000)
		n += (size_t)snprintf(buf + n, size - n, ".%03d", (int)(us / 1000 % 1000));
	return n + (size_t)snprintf(buf + n, size - n, "Z");
}

static void put_message(int device, const struct meter *m, int64_t us)
{
	bool influx = cfg.format == INFLUX;
	char ts[40];

	(void)put_time(ts, sizeof(ts), us);
	if (influx)
		printf("meter,device=meter-%04d ", device + 1);
	else if (cfg.format == MESSAGES)
		printf("{\"device\":\"meter-%04d\",\"ts\":\"%s\",\"values\":{", device + 1, ts);
	for (int k = 0; k < POINTS; k++) {
		if (influx)
			printf("%s%s=", k ? "," : "", point[k].name);
		else if (cfg.format == MESSAGES)
			printf("%s\"%s\":", k ? "," : "", point[k].name);
		else if (cfg.format == FLAT)
			printf("{\"device\":\"meter-%04d\",\"datapoint\":\"%s\",\"ts\":\"%s\",\"value\":", device + 1, point[k].name, ts);
		else if (cfg.format == CSV)
			printf("%s,meter-%04d,%s,", ts, device + 1, point[k].name);
		else
			printf("%d,%" PRId64 ",", device * POINTS + k + 1, us);
		put_value(m, k);
		if (cfg.format == FLAT)
			printf("}\n");
		else if (cfg.format == CSV || cfg.format == IDS)
			printf("\n");
	}
	if (influx)
		printf(" %" PRId64 "000\n", us);
	else if (cfg.format == MESSAGES)
		printf("}}\n");
}

static void pause_ms(int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)fflush(stdout);
	(void)nanosleep(&t, NULL);
}

static int run(void)
{
	struct meter *m = calloc((size_t)cfg.devices, sizeof(*m));

	if (!m)
		return 1;
	for (int i = 0; i < cfg.devices; i++)
		begin(m + i);
	if (cfg.format == CSV)
		printf("ts,device,datapoint,value\n");
	for (int minute = 0; minute < cfg.skip + cfg.minutes; minute++) {
		for (int i = 0; i < cfg.devices; i++) {
			int64_t us = (START + INT64_C(60) * minute) * 1000000;

			advance(m + i);
			if (cfg.jitter_ms)
				us += (int64_t)(draw() % (uint64_t)cfg.jitter_ms) * 1000;
			if (minute >= cfg.skip)
				put_message(i, m + i, us);
		}
		if (cfg.pace_ms && minute >= cfg.skip)
			pause_ms(cfg.pace_ms);
	}
	free(m);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

/* What sit-device and sit-datapoint add --file read. */
static int estate(void)
{
	for (int i = 0; cfg.format == DEVICES && i < cfg.devices; i++)
		printf("{\"name\":\"meter-%04d\",\"model\":\"meter\"}\n", i + 1);
	for (int k = 0; cfg.format == DATAPOINTS && k < POINTS; k++)
		printf("{\"name\":\"%s\",\"model\":\"meter\"}\n", point[k].name);
	return fflush(stdout) == 0 ? 0 : 1;
}

static int number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || n < 0 || n > 100000000) {
		fprintf(stderr, "gen: \"%s\" is not a number from 0 to 100000000\n", text);
		exit(2);
	}
	return (int)n;
}

static int usage(void)
{
	fputs("usage: gen [-d DEVICES] [-m MINUTES] [-j JITTER_MS] [-s MINUTES_SKIPPED] [-p PACE_MS] "
	      "messages|flat|csv|ids|influx|devices|datapoints\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static char buf[1 << 20];
	int c, f = 0;

	while ((c = getopt(argc, argv, "d:m:j:s:p:")) != -1) {
		if (c == 'd')
			cfg.devices = number(optarg);
		else if (c == 'm')
			cfg.minutes = number(optarg);
		else if (c == 'j')
			cfg.jitter_ms = number(optarg);
		else if (c == 's')
			cfg.skip = number(optarg);
		else if (c == 'p')
			cfg.pace_ms = number(optarg);
		else
			return usage();
	}
	while (argc == optind + 1 && format_word[f] && strcmp(format_word[f], argv[optind]) != 0)
		f++;
	if (argc != optind + 1 || !format_word[f])
		return usage();
	cfg.format = (enum format)f;
	(void)setvbuf(stdout, buf, _IOFBF, sizeof(buf));
	return cfg.format >= DEVICES ? estate() : run();
}
