/* SPDX-License-Identifier: MIT */
#include "model/waiting.h"

/* clang-format off */
const struct field waiting_fields[] = {
	{ .name = "id", .kind = FIELD_INT, .flags = FIELD_KEY | FIELD_LIST, .help = "its number" },
	{ .name = "at", .kind = FIELD_TIME, .help = "when it arrived" },
	{ .name = "reason", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "why it waits" },
	{ .name = "source", .kind = FIELD_TEXT, .help = "file or stream it came from" },
	{ .name = "place", .kind = FIELD_TEXT, .help = "where in it" },
	{ .name = "device", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the device it names" },
	{ .name = "gateway", .kind = FIELD_TEXT, .help = "or the gateway" },
	{ .name = "edge_key", .kind = FIELD_TEXT, .help = "and the edge key" },
	{ .name = "datapoint", .kind = FIELD_TEXT, .flags = FIELD_LIST, .help = "the datapoint it names" },
	{ .name = "ts", .kind = FIELD_TIME, .flags = FIELD_LIST, .help = "its time" },
	{ .name = "value", .kind = FIELD_JSON, .flags = FIELD_LIST, .help = "its value" },
	{ .name = "quality", .kind = FIELD_TEXT, .help = "its quality" },
};
/* clang-format on */
const size_t waiting_count = COUNT(waiting_fields);

const struct entity waiting_entity = {
	.noun = "quarantined point", .plural = "quarantined points", .table = "quarantine",
	.help = "a point that waits", .field = waiting_fields, .n = COUNT(waiting_fields),
};
