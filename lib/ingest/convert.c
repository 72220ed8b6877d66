/* SPDX-License-Identifier: MIT */
/* A value as it came, turned into what its datapoint says it is. Pure. */
#include <math.h>

#include <jansson.h>

#include "base/num.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "ingest/impl.h"
#include "model/reason.h"
#include "model/unit.h"

static struct str trimmed(struct str s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = (struct str){ s.ptr + 1, s.len - 1 };
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static enum converted refuse(enum converted how, struct err *why, struct str v, const char *what)
{
	err_set(why, E_INPUT, "value \"%.*s\" %s", (int)(v.len > 60 ? 60 : v.len), v.ptr ? v.ptr : "", what);
	return how;
}

static enum converted mismatch(const struct definition *def, struct err *why)
{
	err_set(why, E_INPUT, REASON_TYPE " %s (%s)", def->name, def->type);
	return CONVERT_HOLD;
}

/* A value that was said in another unit than its datapoint has. Nothing is guessed: it is exact, or refused. */
static bool to_unit(const struct definition *def, const struct raw_value *v, double *value, struct err *why)
{
	struct str is = v->unit, want = str_of(def->unit ? def->unit : "");

	is.len = is.len > 50 ? 50 : is.len;
	if (!v->unit.len || !want.len || unit_same(v->unit, want))
		return true;
	if (def->has_scale && !v->has_raw)
		err_set(why, E_INPUT, "the value is in \"%.*s\", and %s scales what comes to \"%s\": say raw beside the value", STR_ARG(is), def->name, def->unit);
	else if (!unit_convert(value, v->unit, want))
		err_set(why, E_INPUT, "the value is in \"%.*s\", %s in \"%s\": one cannot be made the other", STR_ARG(is), def->name, def->unit);
	else
		return true;
	return false;
}

static enum converted to_number(const struct definition *def, const struct raw_value *v, struct point *p, struct err *why)
{
	double raw = v->num;
	bool scaled;

	if (!v->typed) {
		enum num_verdict verdict = num_parse(trimmed(v->txt), &raw);

		if (verdict != NUM_OK)
			return refuse(CONVERT_REJECT, why, v->txt, num_why(verdict));
	} else if (v->type != VALUE_NUMBER) {
		return mismatch(def, why);
	}
	if (!to_unit(def, v, &raw, why))
		return CONVERT_REJECT;
	scaled = def->has_scale || v->has_raw;
	if (def->takes == TAKES_INT && !scaled && raw != floor(raw)) {
		err_set(why, E_INPUT, "value %g is not whole (%s is an int)", raw, def->name);
		return CONVERT_REJECT;
	}
	p->value = (struct value){ .type = VALUE_NUMBER, .num = raw };
	if (v->has_raw)
		raw = v->raw;
	else if (def->has_scale)
		p->value.num = raw * def->scale + def->offset;
	if (!isfinite(p->value.num)) {
		err_set(why, E_INPUT, "value %g is beyond a double after scaling", raw);
		return CONVERT_REJECT;
	}
	p->raw = raw;
	p->has_raw = scaled && raw != p->value.num;
	if (p->quality == QUALITY_GOOD && ((def->has_min && p->value.num < def->min) || (def->has_max && p->value.num > def->max)))
		p->quality = QUALITY_SUSPECT;
	return CONVERT_OK;
}

static enum converted to_bool(const struct definition *def, const struct raw_value *v, struct point *p, struct err *why)
{
	struct str t = trimmed(v->txt);
	bool yes = str_is(t, "true") || str_is(t, "1") || str_is(t, "on") || str_is(t, "yes");
	bool no = str_is(t, "false") || str_is(t, "0") || str_is(t, "off") || str_is(t, "no");

	p->value = (struct value){ .type = VALUE_BOOL, .num = v->num };
	if (v->typed && (v->type == VALUE_BOOL || (v->type == VALUE_NUMBER && (v->num == 0 || v->num == 1))))
		return CONVERT_OK;
	if (v->typed)
		return mismatch(def, why);
	p->value.num = yes;
	return yes || no ? CONVERT_OK : refuse(CONVERT_REJECT, why, v->txt, "is neither true nor false");
}

static enum converted to_string(const struct definition *def, const struct raw_value *v, struct point *p, struct arena *a,
				struct err *why)
{
	if (v->typed && v->type != VALUE_STRING)
		return mismatch(def, why);
	if (v->txt.len > VALUE_STRING_MAX) {
		err_set(why, E_INPUT, "value is longer than %d bytes", VALUE_STRING_MAX);
		return CONVERT_REJECT;
	}
	if (!utf8_valid(v->txt)) {
		err_set(why, E_INPUT, "value is not UTF-8 text");
		return CONVERT_REJECT;
	}
	if (def->takes == TAKES_ENUM && !definition_has_word(def->words, v->txt))
		return refuse(CONVERT_REJECT, why, v->txt, "is none of the datapoint's words");
	p->value = (struct value){ .type = VALUE_STRING, .txt = { arena_dup(a, v->txt), v->txt.len } };
	return p->value.txt.ptr ? CONVERT_OK : (err_nomem(why), CONVERT_REJECT);
}

static enum converted to_location(const struct definition *def, const struct raw_value *v, struct point *p, struct arena *a,
				  struct err *why)
{
	AUTO(sb_done) struct sb sb = SB_INIT(256);
	json_t *json, *lat, *lon;
	char num[32];
	bool fits;

	if (v->typed && v->type != VALUE_LOCATION)
		return mismatch(def, why);
	json = json_read(v->txt, why);
	if (!json)
		return CONVERT_REJECT;
	lat = json_object_get(json, "lat");
	lon = json_object_get(json, "lon");
	fits = json_is_number(lat) && json_is_number(lon) && fabs(json_number_value(lat)) <= 90 &&
	       fabs(json_number_value(lon)) <= 180;
	if (fits) {
		sb_adds(&sb, "{\"lat\":");
		sb_add(&sb, num, num_print(json_number_value(lat), num));
		sb_adds(&sb, ",\"lon\":");
		sb_add(&sb, num, num_print(json_number_value(lon), num));
		sb_adds(&sb, "}");
	}
	json_decref(json);
	if (!fits)
		return refuse(CONVERT_REJECT, why, v->txt, "is no location ({\"lat\":-90..90,\"lon\":-180..180})");
	p->value = (struct value){ .type = VALUE_LOCATION, .txt = { arena_dup(a, sb_str(&sb)), sb.len } };
	return p->value.txt.ptr ? CONVERT_OK : (err_nomem(why), CONVERT_REJECT);
}

enum converted convert_value(const struct definition *def, const struct raw_value *v, struct point *p, struct arena *a,
			     struct err *why)
{
	if (v->typed && v->type == VALUE_NULL) {
		p->value = (struct value){ .type = VALUE_NULL };
		return CONVERT_OK;
	}
	switch (def->takes) {
	case TAKES_FLOAT:
	case TAKES_INT:
		return to_number(def, v, p, why);
	case TAKES_BOOL:
		return to_bool(def, v, p, why);
	case TAKES_LOCATION:
		return to_location(def, v, p, a, why);
	case TAKES_STRING:
	case TAKES_ENUM:
		break;
	}
	return to_string(def, v, p, a, why);
}
