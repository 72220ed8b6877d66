/* SPDX-License-Identifier: MIT */
/*
 * How long after its sending something came: microseconds, one a line, of what "mqtt pace" sends.
 *
 * lag count SOCKET N	the peer: subscribes over the broker's Unix socket with QoS 1 and looks at the time, for N messages
 * lag lines N <RECORDS	of the first N lines of JSON with a "ts" in UTC
 */
#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOPIC "sit/default/+/telemetry"

static int64_t *delay;
static long delays, wanted;

static _Noreturn void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("lag: ", stderr);
	(void)vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	exit(5);
}

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void must(int rc, const char *what)
{
	if (rc != MOSQ_ERR_SUCCESS)
		die("%s: %s", what, rc == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(rc));
}

static void on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *msg)
{
	const char *ts = memmem(msg->payload, (size_t)msg->payloadlen, "{\"ts\":", 6);

	(void)m;
	(void)arg;
	if (ts && delays < wanted)
		delay[delays++] = now_us() - strtoll(ts + 6, NULL, 10);
}

static void count(const char *path)
{
	struct mosquitto *m = mosquitto_new("lag", true, NULL);

	if (!m)
		die("no memory");
	must(mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5), "MQTT 5");
	must(mosquitto_int_option(m, MOSQ_OPT_RECEIVE_MAXIMUM, 65535), "receive maximum");
	must(mosquitto_connect(m, path, 0, 60), path);
	mosquitto_message_callback_set(m, on_message);
	must(mosquitto_subscribe(m, NULL, TOPIC, 1), "subscribe");
	while (delays < wanted)
		must(mosquitto_loop(m, 1000, 1), "loop");
	(void)mosquitto_disconnect(m);
	mosquitto_destroy(m);
}

/* "2026-01-01T00:00:00.123456Z", the fraction of any length or none. */
static int64_t instant(const char *text)
{
	struct tm t = { .tm_isdst = 0 };
	const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
	int64_t us = 0, unit = 100000;

	if (!p)
		die("\"%.40s\" is no time", text);
	for (p += *p == '.'; *p >= '0' && *p <= '9'; p++, unit /= 10)
		us += (*p - '0') * unit;
	return (int64_t)timegm(&t) * 1000000 + us;
}

static void lines(void)
{
	char *line = NULL;
	size_t size = 0;

	while (delays < wanted && getline(&line, &size, stdin) > 0) {
		int64_t now = now_us();
		const char *ts = strstr(line, "\"ts\":\"");

		if (!ts)
			die("%.80s: no ts", line);
		delay[delays++] = now - instant(ts + 6);
	}
	free(line);
	if (delays < wanted)
		die("%ld of %ld records have come", delays, wanted);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "", *path = argc == 4 && strcmp(what, "count") == 0 ? argv[2] : NULL;

	if (!path && (argc != 3 || strcmp(what, "lines") != 0))
		return fputs("usage: lag count SOCKET N | lag lines N <RECORDS\n", stderr), 2;
	(void)mosquitto_lib_init();
	wanted = strtol(argv[argc - 1], NULL, 10);
	delay = calloc((size_t)wanted + 1, sizeof(*delay));
	if (!delay || wanted < 1)
		die("\"%s\" is no number of delays", argv[argc - 1]);
	path ? count(path) : lines();
	for (long i = 0; i < delays; i++)
		printf("%" PRId64 "\n", delay[i]);
	return 0;
}
