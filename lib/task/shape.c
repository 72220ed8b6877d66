/* SPDX-License-Identifier: MIT */
#include "task/shape.h"

#include "base/name.h"
#include "codec/json.h"
#include "task/sheet.h"

static struct str text_of(const json_t *v)
{
	return json_is_string(v) ? (struct str){ json_string_value(v), json_string_length(v) } : (struct str){ NULL, 0 };
}

bool shape_value(const json_t *v, struct raw_value *out, struct sb *keep)
{
	char *dump;

	*out = (struct raw_value){ .typed = true };
	if (json_is_null(v)) {
		out->type = VALUE_NULL;
	} else if (json_is_number(v)) {
		out->type = VALUE_NUMBER;
		out->num = json_number_value(v);
	} else if (json_is_boolean(v)) {
		out->type = VALUE_BOOL;
		out->num = json_is_true(v);
	} else if (json_is_string(v)) {
		out->type = VALUE_STRING;
		out->txt = text_of(v);
	} else if (json_is_object(v) && json_object_get(v, "lat") && json_object_get(v, "lon")) {
		dump = json_dumps(v, JSON_COMPACT);
		sb_clear(keep);
		if (!dump || sb_adds(keep, dump) < 0) {
			free(dump);
			return false;
		}
		free(dump);
		out->type = VALUE_LOCATION;
		out->txt = sb_str(keep);
	} else {
		return false;
	}
	return true;
}

/* ts: text, an epoch number, or missing (then the time of arrival). */
static int time_of(struct ingest *g, const struct dev *d, const json_t *ts, int64_t *out, struct err *e)
{
	if (!ts || json_is_null(ts)) {
		*out = ingest_now(g);
		return 0;
	}
	if (json_is_number(ts))
		return time_epoch(json_number_value(ts), out) ? 0 :
								err_set(e, E_INPUT, "ts is outside the years 0 to 9999");
	if (!json_is_string(ts))
		return err_set(e, E_INPUT, "ts is neither a text nor a number");
	return ingest_time(g, d, text_of(ts), out, e);
}

/* of: the whole of a flat point, NULL for a value of a message. */
static int put_value(struct ingest *g, struct dev *d, struct str name, int64_t ts, const json_t *v, const json_t *of, struct err *e)
{
	AUTO(sb_done) struct sb keep = SB_INIT(1 << 20);
	struct str quality = text_of(json_object_get(of, "quality"));
	const json_t *before = json_object_get(of, "raw");
	struct raw_value raw;

	if (name.len == 0 || name.len > 255)
		return ingest_reject(g, d, 1, "a datapoint's name has 1 to 255 bytes", e);
	if (!shape_value(v, &raw, &keep))
		return ingest_reject(g, d, 1, "value is neither number, text, boolean nor location", e);
	if (before && !json_is_null(before)) {
		if (!json_is_number(before) || raw.type != VALUE_NUMBER)
			return ingest_reject(g, d, 1, "raw goes with a value, and both are numbers", e);
		raw.has_raw = true;
		raw.raw = json_number_value(before);
	}
	return ingest_put(g, d, name, ts, &raw, quality, e);
}

static int flat_point(struct ingest *g, const json_t *v, struct str as, struct err *e)
{
	static const char *const keys[] = { "ts", "device", "datapoint", "value", "quality", "raw", "unit", "site", "gateway", "org" };
	struct str device = text_of(json_object_get(v, "device"));
	const json_t *value = json_object_get(v, "value");
	struct near near = { 0 };
	struct err why = { 0 };
	char reason[300], hint[96];
	const char *key;
	struct dev *d;
	json_t *ignored;
	int64_t ts;

	json_object_foreach((json_t *)(uintptr_t)v, key, ignored)
	{
		size_t i = 0;

		while (i < COUNT(keys) && strcmp(key, keys[i]) != 0)
			near_offer(&near, str_of(key), str_of(keys[i++]));
		if (i < COUNT(keys))
			continue;
		(void)snprintf(reason, sizeof(reason), "unknown key \"%.80s\" of a point%s", key,
			       near_text(&near, hint, sizeof(hint)));
		return ingest_reject(g, NULL, 1, reason, e);
	}
	if (!device.ptr)
		device = as;
	if (!device.len || !value)
		return ingest_reject(g, NULL, 1, device.len ? "a point has no value" : "a point has no device (--as DEVICE gives one)", e);
	d = ingest_device(g, device, (struct str){ NULL, 0 }, (struct str){ NULL, 0 }, e);
	if (!d)
		return -1;
	if (time_of(g, d, json_object_get(v, "ts"), &ts, &why) < 0)
		return ingest_reject(g, d, 1, why.msg, e);
	return put_value(g, d, text_of(json_object_get(v, "datapoint")), ts, value, v, e);
}

static int message(struct ingest *g, const json_t *v, struct str as, struct err *e)
{
	const json_t *values = json_object_get(v, "values");
	struct str device = text_of(json_object_get(v, "device"));
	struct str gateway = text_of(json_object_get(v, "gateway")), edge = text_of(json_object_get(v, "edge_key"));
	int64_t n = json_is_object(values) ? (int64_t)json_object_size(values) : 1, ts;
	struct err why = { 0 };
	const char *name;
	struct dev *d;
	json_t *value;

	if (!json_is_object(values))
		return ingest_reject(g, NULL, 1, "values is not an object", e);
	if (!device.ptr && !gateway.ptr)
		device = as;
	if (!device.len && !(gateway.len && edge.len))
		return ingest_reject(g, NULL, n ? n : 1, "a message names no device (device, or gateway and edge_key)", e);
	if (device.len)
		gateway = edge = (struct str){ NULL, 0 };
	else
		device.ptr = NULL;
	d = ingest_device(g, device, gateway, edge, e);
	if (!d)
		return -1;
	if (n == 0)
		ingest_empty(g, d);
	if (time_of(g, d, json_object_get(v, "ts"), &ts, &why) < 0)
		return n ? ingest_reject(g, d, n, why.msg, e) : 0;
	json_object_foreach((json_t *)(uintptr_t)values, name, value)
	{
		if (put_value(g, d, str_of(name), ts, value, NULL, e) < 0)
			return -1;
	}
	return 0;
}

/* A line of a rejects file, mended: what its text says, under the options in force. */
static int mended(struct ingest *g, const json_t *v, struct str as, struct err *e)
{
	struct str text = text_of(json_object_get(v, "text")), header = text_of(json_object_get(v, "header"));
	struct err why = { 0 };
	json_t *inner;
	int rc;

	if (!text.ptr)
		return ingest_reject(g, NULL, 1, "a reject without text", e);
	if (header.ptr)
		return sheet_single(g, header, text, e);
	inner = json_read(text, &why);
	if (!inner)
		return ingest_reject(g, NULL, 1, why.msg, e);
	rc = json_object_get(inner, "reject") ? ingest_reject(g, NULL, 1, "a reject of a reject", e) :
						shape_record(g, inner, as, e);
	json_decref(inner);
	return rc;
}

int shape_record(struct ingest *g, json_t *v, struct str as, struct err *e)
{
	if (!json_is_object(v))
		return ingest_reject(g, NULL, 1, "not an object: neither a point nor a message", e);
	if (json_object_get(v, "values"))
		return message(g, v, as, e);
	if (json_object_get(v, "datapoint"))
		return flat_point(g, v, as, e);
	if (json_object_get(v, "reject"))
		return mended(g, v, as, e);
	return ingest_reject(g, NULL, 1, "neither a point (datapoint, value) nor a message (values)", e);
}
