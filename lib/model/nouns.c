/* SPDX-License-Identifier: MIT */
/* The kept things of an estate, described. A field's order here is the order of columns everywhere. */
#include "model/nouns.h"
#include "model/quota.h"
#include "model/topic.h"

const char *const protocol_words[] = { "modbus_tcp", "modbus_rtu", "mqtt", "https", "bacnet", "opcua", NULL };
const char *const device_type_words[] = { "smart_sensor", "peripheral", "gateway", "api_endpoint", NULL };

/* ---- org ---- */

static const char *const reads[] = { "none", "personal", "all", NULL };

static const struct field org_fields[] = {
	F_NAME_KEY("its name, unique in the store"),
	F_TITLE,
	{ "parent", FIELD_REF, FIELD_LIST, "org", NULL, 0, 0, NULL, "the organisation it belongs to" },
	{ "tier", FIELD_ENUM, FIELD_LIST | FIELD_REQUIRED, NULL, tier_words, 0, 0, "standard", "what it may use by default" },
	{ "max_devices", FIELD_INT, 0, NULL, NULL, 0, 1e9, NULL, "devices at most (empty: as its tier)" },
	{ "max_gateways", FIELD_INT, 0, NULL, NULL, 0, 1e9, NULL, "gateways at most (empty: as its tier)" },
	{ "max_sites", FIELD_INT, 0, NULL, NULL, 0, 1e9, NULL, "sites at most (empty: as its tier)" },
	{ "max_users", FIELD_INT, 0, NULL, NULL, 0, 1e9, NULL, "users at most (empty: as its tier)" },
	{ "max_points_per_day", FIELD_INT, 0, NULL, NULL, 0, 1e15, NULL, "points a day at most (empty: as its tier)" },
	{ "retention", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "how long points are kept (empty: as its tier)" },
	{ "audit_reads", FIELD_ENUM, FIELD_REQUIRED, NULL, reads, 0, 0, "none", "reads that leave a row in the trail (sit-audit(1)); across orgs all do" },
	{ "logo", FIELD_URL, 0, NULL, NULL, 0, 500, NULL, "its logo, for reports and pages" },
	{ "color", FIELD_TEXT, 0, NULL, NULL, 0, 7, NULL, "its colour, #1a2b3c" },
	{ "domain", FIELD_TEXT, 0, NULL, NULL, 0, 253, NULL, "host name its pages are served under, unique in the store" },
	{ "footer", FIELD_TEXT, 0, NULL, NULL, 0, 500, NULL, "line below its reports" },
	{ "profile", FIELD_ENUM, 0, NULL, topic_profiles + 1, 0, 0, NULL,
	  "topics its devices use on the broker; they name no organisation, so one of the store has each (empty: sit's own)" },
	F_CREATED,
};

static bool is_color(struct str s)
{
	for (size_t i = 1; i < s.len; i++)
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || ((s.ptr[i] | 0x20) >= 'a' && (s.ptr[i] | 0x20) <= 'f')))
			return false;
	return s.len == 7 && s.ptr[0] == '#';
}

static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool edge = i == 0 || i + 1 == s.len || s.ptr[i - 1] == '.' || s.ptr[i + 1] == '.';
		bool word = (s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9');

		if (!word && (edge || (s.ptr[i] != '-' && s.ptr[i] != '.')))
			return false;
	}
	return s.len > 0;
}

static int org_check(const struct row *old, const struct row *now, struct err *e)
{
	struct str color = row_text(&org_entity, now, "color"), domain = row_text(&org_entity, now, "domain");
	const struct cell *keep = row_cell(&org_entity, now, "retention");

	(void)old;
	if (color.len && !is_color(color))
		return err_set(e, E_INPUT, "color: write #1a2b3c");
	if (domain.len && !is_host(domain))
		return err_set(e, E_INPUT, "domain: not a host name in small letters (iot.example.com)");
	if (keep->type == CELL_INT && keep->i <= 0)
		return err_set(e, E_INPUT, "retention: must be longer than nothing");
	return 0;
}

const struct entity org_entity = {
	.noun = "org", .plural = "orgs", .table = "org", .help = "an organisation: what everything else belongs to",
	.field = org_fields, .n = COUNT(org_fields), .extensible = true, .check = org_check,
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
	.n = COUNT(site_fields), .extensible = true, .check = site_check,
};

/* ---- asset ---- */

static const struct field asset_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "site", FIELD_REF, FIELD_LIST | FIELD_REQUIRED, "site", NULL, 0, 0, NULL, "the site it stands in" },
	{ "parent", FIELD_REF, FIELD_LIST, "asset", NULL, 0, 0, NULL, "the asset it is part of" },
	{ "kind", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 100, NULL, "what it is: building, line, machine, panel, ..." },
	{ "tag", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 100, NULL, "inventory tag" },
	{ "serial", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "serial number" },
	{ "manufacturer", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "who made it" },
	F_NOTE,
	F_CREATED,
};

const struct entity asset_entity = {
	.noun = "asset", .plural = "assets", .table = "asset", .help = "a building, line or machine; devices hang on it",
	.field = asset_fields, .n = COUNT(asset_fields), .extensible = true,
};

/* ---- device and its second door, gateway ---- */

static const struct field device_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "key", FIELD_TEXT, 0, NULL, NULL, 0, 255, NULL, "its name on the wire; matched before the name" },
	{ "site", FIELD_REF, FIELD_LIST, "site", NULL, 0, 0, NULL, "the site it stands in" },
	{ "gateway", FIELD_REF, FIELD_LIST, "gateway", NULL, 0, 0, NULL, "the gateway it is behind" },
	{ "model", FIELD_REF, FIELD_LIST, "model", NULL, 0, 0, NULL, "its blueprint; that of its product, if that has one" },
	{ "type", FIELD_ENUM, FIELD_LIST | FIELD_REQUIRED, NULL, device_type_words, 0, 0, NULL,
	  "smart_sensor (default), peripheral (default behind a gateway), gateway, api_endpoint" },
	{ "edge_key", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 255, NULL, "its name at its gateway, unique there" },
	{ "serial", FIELD_TEXT, 0, NULL, NULL, 0, 100, NULL, "serial number" },
	{ "at", FIELD_TEXT, 0, NULL, NULL, 0, 500, NULL, "where it is: mqtt, modbus://10.7.1.11:502/3, https://..." },
	{ "unit", FIELD_INT, 0, NULL, NULL, 0, 255, NULL, "unit behind a gateway that speaks Modbus" },
	{ "enabled", FIELD_BOOL, FIELD_LIST | FIELD_REQUIRED, NULL, NULL, 0, 0, "true", "false: its data is not accepted" },
	{ "product", FIELD_REF, 0, "product", NULL, 0, 0, NULL, "what it is in the catalogue" },
	{ "policy", FIELD_REF, 0, "policy", NULL, 0, 0, NULL, "what it may do" },
	{ "asset", FIELD_REF, 0, "asset", NULL, 0, 0, NULL, "the asset it hangs on" },
	{ "firmware", FIELD_VERSION, 0, NULL, NULL, 0, 50, NULL, "version of its firmware" },
	{ "hardware", FIELD_VERSION, 0, NULL, NULL, 0, 50, NULL, "version of its hardware" },
	{ "offline_after", FIELD_DUR, 0, NULL, NULL, 0, 0, NULL, "silence after which it is offline (empty: as its model)" },
	{ "profile", FIELD_ENUM, 0, NULL, topic_profiles, 0, 0, NULL, "topics it uses: sit, or what its organisation's devices do (empty: as its organisation)" },
	F_NOTE,
	F_CREATED,
	{ "model_version", FIELD_INT, FIELD_READONLY | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL, "version of the model it was brought to" },
	{ "online", FIELD_BOOL, FIELD_READONLY | FIELD_STATE | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL, "it is heard of" },
	{ "last_seen", FIELD_TIME, FIELD_READONLY | FIELD_STATE | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL,
	  "when it was last heard of, by our clock" },
	{ "last_telemetry", FIELD_TIME, FIELD_READONLY | FIELD_STATE | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL,
	  "time of its newest point, by its clock" },
	{ "clock_skew", FIELD_DUR, FIELD_READONLY | FIELD_STATE | FIELD_HIDDEN, NULL, NULL, 0, 0, NULL,
	  "how far its clock was ahead of ours (behind: negative) when last heard of" },
};

static int device_check(const struct row *old, const struct row *now, struct err *e)
{
	struct str type = row_text(&device_entity, now, "type");
	bool behind = row_text(&device_entity, now, "gateway").len > 0;
	const struct cell *after = row_cell(&device_entity, now, "offline_after");

	(void)old;
	if (str_is(type, "peripheral") && !behind)
		return err_set(e, E_INPUT, "gateway: a peripheral needs one (gateway=...)");
	if (str_is(type, "gateway") && behind)
		return err_set(e, E_INPUT, "gateway: a gateway is not behind another");
	if (row_text(&device_entity, now, "edge_key").len && !behind)
		return err_set(e, E_INPUT, "edge_key: means something only behind a gateway (gateway=...)");
	if (after->type == CELL_INT && after->i <= 0)
		return err_set(e, E_INPUT, "offline_after: must be longer than nothing");
	return 0;
}

const struct entity device_entity = {
	.noun = "device", .plural = "devices", .table = "device", .help = "a meter, sensor, controller or gateway",
	.field = device_fields, .n = COUNT(device_fields), .kept_by = { "series", "alarm", "event" }, .state = "device_state", .extensible = true,
	.check = device_check,
};

const struct entity gateway_entity = {
	.noun = "gateway", .plural = "gateways", .table = "device", .help = "a device of type gateway: others are behind it",
	.field = device_fields, .n = COUNT(device_fields), .kept_by = { "series", "alarm", "event" }, .state = "device_state", .extensible = true,
	.check = device_check, .only = { "type", "gateway" },
};

/* ---- group ---- */

static const struct field group_fields[] = {
	F_NAME_KEY("its name, unique in the organisation"),
	F_TITLE,
	{ "select", FIELD_TEXT, FIELD_LIST, NULL, NULL, 0, 4096, NULL,
	  "selector of its devices (sit-selectors(7)); empty: members are added by hand" },
	F_NOTE,
	F_CREATED,
};

const struct entity group_entity = {
	.noun = "group", .plural = "groups", .table = "device_group", .help = "devices under one name: by hand or by a selector",
	.field = group_fields, .n = COUNT(group_fields), .extensible = true,
};

/* ---- all ---- */

const struct entity *const entities[] = { &org_entity,	   &site_entity,    &model_entity,  &product_entity,
					  &policy_entity,  &field_entity,   &asset_entity,  &device_entity,
					  &gateway_entity, &datapoint_entity, &group_entity,
					  &user_entity,	   &rule_entity,     &channel_entity, &route_entity, NULL };

const struct entity *entity_find(const char *noun)
{
	return nouns_find(NULL, noun);
}
