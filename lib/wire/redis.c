/* SPDX-License-Identifier: MIT */
/* sit-redis.so: texts that several hosts share, in Redis. */
#include <hiredis/hiredis.h>
#include <sys/time.h>

#include "base/num.h"
#include "wire/shared.h"

#define PATIENCE_S 2
#define PORT 6379

/* One command to the server: nobody comes between looking and changing. */
static const char swap_script[] = "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end "
				  "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1";

static void free_reply(redisReply **r)
{
	freeReplyObject(*r);
}

static int failed(redisContext *c, const redisReply *r, struct err *e)
{
	return err_set(e, E_IO, "Redis (SIT_REDIS): %s", r ? r->str : c->errstr[0] ? c->errstr : "no answer");
}

/* An answer that is no error. */
static int check(redisContext *c, const redisReply *r, struct err *e)
{
	return !r || r->type == REDIS_REPLY_ERROR ? failed(c, r, e) : 0;
}

/* "HOST[:PORT][/DATABASE]" */
static int read_address(struct str s, char host[256], int *port, int64_t *database, struct err *e)
{
	const char *slash = s.len ? memchr(s.ptr, '/', s.len) : NULL;
	struct str place = { s.ptr, slash ? (size_t)(slash - s.ptr) : s.len };
	struct str number = slash ? (struct str){ slash + 1, s.len - place.len - 1 } : STR("0");
	const char *colon = place.len ? memchr(place.ptr, ':', place.len) : NULL;
	struct str name = { place.ptr, colon ? (size_t)(colon - place.ptr) : place.len };
	int64_t p = PORT;

	if (colon && (!num_parse_int((struct str){ colon + 1, place.len - name.len - 1 }, &p) || p < 1 || p > 65535))
		return err_set(e, E_USAGE, "SIT_REDIS: no port in redis://%.*s", STR_ARG(s));
	if (!name.len || name.len > 255 || memchr(name.ptr, '@', name.len) || !num_parse_int(number, database) || *database < 0)
		return err_set(e, E_USAGE, "SIT_REDIS: write redis://HOST[:PORT][/DATABASE] (a password goes into SIT_REDIS_AUTH), or a socket's path");
	memcpy(host, name.ptr, name.len);
	host[name.len] = '\0';
	*port = (int)p;
	return 0;
}

static int greet(redisContext *c, struct str password, int64_t database, struct err *e)
{
	AUTO(free_reply) redisReply *in = password.len ? redisCommand(c, "AUTH %b", password.ptr, password.len) : NULL;
	AUTO(free_reply) redisReply *chosen = NULL;

	if (password.len && check(c, in, e) < 0)
		return -1;
	chosen = redisCommand(c, "SELECT %lld", (long long)database);
	return check(c, chosen, e);
}

static int redis_open(const char *url, struct str password, void **out, struct err *e)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	const char *path = strncmp(url, "unix:", 5) == 0 ? url + 5 : url;
	char host[256];
	int64_t database = 0;
	redisContext *c;
	int port;

	if (path[0] == '/') {
		c = redisConnectUnixWithTimeout(path, patience);
	} else {
		if (strncmp(url, "redis://", 8) != 0)
			return err_set(e, E_USAGE, "SIT_REDIS: neither a path nor redis://HOST");
		if (read_address(str_of(url + 8), host, &port, &database, e) < 0)
			return -1;
		c = redisConnectWithTimeout(host, port, patience);
	}
	if (!c)
		return err_nomem(e);
	if (c->err || redisSetTimeout(c, patience) != REDIS_OK ? failed(c, NULL, e) < 0 : greet(c, password, database, e) < 0) {
		redisFree(c);
		return -1;
	}
	*out = c;
	return 0;
}

static void redis_close(void *s)
{
	redisFree(s);
}

static int redis_get(void *s, struct str key, struct sb *value, struct err *e)
{
	AUTO(free_reply) redisReply *r = redisCommand(s, "GET %b", key.ptr, key.len);

	if (check(s, r, e) < 0)
		return -1;
	if (r->type == REDIS_REPLY_NIL)
		return 0;
	if (r->type != REDIS_REPLY_STRING)
		return err_set(e, E_IO, "Redis (SIT_REDIS): %.*s is no text", STR_ARG(key));
	return sb_add(value, r->str, r->len) < 0 ? err_nomem(e) : 1;
}

static int redis_swap(void *s, struct str key, struct str old, struct str now, int64_t ttl, struct err *e)
{
	AUTO(free_reply) redisReply *r = redisCommand(s, "EVAL %s 1 %b %b %b %lld", swap_script, key.ptr, key.len, old.len ? old.ptr : "", old.len,
						      now.ptr, now.len, (long long)ttl);

	if (check(s, r, e) < 0)
		return -1;
	return r->type == REDIS_REPLY_INTEGER ? r->integer == 1 : err_set(e, E_IO, "Redis (SIT_REDIS): a strange answer");
}

const struct shared_backend sit_shared_plugin __attribute__((visibility("default"))) = {
	.abi = SHARED_ABI, .open = redis_open, .close = redis_close, .get = redis_get, .swap = redis_swap,
};
