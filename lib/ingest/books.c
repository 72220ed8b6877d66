/* SPDX-License-Identifier: MIT */
/* The books of a run, as records and as a line. */
#include "ingest/ingest.h"

const struct field books_fields[] = {
	{ .name = "source", .kind = FIELD_TEXT, .help = "where the points came from" },
	{ .name = "read", .kind = FIELD_INT, .help = "points read; a line that cannot be read counts as one" },
	{ .name = "stored", .kind = FIELD_INT, .help = "new points" },
	{ .name = "corrected", .kind = FIELD_INT, .help = "points that replaced another value at the same time" },
	{ .name = "duplicate", .kind = FIELD_INT, .help = "points that were there already" },
	{ .name = "conflict", .kind = FIELD_INT, .help = "of them with another value, which was not taken (keep first)" },
	{ .name = "rejected", .kind = FIELD_INT, .help = "points that cannot be points" },
	{ .name = "quarantined", .kind = FIELD_INT, .help = "points that wait in quarantine" },
	{ .name = "empty", .kind = FIELD_INT, .help = "empty cells and nulls" },
	{ .name = "spooled", .kind = FIELD_INT, .help = "messages that wait in the spool" },
};
const size_t books_count = COUNT(books_fields);

void books_cells(const struct books *b, struct cell *cells)
{
	const int64_t n[] = { b->read, b->stored, b->corrected, b->duplicate, b->conflict, b->rejected, b->quarantined, b->empty, b->spooled };

	for (size_t i = 0; i < COUNT(n); i++)
		cells[i + 1] = CELL_OF_INT(n[i]);
}

void books_add(struct books *total, const struct books *b)
{
	total->read += b->read;
	total->stored += b->stored;
	total->corrected += b->corrected;
	total->duplicate += b->duplicate;
	total->conflict += b->conflict;
	total->rejected += b->rejected;
	total->quarantined += b->quarantined;
	total->empty += b->empty;
	total->spooled += b->spooled;
}

int books_text(const struct books *b, struct sb *sb)
{
	sb_addf(sb, "read %" PRId64 " = stored %" PRId64 " + corrected %" PRId64 " + duplicate %" PRId64, b->read, b->stored,
		b->corrected, b->duplicate);
	if (b->conflict)
		sb_addf(sb, " (%" PRId64 " in conflict)", b->conflict);
	sb_addf(sb, " + rejected %" PRId64 " + quarantined %" PRId64 " + empty %" PRId64, b->rejected, b->quarantined, b->empty);
	return b->spooled ? sb_addf(sb, " + spooled %" PRId64, b->spooled) : sb->bad ? -1 : 0;
}
