/* SPDX-License-Identifier: MIT */
/* What devices are made of: models with their datapoints, products, policies, custom fields. */
#include "base/name.h"
#include "model/nouns.h"

/* ---- model ---- */

static const struct field model_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "version", FIELD_INT, FIELD_READONLY | FIELD_LIST, NULL, NULL, 0, 0, NULL, "goes up with each change" },
	F_NOTE,
	{ "icon", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "name of a picture" },
	{ "offline_after", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL,
	  "silence after which its devices are offline (empty: three times the shortest expected interval, else 10m)" },
	{ "propagate", FIELD_BOOL, FIELD_REQUIRED, NULL, NULL, 0, 0, "true", "false: devices stay on their version until sync" },
	{ "hash", FIELD_TEXT, FIELD_READONLY | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL, "SHA-256 of its text" },
	F_CREATED,
};

const struct entity model_entity = {
	.noun = "model", .plural = "models", .table = "model", .help = "a blueprint: what devices of a kind measure",
	.field = model_fields, .n = COUNT(model_fields), .extensible = true,
};

/* ---- datapoint ---- */

static const char *const datapoint_types[] = { "float", "int", "boolean", "string", "enum", "location", NULL };
static const char *const datapoint_kinds[] = { "gauge", "counter", "state", "text", NULL };
static const char *const aggregations[] = { "none", "sum", "avg", "min", "max", "count", "last", "delta", NULL };

static const struct field datapoint_fields[] = {
	{ "name", FIELD_IDENT, FIELD_KEY | FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, NULL,
	  "its name, an identifier, unique in its model or device" },
	{ "model", FIELD_REF, FIELD_FIXED | FIELD_LIST, "model", NULL, 0, 0, NULL, "the model it belongs to" },
	{ "device", FIELD_REF, FIELD_FIXED | FIELD_LIST, "device", NULL, 0, 0, NULL,
	  "or the device it belongs to: overrides what is set here of the model's of that name" },
	{ "title", FIELD_TEXT, 0, NULL, NULL, 0, 255, NULL, "free text for people" },
	{ "key", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "its name on the wire; matched before the name" },
	{ "type", FIELD_ENUM, FIELD_LIST | FIELD_REQUIRED, NULL, datapoint_types, 0, 0, "float", "what its values are" },
	{ "kind", FIELD_ENUM, FIELD_LIST | FIELD_REQUIRED, NULL, datapoint_kinds, 0, 0, "gauge", "how its values behave" },
	{ "unit", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 50, NULL, "unit of its values" },
	{ "precision", FIELD_INT, 0, NULL, NULL, 0, 15, NULL, "decimals shown in tables (the store keeps all)" },
	{ "scale", FIELD_REAL, FIELD_LIST, NULL, NULL, 0, 0, NULL, "value = raw * scale + offset" },
	{ "offset", FIELD_REAL, FIELD_LIST, NULL, NULL, 0, 0, NULL, "value = raw * scale + offset" },
	{ "min", FIELD_REAL, 0, NULL, NULL, 0, 0, NULL, "lowest plausible value" },
	{ "max", FIELD_REAL, 0, NULL, NULL, 0, 0, NULL, "highest plausible value" },
	{ "words", FIELD_WORDS, 0, NULL, NULL, 0, 4096, NULL, "the words of an enum, separated by commas" },
	{ "aggregation", FIELD_ENUM, 0, NULL, aggregations, 0, 0, NULL, "how rollups show it" },
	{ "expected_interval", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "how often a value should come" },
	{ "required", FIELD_BOOL, 0, NULL, NULL, 0, 0, NULL, "a device without values of it is not complete" },
	{ "category", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "what it is shown with" },
	F_CREATED,
};

static int datapoint_check(const struct row *old, const struct row *now, struct err *e)
{
	const struct cell *lo = row_cell(&datapoint_entity, now, "min"), *hi = row_cell(&datapoint_entity, now, "max");
	const struct cell *every = row_cell(&datapoint_entity, now, "expected_interval");
	struct str type = row_text(&datapoint_entity, now, "type");
	bool model = row_text(&datapoint_entity, now, "model").len > 0;
	bool device = row_text(&datapoint_entity, now, "device").len > 0;

	(void)old;
	if (model == device)
		return err_set(e, E_INPUT, "a datapoint belongs to a model or to a device (model=... or device=...)");
	if (lo->type == CELL_REAL && hi->type == CELL_REAL && lo->r > hi->r)
		return err_set(e, E_INPUT, "min: is above max");
	if (str_is(type, "enum") && model && !row_text(&datapoint_entity, now, "words").len)
		return err_set(e, E_INPUT, "words: an enum needs them (words=off,on)");
	if (row_cell(&datapoint_entity, now, "scale")->type == CELL_REAL && row_cell(&datapoint_entity, now, "scale")->r == 0)
		return err_set(e, E_INPUT, "scale: must not be 0");
	if (every->type == CELL_INT && every->i <= 0)
		return err_set(e, E_INPUT, "expected_interval: must be longer than nothing");
	return 0;
}

const struct entity datapoint_entity = {
	.noun = "datapoint", .plural = "datapoints", .table = "datapoint",
	.help = "what a model's devices, or one device, measure", .field = datapoint_fields,
	.n = COUNT(datapoint_fields), .parent = { "model", "device" }, .check = datapoint_check,
};

/* ---- product ---- */

static const char *const categories[] = { "energy_meter", "power_meter", "inverter", "bess", "bms", "ev_charger", "hvac", "heat_meter",
					  "sensor", "plc", "gateway", NULL };

static const struct field product_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "manufacturer", FIELD_TEXT, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 100, NULL, "who makes it" },
	{ "model_number", FIELD_TEXT, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 100, NULL, "what they call it; unique with the manufacturer" },
	{ "model", FIELD_REF, FIELD_LIST, "model", NULL, 0, 0, NULL, "the blueprint of its devices" },
	{ "category", FIELD_ENUM, FIELD_LIST, NULL, categories, 0, 0, NULL, "what it is" },
	{ "device_type", FIELD_ENUM, 0, NULL, device_type_words, 0, 0, NULL, "type of its devices" },
	{ "protocol", FIELD_ENUM, FIELD_LIST, NULL, protocol_words, 0, 0, NULL, "what it speaks" },
	{ "port", FIELD_INT, 0, NULL, NULL, 1, 65535, NULL, "its usual port" },
	{ "unit", FIELD_INT, 0, NULL, NULL, 0, 255, NULL, "its usual Modbus unit" },
	{ "firmware", FIELD_VERSION, 0, NULL, NULL, 0, 50, NULL, "version of the firmware it is described for" },
	{ "hardware", FIELD_VERSION, 0, NULL, NULL, 0, 50, NULL, "version of the hardware it is described for" },
	{ "decoder", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "format of what it sends (sit-decode)" },
	{ "config_schema", FIELD_JSON, 0, NULL, NULL, 0, 65536, NULL, "JSON Schema of its configuration" },
	{ "datasheet", FIELD_URL, 0, NULL, NULL, 0, 500, NULL, "its data sheet" },
	{ "image", FIELD_URL, 0, NULL, NULL, 0, 500, NULL, "its picture" },
	{ "verified", FIELD_BOOL, FIELD_REQUIRED, NULL, NULL, 0, 0, "false", "somebody compared it with the data sheet" },
	F_NOTE,
	F_CREATED,
};

const struct entity product_entity = {
	.noun = "product", .plural = "products", .table = "product", .help = "an article of the catalogue: what can be bought",
	.field = product_fields, .n = COUNT(product_fields), .extensible = true,
};

/* ---- policy ---- */

static const char *const over_words[] = { "delay", "quarantine", NULL };

static const struct field policy_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "telemetry", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "true", "may send points" },
	{ "events", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "true", "may send events" },
	{ "commands", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "false", "may be sent commands" },
	{ "config", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "false", "may be configured" },
	{ "firmware", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "false", "may be sent firmware" },
	{ "message_size", FIELD_INT, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 1, 1024, "256", "largest message in KiB" },
	{ "message_rate", FIELD_INT, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 1, 1e6, "60", "messages a minute at most" },
	{ "over", FIELD_ENUM, FIELD_REQUIRED, NULL, over_words, 0, 0, "delay", "messages beyond that: delay (the sender waits) or quarantine" },
	F_NOTE,
	F_CREATED,
};

const struct entity policy_entity = {
	.noun = "policy", .plural = "policies", .table = "policy", .help = "what a device may do, how large and how often",
	.field = policy_fields, .n = COUNT(policy_fields), .extensible = true,
};

/* ---- custom field ---- */

static const char *const field_nouns[] = { "org", "site", "asset", "device", "group", "model", "product", "policy", NULL };
static const char *const field_types[] = { "string", "text", "integer", "float", "boolean", "date", "datetime", "select", "multiselect",
					   "url", "email", "phone", "json", "reference", NULL };
static const char *const ref_nouns[] = { "site", "asset", "device", "gateway", "group", "model", "product", "policy", NULL };

static const struct field field_fields[] = {
	{ "name", FIELD_IDENT, FIELD_KEY | FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, NULL,
	  "its name, an identifier, unique for its noun; used as field.NAME" },
	{ "noun", FIELD_ENUM, FIELD_REQUIRED | FIELD_FIXED | FIELD_LIST, NULL, field_nouns, 0, 0, "device", "what has it" },
	{ "title", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "free text for people" },
	{ "type", FIELD_ENUM, FIELD_REQUIRED | FIELD_FIXED | FIELD_LIST, NULL, field_types, 0, 0, "string", "what its values are" },
	{ "required", FIELD_BOOL, FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, "false", "add refuses without it" },
	{ "min", FIELD_REAL, 0, NULL, NULL, 0, 0, NULL, "lowest number, or least characters of text" },
	{ "max", FIELD_REAL, 0, NULL, NULL, 0, 0, NULL, "highest number, or most characters of text" },
	{ "pattern", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "regular expression (PCRE2) that text must match" },
	{ "words", FIELD_WORDS, FIELD_LIST, NULL, NULL, 0, 4096, NULL, "what select and multiselect choose from, separated by commas" },
	{ "refers", FIELD_ENUM, 0, NULL, ref_nouns, 0, 0, NULL, "the noun that a reference names" },
	{ "default", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "value of things added without one" },
	F_NOTE,
	F_CREATED,
};

static bool one_of(struct str s, const char *const *words)
{
	while (*words && !str_is(s, *words))
		words++;
	return *words != NULL;
}

static int field_check(const struct row *old, const struct row *now, struct err *e)
{
	static const char *const textual[] = { "string", "text", "url", "email", "phone", NULL };
	static const char *const numeric[] = { "integer", "float", NULL };
	static const char *const choosing[] = { "select", "multiselect", NULL };
	struct str type = row_text(&field_entity, now, "type");
	const struct cell *lo = row_cell(&field_entity, now, "min"), *hi = row_cell(&field_entity, now, "max");
	bool words = row_text(&field_entity, now, "words").len > 0, refers = row_text(&field_entity, now, "refers").len > 0;

	(void)old;
	if (one_of(type, choosing) != words)
		return err_set(e, E_INPUT, words ? "words: go with select and multiselect" : "words: a %.*s needs them (words=a,b,c)",
			       STR_ARG(type));
	if (str_is(type, "reference") != refers)
		return err_set(e, E_INPUT, refers ? "refers: goes with reference" : "refers: a reference needs it (refers=site)");
	if (row_text(&field_entity, now, "pattern").len && !one_of(type, textual))
		return err_set(e, E_INPUT, "pattern: goes with text");
	if ((lo->type != CELL_NULL || hi->type != CELL_NULL) && !one_of(type, textual) && !one_of(type, numeric))
		return err_set(e, E_INPUT, "min and max: go with numbers and text");
	if (lo->type == CELL_REAL && hi->type == CELL_REAL && lo->r > hi->r)
		return err_set(e, E_INPUT, "min: is above max");
	if (str_is(type, "reference") && row_text(&field_entity, now, "default").len)
		return err_set(e, E_INPUT, "default: a reference has none");
	return 0;
}

const struct entity field_entity = {
	.noun = "field", .plural = "fields", .table = "field", .help = "a custom field of a noun", .field = field_fields,
	.n = COUNT(field_fields), .scoped_by = "noun", .check = field_check,
};
