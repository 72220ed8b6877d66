/* SPDX-License-Identifier: MIT */
/* The kept things, described. A field's order here is the order of columns everywhere. */
#include "model/entity.h"

#define F_TITLE { "title", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "free text for people" }
#define F_CREATED { "created", FIELD_TIME, FIELD_READONLY | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL, "when it was added" }
#define F_NAME_KEY(text)                                                                                                       \
	{ "name", FIELD_NAME, FIELD_KEY | FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, NULL, text }

/* ---- org ---- */

static const struct field org_fields[] = {
	F_NAME_KEY("its name, unique in the store"),
	F_TITLE,
	{ "parent", FIELD_REF, FIELD_LIST, "org", NULL, 0, 0, NULL, "the organisation it belongs to" },
	F_CREATED,
};

const struct entity org_entity = {
	.noun = "org", .plural = "orgs", .table = "org", .help = "an organisation: what everything else belongs to",
	.field = org_fields, .n = COUNT(org_fields), .kept_by = NULL,
};

/* ---- site ---- */

static const struct field site_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "tz", FIELD_TZ, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "UTC", "its time zone (IANA name)" },
	{ "latitude", FIELD_REAL, FIELD_LIST, NULL, NULL, -90, 90, NULL, "degrees north, WGS 84" },
	{ "longitude", FIELD_REAL, FIELD_LIST, NULL, NULL, -180, 180, NULL, "degrees east, WGS 84" },
	{ "address", FIELD_TEXT, 0, NULL, NULL, 0, 1000, NULL, "postal address" },
	F_CREATED,
};

static int site_check(const struct row *old, const struct row *now, struct err *e)
{
	bool lat = row_cell(&site_entity, now, "latitude")->type != CELL_NULL;
	bool lon = row_cell(&site_entity, now, "longitude")->type != CELL_NULL;

	(void)old;
	return lat == lon ? 0 : err_set(e, E_INPUT, "latitude and longitude go together");
}

const struct entity site_entity = {
	.noun = "site", .plural = "sites", .table = "site", .help = "a place with a time zone", .field = site_fields,
	.n = COUNT(site_fields), .check = site_check,
};

/* ---- model ---- */

static const struct field model_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "version", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 50, "1.0.0", "version of the blueprint" },
	{ "note", FIELD_TEXT, 0, NULL, NULL, 0, 4096, NULL, "what there is to say" },
	F_CREATED,
};

const struct entity model_entity = {
	.noun = "model", .plural = "models", .table = "model", .help = "a blueprint: what devices of a kind measure",
	.field = model_fields, .n = COUNT(model_fields),
};

/* ---- device and its second door, gateway ---- */

static const char *const device_types[] = { "smart_sensor", "peripheral", "gateway", "api_endpoint", NULL };

static const struct field device_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "key", FIELD_TEXT, 0, NULL, NULL, 0, 255, NULL, "its name on the wire; matched before the name" },
	{ "site", FIELD_REF, FIELD_LIST, "site", NULL, 0, 0, NULL, "the site it stands in" },
	{ "gateway", FIELD_REF, FIELD_LIST, "gateway", NULL, 0, 0, NULL, "the gateway it is behind" },
	{ "model", FIELD_REF, FIELD_LIST, "model", NULL, 0, 0, NULL, "its blueprint" },
	{ "type", FIELD_ENUM, FIELD_LIST | FIELD_REQUIRED, NULL, device_types, 0, 0, NULL,
	  "smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint" },
	{ "edge_key", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "its name at its gateway, unique there" },
	{ "serial", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "serial number" },
	{ "at", FIELD_TEXT, 0, NULL, NULL, 0, 500, NULL, "where it is: mqtt, modbus://10.7.1.11:502/3, https://..." },
	{ "unit", FIELD_INT, 0, NULL, NULL, 0, 255, NULL, "unit behind a gateway that speaks Modbus" },
	{ "enabled", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "true", "false: its data is not accepted" },
	{ "note", FIELD_TEXT, 0, NULL, NULL, 0, 4096, NULL, "what there is to say" },
	F_CREATED,
};

static int device_check(const struct row *old, const struct row *now, struct err *e)
{
	struct str type = row_text(&device_entity, now, "type");
	bool behind = row_text(&device_entity, now, "gateway").len > 0;

	(void)old;
	if (str_is(type, "peripheral") && !behind)
		return err_set(e, E_INPUT, "gateway: a peripheral needs one (gateway=...)");
	if (str_is(type, "gateway") && behind)
		return err_set(e, E_INPUT, "gateway: a gateway is not behind another");
	if (row_text(&device_entity, now, "edge_key").len && !behind)
		return err_set(e, E_INPUT, "edge_key: means something only behind a gateway (gateway=...)");
	return 0;
}

const struct entity device_entity = {
	.noun = "device", .plural = "devices", .table = "device", .help = "a meter, sensor, controller or gateway",
	.field = device_fields, .n = COUNT(device_fields), .kept_by = "series", .check = device_check,
};

const struct entity gateway_entity = {
	.noun = "gateway", .plural = "gateways", .table = "device", .help = "a device of type gateway: others are behind it",
	.field = device_fields, .n = COUNT(device_fields), .kept_by = "series", .check = device_check,
	.only = { "type", "gateway" },
};

/* ---- datapoint ---- */

static const char *const datapoint_types[] = { "float", "int", "boolean", "string", "enum", "location", NULL };
static const char *const datapoint_kinds[] = { "gauge", "counter", "state", "text", NULL };
static const char *const aggregations[] = { "none", "sum", "avg", "min", "max", "count", "last", "delta", NULL };

static const struct field datapoint_fields[] = {
	{ "name", FIELD_IDENT, FIELD_KEY | FIELD_REQUIRED | FIELD_LIST, NULL, NULL, 0, 0, NULL,
	  "its name, an identifier, unique in its model or device" },
	{ "model", FIELD_REF, FIELD_FIXED | FIELD_LIST, "model", NULL, 0, 0, NULL, "the model it belongs to" },
	{ "device", FIELD_REF, FIELD_FIXED | FIELD_LIST, "device", NULL, 0, 0, NULL, "or the device it belongs to" },
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
	F_CREATED,
};

static int datapoint_check(const struct row *old, const struct row *now, struct err *e)
{
	const struct cell *lo = row_cell(&datapoint_entity, now, "min"), *hi = row_cell(&datapoint_entity, now, "max");
	struct str type = row_text(&datapoint_entity, now, "type");
	bool model = row_text(&datapoint_entity, now, "model").len > 0;
	bool device = row_text(&datapoint_entity, now, "device").len > 0;

	(void)old;
	if (model == device)
		return err_set(e, E_INPUT, "a datapoint belongs to a model or to a device (model=... or device=...)");
	if (lo->type == CELL_REAL && hi->type == CELL_REAL && lo->r > hi->r)
		return err_set(e, E_INPUT, "min: is above max");
	if (str_is(type, "enum") && !row_text(&datapoint_entity, now, "words").len)
		return err_set(e, E_INPUT, "words: an enum needs them (words=off,on)");
	if (row_cell(&datapoint_entity, now, "scale")->type == CELL_REAL && row_cell(&datapoint_entity, now, "scale")->r == 0)
		return err_set(e, E_INPUT, "scale: must not be 0");
	return 0;
}

const struct entity datapoint_entity = {
	.noun = "datapoint", .plural = "datapoints", .table = "datapoint",
	.help = "what a model's devices, or one device, measure", .field = datapoint_fields,
	.n = COUNT(datapoint_fields), .parent = { "model", "device" }, .check = datapoint_check,
};

const struct entity *const entities[] = { &org_entity,	 &site_entity,	    &model_entity, &device_entity,
					  &gateway_entity, &datapoint_entity, NULL };

const struct entity *entity_find(const char *noun)
{
	for (const struct entity *const *p = entities; *p; p++)
		if (strcmp((*p)->noun, noun) == 0)
			return *p;
	return NULL;
}
